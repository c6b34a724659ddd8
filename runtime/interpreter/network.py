"""A network of interpreted neurons, with memory of what a small change leaves alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from saltation.runtime.interpreter.arithmetic import Arithmetic, Number
from saltation.runtime.interpreter.neuron import Arrival, NeuronResult, run_neuron
from saltation.runtime.interpreter.program import BoundProgram, NeuronProgram, Watch

if TYPE_CHECKING:
    from saltation.runtime.network import Network
    from saltation.runtime.population import Population
    from saltation.runtime.projection import Projection
    from saltation.runtime.spikes import Spikes

Emission: TypeAlias = tuple[Number, int]
"""Time, unit."""

Synapses: TypeAlias = list[list[tuple[int, int]]]
"""For each source unit its targets, each with the position of its weight in the flat values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Perturbation:
    """A change of one value: entry `index` of the flattened array `key`, by `amount`."""

    key: str
    index: int
    amount: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What all neurons did: for each population a row of results for each sample."""

    results: Mapping[str, Sequence[Sequence[NeuronResult]]]


@dataclass(frozen=True, slots=True)
class _Known:
    """A neuron's run with what it depends on."""

    given: tuple[Any, ...]
    result: NeuronResult


@dataclass(slots=True)
class _Memory:
    """Runs of the unperturbed network, and programs bound to parameters."""

    runs: dict[tuple[str, int, int], _Known] = field(default_factory=dict)
    programs: dict[tuple[str, tuple[Number, ...]], BoundProgram] = field(default_factory=dict)


