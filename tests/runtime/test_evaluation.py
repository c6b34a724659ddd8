"""Expressions as functions of floats and of arrays, against SymPy's own evaluation."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Function, exp, sin, symbols, sympify

from saltation.runtime.evaluation import evaluator

A, B = symbols("a b", real=True)
TEXTS = [
    "a",
    "3",
    "a + b + 2",
    "2*a*b",
    "1/a",
    "a**2/b**3",
    "sqrt(a)",
    "a**b",
    "exp(-a) + log(b)",
    "sin(a)*cos(b)*tan(a)",
    "asin(a/4) + acos(b/4) + atan(a)",
    "sinh(a) + cosh(b) + tanh(a)",
]


@pytest.mark.parametrize("text", TEXTS)
def test_floats_and_arrays_give_the_value_of_the_expression(text: str) -> None:
    expression = sympify(text, locals={"a": A, "b": B})
    evaluate = evaluator(expression)
    assert evaluate is not None
    points = [(0.5, 1.25), (2.0, 0.75), (3.0, 3.0)]
    expected = [float(expression.evalf(30, subs={A: a, B: b})) for a, b in points]
    assert [float(evaluate({"a": a, "b": b})) for a, b in points] == pytest.approx(expected)
    first, second = np.array(points).T
    both = np.broadcast_to(evaluate({"a": first, "b": second}), 3)
    assert both == pytest.approx(expected)
    mixed = np.broadcast_to(evaluate({"a": 2.0, "b": second}), 3)
    assert mixed[1] == pytest.approx(expected[1])


def test_an_unknown_function_has_no_evaluator() -> None:
    assert evaluator(Function("f")(A) + 1) is None
    assert evaluator(exp(sin(A)) * Function("f")(A)) is None
