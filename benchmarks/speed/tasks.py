"""A training step, measured in its parts."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import saltation as sal
from benchmarks.speed.instructions import Probe
from benchmarks.speed.timing import Stopwatch
from saltation.learning.losses.loss import Loss
from saltation.runtime.simulate import Run, Simulator

PARTS = ("forward", "loss", "gradient", "optimiser")


@dataclass(frozen=True, kw_only=True)
class Task:
    """A simulator, its samples, and a loss.

    Attributes
    ----------
    sim : Simulator
        The compiled network; it has one input.
    spikes : Spikes
        The input of all samples.
    labels : array of int, shape (samples,)
        Their classes.
    loss : Loss
        Of a run and labels.
    values : mapping of str to array
        What a training would change; the gradient is by these.
    batch : int
        How many samples are run at once.
    """

    sim: Simulator
    spikes: sal.Spikes
    labels: NDArray[np.int64]
    loss: Loss
    values: Mapping[str, NDArray[np.float64]]
    batch: int

    def __post_init__(self) -> None:
        self.sim.wait_until_optimised()

    @property
    def samples(self) -> int:
        """How many samples one turn runs."""
        return len(self.labels)

    def batches(self) -> Iterator[tuple[dict[str, sal.Spikes], NDArray[np.int64]]]:
        """Give the input and the labels of each batch."""
        (name,) = self.sim.net.inputs
        for start in range(0, self.samples, self.batch):
            part = slice(start, start + self.batch)
            yield {name: self.spikes[part]}, self.labels[part]

    def turn(self) -> dict[str, NDArray[np.float64]]:
        """Do an epoch with a rate of 0; return processor and wall seconds of its `PARTS`.

        As in `fit`, values cannot be written to between two steps: runs need not copy them.
        """
        adam = sal.Adam(sal.ConstantRate(0.0))
        values, state = dict(self.values), adam.start(self.values)
        laps = {part: np.zeros(2) for part in PARTS}
        for inputs, labels in list(self.batches()):
            watch = Stopwatch()
            run = self.sim.run(inputs, values)
            laps["forward"] += watch.lap()
            cotangents = self.cotangents(run, labels)
            laps["loss"] += watch.lap()
            gradient = run.gradient(**cotangents, wrt=tuple(self.values), grazing="clip")
            laps["gradient"] += watch.lap()
            values, state = adam.step(values, gradient, state)
            for array in values.values():
                array.setflags(write=False)
            laps["optimiser"] += watch.lap()
        return laps

    def cotangents(self, run: Run, labels: NDArray[np.int64]) -> dict[str, Any]:
        """Return what `Run.gradient` wants of the loss."""
        result = self.loss(run, labels)
        return {"spike_times": result.spike_times, "observations": result.observations}

    def counted(self, population: str) -> float:
        """Return the spikes of a population (or of the input) per sample."""
        if population in self.sim.net.inputs:
            return self.spikes.n_spikes / self.samples
        runs = (self.sim.run(inputs, self.values) for inputs, _ in self.batches())
        return sum(run.spikes[population].n_spikes for run in runs) / self.samples

    def probe(self, samples: int) -> Probe:
        """Return a probe of the first samples, as one batch."""
        (name,) = self.sim.net.inputs
        inputs = {name: self.spikes[:samples]}
        run = self.sim.run(inputs, self.values)
        return Probe(
            net=self.sim.net,
            t_end=self.sim.t_end,
            precision=self.sim.precision,
            spikes=inputs,
            values=self.values,
            cotangents=self.cotangents(run, self.labels[:samples]),
            wrt=tuple(self.values),
            rtol=self.sim.tolerances[0],
            until=self.sim.until,
        )


def quietly() -> warnings.catch_warnings[None]:
    """Keep warnings about the models off the screen: speed is what is asked."""
    return warnings.catch_warnings(action="ignore", category=sal.errors.SaltationWarning)
