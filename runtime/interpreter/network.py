"""A network of interpreted neurons, with memory of what a small change leaves alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from saltation.runtime.interpreter.arithmetic import Arithmetic, Number
from saltation.runtime.interpreter.neuron import NeuronResult, NeuronRun, run_neuron
from saltation.runtime.interpreter.place import Place
from saltation.runtime.interpreter.program import BoundProgram, NeuronProgram, Watch
from saltation.runtime.interpreter.recurrent import run_together
from saltation.runtime.interpreter.routing import Arrival, Emission, Routes, Values

if TYPE_CHECKING:
    from saltation.runtime.network import Network
    from saltation.runtime.spikes import Spikes

Result = TypeVar("Result")

_COPIES = 16
"""So many copies of a neuron's run are kept at most, from which others that differ later go on."""

Inbox: TypeAlias = defaultdict[Place, list[Arrival]]
"""The arrivals at every neuron, in any order."""


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
class _Known(Generic[Result]):
    """A result with what it depends on."""

    given: tuple[Any, ...]
    result: Result
    copies: Mapping[int, NeuronRun] = field(default_factory=dict)
    """Of a neuron's run, after so many arrivals."""


@dataclass(slots=True)
class _Memory:
    """Runs of the unperturbed network, and programs bound to parameters."""

    runs: dict[Place, _Known[NeuronResult]] = field(default_factory=dict)
    cycles: dict[Place, _Known[dict[Place, NeuronResult]]] = field(default_factory=dict)
    programs: dict[tuple[str, tuple[Number, ...]], BoundProgram] = field(default_factory=dict)


