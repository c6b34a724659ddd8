"""An oracle for networks of LIF neurons: one queue of arrivals, in many digits, neuron by neuron.

It knows the models `lif` and `lif_delta` only, by their closed forms, and shares no code with what
it judges. Whatever the graph is, arrivals and spikes are taken in the order in which they happen.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import gmpy2
import numpy as np

from saltation.runtime.network import Network
from saltation.runtime.projection import Projection

BITS = 140
"""The precision of all numbers; `gmpy2.context` must be set to it."""

mpfr: Any = gmpy2.mpfr
INFINITY = mpfr("inf")
ZERO = mpfr(0)
NOTHING = -INFINITY

Numbers = dict[str, list[Any]]
"""Values and input times as flat lists, under the keys of a gradient."""

Spike = tuple[Any, int]


@dataclass(slots=True)
class Cell:
    """One neuron: v' = (i - v) / tau_m, i' = -i / tau_s; without current, i stays zero."""

    place: tuple[str, int]
    v: Any
    i: Any
    tau_m: Any
    tau_s: Any
    theta: Any
    v_r: Any
    since: Any = ZERO
    due: Any = None
    peak: Any = NOTHING
    integral: Any = ZERO

    def parts(self) -> tuple[Any, Any]:
        """Return A and c of v = A exp(-t / tau_m) + c exp(-t / tau_s)."""
        c = self.i * self.tau_s / (self.tau_s - self.tau_m) if self.i else mpfr(0)
        return self.v - c, c

    def at(self, t: Any) -> Any:
        a, c = self.parts()
        return a * gmpy2.exp(-t / self.tau_m) + c * gmpy2.exp(-t / self.tau_s)

    def turn(self) -> Any:
        """When v has its only stationary point, or never."""
        a, c = self.parts()
        if not a or not c or a * c > 0:
            return INFINITY
        ratio = -(c * self.tau_m) / (a * self.tau_s)
        t = gmpy2.log(ratio) / (1 / self.tau_s - 1 / self.tau_m)
        return t if t > 0 else INFINITY

    def predict(self, t_end: Any) -> None:
        """Find when v rises through theta, if it does before the end."""
        self.due = None
        remaining = t_end - self.since
        turn = min(self.turn(), remaining)
        for low, high in ((mpfr(0), turn), (turn, remaining)):
            if self.at(low) < self.theta <= self.at(high):
                self.due = self.since + self._root(low, high)
                return

    def _root(self, low: Any, high: Any) -> Any:
        """Where v, which rises from low to high, is theta: Newton's method, kept between bounds."""
        a, c = self.parts()
        t = (low + high) / 2
        for _ in range(200):
            gone_m, gone_s = gmpy2.exp(-t / self.tau_m), gmpy2.exp(-t / self.tau_s)
            missing = a * gone_m + c * gone_s - self.theta
            low, high = (t, high) if missing < 0 else (low, t)
            slope = -a / self.tau_m * gone_m - c / self.tau_s * gone_s
            following = t - missing / slope if slope else low
            if not low < following < high:
                following = (low + high) / 2
            if abs(following - t) < high * mpfr(2) ** (8 - BITS):
                return following
            t = following
        raise AssertionError("no root")

    def move(self, time: Any) -> None:
        """Flow until a time."""
        h = time - self.since
        a, c = self.parts()
        turn = self.turn()
        self.peak = max(self.peak, self.v, self.at(h), self.at(turn) if turn < h else self.v)
        gone_m, gone_s = gmpy2.exp(-h / self.tau_m), gmpy2.exp(-h / self.tau_s)
        self.integral += a * self.tau_m * (1 - gone_m) + c * self.tau_s * (1 - gone_s)
        self.v, self.i = a * gone_m + c * gone_s, self.i * gone_s
        self.since = time


