"""What an expression may contain: finite real values, derivatives everywhere, bounded size."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from sympy import (
    Abs,
    Basic,
    Expr,
    Heaviside,
    I,
    Max,
    Min,
    Mod,
    ceiling,
    floor,
    preorder_traversal,
    sign,
)

from saltation.symbolic.algebra import AlgebraError, in_range
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ExpressionError
from saltation.symbolic.exact import is_undefined
from saltation.symbolic.system import TIME

if TYPE_CHECKING:
    from saltation.symbolic.place import Place

MOST_OPERATIONS = 5_000
"""Largest number of operations in one expression."""

_KINKS = {Abs: ("abs", "Abs"), Min: ("min", "Min"), Max: ("max", "Max")}
_JUMPS = {
    sign: ("sign",),
    floor: ("floor",),
    ceiling: ("ceil", "ceiling"),
    Mod: ("Mod",),
    Heaviside: ("heaviside", "Heaviside"),
}

_SIDES = (
    "Declare a mode for each side, with events that switch between them; what depends on "
    "parameters only is computed beforehand and given as a parameter."
)
_TIMED = (
    "An input that switches at a time is a mode with a clock guard: a state 'clock' with dynamics "
    "'1', and Event(guard='clock - t_on', to=...) into a mode whose dynamics have the other value. "
    "The run then stops at the switch, and its time has a gradient."
)


def finished(expression: Expr, place: Place) -> Expr:
    """Return `expression` if it is small, real, finite and smooth."""
    check_size(expression, place)
    check_value(expression, place)
    check_smooth(expression, place)
    return expression


def check_size(expression: Basic, place: Place) -> None:
    """Refuse an expression with more operations than derivation and compiler can bear.

    Counting stops there: SymPy shares subexpressions, and a tree can be of astronomic size.
    """
    operations = (node for node in preorder_traversal(expression) if node.args)
    if next(islice(operations, MOST_OPERATIONS, None), None) is not None:
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
    if is_undefined(expression):
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


def check_smooth(expression: Expr, place: Place) -> None:
    """Refuse functions with a kink or a jump, in states as in parameters.

    Where the arguments of a kink meet there is no derivative, and the derivative of a step is a
    zero that says nothing; neither may pass for an exact gradient.
    """
    for kind, spellings in (*_KINKS.items(), *_JUMPS.items()):
        for node in expression.atoms(kind):
            shown = node.args[:1] if kind is Heaviside else node.args
            inside = ", ".join(map(str, shown))
            kink = kind in _KINKS
            raise place.error(
                Code.KINK if kink else Code.JUMP_FUNCTION,
                f"{spellings[0]}({inside}) has {'a kink' if kink else 'jumps'}: there is no "
                "derivative there",
                kind=ExpressionError,
                position=_call_position(place.text, spellings),
                symbol=spellings[0],
                hint=_TIMED if node.free_symbols and TIME in node.free_symbols else _SIDES,
            )


def _call_position(text: str | None, spellings: tuple[str, ...]) -> int | None:
    """Find where a function is called; SymPy may also have made it, as of sqrt(x**2)."""
    found = re.search(rf"\b({'|'.join(spellings)})\s*\(", text or "")
    return found.start() if found else None
