"""What the C of divided differences of the exponential is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import factorial

from saltation.codegen.options import Precision
from saltation.codegen.text import nested

_TERMS = {Precision.DOUBLE: 18, Precision.SINGLE: 11}
"""Where the spread of rates times the duration is at most one, the term of degree m of the series
is at most 1/m! of the first: those that are left out are less than a tenth of a rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesView:
    """Sizes and factors as the template reads them.

    Attributes
    ----------
    sizes : tuple of int
        How many rates there are in divided differences of more than three, ascending.
    largest : int
        The largest of them, at least three.
    three : tuple of str
        The inverse of ``(m + 2)!``, for each degree m from the first on.
    even, odd : str
        The sums of ``y^m/(m + 2)!`` over even m, and of ``y^(m - 1)/(m + 2)!`` over odd ones, as
        polynomials of ``y2``, the square of y.
    inverse : tuple of str
        The inverses of factorials from that of zero on, for the largest size.
    """

    sizes: tuple[int, ...]
    largest: int
    three: tuple[str, ...]
    even: str
    odd: str
    inverse: tuple[str, ...]


def series_view(sizes: Iterable[int], precision: Precision) -> SeriesView:
    """Return the view of the divided differences of some sizes."""
    terms = _TERMS[precision]
    large = tuple(sorted(size for size in set(sizes) if size > 3))
    largest = max((3, *large))
    inverse = inverse_factorials(terms + largest, precision)
    return SeriesView(
        sizes=large,
        largest=largest,
        three=tuple(inverse[3 : terms + 3]),
        even=nested(inverse[2 : terms + 3 : 2], "y2"),
        odd=nested(inverse[3 : terms + 3 : 2], "y2"),
        inverse=inverse,
    )


def inverse_factorials(count: int, precision: Precision) -> tuple[str, ...]:
    """Return the inverses of so many factorials, from that of zero on, as literals."""
    suffix = precision.suffix.upper()
    return tuple(f"{1 / factorial(k)!r}{suffix}" for k in range(count))


def exponential_terms(precision: Precision) -> tuple[str, ...]:
    """Return the factors of the series of a matrix exponential whose norm is a half at most.

    Their number is a multiple of four; the first that is left out is less than a rounding.
    """
    return inverse_factorials({Precision.DOUBLE: 16, Precision.SINGLE: 12}[precision], precision)
