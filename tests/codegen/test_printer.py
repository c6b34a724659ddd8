"""Printed C computes what the SymPy expression says."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Sequence

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from compiled import library
from hypothesis import given
from hypothesis import strategies as st
from proofs import examples

from saltation.codegen.lowering import assignments, statement
from saltation.codegen.options import Precision
from saltation.codegen.printer import print_c

A, B, T = (sp.Symbol(name, real=True) for name in ("a", "b", "t"))
POINT = {A: 1.375, B: -0.8125, T: 0.4375}


def evaluate(expressions: Sequence[sp.Expr], precision: Precision) -> np.ndarray:
    """Return what the expressions' C text computes at `POINT`, all in one compilation."""
    lines = [
        f"out[{k}] = {print_c(expression, precision)};" for k, expression in enumerate(expressions)
    ]
    return run(lines, len(expressions), precision)


def run(lines: Sequence[str], count: int, precision: Precision) -> np.ndarray:
    real = precision.value
    head = f"void evaluate({real} a, {real} b, {real} t, {real} *out)"
    text = head + "\n{\n    (void)a; (void)b; (void)t;\n" + "\n".join(lines) + "\n}\n"
    ffi, lib = library(text, head + ";", precision)
    out = np.empty(count, dtype=np.float64 if real == "double" else np.float32)
    lib.evaluate(*POINT.values(), ffi.cast(f"{real} *", ffi.from_buffer(out)))
    return out.astype(float)


def truth(expression: sp.Expr) -> float:
    """Return the value at `POINT`, each operation in 30 digits."""
    with mp.workdps(30):
        return float(numeric(expression))


def numeric(expression: sp.Expr) -> mp.mpf:
    """Evaluate a tree operation by operation: nothing is simplified on the way."""
    if expression in POINT:
        return mp.mpf(POINT[expression])
    if isinstance(expression, sp.Rational):
        return mp.mpf(expression.p) / expression.q
    if expression.is_number and not expression.args:
        return mp.mpf(float(expression)) if expression.is_Float else mp.mpf(sp.N(expression, 30))
    values = [numeric(argument) for argument in expression.args]
    if isinstance(expression, sp.Add):
        return mp.fsum(values)
    if isinstance(expression, sp.Mul):
        return mp.fprod(values)
    if isinstance(expression, sp.Pow):
        return mp.power(*values)
    name = {"Abs": "fabs"}.get(expression.func.__name__, expression.func.__name__)
    return getattr(mp, name)(*values)


def unevaluated(kind: type[sp.Expr], *arguments: sp.Expr) -> sp.Expr:
    return kind(*arguments, evaluate=False)


PLAIN = [
    unevaluated(sp.Mul, A / T, T),
    unevaluated(sp.Mul, A, 1 / unevaluated(sp.Mul, B, T)),
    A / (B * T),
    A / (B / T),
    unevaluated(sp.Mul, sp.Pow(A, -2), T),
    unevaluated(sp.Mul, T, sp.Pow(A, -2), sp.Pow(B, -1)),
    sp.Pow(A, -3) * B,
    sp.Pow(A, 5),
    sp.Pow(A, -5),
    sp.Pow(A + B, 2),
    sp.Pow(A + B, -2),
    sp.Pow(A - B, -1),
    sp.Pow(A * B, 3),
    unevaluated(sp.Pow, -A, 2),
    unevaluated(sp.Pow, unevaluated(sp.Pow, A, 2), 3),
    unevaluated(sp.Pow, unevaluated(sp.Pow, A, -1), -2),
    sp.sqrt(A + 2),
    1 / sp.sqrt(A + 2),
    sp.Pow(A, sp.Rational(3, 2)),
    sp.Pow(A, sp.Rational(-3, 2)),
    sp.Pow(A, sp.Rational(5, 2)) * B,
    sp.Pow(A + 2, sp.Rational(1, 4)),
    B / sp.Pow(A + T, sp.Rational(7, 4)),
    sp.Pow(B, 7),
    T / sp.Pow(B, 13),
    sp.Pow(A + B, 16),
    sp.Pow(A, T),
    sp.Pow(2, T),
    -(A - B),
    unevaluated(sp.Mul, -1, A - B),
    A - (B - T),
    unevaluated(sp.Add, A, unevaluated(sp.Mul, -1, B + T)),
    -A / B,
    -A * B / T,
    (A + B) / (A - T),
    sp.Rational(1, 3) * A,
    A / 3,
    sp.Rational(-7, 3) + A,
    sp.Float(0.1) * A,
    sp.Float(1e-30) + A * 0,
    sp.Float(1e22) * A,
    sp.Integer(10) ** 18 * A,
    sp.exp(-A / T),
    sp.exp(A) * sp.exp(B),
    1 / sp.exp(A),
    sp.exp(1) * A,
    sp.pi * B,
    sp.log(A) / T,
    sp.sin(A) * sp.cos(B),
    sp.tanh(B),
    sp.sinh(A) / sp.cosh(A),
    sp.atan(A),
    sp.Abs(B) * A,
]


