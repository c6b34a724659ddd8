"""A linear loss of everything that a run puts out, for compiled and interpreted runs alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from saltation.runtime.interpreter import Interpreter, Outcome
from saltation.symbolic.errors import ArrayError

if TYPE_CHECKING:
    from saltation.runtime.interpreter.arithmetic import Number
    from saltation.runtime.network import Network
    from saltation.runtime.spikes import Spikes

Array = NDArray[np.float64]


class CompiledRun(Protocol):
    """What the check uses of a compiled run."""

    @property
    def spikes(self) -> Mapping[str, Spikes]:
        """All spikes of each population."""

    @property
    def observations(self) -> Mapping[str, Array]:
        """All observations."""

    def gradient(self, *, spike_times: Any, observations: Any, wrt: Any) -> Mapping[str, Array]:
        """Return the gradient for cotangents shaped as the outputs."""


class SpikesChangedError(Exception):
    """A perturbation changed the number of spikes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """The loss ``sum c_k t_k + sum c_o o`` over spike times and observations."""

    spike_times: Mapping[str, Array]
    """Cotangents of each population, aligned with the times of the compiled run."""

    observations: Mapping[str, Array]
    """Cotangents of each observation, shaped as it."""

    times: Mapping[tuple[str, int, int], list[float]]
    """The same cotangents for each (population, sample, unit), by time."""

    observed: Mapping[tuple[str, int, int], list[list[float]]]
    """The same for the observations of that neuron, each a list over its values."""

    def change(self, before: Outcome, after: Outcome) -> Number:
        """Return the loss of `after` minus that of `before`.

        Raises
        ------
        SpikesChangedError
            If a neuron has another number of spikes.
        """
        total: Number = 0
        for name, samples in before.results.items():
            for b, results in enumerate(samples):
                for unit, old in enumerate(results):
                    new = after.results[name][b][unit]
                    if new is old:
                        continue
                    if len(new.spikes) != len(old.spikes):
                        raise SpikesChangedError
                    place = (name, b, unit)
                    for c, t1, t0 in zip(self.times[place], new.spikes, old.spikes, strict=True):
                        total += c * (t1 - t0)
                    watched = zip(
                        self.observed[place], new.observations, old.observations, strict=True
                    )
                    for cotangents, values1, values0 in watched:
                        for c, v1, v0 in zip(cotangents, values1, values0, strict=True):
                            total += c * (v1 - v0)
        return total

    def magnitude(self, outcome: Outcome) -> float:
        """Return the sum of the absolute values of all terms."""
        total = 0.0
        for name, samples in outcome.results.items():
            for b, results in enumerate(samples):
                for unit, result in enumerate(results):
                    place = (name, b, unit)
                    pairs = zip(self.times[place], result.spikes, strict=True)
                    total += sum(abs(c * float(t)) for c, t in pairs)
                    for cotangents, values in zip(
                        self.observed[place], result.observations, strict=True
                    ):
                        total += sum(
                            abs(c * float(v)) for c, v in zip(cotangents, values, strict=True)
                        )
        return total


def random_loss(
    net: Network, run: CompiledRun, t_end: float, random: np.random.Generator
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Draw cotangents, none of them small, for every spike and observation.

    Those of spike times are larger by ``1 / t_end``, so that both kinds of output matter.
    """

    def draw(shape: tuple[int, ...]) -> Array:
        drawn: Array = random.uniform(0.5, 1.5, shape) * random.choice([-1.0, 1.0], shape)
        return drawn

    times = {name: draw(run.spikes[name].times.shape) / t_end for name in net.populations}
    return times, {name: draw(np.shape(run.observations[name])) for name in net.observations}


def make_loss(
    interpreter: Interpreter,
    run: CompiledRun,
    spike_times: Mapping[str, Array],
    observations: Mapping[str, Array],
) -> Loss:
    """Hand each cotangent to the neuron that it belongs to.

    Cotangents of spike times have shape (n_spikes,), or (batch, n) for first spikes; populations
    and observations without cotangents do not count.
    """
    net = interpreter.net
    times: dict[tuple[str, int, int], list[float]] = {}
    observed: dict[tuple[str, int, int], list[list[float]]] = {}
    for name, population in net.populations.items():
        own = [o.name for o in net.observations.values() if o.population == name]
        rows = _rows(run.spikes[name], spike_times.get(name), population.size, name)
        for b in range(interpreter.batch):
            for unit in range(population.size):
                times[name, b, unit] = rows[b][unit]
                observed[name, b, unit] = [
                    _cotangents(run, observations, watch, b, unit) for watch in own
                ]
    return Loss(spike_times=spike_times, observations=observations, times=times, observed=observed)


def _rows(spikes: Spikes, cotangents: Any, size: int, name: str) -> list[list[list[float]]]:
    """Return the cotangents of each sample and unit, one for each spike."""
    rows: list[list[list[float]]] = [[[] for _ in range(size)] for _ in range(spikes.batch)]
    given = np.zeros(spikes.times.shape) if cotangents is None else np.asarray(cotangents, float)
    first_only = given.shape == (spikes.batch, size)
    if not first_only and given.shape != spikes.times.shape:
        raise ArrayError(
            f"loss: cotangents of the spike times of {name!r} must have shape "
            f"{spikes.times.shape} or {(spikes.batch, size)}, got {given.shape}",
            argument="loss",
        )
    for b in range(spikes.batch):
        for row in range(int(spikes.offsets[b]), int(spikes.offsets[b + 1])):
            unit = int(spikes.units[row])
            if not first_only:
                rows[b][unit].append(float(given[row]))
            else:
                rows[b][unit].append(0.0 if rows[b][unit] else float(given[b, unit]))
    return rows


def _cotangents(
    run: CompiledRun, observations: Mapping[str, Array], name: str, b: int, unit: int
) -> list[float]:
    shape = np.shape(run.observations[name])
    given = np.asarray(observations.get(name, np.zeros(shape)), float)
    values: list[float] = np.atleast_1d(given[b, ..., unit]).tolist()
    return values
