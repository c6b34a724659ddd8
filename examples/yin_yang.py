"""Train 5-200-3 spiking neurons on the Yin-Yang data set, by their first spike times.

The settings are those of Wunderlich and Pehle (2021). Run it again after an interruption, and it
goes on with the epoch that was interrupted. Another neuron is one option, and `better` settings of
our own, which train delays as well, are another.

    python examples/yin_yang.py --seed 1
    python examples/yin_yang.py --model lif_refractory
    python examples/yin_yang.py --settings better
"""

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from dataclasses import dataclass, replace

import numpy as np

import saltation as sal

T_END = 60e-3
"""Twice the time of the last input spike."""
IN, OUT = "in->hidden.weight", "hidden->out.weight"
DELAY, LONGEST = "in->hidden.delay", 30e-3
SAME_UNITS = ("lif", "lif_refractory", "adaptive_lif", "lif_adaptation_current")
"""Models for which the published initial weights are as good as for LIF."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the published training and ours differ in; the defaults are the published ones."""

    tau_0: float = 0.5e-3
    alpha: float = 3e-3
    bias_time: float = 0.0
    epochs: int = 100
    rate: float = 5e-3
    decay: float | None = 0.95
    """Of the rate in each epoch; None lets it fall along half a cosine."""
    delay: float = 0.0
    """Each input synapse has a delay, half-normal of this width, and learns it; 0 for none."""
    revival: sal.Revival | None = None


BETTER = Settings(
    tau_0=0.3e-3,
    bias_time=10e-3,
    rate=1e-2,
    epochs=60,
    decay=None,
    delay=5e-3,
    revival=sal.Revival((IN,), share=0.05),
)
SETTINGS = {
    "published": Settings(),
    "better": BETTER,
    "better without delays": replace(BETTER, delay=0.0, epochs=100),
}


def build_network(neuron: sal.Neuron, seed: int, delay: float = 0.0) -> sal.Network:
    """Declare two layers of neurons, fully connected."""
    generator = np.random.default_rng(seed)
    net = sal.Network()
    net.add_input("in", 5)
    net.add_population("hidden", neuron, 200)
    net.add_population("out", neuron, 3)
    weight_in = generator.normal(1.5, 0.78, (5, 200))
    weight_out = generator.normal(0.93, 0.1, (200, 3))
    delays = np.minimum(np.abs(generator.normal(0, delay, (5, 200))), LONGEST) if delay else 0.0
    net.connect("in", "hidden", weight=weight_in, delay=delays)
    net.connect("hidden", "out", weight=weight_out)
    return net


def scales(sim, spikes) -> dict[str, float]:
    """Give factors on the weights of another model, which make it spike about as early as LIF.

    Its output may take as long as the input lasts: a neuron whose spikes build up slowly would need
    enormous weights to be as quick as LIF.
    """
    lif = sal.compile(build_network(sal.models.lif, seed=0), T_END).run({"in": spikes})
    hidden_first = np.minimum(lif.first_spikes("hidden"), T_END).mean()
    found, values = {}, sim.net.values()
    for key, population, first_spike in ((IN, "hidden", hidden_first), (OUT, "out", 30e-3)):
        found[key] = sal.weight_scale(sim, spikes, key, population, first_spike, values)
        values = {**values, key: found[key] * values[key]}
    return found


def train(model, settings: Settings, seed: int, checkpoint, epochs=None, threads=None):
    """Train a network; return its simulator, loss, the result, and the test samples."""
    sizes = {"train": 5000, "validation": 1000, "test": 1000}
    samples = {
        name: sal.data.yin_yang(sizes[name], seed) for name, seed in sal.data.YIN_YANG_SEEDS.items()
    }
    # x, y, 1 - x and 1 - y become one spike each in [0, 30] ms; the fifth input is the bias.
    examples = {
        name: (sal.data.encode_yin_yang(points, bias_time=settings.bias_time), labels)
        for name, (points, labels) in samples.items()
    }
    neuron = getattr(sal.models, model)
    net = build_network(neuron, seed, settings.delay)
    # For flows without a closed form: their gradients are exact at any tolerance.
    sim = sal.compile(net, t_end=T_END + 2 * settings.delay, threads=threads, rtol=1e-4)
    factors = {} if model in SAME_UNITS else scales(sim, examples["train"][0][:16])
    delays = {DELAY: 2e-3} if settings.delay else {}
    epochs = settings.epochs if epochs is None else epochs
    rate = (
        sal.CosineDecay(settings.rate, epochs)
        if settings.decay is None
        else sal.ExponentialDecay(settings.rate, settings.decay)
    )
    loss = sal.losses.FirstSpikeCrossEntropy("out", tau_0=settings.tau_0, alpha=settings.alpha)
    result = sal.fit(
        sim,
        {key: factor * sim.net.values()[key] for key, factor in factors.items()},
        train=examples["train"],
        validation=examples["validation"],
        loss=loss,
        optimiser=sal.Adam(rate, scales={**factors, **delays}),
        trainable=(IN, OUT, *delays),
        bounds=dict.fromkeys(delays, (0.0, LONGEST)),
        epochs=epochs,
        batch_size=32,
        revival=settings.revival,
        seed=seed,
        checkpoint=checkpoint,
    )
    return sim, loss, result, examples["test"]


def main() -> None:
    """Train, tell the accuracy on the test samples, and draw what was learnt."""
    parser = ArgumentParser(
        description="Train spiking neurons on the Yin-Yang data set.",
        formatter_class=ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--model", default="lif", help="of saltation.models, with one port")
    parser.add_argument("--settings", default="published", choices=SETTINGS)
    parser.add_argument("--epochs", type=int, help="epochs in all, if not those of the settings")
    parser.add_argument("--seed", type=int, default=0, help="of the weights and of the order")
    parser.add_argument("--threads", type=int, help="of the simulator")
    parser.add_argument("--checkpoint", default="yin_yang.npz", help="where to go on from")
    parser.add_argument("--picture", default="yin_yang.png", help="the decision regions")
    options = parser.parse_args()
    settings = SETTINGS[options.settings]
    sim, loss, result, test = train(
        options.model,
        settings,
        options.seed,
        options.checkpoint,
        options.epochs,
        options.threads,
    )
    accuracy = sal.evaluate(sim, result.values, *test, loss).accuracy
    print(f"test accuracy {accuracy:.2%}")

    def predict(points: np.ndarray) -> np.ndarray:
        mirrored = np.column_stack([points, 1 - points])
        spikes = sal.data.encode_yin_yang(mirrored, bias_time=settings.bias_time)
        return sal.predict(sim, result.values, spikes, loss.predict)

    points, labels = sal.data.yin_yang(1000, sal.data.YIN_YANG_SEEDS["test"])
    title = f"Yin-Yang, 5-200-3 {options.model}"
    sal.plot.decision_regions(predict, points, labels, title=title, path=options.picture)


if __name__ == "__main__":
    main()
