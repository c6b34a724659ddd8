"""Which guard fires when: armed once below zero, fires on rising through zero."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from saltation.runtime.interpreter.arithmetic import Arithmetic, Number
from saltation.runtime.interpreter.polynomial import first_root, leave_zero
from saltation.runtime.interpreter.series import Series


class Guards:
    """The guards of the active mode, each armed or not.

    Values that differ from zero by less than rounding explains count as zero: the tolerance is
    three quarters of the digits, relative to the largest value of that guard so far.
    """

    def __init__(self, count: int, arithmetic: Arithmetic) -> None:
        self._arithmetic = arithmetic
        self._tolerance = arithmetic.number(10.0) ** (-3 * arithmetic.digits // 4)
        self._armed = [False] * count
        self._scale = [arithmetic.number(0)] * count

    def copy(self) -> Guards:
        """Return guards in the same state."""
        twin = copy.copy(self)
        twin._armed = list(self._armed)
        twin._scale = list(self._scale)
        return twin

    def begin(self, values: Sequence[Number]) -> None:
        """Arm what is below zero at the start of the run."""
        for index, value in enumerate(values):
            self._armed[index] = self._below(index, value)

    def enter(self, count: int) -> None:
        """Start with the guards of another mode: any that is at or above zero fires."""
        self._armed = [True] * count
        self._scale = [self._arithmetic.number(0)] * count

    def examine(self, values: Sequence[Number]) -> int | None:
        """Return the first guard that fires at these values, after a jump."""
        fires = None
        for index, value in enumerate(values):
            if self._below(index, value):
                self._armed[index] = True
            elif self._armed[index] and fires is None:
                fires = index
        return fires

    def fired(self, index: int, before: Number, after: Number) -> None:
        """Disarm a guard that fired, unless its own reset changed its value."""
        self._below(index, before)
        self._below(index, after)
        self._armed[index] = abs(after - before) > self._tolerance * self._scale[index]

    def first_change(self, guards: Sequence[Series]) -> tuple[Number, int | None]:
        """Return where on a step to stop, and the guard that fires there (None: none does).

        The step stops early too where a guard that is not armed falls below zero.
        """
        first = one = self._arithmetic.number(1)
        fires: int | None = None
        for index, series in enumerate(guards):
            self._scale[index] = max(self._scale[index], *map(abs, series))
            away = leave_zero(series, self._tolerance)
            if not away:
                continue
            if away[0] < 0:
                self._armed[index] = True
            # Armed, at zero and rising: the crossing coincides with the start of the step.
            touching = away[0] > 0 and self._armed[index]
            root = first * 0 if touching else first_root(away, self._arithmetic, one)
            if root is None or root > first:
                continue
            # Guards that reach zero together fire in the order of their declaration.
            if fires is not None and first - root <= self._tolerance and self._armed[index]:
                continue
            first, fires = root, index if self._armed[index] else None
        return first, fires

    def _below(self, index: int, value: Number) -> bool:
        self._scale[index] = max(self._scale[index], abs(value))
        return bool(value < -self._tolerance * self._scale[index])
