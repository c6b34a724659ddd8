"""Evaluate expressions of a model at numbers: of one neuron, or of all neurons of a population."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add, mul
from typing import Any, TypeAlias

import numpy as np
import sympy
from sympy import Expr, Float, Matrix, Symbol

from saltation.runtime.arrays import FloatArray

Evaluate: TypeAlias = Callable[[Mapping[str, Any]], Any]
"""From values by name, each a float or an array of shape (n,), to a float or an array."""

_FUNCTIONS: Mapping[Any, Callable[[Any], Any]] = {
    sympy.exp: np.exp,
    sympy.log: np.log,
    sympy.sin: np.sin,
    sympy.cos: np.cos,
    sympy.tan: np.tan,
    sympy.asin: np.arcsin,
    sympy.acos: np.arccos,
    sympy.atan: np.arctan,
    sympy.sinh: np.sinh,
    sympy.cosh: np.cosh,
    sympy.tanh: np.tanh,
}


def numbers_at(matrix: Matrix, values: Mapping[str, float]) -> FloatArray:
    """Evaluate a matrix of expressions once, each function of a model included.

    Parameters
    ----------
    matrix : sympy.Matrix
        The expressions.
    values : mapping of str to float
        The value of every symbol, by name.

    Returns
    -------
    numpy.ndarray
        Of the matrix's shape; NaN where an expression has no real value.
    """
    known = {x: Float(values[x.name]) for x in matrix.free_symbols}
    return np.array([[_real(entry.xreplace(known)) for entry in row] for row in matrix.tolist()])


def value_at(expression: Expr, values: Mapping[str, float]) -> float | None:
    """Evaluate an expression once in numbers of any size.

    Parameters
    ----------
    expression : sympy.Expr
        The expression.
    values : mapping of str to float
        The value of every symbol, by name.

    Returns
    -------
    float or None
        Its value, infinite where that is beyond the range of floats; None where it has no real one.

    Examples
    --------
    >>> from sympy import exp, log, symbols
    >>> x = symbols("x", real=True)
    >>> value_at(exp(x), {"x": 1e3}), value_at(log(x), {"x": -1.0}), value_at(1 / x, {"x": 0.0})
    (inf, None, None)
    """
    number = expression.xreplace({x: Float(values[x.name]) for x in expression.free_symbols})
    number = number.evalf()
    if not (number.is_real and number.is_finite):
        return None
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number.is_positive else float("-inf")


def _real(number: Expr) -> float:
    try:
        return float(number)
    except (TypeError, OverflowError):  # complex, infinite or undefined
        return float("nan")


def evaluator(expression: Expr) -> Evaluate | None:
    """Return a function that evaluates an expression; None if it has an unknown function.

    The tree becomes nested calls once, so that an evaluation costs little more than its arithmetic.

    Examples
    --------
    >>> from sympy import symbols
    >>> a, b = symbols("a b", real=True)
    >>> evaluator(2 * a - b)({"a": 1.0, "b": 0.5})
    1.5
    """
    if isinstance(expression, Symbol):
        name = expression.name
        return lambda values: values[name]
    if expression.is_Number:
        constant = float(expression)
        return lambda values: constant
    parts = [evaluator(argument) for argument in expression.args]
    if any(part is None for part in parts):
        return None
    return _combined(expression, [part for part in parts if part is not None])


def _combined(expression: Expr, parts: list[Evaluate]) -> Evaluate | None:
    if expression.is_Add or expression.is_Mul:
        combine = add if expression.is_Add else mul
        if len(parts) == 2:
            first, second = parts
            return lambda values: combine(first(values), second(values))
        return lambda values: reduce(combine, [part(values) for part in parts])
    if expression.is_Pow:
        base, exponent = parts
        if expression.exp == -1:
            return lambda values: 1.0 / base(values)
        return lambda values: base(values) ** exponent(values)
    function = _FUNCTIONS.get(expression.func)
    if function is None:
        return None
    (argument,) = parts
    return lambda values: function(argument(values))
