"""Values of SymPy expressions in many digits, with divided differences computed another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mpmath
from sympy import Abs, Expr, Matrix, Symbol

from saltation.symbolic.exponentials import ExpDifference
from saltation.symbolic.system import HybridSystem, SystemMode

Values = Mapping[Symbol, Any]


def exp_difference_value(h: Any, rates: Sequence[Any]) -> Any:
    """Opitz: a divided difference is a corner of the exponential of a bidiagonal matrix."""
    k = len(rates)
    matrix = mpmath.zeros(k)
    for i, rate in enumerate(rates):
        matrix[i, i] = rate * h
        if i + 1 < k:
            matrix[i, i + 1] = h
    return mpmath.expm(matrix)[0, k - 1]


def value(expression: Expr, values: Values) -> Any:
    """The value of an expression, in the current precision of mpmath."""
    if isinstance(expression, ExpDifference):
        h, *rates = (value(a, values) for a in expression.args)
        return exp_difference_value(h, rates)
    if expression in values:
        return mpmath.mpmathify(values[expression])
    if expression.is_Rational:
        return mpmath.mpf(int(expression.p)) / int(expression.q)
    if expression.is_Number:
        return mpmath.mpmathify(expression)
    if not expression.args:
        raise KeyError(f"no value for {expression}")
    arguments = [value(a, values) for a in expression.args]
    if expression.is_Add:
        return mpmath.fsum(arguments)
    if expression.is_Mul:
        return mpmath.fprod(arguments)
    if expression.is_Pow:
        return mpmath.power(*arguments)
    name = "fabs" if isinstance(expression, Abs) else expression.func.__name__
    return getattr(mpmath, name)(*arguments)


def coefficients(system: HybridSystem, mode: SystemMode, values: Values) -> tuple[Any, Any]:
    """``A`` and ``b`` of a linear flow ``dx/dt = A x + b``, by differences of its values."""
    n = len(system.states)

    def flow(x: Sequence[Any]) -> list[Any]:
        at = {**values, **dict(zip(system.states, x, strict=True))}
        return [value(f, at) for f in mode.flow]

    drive = flow([0] * n)
    matrix = mpmath.zeros(n)
    for j in range(n):
        column = flow([int(i == j) for i in range(n)])
        for i in range(n):
            matrix[i, j] = column[i] - drive[i]
    return matrix, mpmath.matrix(drive)


def flow_to(
    system: HybridSystem, mode: SystemMode, values: Values, x: Sequence[Any], h: Any
) -> list[Any]:
    """The state after a linear flow over h: the exponential of the augmented matrix."""
    matrix, drive = coefficients(system, mode, values)
    n = matrix.rows
    augmented = mpmath.zeros(n + 1)
    augmented[:n, :n] = matrix * h
    augmented[:n, n] = drive * h
    moved = mpmath.expm(augmented) * mpmath.matrix([*x, 1])
    return [moved[k] for k in range(n)]


def matrix_value(matrix: Matrix, values: Values) -> Any:
    """The value of a matrix of expressions."""
    return mpmath.matrix([[value(e, values) for e in row] for row in matrix.tolist()])


def largest(difference: Any) -> Any:
    """The largest absolute entry of a matrix or sequence."""
    return max(abs(entry) for entry in difference)
