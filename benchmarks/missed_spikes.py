"""MNIST with the published settings, and with what the authors' own program leaves out.

    python benchmarks/missed_spikes.py --data FOLDER --check
    python benchmarks/missed_spikes.py --data FOLDER --seed 1 --without spikes maxima

The versions of the program of Wunderlich and Pehle (2021) that we could read leave out

- `spikes`: the time of a neuron's maximum between two arrivals counts the resets by its own spikes
  for a third of what they are, and is too early. A spike shortly before the maximum is lost if the
  voltage is below the threshold again at the next arrival;
- `maxima`: the highest voltage of an output is mostly at an arrival, which ends its rise, and moves
  with it. Their gradient holds the time of the maximum fixed.

`missed_spikes.c` is a plain training of the same network that can do either as they do, or right;
`--check` compares its spikes and gradients, done right, with Saltation's.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.ctypeslib import as_ctypes

import saltation as sal

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "examples"))

from mnist import SETTINGS, build_network  # noqa: E402

# Not -ffast-math: a library linked with it has this process take subnormal numbers for zero.
FLAGS = [
    "-std=gnu99", "-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math",
    "-fno-signed-zeros", "-fassociative-math", "-freciprocal-math",
]  # fmt: skip
PUBLISHED = SETTINGS["published"]
HIDDEN, OUT = "pixels->hidden.weight", "hidden->out.weight"


@dataclass(frozen=True)
class Images:
    """Input spikes of many images, one image after the other."""

    start: np.ndarray
    time: np.ndarray
    pixel: np.ndarray
    label: np.ndarray

    @classmethod
    def encode(cls, samples: np.ndarray, labels: np.ndarray) -> Images:
        """Encode images as the example does."""
        spikes = sal.data.encode_images(samples, floor=PUBLISHED.floor)
        # Copies, as ctypes refuses arrays that must not be written to.
        start, pixel = spikes.offsets.astype(np.int64), spikes.units.astype(np.int32)
        return cls(start, spikes.times.copy(), pixel, labels.astype(np.int32))

    def one(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the times and the pixels of one image."""
        part = slice(self.start[index], self.start[index + 1])
        return self.time[part].copy(), self.pixel[part].copy()


def compile_program(folder: str) -> ctypes.CDLL:
    """Compile the C beside this file."""
    library = Path(folder) / "missed_spikes.so"
    compiler = os.environ.get("CC", "cc")
    source = HERE / "missed_spikes.c"
    command = [compiler, *FLAGS, "-shared", "-fPIC", str(source), "-o", str(library), "-lm"]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(library))


class Program:
    """The training in C, with values of its own."""

    def __init__(self, library: ctypes.CDLL, seed: int, without: list[str]) -> None:
        self.library, self.seed = library, seed
        self.after = ctypes.c_double(1.0 if "spikes" in without else 3.0)
        self.moves = int("maxima" not in without)
        values = build_network(PUBLISHED, 784, seed).values()
        self.weight, self.out = values[HIDDEN].copy(), values[OUT].copy()
        self.moment = np.zeros((2, *self.weight.shape)), np.zeros((2, *self.out.shape))
        self.steps = 0

    def sample(self, images: Images, index: int, *gradients: np.ndarray) -> tuple[int, bool]:
        """Run one image; give its hidden spikes, and whether it is recognised."""
        times, pixels = images.one(index)
        right = ctypes.c_int()
        wanted = [as_ctypes(g.ravel()) for g in gradients] if gradients else [None, None]
        count = self.library.sample(
            len(times), as_ctypes(times), as_ctypes(pixels), int(images.label[index]),
            as_ctypes(self.weight.ravel()), as_ctypes(self.out.ravel()), self.after, self.moves,
            *wanted, ctypes.byref(right),
        )  # fmt: skip
        return count, bool(right.value)

    def accuracy(self, images: Images) -> tuple[float, float]:
        """Give the share of images recognised, and hidden spikes an image."""
        runs = [self.sample(images, index) for index in range(len(images.label))]
        counts, rights = np.array(runs, dtype=float).T
        return float(rights.mean()), float(counts.mean())

    def epoch(self, images: Images, order: np.ndarray, number: int) -> None:
        """Train on every image once."""
        self.steps = self.library.epoch(
            len(order), as_ctypes(order), as_ctypes(images.start), as_ctypes(images.time),
            as_ctypes(images.pixel), as_ctypes(images.label), as_ctypes(self.weight.ravel()),
            as_ctypes(self.out.ravel()), as_ctypes(self.moment[0].ravel()),
            as_ctypes(self.moment[1].ravel()),
            ctypes.c_double(PUBLISHED.rate * PUBLISHED.decay**number), self.steps, self.after,
            self.moves, ctypes.c_uint64(1000 * self.seed + number + 1),
        )  # fmt: skip


