"""Derivatives of an interpreted run by finite differences of high precision."""

from __future__ import annotations

from dataclasses import dataclass

from saltation.runtime.check_loss import Loss, SpikesChangedError
from saltation.runtime.interpreter import Interpreter, Perturbation
from saltation.runtime.interpreter.arithmetic import Number

_KINK = 1e-6
"""Largest relative difference of the two one-sided derivatives at a smooth point."""

_CONFIRMED = 1e-9
"""Relative difference up to which a one-sided difference confirms a derivative."""

_SHRINK = 5
"""Decimal digits by which the step shrinks when the two sides disagree."""


@dataclass(frozen=True, slots=True)
class _Sides:
    """Two difference quotients, and the derivative that they give together."""

    first: Number
    second: Number
    derivative: Number

    @property
    def largest(self) -> Number:
        """The larger of the two."""
        return max(abs(self.first), abs(self.second))

    @property
    def gap(self) -> float:
        """How much they disagree, relative to the larger."""
        return float(abs(self.first - self.second) / self.largest) if self.largest else 0.0


class Differences:
    """Finite differences of a loss by any value of the network.

    Central differences have a step a third of the digits below the value's scale and are exact
    to about two thirds of the digits. Where a value must not be negative (delays, input times)
    and is less than two steps above zero, they are taken to one side, also to second order.
    A step of half the digits to one side is exact to half of them, for half the work: that
    suffices to confirm a derivative, not to tell a wrong one from a kink.

    Parameters
    ----------
    interpreter : Interpreter
        The network with all its values.
    loss : Loss
        The loss.
    """

    def __init__(self, interpreter: Interpreter, loss: Loss) -> None:
        self.interpreter = interpreter
        self.loss = loss
        self.baseline = interpreter.run()
        self.magnitude = loss.magnitude(self.baseline)

    def scale(self, key: str) -> float:
        """Return the size of a key's values: the largest, or 1 if all are zero.

        For delays and input times that are all zero it is a thousandth of the run.
        """
        largest = max((abs(float(value)) for value in self.interpreter.values[key]), default=0.0)
        if largest > 0.0:
            return largest
        return float(self.interpreter.t_end) * 1e-3 if _nonnegative(key) else 1.0

    def derivative(self, key: str, index: int, claimed: float | None = None) -> float | None:
        """Return dL/d(entry); None where the loss has no derivative (a tie, or grazing).

        Where a one-sided difference agrees with a `claimed` derivative, it is the answer.
        """
        arithmetic = self.interpreter.arithmetic
        with arithmetic.active():
            own = abs(float(self.interpreter.values[key][index])) or self.scale(key)
            if claimed is not None:
                confirmed = self._one_side(
                    key, index, own * arithmetic.number(10.0) ** (-arithmetic.digits // 2)
                )
                if confirmed is not None and _agree(confirmed, claimed):
                    return confirmed
            step = own * arithmetic.number(10.0) ** (-arithmetic.digits // 3)
            noise = self.magnitude * arithmetic.number(10.0) ** (-3 * arithmetic.digits // 4)
            previous: float | None = None
            for shorter in range(3):
                try:
                    sides = self._sides(key, index, step)
                except SpikesChangedError:
                    previous = None
                else:
                    # Curvature shrinks with the step, a kink does not.
                    if sides.gap <= _KINK or (previous and sides.gap < 1e-2 * previous):
                        return float(sides.derivative)
                    # What rounding makes of nothing does not agree with itself either.
                    if sides.largest * step <= noise:
                        return None if shorter else 0.0
                    previous = sides.gap
                step /= 10**_SHRINK
        return None

    def _one_side(self, key: str, index: int, step: Number) -> float | None:
        try:
            return float(self._change(key, index, step) / step)
        except SpikesChangedError:
            return None

    def _sides(self, key: str, index: int, step: Number) -> _Sides:
        value = self.interpreter.values[key][index]
        up = self._change(key, index, step)
        if _nonnegative(key) and value < 2 * step:
            twice = self._change(key, index, 2 * step)
            first, second = up / step, (twice - up) / step
            return _Sides(first, second, (3 * first - second) / 2)
        down = self._change(key, index, -step)
        first, second = up / step, -down / step
        return _Sides(first, second, (first + second) / 2)

    def _change(self, key: str, index: int, amount: Number) -> Number:
        change = Perturbation(key=key, index=index, amount=amount)
        return self.loss.change(self.baseline, self.interpreter.run(change))


def _agree(a: float, b: float) -> bool:
    return abs(a - b) <= _CONFIRMED * max(abs(a), abs(b))


def _nonnegative(key: str) -> bool:
    return key.endswith((".delay", ".times"))
