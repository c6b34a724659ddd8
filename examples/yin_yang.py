"""Train 5-200-3 spiking neurons on the Yin-Yang data set, by their first spike times.

The settings are those of Wunderlich and Pehle (2021). To try another neuron, change one line: the
one that names it. Run it again after an interruption, and it goes on where it was.

    python examples/yin_yang.py --epochs 100 --seed 1
"""

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser

import numpy as np

import saltation as sal


def build_network(generator: np.random.Generator) -> sal.Network:
    """Declare two layers of neurons, fully connected."""
    neuron = sal.models.lif  # tau_m = 20 ms, tau_s = 5 ms, threshold 1
    net = sal.Network()
    net.add_input("in", 5)
    net.add_population("hidden", neuron, 200)
    net.add_population("out", neuron, 3)
    net.connect("in", "hidden", weight=generator.normal(1.5, 0.78, (5, 200)))
    net.connect("hidden", "out", weight=generator.normal(0.93, 0.1, (200, 3)))
    return net


def main() -> None:
    """Make the data, train, and draw the decision regions."""
    parser = ArgumentParser(
        description="Train spiking neurons on the Yin-Yang data set.",
        formatter_class=ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--epochs", type=int, default=100, help="epochs in all")
    parser.add_argument("--seed", type=int, default=0, help="of the weights and of the order")
    parser.add_argument("--checkpoint", default="yin_yang.npz", help="where to go on from")
    parser.add_argument("--picture", default="yin_yang.png", help="the decision regions")
    options = parser.parse_args()

    # x, y, 1 - x and 1 - y become one spike each in [0, 30] ms; a fifth input spikes at 0.
    sizes = {"train": 5000, "validation": 1000, "test": 1000}
    splits = {
        name: sal.data.yin_yang(sizes[name], seed) for name, seed in sal.data.YIN_YANG_SEEDS.items()
    }
    examples = {
        name: (sal.data.encode_yin_yang(samples), labels)
        for name, (samples, labels) in splits.items()
    }

    sim = sal.compile(build_network(np.random.default_rng(options.seed)), t_end=60e-3)
    loss = sal.losses.FirstSpikeCrossEntropy("out", tau_0=0.5e-3, tau_1=6.4e-3, alpha=3e-3)
    result = sal.fit(
        sim,
        train=examples["train"],
        validation=examples["validation"],
        loss=loss,
        optimiser=sal.Adam(sal.ExponentialDecay(5e-3, 0.95)),
        epochs=options.epochs,
        batch_size=32,
        seed=options.seed,
        checkpoint=options.checkpoint,
    )
    accuracy = sal.evaluate(sim, result.values, *examples["test"], loss).accuracy
    print(f"test accuracy {accuracy:.2%}")

    def predict(points: np.ndarray) -> np.ndarray:
        spikes = sal.data.encode_yin_yang(np.column_stack([points, 1 - points]))
        return sal.predict(sim, result.values, spikes, loss.predict)

    ax = sal.plot.decision_regions(predict, *splits["test"], title="Yin-Yang, 5-200-3 LIF")
    ax.figure.savefig(options.picture, dpi=150)


if __name__ == "__main__":
    main()
