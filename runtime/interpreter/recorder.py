"""Observations of one neuron, collected stretch by stretch."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from saltation.runtime.interpreter.arithmetic import Arithmetic, Number
from saltation.runtime.interpreter.polynomial import (
    antiderivative,
    maximum,
    upper_bound,
    value,
)
from saltation.runtime.interpreter.program import Watch
from saltation.runtime.interpreter.series import Series


class Recorder:
    """Maxima, integrals and samples so far.

    A maximum counts the values just before and just after every jump; a sample is
    right-continuous: at the time of a jump it is taken from the stretch that follows.
    """

    def __init__(self, watches: Sequence[Watch], arithmetic: Arithmetic) -> None:
        self._watches = tuple(watches)
        self._arithmetic = arithmetic
        self._totals = [arithmetic.number(0) for _ in watches]
        self._best: list[Number | None] = [None] * len(self._watches)
        self._times = [[arithmetic.number(time) for time in watch.at] for watch in watches]
        self._samples: list[list[Number | None]] = [[None] * len(at) for at in self._times]

    def copy(self) -> Recorder:
        """Return a recorder of the same things so far."""
        twin = copy.copy(self)
        twin._totals = list(self._totals)
        twin._best = list(self._best)
        twin._samples = [list(samples) for samples in self._samples]
        return twin

    def point(self, values: Sequence[Number]) -> None:
        """Count the values at one instant, between jumps."""
        for index, watched in enumerate(values):
            if self._watches[index].kind == "max":
                best = self._best[index]
                self._best[index] = watched if best is None else max(best, watched)

    def stretch(
        self,
        watched: Sequence[Series],
        length: Number,
        end: Number,
        times: tuple[Number, Number],
    ) -> None:
        """Count a step of `length` from ``s = 0`` to ``s = end``, which lie at `times`."""
        for index, series in enumerate(watched):
            kind = self._watches[index].kind
            if kind == "max":
                self._peak(index, series, end)
            elif kind == "integral":
                self._totals[index] += length * value(antiderivative(series), end)
            else:
                self._sample(index, series, length, times)

    def finish(self, values: Sequence[Number]) -> tuple[tuple[Number, ...], ...]:
        """Return all results; `values` are those after everything at the end of the run."""
        results: list[tuple[Number, ...]] = []
        for index, watch in enumerate(self._watches):
            if watch.kind == "max":
                results.append((self._best[index],))
            elif watch.kind == "integral":
                results.append((self._totals[index],))
            else:
                samples = self._samples[index]
                results.append(tuple(values[index] if s is None else s for s in samples))
        return tuple(results)

    def _peak(self, index: int, series: Series, end: Number) -> None:
        best = self._best[index]
        # Doubles cannot tell bounds apart that agree in all their digits: then look closely.
        if best is not None and upper_bound(series) < best:
            return
        peak = maximum(series, end, self._arithmetic)
        self._best[index] = peak if best is None else max(best, peak)

    def _sample(
        self, index: int, series: Series, length: Number, times: tuple[Number, Number]
    ) -> None:
        for position, time in enumerate(self._times[index]):
            if times[0] <= time < times[1]:
                s = (time - times[0]) / length
                self._samples[index][position] = value(series, s)
