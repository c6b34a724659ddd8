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
from saltation.symbolic.exact import is_undefined, substituted
from saltation.symbolic.system import TIME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saltation.symbolic.errors import ModelWarning
    from saltation.symbolic.model import ParsedModel
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
            inside = ", ".join(map(str, node.args))
            kink = kind in _KINKS
            raise place.error(
                Code.KINK if kink else Code.JUMP_FUNCTION,
                f"{spellings[0]}({inside}) has {'a kink' if kink else 'jumps'}: there is no "
                "derivative there",
                kind=ExpressionError,
                position=_call_position(place.text, spellings),
                symbol=spellings[0],
                hint="Declare a mode for each side, with events that switch between them; what "
                "depends on parameters only is computed beforehand and given as a parameter.",
            )


def _call_position(text: str | None, spellings: tuple[str, ...]) -> int | None:
    """Find where a function is called; SymPy may also have made it, as of sqrt(x**2)."""
    found = re.search(rf"\b({'|'.join(spellings)})\s*\(", text or "")
    return found.start() if found else None


def check_start(model: ParsedModel) -> Iterator[ModelWarning]:
    """Refuse default values that no equation can bear; warn of a start where a rate is undefined.

    An initial value can be a removable singularity, as of ``v/(exp(v) - 1)`` at 0, and a population
    can start elsewhere: that is a warning. A parameter that makes an equation undefined whatever
    the state is an error.
    """
    defaults = {model.parameters[name]: value for name, value in model.defaults.items()}
    for equation in model.equations():
        value = substituted(equation.expression, defaults)
        if value.has(I):
            raise equation.place.error(
                Code.COMPLEX,
                "with the default values of the parameters the equation is complex",
                hint="Check the sign under roots and logarithms.",
            )
        if is_undefined(value):
            zero = [
                str(symbol)
                for symbol, value in defaults.items()
                if value == 0 and symbol in equation.expression.free_symbols
            ]
            raise equation.place.error(
                Code.DIVISION_BY_ZERO,
                "with the default values of the parameters the equation divides by zero",
                symbol=zero[0] if zero else None,
                hint=f"Give another default to {', '.join(zero)}." if zero else None,
            )
    start = {model.states[name]: value for name, value in model.initial.items()}
    first = next(iter(model.modes.values()))
    for name, equation in first.flow.items():
        rate = substituted(substituted(equation.expression, defaults), {**start, TIME: 0.0})
        if is_undefined(rate) or rate.has(I):
            yield equation.place.warning(
                Code.NON_FINITE_START,
                f"at the initial values the rate of {name!r} is undefined",
                symbol=name,
                hint="Start elsewhere, or rewrite the equation so that it has a value there.",
            )