def compare(
    program: Program, samples: np.ndarray, labels: np.ndarray
) -> tuple[int, int, dict[str, float]]:
    """Compare some images' hidden spikes and gradients with Saltation's.

    Gives how many spikes either has, and how far apart the gradients are, as shares of the largest.
    """
    images = Images.encode(samples, labels)
    gradients = np.zeros_like(program.weight), np.zeros_like(program.out)
    count = sum(program.sample(images, index, *gradients)[0] for index in range(len(labels)))
    sim = sal.compile(build_network(PUBLISHED, 784, program.seed), PUBLISHED.t_end)
    run = sim.run({"pixels": sal.data.encode_images(samples, floor=PUBLISHED.floor)})
    loss = sal.losses.MaximumCrossEntropy("v")(run, labels)
    expected = run.gradient(observations=loss.observations, wrt=[HIDDEN, OUT])
    errors = {
        key: float(
            np.abs(gradient / len(labels) - expected[key]).max() / np.abs(expected[key]).max()
        )
        for key, gradient in zip((HIDDEN, OUT), gradients, strict=True)
    }
    return count, run.spikes["hidden"].n_spikes, errors


def train(program: Program, splits: dict[str, Images], epochs: int) -> None:
    """Train, and tell the accuracy every ten epochs."""
    generator = np.random.default_rng([program.seed, 1])
    for number in range(epochs):
        started = time.process_time()
        images = splits["train"]
        order = generator.permutation(len(images.label)).astype(np.int32)
        program.epoch(images, order, number)
        seconds = time.process_time() - started
        if number % 10 == 9 or number == epochs - 1:
            validation, _ = program.accuracy(splits["validation"])
            test, spikes = program.accuracy(splits["test"])
            print(
                f"epoch {number + 1}: validation {validation:.2%}, test {test:.2%}, "
                f"{spikes:.0f} hidden spikes, {seconds:.1f} s an epoch",
                flush=True,
            )


def read_options() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", required=True, help="folder of MNIST")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=PUBLISHED.epochs)
    parser.add_argument("--without", nargs="*", default=[], choices=["spikes", "maxima"])
    parser.add_argument("--check", action="store_true", help="compare with Saltation, do not train")
    return parser.parse_args()


def main() -> None:
    """Compare or train."""
    options = read_options()
    data = sal.data.load_mnist(options.data, PUBLISHED.held_out)
    with tempfile.TemporaryDirectory() as folder:
        program = Program(compile_program(folder), options.seed, options.without)
        if options.check:
            samples, labels = data["train"]
            count, expected, errors = compare(program, samples[:20], labels[:20])
            print(f"hidden spikes: {count}, Saltation's {expected}")
            for key, error in errors.items():
                print(f"gradient by {key}: {error:.1e} of the largest apart")
        else:
            splits = {name: Images.encode(*examples) for name, examples in data.items()}
            train(program, splits, options.epochs)


if __name__ == "__main__":
    main()
