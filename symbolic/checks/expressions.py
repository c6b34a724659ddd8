"""What an expression may contain: finite real values, and no more than can be handled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr, I, S, preorder_traversal

from saltation.symbolic.algebra import AlgebraError, in_range
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ExpressionError

if TYPE_CHECKING:
    from saltation.symbolic.place import Place

MOST_OPERATIONS = 5_000
"""Largest number of nodes in one expression."""


def finished(expression: Expr, place: Place) -> Expr:
    """Return `expression` if it is small, real and finite."""
    check_size(expression, place)
    check_value(expression, place)
    return expression


def check_size(expression: Expr, place: Place) -> None:
    """Refuse an expression with more operations than derivation and compiler can bear."""
    count = 0
    for _ in preorder_traversal(expression):
        count += 1
        if count > MOST_OPERATIONS:
            raise place.error(
                Code.SIZE,
                f"the expression has more than {MOST_OPERATIONS} operations",
                kind=ExpressionError,
                hint="Split the model: an intermediate quantity can be a state of its own.",
            )


def check_value(expression: Expr, place: Place) -> None:
    """Refuse what is complex, infinite or undefined whatever the states and parameters are."""
    if expression.has(I):
        raise place.error(
            Code.COMPLEX,
            f"the expression is complex: {expression}",
            kind=ExpressionError,
            hint="Every quantity is real: check the sign under roots and logarithms.",
        )
    if expression.has(S.ComplexInfinity, S.NaN, S.Infinity, S.NegativeInfinity):
        raise place.error(
            Code.UNDEFINED_VALUE,
            f"the expression is undefined: it simplifies to {expression}",
            kind=ExpressionError,
        )
    try:
        in_range(expression)
    except AlgebraError as error:
        raise place.error(
            error.code, error.message, kind=ExpressionError, hint=error.hint
        ) from error
