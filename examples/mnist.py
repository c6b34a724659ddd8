"""Train 784-350-10 spiking neurons on MNIST, by the maxima of the output voltages.

The settings are those of Wunderlich and Pehle (2021): one spike for each pixel that is not dark,
350 leaky integrate-and-fire neurons, and 10 leaky integrators whose highest voltages compete. Run
it again after an interruption, and it goes on with the epoch that was interrupted.

    python examples/mnist.py --data FOLDER --seed 1      # the four gzipped files of MNIST
    python examples/mnist.py --epochs 30 --hidden 100    # scikit-learn's digits, a few minutes
"""

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace

import numpy as np

import saltation as sal

T_END = 60e-3
"""The last input spike is at 20 ms; 40 ms later the voltages have decayed."""


def build_network(pixels: int, hidden: int, scale: float, seed: int) -> sal.Network:
    """Declare the hidden layer and the integrators that read it out."""
    generator = np.random.default_rng(seed)
    net = sal.Network()
    net.add_input("pixels", pixels)
    net.add_population("hidden", sal.models.lif, hidden)
    net.add_population("out", sal.models.leaky_integrator, 10)
    net.connect("pixels", "hidden", scale * generator.normal(0.078, 0.045, (pixels, hidden)))
    net.connect("hidden", "out", weight=generator.normal(0.2, 0.37, (hidden, 10)))
    net.observe("v_max", "out", "v", kind="max")
    return net


def load(options: Namespace) -> tuple[dict[str, tuple[sal.Spikes, np.ndarray]], int, float]:
    """Give the encoded splits, the number of pixels, and a factor on the initial weights."""
    if options.data:
        splits, scale = sal.data.load_mnist(options.data, held_out=5000), 1.0
    else:
        # About 30 pixels spike, not 150: each has five times the weight.
        splits, scale = sal.data.digits(), 5.0
    train = splits["train"]
    splits["train"] = sal.data.Labelled(*(part[: options.limit] for part in train))
    examples = {
        name: (sal.data.encode_images(samples), labels)
        for name, (samples, labels) in splits.items()
    }
    return examples, train.samples.shape[1], scale


def main() -> None:
    """Read the images, train, and tell the accuracy on the test images."""
    parser = ArgumentParser(
        description="Train spiking neurons on images of digits.",
        formatter_class=ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--data", help="folder of MNIST; without it, scikit-learn's digits")
    parser.add_argument("--hidden", type=int, default=350, help="neurons of the hidden layer")
    parser.add_argument("--epochs", type=int, default=100, help="epochs in all")
    parser.add_argument("--batch-size", type=int, default=5, help="images in a step")
    parser.add_argument("--rate", type=float, default=5e-3, help="the first epoch's learning rate")
    parser.add_argument("--dropout", type=float, default=0.2, help="share of spikes left out")
    parser.add_argument("--limit", type=int, help="train on so many images only")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and dropout")
    parser.add_argument("--threads", type=int, help="of the simulator")
    parser.add_argument("--checkpoint", default="mnist.npz", help="where to go on from")
    parser.add_argument("--table", default="mnist.csv", help="the numbers of every epoch")
    options = parser.parse_args()

    examples, pixels, scale = load(options)
    net = build_network(pixels, options.hidden, scale, options.seed)
    sim = sal.compile(net, t_end=T_END, threads=options.threads)
    loss = sal.losses.MaximumCrossEntropy("v_max")
    result = sal.fit(
        sim,
        train=examples["train"],
        validation=examples["validation"],
        loss=loss,
        optimiser=sal.Adam(sal.ExponentialDecay(options.rate, 0.95)),
        epochs=options.epochs,
        batch_size=options.batch_size,
        augment=sal.InputDropout(options.dropout),
        seed=options.seed,
        checkpoint=options.checkpoint,
        callbacks=[sal.CsvLog(options.table)],
    )
    evaluation = sal.evaluate(sim, result.values, *examples["test"], loss)
    record = result.history[-1]
    print(f"test accuracy {evaluation.accuracy:.2%} after {len(result.history)} epochs")
    print(f"{record.seconds:.1f} s an epoch, {record.spikes_per_sample:.0f} spikes for one image")


if __name__ == "__main__":
    main()
