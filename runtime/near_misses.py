"""Near misses: guards that almost reached zero, where a small change would add a spike.

A gradient says nothing of a spike that is not there. Where a guard's local maximum lies just below
zero, the gradient is right and yet of little use: a small step adds a spike, and the loss jumps.

The neurons are simulated a second time beside themselves, with the same arrivals, as probes
(`saltation.symbolic.probing`) that spike when a guard comes within a band below zero. An approach
that no spike follows is a near miss. The band is then narrowed until the approach just reaches it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from saltation.runtime.arguments import check_positive
from saltation.runtime.arrays import BoolArray, FloatArray, IntArray, frozen_copy
from saltation.runtime.evaluation import evaluator
from saltation.runtime.frozen import FrozenDict
from saltation.runtime.naming import chosen_names
from saltation.runtime.network import Network
from saltation.runtime.population import Population
from saltation.runtime.simulate import Run

if TYPE_CHECKING:
    from saltation.runtime.spikes import Spikes

_LEVELS = 8
"""How many bands are tried, each a quarter of the one before."""

_STEPS = 14
"""How many times the band is halved between the last two."""

_RUNS = _LEVELS + _STEPS + 1
"""How many runs a population takes."""

_ROUNDING = 1e-9
"""Share of the run by which a spike may precede its own approach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """The closest that a neuron came to a spike that it did not fire."""

    population: str
    """Name of the population."""

    unit: int
    """The neuron."""

    sample: int
    """The sample of the batch."""

    time: float
    """When its guard was at its highest, unit s."""

    margin: float
    """How far below zero the guard stayed, in the guard's unit."""

    share: float
    """The margin as a share of the guard's distance from zero at the initial values."""

    def __str__(self) -> str:
        return (
            f"population {self.population!r}, neuron {self.unit}, sample {self.sample}: at "
            f"{self.time:.6g} s the guard stayed {self.margin:.3g} below zero ({self.share:.2g} of "
            "its distance at the start)"
        )


def near_misses(
    run: Run,
    within: float = 0.01,
    populations: Iterable[str] | None = None,
    *,
    progress: bool | None = None,
) -> tuple[NearMiss, ...]:
    """Find neurons that almost fired a spike more than they did.

    Parameters
    ----------
    run : Run
        The run to look at.
    within : float, optional
        How near counts: the largest distance of a guard below zero, as a share of its distance at
        the initial values.
    populations : iterable of str, optional
        Which populations; all if not given.
    progress : bool, optional
        Show a progress bar; by default only in a terminal.

    Returns
    -------
    tuple of NearMiss
        For each neuron that came near a spike that it did not fire its closest approach, the
        closest neurons first.

    Raises
    ------
    UnknownNameError
        If there is no such population.
    ArrayError
        If `within` is not positive.

    Notes
    -----
    A guard that is lifted into the band by an arrival counts as one that rises into it. One that
    is still on its way up when the run ends counts too.

    Compiles a network in which these populations exist twice, and runs it about twenty times for
    each of them: a look at a trained network, not a part of a training step.

    Examples
    --------
    >>> from saltation.runtime.simulate import compile
    >>> from saltation.runtime.spikes import Spikes
    >>> from saltation.symbolic.models import lif_delta
    >>> net = Network()
    >>> net.add_input("in", 1)
    >>> net.add_population("out", lif_delta, 2)
    >>> net.connect("in", "out", weight=[[0.999, 0.5]])
    >>> run = compile(net, t_end=0.02).run({"in": Spikes.from_first_times([[0.01]])})
    >>> (miss,) = near_misses(run)
    >>> miss.unit, round(miss.time, 6), round(miss.margin, 6)
    (0, 0.01, 0.001)
    """
    share = check_positive(within, "within", "within")
    net = run.simulator.net
    names = chosen_names(populations, net.populations, "population", "near_misses")
    with tqdm(
        total=len(names) * _RUNS,
        desc="near misses",
        unit="run",
        disable=None if progress is None else not progress,
    ) as bar:
        bar.set_postfix_str("compiling")
        probed = _ProbedNetwork(run, names, bar)
        found = [miss for name in names for miss in _closest(probed, run, name, share)]
    return tuple(sorted(found, key=lambda miss: miss.share))


