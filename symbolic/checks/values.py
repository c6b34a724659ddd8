"""Default values of parameters and initial values of states."""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING

from sympy import Basic

from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelTypeError
from saltation.symbolic.parser import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sympy import Symbol

    from saltation.symbolic.place import Place

_EXPECTED = "Give one real number in SI units, such as 20e-3."


def checked_value(value: object, place: Place) -> float:
    """Return `value` as a finite float."""
    if isinstance(value, Real) and not isinstance(value, bool):
        return _finite(value, place)
    if value is None:
        raise place.error(Code.VALUE_TYPE, "there is no value", kind=ModelTypeError, hint=_EXPECTED)
    if hasattr(value, "shape") or isinstance(value, list | tuple):
        raise place.error(
            Code.VALUE_SHAPE,
            f"the default is one number, got {_shape(value)}",
            kind=ModelTypeError,
            hint="Give values per neuron to add_population(..., parameters=...).",
        )
    kind = "a text" if isinstance(value, str) else type(value).__name__
    raise place.error(
        Code.VALUE_TYPE,
        f"expected a real number, got {kind} ({value!r:.60})",
        kind=ModelTypeError,
        hint=_EXPECTED,
    )


def initial_value(value: object, parameters: Mapping[str, Symbol], place: Place) -> float:
    """Return an initial value: a number, or an expression of numbers.

    An expression of parameters is refused: its gradient would not reach the parameters.
    """
    if not isinstance(value, str | Basic):
        return checked_value(value, place)
    expression = parse(value, names=parameters, model=place.model, where=place.equation or "")
    if expression.free_symbols:
        raise place.error(
            Code.INITIAL_CONSTANT,
            f"the initial value {value} depends on a parameter",
            symbol=str(min(map(str, expression.free_symbols))),
            hint="Give a number: initial values are quantities of their own, with gradients of "
            "their own.",
        )
    return checked_value(expression, place)


def _finite(value: Real, place: Place) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise place.error(Code.VALUE_FINITE, f"the value {number} is not finite", hint=_EXPECTED)
    return number


def _shape(value: object) -> str:
    shape = getattr(value, "shape", None)
    return f"an array of shape {shape}" if shape is not None else f"a {type(value).__name__}"