def test_powers_of_sums_and_roots_do_without_the_c_library() -> None:
    for numerator in range(1, 17):
        for denominator in (1, 2, 4):
            power = sp.Pow(A + B, sp.Rational(numerator, denominator))
            assert "pow" not in print_c(power, Precision.DOUBLE)
            assert "pow" not in print_c(T / power, Precision.DOUBLE)


@pytest.mark.parametrize(
    ("precision", "tolerance"), [(Precision.DOUBLE, 1e-14), (Precision.SINGLE, 2e-6)]
)
def test_chosen_expressions(precision: Precision, tolerance: float) -> None:
    """Division and multiplication in a row, powers of all kinds, signs, constants, functions."""
    values = evaluate(PLAIN, precision)
    for expression, value in zip(PLAIN, values, strict=True):
        expected = truth(expression)
        assert abs(value - expected) <= tolerance * abs(expected), (expression, value, expected)


def leaves() -> st.SearchStrategy[sp.Expr]:
    return st.one_of(
        st.sampled_from([A, B, T]),
        st.integers(-4, 4).map(sp.Integer),
        st.sampled_from([sp.Rational(1, 3), sp.Rational(-5, 2), sp.Float(0.7), sp.Float(-1.25)]),
    )


def grow(inner: st.SearchStrategy[sp.Expr]) -> st.SearchStrategy[sp.Expr]:
    plain = st.booleans()

    def operation(kind: type[sp.Expr]) -> st.SearchStrategy[sp.Expr]:
        return st.builds(lambda x, y, e: kind(x, y, evaluate=e), inner, inner, plain)

    def power(base: sp.Expr, exponent: int, evaluated: bool) -> sp.Expr:
        return sp.Pow(base, exponent, evaluate=evaluated)

    return st.one_of(
        operation(sp.Add),
        operation(sp.Mul),
        st.builds(lambda x, y: sp.Mul(x, sp.Pow(y, -1)), inner, inner),
        st.builds(power, inner, st.sampled_from([-3, -2, -1, 2, 3, 6]), plain),
        inner.map(lambda x: sp.exp(x / 8)),
        inner.map(lambda x: sp.sqrt(x**2 + 1)),
    )


@examples(4)
@given(drawn=st.lists(st.recursive(leaves(), grow, max_leaves=9), min_size=40, max_size=40))
def test_random_expressions(drawn: list[sp.Expr]) -> None:
    """Trees of sums, products, quotients, powers and functions, some of them unevaluated."""
    expressions = []
    for expression in drawn:
        value = None if expression.has(sp.zoo, sp.nan, sp.oo, sp.I) else size(expression)
        if value is not None and all(1e-4 < v < 1e6 for v in value):
            expressions.append(expression)
    assert len(expressions) > 10
    for expression, value in zip(expressions, evaluate(expressions, Precision.DOUBLE), strict=True):
        assert abs(value - truth(expression)) <= 1e-9 * max(1.0, abs(truth(expression))), expression


def size(expression: sp.Expr) -> list[float] | None:
    """Return the magnitudes of all subexpressions, so that none is singular or cancels badly."""
    found = []
    for part in sp.preorder_traversal(expression):
        try:
            found.append(abs(truth(part)))
        except (TypeError, ZeroDivisionError, OverflowError):
            return None
    return found if all(map(math.isfinite, found)) else None


def test_common_subexpressions_keep_the_values() -> None:
    """Assignments with their shared parts taken out compute what the expressions say."""
    shared = sp.exp(-A / T)
    expressions = [
        operation(first, second)
        for operation, (first, second) in itertools.product(
            (operator.add, operator.mul, operator.sub, operator.truediv),
            [(shared * A, shared - B), (A / T * shared, (A / T) ** 2), (A * B * T, A * B)],
        )
    ]
    outputs = [(f"out[{k}]", e) for k, e in enumerate(expressions)]
    lines = [
        statement(item, print_c(item.value, Precision.DOUBLE)).replace("sal_real", "double")
        for item in assignments(outputs)
    ]
    assert any("const double" in line for line in lines)
    values = run(lines, len(expressions), Precision.DOUBLE)
    assert values == pytest.approx([truth(e) for e in expressions], rel=1e-14)


@pytest.mark.parametrize("expression", PLAIN)
def test_single_precision_has_no_double_in_it(expression: sp.Expr) -> None:
    """Every literal carries the suffix, every function is that of floats."""
    text = print_c(expression, Precision.SINGLE)
    for token in (
        text.replace("(", " ").replace(")", " ").replace("*", " ").replace("/", " ").split()
    ):
        if token.strip("+-,")[:1].isdigit():
            assert token.strip(",").endswith("F"), text
    for name in ("sqrt", "pow", "log", "sin", "cos", "tanh", "sinh", "cosh", "atan", "fabs"):
        assert f"{name}(" not in text, text
