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

    def step(self, x: State, h: Any, p: Values) -> State:
        """Where one step of length h leads."""
        slopes = [self.rates(x, p)]
        for row in STAGES:
            moved = [
                value + h * sum(mpf(a) * slope[k] for a, slope in zip(row, slopes, strict=True))
                for k, value in enumerate(x)
            ]
            slopes.append(self.rates(moved, p))
        return moved

    def crossing(self, x: State, h: Any, p: Values) -> Any:
        """When the guard first rises through zero in a step of length h; None if it does not."""
        low = mpf(0)
        for k in range(1, 51):
            high = h * k / 50
            if self.guard(self.step(x, high, p), p) >= 0:
                break
            low = high
        else:
            return None
        for _ in range(int(3.4 * mp.dps)):
            middle = (low + high) / 2
            if self.guard(self.step(x, middle, p), p) >= 0:
                high = middle
            else:
                low = middle
        return high

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
