"""The demonstration: from a declared neuron to a trained classifier, in one go."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

import saltation as sal
from saltation.learning.data import YIN_YANG_SEEDS, Labelled, encode_yin_yang, load_yin_yang
from saltation.learning.data import yin_yang as make_yin_yang
from saltation.learning.evaluation import Evaluation
from saltation.learning.fit import FitResult
from saltation.learning.protocols import FloatArray, IntArray
from saltation.runtime.destinations import check_file
from saltation.runtime.simulate import Simulator

T_END = 60e-3
"""Length of a run, in s: twice the time of the last input spike."""

LOSS = sal.losses.FirstSpikeCrossEntropy("out", tau_0=0.3e-3, tau_1=6.4e-3, alpha=3e-3)
"""The published loss with a sharper tau_0: docs/decisions/0007-demonstration-loss.md says why."""

_CHECKPOINT = "checkpoint.npz"
_PICTURES = ("decision_regions.png", "learning_curves.png")
_SIZES = {"train": 5000, "validation": 1000, "test": 1000}


def declare_lif() -> sal.Neuron:
    """Declare the leaky integrate-and-fire neuron with exponential synaptic currents.

    Returns
    -------
    Neuron
        The model; every time is in s.
    """
    return sal.Neuron(
        "lif",
        dynamics={"v": "(i - v) / tau_m", "i": "-i / tau_s"},
        threshold="v - theta",
        reset={"v": "v_r"},
        receive={"i": "i + w"},
        parameters={"tau_m": 20e-3, "tau_s": 5e-3, "theta": 1.0, "v_r": 0.0},
    )


def build_network(neuron: sal.Neuron, seed: int) -> sal.Network:
    """Build the 5-200-3 network of Wunderlich and Pehle (2021), with their initial weights.

    Parameters
    ----------
    neuron : Neuron
        The model of both layers.
    seed : int
        Of the weights.

    Returns
    -------
    Network
        Input ``"in"``, populations ``"hidden"`` and ``"out"``.
    """
    generator = np.random.default_rng(seed)
    net = sal.Network()
    net.add_input("in", 5)
    net.add_population("hidden", neuron, 200)
    net.add_population("out", neuron, 3)
    net.connect("in", "hidden", weight=generator.normal(1.5, 0.78, (5, 200)))
    net.connect("hidden", "out", weight=generator.normal(0.93, 0.1, (200, 3)))
    return net


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The demonstration's settings.

    Attributes
    ----------
    epochs, seed : int
        As of ``fit``; the seed also draws the initial weights.
    data_folder : Path or None
        Where the published splits are; None makes them by the published rule.
    output : Path
        Folder for the checkpoint and the pictures.
    threads : int or None
        Threads of the simulator.
    resume : bool
        Go on from the checkpoint in `output`.
    """

    epochs: int = 60
    seed: int = 0
    data_folder: Path | None = None
    output: Path = Path("demo")
    threads: int | None = None
    resume: bool = False

    def run(self) -> Evaluation:
        """Declare, derive, compile, train, and show the result.

        Returns
        -------
        Evaluation
            On the test samples.
        """
        for name in (_CHECKPOINT, *_PICTURES):
            check_file(self.output / name, "demo", "output")
        lif = declare_lif()
        _heading("The neuron and its adjoint")
        click.echo(str(lif.derive()))
        _heading("Compiling 5-200-3 neurons")
        sim = self._compile(build_network(lif, self.seed))
        _heading("Training on Yin-Yang")
        splits = self._splits()
        result = self._train(sim, splits)
        _heading("Result")
        return self._report(sim, result, splits["test"])

    def _compile(self, net: sal.Network) -> Simulator:
        """Generate and compile the C, and say where it is."""
        started = time.perf_counter()
        sim = sal.compile(net, t_end=T_END, threads=self.threads, until="out")
        seconds = time.perf_counter() - started
        click.echo(
            f"ready after {seconds:.2f} s: {len(sim.source.splitlines()):,} lines of C, compiled"
        )
        return sim

    def _splits(self) -> dict[str, Labelled]:
        """Read or make the training, validation and test samples."""
        if self.data_folder is not None:
            click.echo(f"samples: the published splits in {self.data_folder}")
            return load_yin_yang(self.data_folder)
        click.echo("samples: made by the published generator's rule, with the published seeds")
        return {split: make_yin_yang(_SIZES[split], seed) for split, seed in YIN_YANG_SEEDS.items()}

    def _train(self, sim: Simulator, splits: dict[str, Labelled]) -> FitResult:
        """Train the weights with the published settings."""
        examples = {
            split: (encode_yin_yang(samples), labels) for split, (samples, labels) in splits.items()
        }
        return sal.fit(
            sim,
            train=examples["train"],
            validation=examples["validation"],
            loss=LOSS,
            optimiser=sal.Adam(sal.ExponentialDecay(5e-3, 0.95)),
            epochs=self.epochs,
            batch_size=32,
            seed=self.seed,
            checkpoint=self.output / _CHECKPOINT,
            resume=self.resume,
        )

    def _report(self, sim: Simulator, result: FitResult, test: Labelled) -> Evaluation:
        """Tell the test accuracy, and save the pictures."""
        spikes = encode_yin_yang(test.samples)
        evaluation = sal.evaluate(sim, result.values, spikes, test.labels, LOSS)
        seconds = result.history.column("seconds")
        click.echo(
            f"training    {seconds.sum():.1f} s, {1e3 * np.median(seconds):.0f} ms an epoch\n"
            f"spikes      {result.history[-1].spikes_per_sample:.0f} for one sample\n"
            f"test        {evaluation.accuracy:.2%} of {test.labels.size:,} samples"
        )
        click.echo(f"checkpoint  {self.output / 'checkpoint.npz'}")
        for path in save_pictures(sim, result, test, self.output):
            click.echo(f"picture     {path}")
        return evaluation


def save_pictures(sim: Simulator, result: FitResult, test: Labelled, folder: Path) -> list[Path]:
    """Draw the decision regions and the learning curves.

    Parameters
    ----------
    sim : Simulation
        The compiled network.
    result : FitResult
        Of its training.
    test : Labelled
        The samples to be drawn.
    folder : Path
        Where the pictures go.

    Returns
    -------
    list of Path
        The files; none if matplotlib is not installed, which is said.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        click.echo("pictures    need matplotlib: pip install 'saltation[plot]'")
        return []

    def predict(points: FloatArray) -> IntArray:
        spikes = encode_yin_yang(np.column_stack([points, 1.0 - points]))
        return sal.predict(sim, result.values, spikes, LOSS.predict)

    title = "Yin-Yang, 5-200-3 LIF"
    paths = [folder / name for name in _PICTURES]
    axes = Figure(figsize=(5.2, 5.6), layout="constrained").subplots()
    sal.plot.decision_regions(
        predict, test.samples, test.labels, title=title, ax=axes, path=paths[0]
    )
    axes = Figure(figsize=(6.4, 4.0), layout="constrained").subplots()
    sal.plot.learning_curves(result.history, title=title, ax=axes, path=paths[1])
    return paths


def _heading(text: str) -> None:
    """Print a heading between the parts."""
    click.echo(f"\n{text}\n{'-' * len(text)}")