@dataclass(slots=True)
class EventQueue:
    """A run of a network for one sample."""

    net: Network
    numbers: Numbers
    t_end: Any
    cells: dict[str, list[Cell]] = field(default_factory=dict)
    queue: list[tuple[Any, ...]] = field(default_factory=list)
    spikes: dict[str, list[Spike]] = field(default_factory=dict)
    samples: dict[str, list[list[Any]]] = field(default_factory=dict)
    generations: set[int] = field(default_factory=set)
    order: Iterator[int] = field(default_factory=count)

    def run(self, given: Mapping[str, Sequence[int]]) -> EventQueue:
        """Run with inputs whose units are given, and whose times are among the numbers."""
        for name in self.net.populations:
            self.cells[name] = [self._cell(name, n) for n in range(self.net.populations[name].size)]
            self.spikes[name] = []
        for name, observation in self.net.observations.items():
            if observation.at is not None:
                self.samples[name] = []
                for time in observation.at.tolist():
                    entry = (mpfr(time), INFINITY, 0, 0, 0, next(self.order), name, None)
                    heapq.heappush(self.queue, entry)
        for name, units in given.items():
            for time, unit in zip(self.numbers[f"{name}.times"], units, strict=True):
                self._emit(name, unit, time, 0)
        while self._step():
            pass
        for cells in self.cells.values():
            for cell in cells:
                cell.move(self.t_end)
        return self

    def _number(self, key: str, n: int) -> Any:
        numbers = self.numbers[key]
        return numbers[n] if len(numbers) > 1 else numbers[0]

    def _cell(self, name: str, n: int) -> Cell:
        current = self.net.populations[name].neuron.name == "lif"
        own = {
            key: self._number(f"{name}.{key}", n)
            for key in ("tau_m", "tau_s", "theta", "v_r", "initial.v", "initial.i")
            if current or key not in ("tau_s", "initial.i")
        }
        cell = Cell(
            (name, n),
            own.pop("initial.v"),
            own.pop("initial.i", mpfr(0)),
            tau_s=own.pop("tau_s", mpfr(1)),
            **own,
        )
        cell.predict(self.t_end)
        return cell

    def _emit(self, name: str, unit: int, time: Any, generation: int) -> None:
        for rank, projection in enumerate(self.net.projections.values()):
            if projection.pre != name:
                continue
            for target, entry in synapses(projection, unit):
                arrival = time + self._number(f"{projection.name}.delay", entry)
                if arrival <= self.t_end:
                    weight = self.numbers[f"{projection.name}.weight"][entry]
                    key = (arrival, time, generation if arrival == time else 0, rank, unit)
                    place = self.cells.get(projection.post, [])[target]
                    heapq.heappush(self.queue, (*key, next(self.order), place, weight))

    def _step(self) -> bool:
        """Take what happens next: a crossing, or if none comes before it an arrival."""
        cells = [cell for group in self.cells.values() for cell in group if cell.due is not None]
        following = min(cells, key=lambda cell: cell.due, default=None)
        if following is not None and (not self.queue or following.due <= self.queue[0][0]):
            following.move(following.due)
            self._fire(following, 0)
            return True
        if not self.queue:
            return False
        time, _, generation, _, _, _, cell, weight = heapq.heappop(self.queue)
        if weight is None:
            population = self.net.observations[cell].population
            for one in self.cells[population]:
                one.move(time)
            self.samples[cell].append([one.v for one in self.cells[population]])
            return True
        cell.move(time)
        before = cell.v
        if self.net.populations[cell.place[0]].neuron.name == "lif":
            cell.i += weight
        else:
            cell.v += weight
        cell.peak = max(cell.peak, cell.v)
        if before < cell.theta <= cell.v:
            self._fire(cell, generation + 1)
        else:
            cell.predict(self.t_end)
        return True

    def _fire(self, cell: Cell, generation: int) -> None:
        name, unit = cell.place
        cell.peak = max(cell.peak, cell.v)
        cell.v = cell.v_r
        self.spikes[name].append((cell.since, unit))
        self.generations.add(generation)
        self._emit(name, unit, cell.since, generation)
        cell.predict(self.t_end)


def synapses(projection: Projection, unit: int) -> list[tuple[int, int]]:
    """Return the targets of a unit, each with the index of its weight."""
    pattern = projection.pattern
    if pattern is None:
        return [(n, unit * projection.post_size + n) for n in range(projection.post_size)]
    return [
        (int(pattern.indices[e]), e)
        for e in range(int(pattern.indptr[unit]), int(pattern.indptr[unit + 1]))
    ]


def numbers_of(net: Network, times: Mapping[str, Sequence[float]]) -> Numbers:
    """Return all values of a network and the times of its inputs."""
    numbers = {key: [mpfr(float(x)) for x in a.ravel()] for key, a in net.values().items()}
    return numbers | {f"{k}.times": [mpfr(t) for t in given] for k, given in times.items()}


def observed(queue: EventQueue, name: str) -> np.ndarray[Any, Any]:
    """Return an observation of ``v``, in the shape of a compiled run's for one sample."""
    observation = queue.net.observations[name]
    cells = queue.cells[observation.population]
    if observation.kind == "sample":
        return np.array(queue.samples[name])
    return np.array([c.peak if observation.kind == "max" else c.integral for c in cells])
