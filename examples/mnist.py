"""Train 784-350-10 spiking neurons on MNIST, by the output voltages.

The settings are those of Wunderlich and Pehle (2021): one spike for each pixel that is not dark,
350 leaky integrate-and-fire neurons, and 10 leaky integrators whose highest voltages compete. The
better ones let the integrals of the voltages compete, give hidden neurons time constants as long as
the run, and deform the training images. Run it again after an interruption, and it goes on with the
epoch that was interrupted.

    python examples/mnist.py --data FOLDER --seed 1      # the four gzipped files of MNIST
    python examples/mnist.py                             # scikit-learn's digits, half a minute
    python examples/mnist.py --data FOLDER --settings better    # about six minutes
"""

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

import saltation as sal


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What trainings differ in; the defaults are the published settings."""

    hidden: int = 350
    weight: tuple[float, float] = 0.078, 0.045
    """Mean and standard deviation of the initial weights from the pixels."""
    tau_m: float = 20e-3
    tau_s: float = 5e-3
    """Of hidden neurons. With some as long as the run voltages still rise at its end, so that a new
    spike appears there, where it adds nothing to an integral: the loss does not jump."""
    epochs: int = 100
    batch_size: int = 5
    rate: float = 5e-3
    output_rate: float = 1.0
    """Factor on the rate of the output's weights, which are fewer and larger."""
    decay: float | None = 0.95
    """Of the rate in each epoch; None lets it fall along half a cosine."""
    augment: Callable = field(default_factory=lambda: sal.InputDropout(0.2))
    """What is done to the spikes of training images."""
    floor: float = 1.5 / 255.0
    """Darker pixels do not spike."""
    t_end: float = 60e-3
    """The last input spike is at 20 ms; at 60 ms the voltages have decayed."""
    tau: float | None = None
    """Compare the integrals of the output voltages over the run, divided by this; None: maxima."""
    precision: str = "double"
    held_out: int = 5000
    """Training images kept for validation."""


SETTINGS = {
    "published": Settings(),
    "better": Settings(
        weight=(0.03, 0.03),
        tau_m=41e-3,
        tau_s=30e-3,
        epochs=14,
        batch_size=64,
        rate=2.5e-3,
        output_rate=8.0,
        decay=None,
        augment=sal.ImageDeformation(
            height=28, width=28, rotation=0.14, stretch=0.08, shift=1.0, bend=0.7, floor=0.1
        ),
        floor=0.1,
        t_end=30e-3,
        tau=7e-3,
        precision="single",
    ),
    # About 30 pixels of 64 spike, not 150 of 784: each has five times the weight.
    "digits": Settings(
        hidden=100,
        weight=(0.39, 0.225),
        epochs=30,
        batch_size=16,
        rate=2e-2,
        augment=sal.InputDropout(0.1),
    ),
}


def build_network(settings: Settings, pixels: int, seed: int) -> sal.Network:
    """Declare the hidden layer and the integrators that read it out."""
    generator = np.random.default_rng(seed)
    net = sal.Network()
    net.add_input("pixels", pixels)
    time_constants = {"tau_m": settings.tau_m, "tau_s": settings.tau_s}
    net.add_population("hidden", sal.models.lif, settings.hidden, parameters=time_constants)
    net.add_population("out", sal.models.leaky_integrator, 10)
    weight = generator.normal(*settings.weight, (pixels, settings.hidden))
    net.connect("pixels", "hidden", weight=weight)
    net.connect("hidden", "out", weight=generator.normal(0.2, 0.37, (settings.hidden, 10)))
    net.observe("v", "out", "v", kind="integral" if settings.tau else "max")
    return net


def train(data, settings: Settings, seed: int, checkpoint, epochs=None, threads=None, limit=None):
    """Train a network; return its simulator, loss, the result, and the test images."""
    splits = sal.data.load_mnist(data, settings.held_out) if data else sal.data.digits()
    pixels = splits["train"].samples.shape[1]
    examples = {
        name: (sal.data.encode_images(samples, floor=settings.floor), labels)
        for name, (samples, labels) in splits.items()
    }
    spikes, labels = examples["train"]
    epochs = settings.epochs if epochs is None else epochs
    decay, rate = settings.decay, settings.rate
    sim = sal.compile(
        build_network(settings, pixels, seed), settings.t_end, settings.precision, threads
    )
    if settings.tau:
        loss = sal.losses.IntegralCrossEntropy("v", tau=settings.tau)
    else:
        loss = sal.losses.MaximumCrossEntropy("v")
    result = sal.fit(
        sim,
        train=(spikes[:limit], labels[:limit]),
        validation=examples["validation"],
        loss=loss,
        optimiser=sal.Adam(
            sal.ExponentialDecay(rate, decay) if decay else sal.CosineDecay(rate, epochs),
            scales={"hidden->out.weight": settings.output_rate},
        ),
        epochs=epochs,
        batch_size=settings.batch_size,
        augment=settings.augment,
        seed=seed,
        checkpoint=checkpoint,
        callbacks=[sal.CsvLog(f"{checkpoint}.csv")],
    )
    return sim, loss, result, examples["test"]


def main() -> None:
    """Read the images, train, and tell the accuracy on the test images."""
    parser = ArgumentParser(
        description="Train spiking neurons on images of digits.",
        formatter_class=ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--data", help="folder of MNIST; without it, scikit-learn's digits")
    parser.add_argument(
        "--settings", choices=SETTINGS, help="'published' if not given, without --data 'digits'"
    )
    parser.add_argument("--epochs", type=int, help="epochs in all, if not those of the settings")
    parser.add_argument("--limit", type=int, help="train on so many images only")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and dropout")
    parser.add_argument("--threads", type=int, help="of the simulator")
    parser.add_argument("--checkpoint", default="mnist.npz", help="where to go on from")
    options = parser.parse_args()
    name = options.settings or ("published" if options.data else "digits")
    if name != "digits" and not options.data:
        parser.error(f"--settings {name} is for MNIST: name the folder of its files by --data")
    sim, loss, result, test = train(
        options.data,
        SETTINGS[name],
        options.seed,
        options.checkpoint,
        options.epochs,
        options.threads,
        options.limit,
    )
    accuracy = sal.evaluate(sim, result.values, *test, loss).accuracy
    record = result.history[-1]
    print(f"test accuracy {accuracy:.2%} after {len(result.history)} epochs")
    print(f"{record.seconds:.1f} s an epoch, {record.spikes_per_sample:.0f} spikes for one image")


if __name__ == "__main__":
    main()