class _ProbedNetwork(Network):
    """A run's network with probes beside some populations, compiled."""

    def __init__(self, run: Run, names: Iterable[str], bar: Any) -> None:
        super().__init__()
        self._bar = bar
        net = run.simulator.net
        self._inputs.update(net.inputs)
        self._populations.update(net.populations)
        self._projections.update(net.projections)
        self._screens = net.screens.copy()
        self.twins: dict[str, str] = {}
        self.bands: dict[str, str] = {}
        self.given = dict(run.values)
        for name in names:
            self._add_probes(run, net.populations[name])
        self.simulator = run.simulator.compiler(self)

    def _add_probes(self, run: Run, population: Population) -> None:
        neuron, band = population.neuron.probed()
        twin = _free(f"{population.name}_probe", {**self._populations, **self._inputs})
        width = frozen_copy(np.zeros(population.size))
        self._populations[twin] = replace(
            population,
            name=twin,
            neuron=neuron,
            parameters=FrozenDict({**population.parameters, band: width}),
        )
        self._screens.add(self._populations[twin], checked=True)
        self.twins[population.name] = twin
        self.bands[population.name] = f"{twin}.{band}"
        prefix = f"{population.name}."
        for key, value in run.values.items():
            if key.startswith(prefix):
                self.given[f"{twin}.{key[len(prefix) :]}"] = value
        for name, projection in run.simulator.net.projections.items():
            if projection.post == population.name:
                copy = _free(f"{twin}_{len(self._projections)}", self._projections)
                self._projections[copy] = replace(projection, name=copy, post=twin)
                self.given[f"{copy}.weight"] = run.values[f"{name}.weight"]
                self.given[f"{copy}.delay"] = run.values[f"{name}.delay"]

    def approach(self, run: Run, name: str, width: FloatArray) -> Run:
        """Run with bands of these widths below the guards of a population, shape (n,)."""
        self._bar.set_postfix_str(name)
        found = self.simulator.run(run.inputs, {**self.given, self.bands[name]: width})
        self._bar.update()
        return found


def _free(name: str, taken: Iterable[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _closest(probed: _ProbedNetwork, run: Run, name: str, share: float) -> Iterable[NearMiss]:
    """Yield the near misses of one population."""
    population = probed.populations[name]
    distance = _distance(population, run)
    high, low = np.full(population.size, np.inf), np.zeros(population.size)
    for level in reversed(range(_LEVELS)):
        width = distance * share * 0.25**level
        near = _units(*_missed(probed, run, name, width), population.size)
        high = np.where(near & ~np.isfinite(high), width, high)
        low = np.where(np.isfinite(high), low, width)
    for _ in range(_STEPS):
        middle = np.where(np.isfinite(high), (low + np.minimum(high, distance)) / 2, 0.0)
        near = _units(*_missed(probed, run, name, middle), population.size)
        high, low = np.where(near, middle, high), np.where(near, low, middle)
    width = np.where(np.isfinite(high), high, 0.0)
    times, owners = _missed(probed, run, name, width)
    for unit in np.flatnonzero(np.isfinite(high)):
        (rows,) = np.nonzero(owners % population.size == unit)
        if rows.size:
            yield NearMiss(
                population=name,
                unit=int(unit),
                sample=int(owners[rows[0]] // population.size),
                time=float(times[rows[0]]),
                margin=float(width[unit]),
                share=float(width[unit] / distance[unit]),
            )


def _distance(population: Population, run: Run) -> FloatArray:
    """Return how far the guards of spikes are from zero at the start, shape (n,).

    A guard that is at zero there gives 1.
    """
    system = population.neuron.system
    values = {f"{p}": run.values[f"{population.name}.{p}"] for p in population.parameters}
    values |= {s: run.values[f"{population.name}.initial.{s}"] for s in population.initial}
    if system.time is not None:
        values[system.time.name] = np.zeros(())
    found = np.zeros(population.size)
    for mode in system.modes:
        for event in mode.events:
            evaluate = evaluator(event.guard) if event.spike else None
            if evaluate is not None:
                with np.errstate(all="ignore"):
                    found = np.fmax(found, np.abs(evaluate(values)))
    return np.where((found > 0) & np.isfinite(found), found, 1.0)


def _missed(
    probed: _ProbedNetwork, run: Run, name: str, width: FloatArray
) -> tuple[FloatArray, IntArray]:
    """Return times and owners (sample times size plus unit) of approaches without a spike."""
    size = width.size
    again = probed.approach(run, name, width)
    tolerance = _ROUNDING * run.simulator.t_end
    near, real = again.spikes[probed.twins[name]], again.spikes[name]
    times = np.concatenate([near.times - tolerance, real.times])
    owners = np.concatenate([_owners(near, size), _owners(real, size)])
    spike = np.arange(times.size) >= near.times.size
    order = np.lexsort((spike, times, owners))
    follows = np.zeros(times.size, dtype=bool)
    follows[:-1] = spike[order][1:] & (owners[order][1:] == owners[order][:-1])
    missed = ~spike[order] & ~follows & (width[owners[order] % size] > 0.0)
    return times[order][missed] + tolerance, owners[order][missed]


def _owners(spikes: Spikes, size: int) -> IntArray:
    return np.asarray(spikes.samples * size + spikes.units, dtype=np.int64)


def _units(times: FloatArray, owners: IntArray, size: int) -> BoolArray:
    """Say of each neuron whether it is among the owners, shape (n,)."""
    return np.bincount(owners % size, minlength=size)[:size] > 0
