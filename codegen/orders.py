"""Of which order a numerical flow's series are, and how far they reach, by the tolerance."""

from __future__ import annotations

from math import factorial, log

from saltation.codegen.options import Precision

FINEST = {Precision.DOUBLE: 1e-13, Precision.SINGLE: 1e-6}
"""The smallest relative tolerance of a precision: beyond it there is only rounding."""

_LEAST = 6


def series_order(rtol: float) -> int:
    """Return the order at which a step costs least for its length.

    The cost of a series grows with the square of its order, the length of its steps as the
    tolerance to the power of one by the order (Jorba & Zou 2005, section 3.1). The numbers are
    those of quadratic neurons on their way to a spike, where a step costs as much as sixty products
    more.

    Examples
    --------
    >>> series_order(1e-9), series_order(1e-4)
    (15, 10)
    """
    return max(_LEAST, round(6.4 - 0.41 * log(rtol)))


def series_tolerance(rtol: float) -> float:
    """Return the tolerance of a series' last terms: a digit more for each five beyond three.

    The adjoint follows derivatives of the states, to which a term of a series contributes as many
    times more as its number; and what adds up in a run is more than one step's error.

    Examples
    --------
    >>> series_tolerance(1e-3), round(series_tolerance(1e-8) / 1e-9, 12)
    (0.001, 1.0)
    """
    return float(rtol * min(1.0, rtol / 1e-3) ** 0.2)


def series_reach(rtol: float) -> float:
    """Return for which ``z`` the series of ``exp(z)`` is off by the tolerance.

    A step is no longer than that over the fastest rate, as a small change of the states, which the
    adjoint follows, must be as accurate as they are, also where they stand still.

    Examples
    --------
    >>> round(series_reach(1e-9), 3)
    1.862
    """
    order = series_order(rtol) + 1
    return float((rtol * factorial(order)) ** (1 / order))


def most_terms(precision: Precision) -> int:
    """Return for how many coefficients a series has room.

    Examples
    --------
    >>> most_terms(Precision.DOUBLE), most_terms(Precision.SINGLE)
    (20, 13)
    """
    return series_order(FINEST[precision]) + 1