class Interpreter:
    """Runs a network of declared neurons in high precision.

    Parameters
    ----------
    net : Network
        The network.
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
    neurons whose parameters, initial states or arrivals differ from those; populations on a cycle
    are run together, all of them if anything differs for one.
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
        self._sizes = {name: population.size for name, population in net.populations.items()}
        self._systems = {name: p.neuron.system for name, p in net.populations.items()}
        self._programs = {
            name: NeuronProgram(system, _watches(net, name))
            for name, system in self._systems.items()
        }
        self._cycles = frozenset(net.cycles())
        self._routes = Routes(net)
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
        return Outcome(
            results={
                name: [
                    [s[Place(name, unit, b)] for unit in range(size)] for b, s in enumerate(samples)
                ]
                for name, size in self._sizes.items()
            }
        )

    def _numbers(self, array: Any) -> list[Number]:
        return [self.arithmetic.number(x) for x in np.asarray(array, dtype=float).ravel().tolist()]

    def _run_sample(self, b: int, values: Values, keep: bool) -> dict[Place, NeuronResult]:
        """Run the groups of populations, each when all that it hears from others is known."""
        inbox: Inbox = defaultdict(list)
        for name, train in self._spikes.items():
            for unit, emission in self._inputs(name, train, b, values):
                self._deliver(Place(name, unit, b), emission, values, inbox)
        results: dict[Place, NeuronResult] = {}
        for group in self.net.components():
            places = [Place(name, u, b) for name in group for u in range(self._sizes[name])]
            heard = {place: sorted(inbox[place]) for place in places}
            if group in self._cycles:
                found = self._run_cycle(group, heard, values, keep)
            else:
                found = {
                    place: self._run_alone(place, heard[place], values, keep) for place in places
                }
            results |= found
            for place, result in found.items():
                for emission in result.emissions:
                    self._deliver(place, emission, values, inbox)
        return results

    def _inputs(
        self, name: str, train: Spikes, b: int, values: Values
    ) -> Iterator[tuple[int, Emission]]:
        """Return a sample's input spikes; those of one unit keep the order that they have."""
        times = values[f"{name}.times"]
        for row in range(int(train.offsets[b]), int(train.offsets[b + 1])):
            yield int(train.units[row]), Emission(times[row], 0, row)

    def _send(
        self, place: Place, emission: Emission, values: Values
    ) -> Iterator[tuple[Place, Arrival]]:
        arrivals = self._routes.arrivals(place.population, place.unit, emission, values)
        for population, unit, arrival in arrivals:
            yield Place(population, unit, place.sample), arrival

    def _deliver(self, place: Place, emission: Emission, values: Values, inbox: Inbox) -> None:
        for target, arrival in self._send(place, emission, values):
            inbox[target].append(arrival)

    def _run_alone(
        self, place: Place, arrivals: list[Arrival], values: Values, keep: bool
    ) -> NeuronResult:
        """Run a neuron whose arrivals are all known."""
        own, initial = self._own(place, values), self._initial(place, values)
        given = (own, initial, arrivals)
        known = self._memory.runs.get(place)
        if known is not None and known.given == given:
            return known.result
        with place.named_in_errors():
            run, since = NeuronRun(self._bound(place.population, own, keep), initial), 0
            if known is not None and known.given[:2] == given[:2]:
                run, since = _resumed(known, arrivals) or (run, since)
            kept = range(1, len(arrivals), len(arrivals) // _COPIES + 1) if keep else ()
            result, copies = run_neuron(run, arrivals[since:], self.t_end, kept)
        if keep:
            self._memory.runs[place] = _Known(given, result, copies)
        return result

    def _run_cycle(
        self,
        group: tuple[str, ...],
        heard: Mapping[Place, list[Arrival]],
        values: Values,
        keep: bool,
    ) -> dict[Place, NeuronResult]:
        """Run populations that hear each other, all at once."""
        start = {place: (self._own(place, values), self._initial(place, values)) for place in heard}
        inside = [
            values[f"{projection.name}.{part}"]
            for projection in self.net.projections.values()
            if projection.pre in group and projection.post in group
            for part in ("weight", "delay")
        ]
        given = (start, heard, inside)
        first = next(iter(heard))
        known = self._memory.cycles.get(first)
        if known is not None and known.given == given:
            return known.result
        runs = {}
        for place, (own, initial) in start.items():
            with place.named_in_errors():
                runs[place] = NeuronRun(self._bound(place.population, own, keep), initial)
        result = run_together(runs, heard, partial(self._send, values=values), self.t_end)
        if keep:
            self._memory.cycles[first] = _Known(given, result)
        return result

    def _bound(self, population: str, own: tuple[Number, ...], keep: bool) -> BoundProgram:
        bound = self._memory.programs.get((population, own))
        if bound is None:
            system = self._systems[population]
            names = [symbol.name for symbol in system.parameters]
            parameters = dict(zip(names, own, strict=True))
            bound = BoundProgram(self._programs[population], parameters, self.arithmetic)
            if keep:
                self._memory.programs[population, own] = bound
        return bound

    def _own(self, place: Place, values: Values) -> tuple[Number, ...]:
        """Return a neuron's parameters."""
        return tuple(
            _entry(values[f"{place.population}.{symbol.name}"], place.unit)
            for symbol in self._systems[place.population].parameters
        )

    def _initial(self, place: Place, values: Values) -> tuple[Number, ...]:
        system = self._systems[place.population]
        return tuple(
            self.arithmetic.number(0)
            if symbol == system.time
            else _entry(values[f"{place.population}.initial.{symbol.name}"], place.unit)
            for symbol in system.states
        )


def _resumed(
    known: _Known[NeuronResult], arrivals: Sequence[Arrival]
) -> tuple[NeuronRun, int] | None:
    """Return a copy of the run where arrivals begin to differ, with their number before that."""
    pairs = enumerate(zip(known.given[2], arrivals, strict=False))
    same = next((k for k, (old, new) in pairs if old != new), len(arrivals))
    last = max((count for count in known.copies if count <= same), default=0)
    return (known.copies[last].copy(), last) if last else None


def _entry(numbers: Sequence[Number], unit: int) -> Number:
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
