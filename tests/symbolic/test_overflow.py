"""Quotients of exponentials: computed wherever they have a value, and of the same value."""

from __future__ import annotations

import math

import mpmath
import pytest
from high_precision import value
from hypothesis import given
from hypothesis import strategies as st
from proofs import examples
from sympy import Abs, Add, Expr, Symbol, cosh, exp, lambdify, log, sinh, sqrt, tanh

from saltation.symbolic.exponentials import exprel
from saltation.symbolic.overflow import without_overflow

X, Y = (Symbol(name, real=True) for name in ("x", "y"))


@pytest.mark.parametrize(
    "expression",
    [
        1 / (1 + exp(-X)),
        X / (exp(X) - 1),
        X / (1 + exp(X) + exp(Y)),
        Y / (1 + X * exp(Y)) ** 2,
        1 / exprel(X) ** 2,
        1 / cosh(X),
        X * exp(Y) + exp(X),
        2**X * Y,
        Abs(X) * exp(Y),
        tanh(X),
    ],
)
def test_what_cannot_go_wrong_keeps_its_form(expression: Expr) -> None:
    assert without_overflow(expression) is expression


def _exponential(x: float) -> float:
    """As in C: infinite where it is too large."""
    return math.inf if x > 709.5 else math.exp(x)


def _computed(expression: Expr, x: float, y: float) -> float:
    """Compute a rewritten expression in double precision; a division by zero is an error here."""
    computed = without_overflow(expression)
    return float(lambdify((X, Y), computed, [{"exp": _exponential, "Size": abs}, "math"])(x, y))


def _exact(expression: Expr, x: float, y: float) -> mpmath.mpf:
    with mpmath.workdps(60):
        return value(expression, {X: mpmath.mpf(x), Y: mpmath.mpf(y)})


SIGMOID = 1 / (1 + exp(-X))

FAR = [
    SIGMOID.diff(X),
    exp(X) / (exp(X) + 1),
    exp(2 * X) / (exp(X) + 1) ** 2,
    exp(X) / (exp(2 * X) - exp(X) + 1),
    exp(X) / (exp(X) + exp(Y)),
    exp(X) * (exp(X) + Y) / (exp(X) + 2) / (exp(X) + 3),
    (X / (exp(X) - 1)).diff(X),
    (1 + SIGMOID * exp(X)) / (exp(X) + 1 + SIGMOID),
    exp(X - Y) * exp(Y - X),
    1 / (exp(Y - X) * (1 + exp(X)) * (2 + exp(X))),
    Abs(Y * exp(X) / (1 + exp(X)) ** 2),
    sqrt(1 + exp(X)) / sqrt(2 + exp(X)),
    2**X / (1 + 2**X),
    sinh(X) / cosh(X),
    (1 / cosh(X)).diff(X),
    log(1 + exp(X)),
    exp(-exp(X) / (1 + exp(X))),
]


@pytest.mark.parametrize("x", [-3000.0, -720.0, -30.0, -0.5, 0.5, 30.0, 720.0, 3000.0])
@pytest.mark.parametrize("expression", FAR)
def test_values_are_kept_near_and_far(expression: Expr, x: float) -> None:
    exact = _exact(expression, x, 2.0)
    assert abs(_computed(expression, x, 2.0) - exact) <= 1e-11 * abs(exact) + 1e-15


@pytest.mark.parametrize("expression", [exprel(X).diff(X) / exprel(X) ** 2, exp(X) / exprel(X)])
@pytest.mark.parametrize("x", [-300.0, -1.0, 1e-9, 2.0, 300.0])
def test_divided_differences_are_rescaled_to_the_same_value(expression: Expr, x: float) -> None:
    exact, rescaled = _exact(expression, x, 0), _exact(without_overflow(expression), x, 0)
    assert without_overflow(expression) != expression
    assert abs(rescaled - exact) <= mpmath.mpf(10) ** -40 * abs(exact)


EXPONENTS = (0, X, -X, 2 * X, Y, X - Y, Y / 3, -2 * Y)


def _sums() -> st.SearchStrategy[Expr]:
    factors = st.sampled_from((1, 3, X**2 + 1, SIGMOID, 1 / (1 + exp(Y) + exp(X))))
    terms = st.builds(lambda factor, u: factor * exp(u), factors, st.sampled_from(EXPONENTS))
    return st.lists(terms, min_size=1, max_size=3).map(lambda parts: Add(*parts))


@examples(100)
@given(_sums(), _sums(), _sums(), st.integers(1, 3), st.floats(-2e3, 2e3), st.floats(-2e3, 2e3))
def test_any_quotient_is_a_number_where_its_value_is_ordinary(
    above: Expr, first: Expr, second: Expr, power: int, x: float, y: float
) -> None:
    quotient = above / first**power / second
    exact = _exact(quotient, x, y)
    if abs(mpmath.log10(exact)) < 290:
        assert abs(_computed(quotient, x, y) - exact) <= 1e-10 * exact
        assert math.isfinite(_computed(quotient.diff(X), x, y))
