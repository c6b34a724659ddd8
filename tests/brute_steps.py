"""A neuron whose flow is one Taylor step from jump to jump, in many digits.

This is the map that generated code computes where the tolerance is so large that no step is
shortened. It shares with it the order alone: coefficients are found by Picard's iteration on
truncated power series, events by sampling and bisection; derivatives are differences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

State = list[Any]
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Series:
    """A truncated power series in time."""

    terms: tuple[Any, ...]

    def _other(self, value: Any) -> tuple[Any, ...]:
        return (
            value.terms if isinstance(value, Series) else (value, *[mpf(0)] * len(self.terms[1:]))
        )

    def __add__(self, value: Any) -> Series:
        return Series(tuple(a + b for a, b in zip(self.terms, self._other(value), strict=True)))

    def __mul__(self, value: Any) -> Series:
        other = self._other(value)
        return Series(
            tuple(
                sum(self.terms[j] * other[k - j] for j in range(k + 1)) for k in range(len(other))
            )
        )

    def __truediv__(self, value: Any) -> Series:
        return Series(tuple(a / value for a in self.terms))

    def __sub__(self, value: Any) -> Series:
        return self + value * mpf(-1)

    def __rsub__(self, value: Any) -> Series:
        return self * mpf(-1) + value

    def __neg__(self) -> Series:
        return self * mpf(-1)

    def __pow__(self, power: int) -> Series:
        return self if power == 1 else self * self ** (power - 1)

    __radd__, __rmul__ = __add__, __mul__


@dataclass(frozen=True)
class BruteNeuron:
    """A model as plain functions of state, parameters (and weight), stepped at some order."""

    order: int
    rates: Callable[[State, Values], State]
    guard: Callable[[State, Values], Any]
    reset: Callable[[State, Values], State]
    arrive: Callable[[State, Any, Values], State]
    driving: Callable[[State, Any, Values], Mapping[int, Any]] = lambda _x, _h, _p: {}
    """The states that follow an exact flow of their own, after a time."""

    def expand(self, x: State, p: Values) -> list[Series]:
        """Return the coefficients of the states' series, by Picard's iteration."""
        nothing = [mpf(0)] * self.order
        found = [Series((value, *nothing)) for value in x]
        for _ in range(self.order):
            slopes = [found[0] * 0 + slope for slope in self.rates(found, p)]
            found = [
                Series((value, *(c / (k + 1) for k, c in enumerate(slope.terms[:-1]))))
                for value, slope in zip(x, slopes, strict=True)
            ]
        return found

    def step(self, x: State, h: Any, p: Values) -> State:
        """Where one step of length h leads."""
        return self.end(self.expand(x, p), x, h, p)

    def end(self, series: list[Series], x: State, h: Any, p: Values) -> State:
        """Where one step of length h leads from x, whose series are given."""
        ends = [mp.polyval(s.terms[::-1], h) for s in series]
        exact = self.driving(x, h, p)
        return [exact.get(k, value) for k, value in enumerate(ends)]

    def crossing(self, x: State, h: Any, p: Values) -> Any:
        """When the guard is first at or above zero in a step of length h; None if it never is."""
        low, series = mpf(0), self.expand(x, p)
        if self.guard(x, p) >= 0:
            return low
        for k in range(1, 17):
            high = h * k / 16
            if self.guard(self.end(series, x, high, p), p) >= 0:
                break
            low = high
        else:
            return None
        return mp.findroot(
            lambda s: self.guard(self.end(series, x, s, p), p),
            (low, high),
            solver="anderson",
            tol=mpf(10) ** (8 - 2 * mp.dps),
            maxsteps=100,
        )

    def run(
        self, start: State, arrivals: Sequence[tuple[Any, Any]], end: Any, p: Values
    ) -> tuple[list[Any], State]:
        """Spike times, and the state at the end; arrivals are (time, weight), ascending."""
        time, x, spikes = mpf(0), list(start), []
        for until, weight in [*arrivals, (end, None)]:
            while time < until:
                found = self.crossing(x, until - time, p)
                x = self.step(x, until - time if found is None else found, p)
                time = until if found is None else time + found
                if found is not None:
                    spikes.append(time)
                    x = self.reset(x, p)
            x = x if weight is None else self.arrive(x, weight, p)
        return spikes, x
