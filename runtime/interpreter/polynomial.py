"""Roots and peaks of polynomials on a part of the unit interval, with certainty.

A polynomial ``p(s) = c_0 + c_1 s + ...`` is walked along with steps that its curvature bound
``M >= |p''|`` proves safe: from ``p(s) < 0`` no root lies closer than the positive root of
``p + p' d + M d^2 / 2``. Near a simple root the walk converges quadratically from below.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from saltation.runtime.interpreter.arithmetic import Arithmetic, Number
from saltation.runtime.interpreter.series import Series

_CELLS = 64
_SLACK = 1e-10  # relative to the sum of coefficients: far above the rounding of doubles


@cache
def _powers(length: int) -> NDArray[np.float64]:
    grid = np.linspace(0.0, 1.0, _CELLS + 1)
    powers: NDArray[np.float64] = grid[:, None] ** np.arange(length)
    return powers


def value(c: Series, s: Number) -> Number:
    """Return ``p(s)`` by Horner's rule."""
    total = c[-1]
    for coefficient in c[-2::-1]:
        total = total * s + coefficient
    return total


def derivative(c: Series) -> Series:
    """Return the coefficients of ``p'``."""
    return [k * coefficient for k, coefficient in enumerate(c) if k] or [c[0] * 0]


def antiderivative(c: Series) -> Series:
    """Return the coefficients of the integral of `p` from 0."""
    return [c[0] * 0, *(coefficient / (k + 1) for k, coefficient in enumerate(c))]


def shift(c: Series, s: Number) -> Series:
    """Return the coefficients of ``p(s + x)`` in `x` (repeated synthetic division)."""
    shifted = list(c)
    for start in range(len(c) - 1):
        for k in range(len(c) - 2, start - 1, -1):
            shifted[k] += s * shifted[k + 1]
    return shifted


def leave_zero(c: Series, tolerance: Number) -> Series:
    """Divide by the power of `s` that hides the sign of `p` just after ``s = 0``.

    Where ``p(0)`` is zero up to `tolerance` (relative to the largest coefficient), ``p / s^k``
    has the same sign and the same other roots; all zeros give an empty list.
    """
    bound = tolerance * max(map(abs, c))
    for k, coefficient in enumerate(c):
        if abs(coefficient) > bound:
            return c[k:]
    return []


def first_root(c: Series, arithmetic: Arithmetic, limit: Number) -> Number | None:
    """Return the first root of `p` in ``(0, limit]``, or None; ``p(0)`` must not be zero.

    `limit` is at most 1; where the root is there up to rounding, it is returned.
    """
    begin = _clear_until(c)
    if begin is None or begin >= limit:
        return None
    c = [-coefficient for coefficient in c] if c[0] > 0 else c
    slope = derivative(c)
    bend = sum((abs(x) for x in derivative(slope)), c[0] * 0)
    least = arithmetic.number(2.0) ** (6 - arithmetic.bits)
    s = arithmetic.number(begin)
    while True:
        gap = value(c, s)
        if gap >= 0:
            return s
        rate = value(slope, s)
        # -2 gap / (p' + sqrt(p'^2 - 2 M gap)), in the form that does not cancel
        root = arithmetic.sqrt(rate * rate - 2 * bend * gap)
        if rate + root <= 0:
            return None
        step = -2 * gap / (rate + root)
        s += step
        if s > limit:
            # The walk stays below the root: zero by rounding at the end is a root at the end.
            rounding = least * sum(map(abs, c), c[0] * 0)
            return limit if value(c, limit) >= -rounding else None
        if step <= least:
            return s


def _clear_until(c: Series) -> float | None:
    """Screen in double precision: a point before the first possible root; None if there is none."""
    floats = np.array([float(coefficient) for coefficient in c])
    if floats[0] > 0:
        floats = -floats
    order = np.arange(len(floats))
    bend = float(np.sum(order * (order - 1) * np.abs(floats)))
    values = _powers(len(floats)) @ floats
    margin = bend / (8 * _CELLS**2) + _SLACK * float(np.abs(floats).sum())
    possible = np.maximum(values[1:], values[:-1]) + margin >= 0.0
    first = int(np.argmax(possible))
    return first / _CELLS if possible[first] else None


def upper_bound(c: Series) -> float:
    """Return a bound, in double precision, of `p` on the unit interval from above."""
    floats = np.array([float(coefficient) for coefficient in c])
    order = np.arange(len(floats))
    bend = float(np.sum(order * (order - 1) * np.abs(floats)))
    values = _powers(len(floats)) @ floats
    return float(values.max()) + bend / (8 * _CELLS**2) + _SLACK * float(np.abs(floats).sum())


def maximum(c: Series, limit: Number, arithmetic: Arithmetic) -> Number:
    """Return the largest value of `p` on ``[0, limit]``."""
    best = max(c[0], value(c, limit))
    start, rest = limit * 0, derivative(c)
    tolerance = arithmetic.number(10.0) ** (-3 * arithmetic.digits // 4)
    while True:
        away = leave_zero(rest, tolerance)
        root = first_root(away, arithmetic, limit - start) if away else None
        if root is None:
            return best
        start += root
        rest = shift(rest, root)
        best = max(best, value(c, start))