class Interpreter:
    """Runs a network of declared neurons in high precision.

    Parameters
    ----------
    net : Network
        The network; it must have no cycle.
    spikes : Mapping of str to Spikes
        Spikes of every input, batched.
    values : Mapping of str to array_like, optional
        Weights, delays, parameters and initial states that differ from the network's own.
    t_end : float
        End of the run, unit s.
    digits : int
        Decimal digits; events are located and flows summed to about this many.
    library : {"gmpy2", "mpmath"}, optional
        Which library computes; by default gmpy2 where it is installed.

    Notes
    -----
    `run` keeps every neuron's run of the unperturbed network. A perturbed run computes only
    neurons whose parameters, initial states or arrivals differ from those.
    """

    def __init__(
        self,
        net: Network,
        spikes: Mapping[str, Spikes],
        values: Mapping[str, ArrayLike] | None = None,
        *,
        t_end: float,
        digits: int = 36,
        library: Literal["gmpy2", "mpmath"] | None = None,
    ) -> None:
        self.net = net
        self.arithmetic = Arithmetic(digits, library)
        with self.arithmetic.active():
            self.t_end = self.arithmetic.number(float(t_end))
            checked = net.checked_values(values)
            self.values = {key: self._numbers(array) for key, array in checked.items()}
            for name, train in spikes.items():
                self.values[f"{name}.times"] = self._numbers(train.times)
        self._spikes = dict(spikes)
        self.batch = next(iter(spikes.values())).batch if spikes else 1
        self._order = net.order()
        self._programs = {
            name: NeuronProgram(population.neuron.system, _watches(net, name))
            for name, population in net.populations.items()
        }
        self._synapses = {name: _synapses(p) for name, p in net.projections.items()}
        self._memory = _Memory()

    def run(self, *perturbations: Perturbation) -> Outcome:
        """Run all samples, with some values changed."""
        with self.arithmetic.active():
            values = dict(self.values)
            for change in perturbations:
                values[change.key] = list(values[change.key])
                values[change.key][change.index] += change.amount
            keep = not perturbations
            samples = [self._run_sample(b, values, keep) for b in range(self.batch)]
        return Outcome(results={name: [s[name] for s in samples] for name in self._order})

    def _numbers(self, array: Any) -> list[Number]:
        return [self.arithmetic.number(x) for x in np.asarray(array, dtype=float).ravel().tolist()]

    def _run_sample(
        self, b: int, values: Mapping[str, list[Number]], keep: bool
    ) -> dict[str, list[NeuronResult]]:
        emissions = {
            name: self._emissions(name, train, b, values) for name, train in self._spikes.items()
        }
        results: dict[str, list[NeuronResult]] = {}
        for name in self._order:
            population = self.net.populations[name]
            arrivals = self._arrivals(population, emissions, values)
            results[name] = [
                self._run_neuron(population, unit, b, arrivals[unit], values, keep)
                for unit in range(population.size)
            ]
            emissions[name] = sorted(
                ((t, unit) for unit, result in enumerate(results[name]) for t in result.spikes),
            )
        return results

    def _emissions(
        self, name: str, train: Spikes, b: int, values: Mapping[str, list[Number]]
    ) -> list[Emission]:
        rows = range(int(train.offsets[b]), int(train.offsets[b + 1]))
        times = values[f"{name}.times"]
        # Stable: input spikes of one instant keep the order in which they were given.
        return sorted(((times[row], int(train.units[row])) for row in rows), key=lambda e: e[0])

    def _arrivals(
        self,
        population: Population,
        emissions: Mapping[str, list[Emission]],
        values: Mapping[str, list[Number]],
    ) -> list[list[Arrival]]:
        """Return each neuron's arrivals by arrival time, emission, projection and unit."""
        keyed: list[list[tuple[Any, ...]]] = [[] for _ in range(population.size)]
        for rank, projection in enumerate(self.net.projections.values()):
            if projection.post != population.name:
                continue
            weights = values[f"{projection.name}.weight"]
            delays = values[f"{projection.name}.delay"]
            shared = len(delays) == 1 and np.ndim(projection.delay) == 0
            for count, (time, unit) in enumerate(emissions[projection.pre]):
                for target, at in self._synapses[projection.name][unit]:
                    arrival = time + delays[0 if shared else at]
                    key = (arrival, time, rank, unit, count)
                    keyed[target].append((*key, projection.port, weights[at]))
        return [
            [(entry[0], entry[5], entry[6]) for entry in sorted(entries, key=lambda e: e[:5])]
            for entries in keyed
        ]

    def _run_neuron(
        self,
        population: Population,
        unit: int,
        b: int,
        arrivals: list[Arrival],
        values: Mapping[str, list[Number]],
        keep: bool,
    ) -> NeuronResult:
        own = tuple(self._own(population, unit, values))
        initial = tuple(self._initial(population, unit, values))
        given = (own, initial, arrivals)
        place = (population.name, b, unit)
        known = self._memory.runs.get(place)
        if known is not None and known.given == given:
            return known.result
        program = self._bound(population, own, keep)
        try:
            result = run_neuron(program, initial, arrivals, self.t_end)
        except Exception as error:
            error.add_note(f"population {population.name!r}, unit {unit}, sample {b}")
            raise
        if keep:
            self._memory.runs[place] = _Known(given, result)
        return result

    def _bound(self, population: Population, own: tuple[Number, ...], keep: bool) -> BoundProgram:
        bound = self._memory.programs.get((population.name, own))
        if bound is None:
            names = [symbol.name for symbol in population.neuron.system.parameters]
            parameters = dict(zip(names, own, strict=True))
            bound = BoundProgram(self._programs[population.name], parameters, self.arithmetic)
            if keep:
                self._memory.programs[population.name, own] = bound
        return bound

    def _own(
        self, population: Population, unit: int, values: Mapping[str, list[Number]]
    ) -> Iterator[Number]:
        for symbol in population.neuron.system.parameters:
            yield _entry(values[f"{population.name}.{symbol.name}"], unit)

    def _initial(
        self, population: Population, unit: int, values: Mapping[str, list[Number]]
    ) -> Iterator[Number]:
        system = population.neuron.system
        for symbol in system.states:
            if symbol == system.time:
                yield self.arithmetic.number(0)
            else:
                yield _entry(values[f"{population.name}.initial.{symbol.name}"], unit)


def _entry(numbers: list[Number], unit: int) -> Number:
    return numbers[unit] if len(numbers) > 1 else numbers[0]


def _watches(net: Network, population: str) -> list[Watch]:
    return [
        Watch(
            name=name,
            expression=observation.expression,
            kind=observation.kind,
            at=() if observation.at is None else tuple(np.asarray(observation.at).tolist()),
        )
        for name, observation in net.observations.items()
        if observation.population == population
    ]


def _synapses(projection: Projection) -> Synapses:
    pattern = projection.pattern
    if pattern is None:
        post = projection.post_size
        return [
            [(target, unit * post + target) for target in range(post)]
            for unit in range(projection.pre_size)
        ]
    bounds = np.asarray(pattern.indptr).tolist()
    targets = np.asarray(pattern.indices).tolist()
    return [
        [(targets[at], at) for at in range(bounds[unit], bounds[unit + 1])]
        for unit in range(projection.pre_size)
    ]
