"""Short canonical forms: what cancels is seen to, and nothing changes its value."""

from __future__ import annotations

import pytest
from sympy import Expr, Float, Symbol, exp, simplify

from saltation.symbolic.simplification import tidy

A, B, N, T, U, X = (Symbol(name, real=True) for name in ("a", "b", "n", "t", "u", "x"))


@pytest.mark.parametrize(
    ("expression", "linear", "expected"),
    [
        ((X + 1) ** 2 - X**2 - 2 * X - 1, (), 0),
        (X / (1 + X) + 1 / (1 + X), (), 1),
        (exp(A + B) - exp(B + A), (), 0),
        (exp(A) * exp(B) / exp(A + B) * N, (N,), N),
        (N * X / T - N * A / T, (N,), N * (X - A) / T),
        (N * X / T + U * B / A, (N, U), N * X / T + U * B / A),
        (X / A**2 - X * B / A**3, (X,), X * (A - B) / A**3),
    ],
)
def test_forms_are_short(expression: Expr, linear: tuple[Symbol, ...], expected: Expr) -> None:
    assert tidy(expression, linear) == expected


@pytest.mark.parametrize(
    "expression",
    [
        N * exp((X - A) / T) * (A + X) ** 2 / T + U * (X + 1) / (A * T) - U / A,
        N * U * X + N * (A - X) ** 3,
        (N + U) * (A + X) / (A - X),
        Float(0.1) * N * (X - Float(0.3)) + U * Float(0.7) * X,
    ],
)
def test_values_are_kept(expression: Expr) -> None:
    at = {A: 1.25, B: 0.5, N: -0.75, T: 2.5, U: 1.5, X: 0.375}
    assert tidy(expression, (N, U)).subs(at) == pytest.approx(float(expression.subs(at)), rel=1e-13)
    assert simplify(tidy(expression, (N, U)) - expression).subs(at) == pytest.approx(0, abs=1e-13)


def test_rounded_coefficients_are_not_factored() -> None:
    expression = Float(0.1) * X + Float(0.2) * X * A
    assert tidy(expression, (X,)).atoms(Float) <= {Float(0.1), Float(0.2)}
