"""Neurons that hear each other: whatever happens first anywhere happens next.

Every neuron looks ahead to its own next spike as if it heard nothing more. The earliest of these
spikes and of all pending arrivals is what really happens next; a neuron that it reaches takes back
what it looked ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from saltation.runtime.interpreter.arithmetic import Number
from saltation.runtime.interpreter.neuron import NeuronResult, NeuronRun
from saltation.runtime.interpreter.place import Place
from saltation.runtime.interpreter.routing import Arrival, Emission

Send: TypeAlias = Callable[[Place, Emission], Iterable[tuple[Place, Arrival]]]
"""What a neuron's spike becomes: the arrival at each target."""


class _Cell:
    """A neuron as it is, and as it will be if it hears nothing but its pending arrivals."""

    def __init__(self, run: NeuronRun, pending: Sequence[Arrival]) -> None:
        self.pending = list(pending)
        heapify(self.pending)
        self._now = run
        self._ahead = run.copy()

    def next_spike(self, t_end: Number) -> Number | None:
        """Return when it spikes, before its next arrival or just then; None if it does not."""
        due = min(self.pending[0].time, t_end) if self.pending else t_end
        if not self._spikes_ahead():
            self._ahead.advance(due, stop_at_spike=True)
        return self._ahead.time if self._spikes_ahead() else None

    def spike(self) -> list[Emission]:
        """Go on to the spike ahead; return it, with those that follow at once."""
        return self._become(self._ahead)

    def arrive(self) -> list[Emission]:
        """Go on to the next arrival and apply it; return the spikes that it fires."""
        arrival = heappop(self.pending)
        run = self._ahead if self._ahead.time <= arrival.time else self._now.copy()
        run.advance(arrival.time)
        run.arrive(arrival)
        return self._become(run)

    def finish(self, t_end: Number) -> NeuronResult:
        """Return what happened, when nothing more will until `t_end`."""
        return self._ahead.finish(t_end)

    def _spikes_ahead(self) -> bool:
        return len(self._ahead.emissions) > len(self._now.emissions)

    def _become(self, run: NeuronRun) -> list[Emission]:
        emitted = run.emissions[len(self._now.emissions) :]
        self._now = run
        self._ahead = run.copy()
        return emitted


def run_together(
    runs: Mapping[Place, NeuronRun],
    arrivals: Mapping[Place, Sequence[Arrival]],
    send: Send,
    t_end: Number,
) -> dict[Place, NeuronResult]:
    """Run neurons that hear each other to `t_end`.

    Parameters
    ----------
    runs : mapping of Place to NeuronRun
        The neurons at time 0.
    arrivals : mapping of Place to sequence of Arrival
        What they hear from outside.
    send : callable
        What a spike becomes; arrivals at neurons that are not among these are left out.
    t_end : Number
        End of the run, unit s.

    Raises
    ------
    ZenoError
        If a chain of over 100 spikes, each caused by the one before, happens at one instant.
    """
    cells = {place: _Cell(run, arrivals.get(place, ())) for place, run in runs.items()}
    while True:
        spiking = _first_spike(cells, t_end)
        arriving = _first_arrival(cells, t_end)
        # A spike at the time of an arrival is not caused by it: it comes first.
        if spiking is not None and (arriving is None or spiking[0] <= arriving[0].time):
            place, happen = spiking[1], _Cell.spike
        elif arriving is not None:
            place, happen = arriving[1], _Cell.arrive
        else:
            return {place: cell.finish(t_end) for place, cell in cells.items()}
        with place.named_in_errors():
            emitted = happen(cells[place])
        for emission in emitted:
            for target, arrival in send(place, emission):
                if target in cells:
                    heappush(cells[target].pending, arrival)


def _first_spike(cells: Mapping[Place, _Cell], t_end: Number) -> tuple[Number, Place] | None:
    first: tuple[Number, Place] | None = None
    for place, cell in cells.items():
        with place.named_in_errors():
            time = cell.next_spike(t_end)
        if time is not None and (first is None or time < first[0]):
            first = time, place
    return first


def _first_arrival(cells: Mapping[Place, _Cell], t_end: Number) -> tuple[Arrival, Place] | None:
    due = [
        (cell.pending[0], place)
        for place, cell in cells.items()
        if cell.pending and cell.pending[0].time <= t_end
    ]
    return min(due, key=lambda pair: pair[0], default=None)
