"""A neuron whose flow is one Runge-Kutta step from jump to jump, in many digits.

This is the map that generated code computes where the tolerance is so large that no step is
rejected. It shares with it the published coefficients alone: events are found by sampling and
bisection, derivatives are differences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

from saltation.codegen.tableau import STAGES

State = list[Any]
Values = Mapping[str, Any]


@dataclass(frozen=True)
class BruteNeuron:
    """A model as plain functions of state, parameters (and weight)."""

    rates: Callable[[State, Values], State]
    guard: Callable[[State, Values], Any]
    reset: Callable[[State, Values], State]
    arrive: Callable[[State, Any, Values], State]
    driving: Callable[[State, Any, Values], Mapping[int, Any]] = lambda _x, _h, _p: {}
    """The states that follow an exact flow of their own, after a time."""

    def step(self, x: State, h: Any, p: Values) -> State:
        """Where one step of length h leads."""
        slopes = [self.rates(x, p)]
        for row in STAGES:
            moved = [
                value + h * sum(mpf(a) * slope[k] for a, slope in zip(row, slopes, strict=True))
                for k, value in enumerate(x)
            ]
            exact = self.driving(x, h * sum(mpf(a) for a in row), p)
            moved = [exact.get(k, value) for k, value in enumerate(moved)]
            slopes.append(self.rates(moved, p))
        return moved

    def crossing(self, x: State, h: Any, p: Values) -> Any:
        """When the guard is first at or above zero in a step of length h; None if it never is."""
        low = mpf(0)
        if self.guard(x, p) >= 0:
            return low
        for k in range(1, 17):
            high = h * k / 16
            if self.guard(self.step(x, high, p), p) >= 0:
                break
            low = high
        else:
            return None
        return mp.findroot(
            lambda s: self.guard(self.step(x, s, p), p),
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
