"""The generated code's bounds of what arrivals may add to a watched function on the way."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from compiled import library
from hypothesis import given
from hypothesis import strategies as st
from proofs import examples

from saltation.codegen.options import Precision
from saltation.codegen.render import render

SPOTS = 8
WRAPPER = """
void call_reach(const double *value, const double *slope, const double *factor, int terms,
                double apart, double *reach)
{
    sal_reach(value, slope, factor, terms, terms, apart, reach);
}
"""
Array = np.ndarray[Any, Any]
Function = Callable[[Array], tuple[Array, Array]]
"""Values and slopes at some times."""


@cache
def compiled() -> tuple[Any, Any]:
    """The routine alone."""
    text = render("reach.c.j2", Precision.DOUBLE) + WRAPPER
    return library(text, WRAPPER.split("{")[0].strip() + ";")


def decay(rate: float) -> Function:
    """An exponential."""
    return lambda t: (np.exp(rate * t), rate * np.exp(rate * t))


def difference(first: float, second: float) -> Function:
    """A divided difference of the exponential at two rates that are apart."""

    def both(t: Array) -> tuple[Array, Array]:
        a, b = np.exp(first * t), np.exp(second * t)
        return (a - b) / (first - second), (first * a - second * b) / (first - second)

    return both


def alpha(rate: float) -> Function:
    """The same at two equal rates."""
    return lambda t: (t * np.exp(rate * t), (1 + rate * t) * np.exp(rate * t))


RATES = st.floats(-30.0, 3.0)
FUNCTIONS = st.one_of(
    RATES.map(decay),
    RATES.map(alpha),
    st.tuples(RATES, st.floats(0.5, 20.0)).map(lambda x: difference(x[0], x[0] - x[1])),
)
TERMS = st.lists(st.tuples(FUNCTIONS, st.floats(-3.0, 3.0)), min_size=1, max_size=3)


def reach(terms: list[tuple[Function, float]], until: float) -> Array:
    """The most and the least, as the generated code has them."""
    ffi, functions = compiled()
    spots = until * np.arange(SPOTS + 1) / SPOTS
    value, slope = (
        np.stack([function(spots)[k] for function, _ in terms], axis=1).ravel() for k in (0, 1)
    )
    arrays = [np.ascontiguousarray(a) for a in (value, slope, [f for _, f in terms])]
    found = np.zeros(2)
    given = [ffi.from_buffer("double[]", a) for a in (*arrays, found)]
    functions.call_reach(*given[:3], len(terms), until / SPOTS, given[3])
    return found


@examples(200)
@given(terms=TERMS, until=st.floats(0.01, 2.0))
def test_nothing_is_added_beyond_the_bounds(
    terms: list[tuple[Function, float]], until: float
) -> None:
    times = until * np.linspace(0.0, 1.0, 4001)
    total = sum(factor * function(times)[0] for function, factor in terms)
    most, least = reach(terms, until)
    assert least <= min(0.0, np.min(total))
    assert most >= max(0.0, np.max(total))


@examples(100)
@given(function=FUNCTIONS, until=st.floats(0.01, 0.05), factor=st.floats(0.1, 3.0))
def test_in_short_windows_the_bounds_are_close(
    function: Function, until: float, factor: float
) -> None:
    largest = factor * np.max(function(until * np.linspace(0.0, 1.0, 4001))[0])
    most, least = reach([(function, factor)], until)
    assert most <= 1.1 * largest
    assert -1e-3 * largest <= least <= 0.0
