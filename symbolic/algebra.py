"""Arithmetic on expressions that stays inside double precision and cannot run away.

SymPy works with numbers of any size and evaluates at once: ``10**10**10`` never returns. Texts and
SymPy trees are therefore both rebuilt through this small algebra. It keeps integers and fractions
exact while they are small, turns every other constant into the double that C would compute, and
names the trouble (`AlgebraError`) where a value overflows, is complex, or does not exist.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sympy import Add, Expr, Float, Mul, Number, Pow, S

from saltation.symbolic.codes import Code
from saltation.symbolic.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_EXPONENT = 1024
"""Largest constant exponent of an expression that is not constant."""

_LARGEST_EXACT_EXPONENT = 64

_Term = Expr | float


class AlgebraError(Exception):
    """An operation with no finite real value; the caller knows the place."""

    def __init__(self, code: Code, message: str, hint: str | None = None) -> None:
        self.code = code
        self.message = message
        self.hint = hint
        super().__init__(message)


def number(value: float | int) -> Expr:
    """Turn a Python number into a SymPy one: integers exactly, floats as the double they are."""
    if isinstance(value, int):
        return in_range(S(value))
    if not math.isfinite(value):
        raise AlgebraError(Code.NUMBER, f"the number {value} is not finite")
    return Float(value)


def in_range(expression: Expr) -> Expr:
    """Return `expression` if every number in it is a double, neither overflowing nor vanishing."""
    for atom in expression.atoms(Number):
        as_double(atom)
    return expression


def as_double(constant: Expr) -> float:
    """Convert a SymPy number to a double; refuse what is not finite or vanishes."""
    if constant in (S.NaN, S.ComplexInfinity, S.Infinity, S.NegativeInfinity):
        raise AlgebraError(Code.UNDEFINED_VALUE, f"the value is {constant}: not a finite number")
    try:
        # int / int rounds correctly at any size; Float goes through its own conversion.
        value = constant.p / constant.q if constant.is_Rational else float(constant)
    except OverflowError:
        value = math.inf
    if math.isinf(value) or (value == 0 and not constant.is_zero):
        raise AlgebraError(
            Code.NUMBER,
            "a constant is outside the range of double precision (about 5e-324 to 1.8e308)",
            "Rescale the equation.",
        )
    return value


def total(terms: list[Expr]) -> Expr:
    """Add `terms`."""
    return _guarded(Add(*terms))


def product(factors: list[Expr]) -> Expr:
    """Multiply `factors`."""
    return _guarded(Mul(*factors))


def quotient(numerator: Expr, denominator: Expr) -> Expr:
    """Divide; a denominator that is identically zero is an error."""
    if denominator.is_Number and denominator.is_zero:
        raise AlgebraError(Code.DIVISION_BY_ZERO, "division by zero")
    return _guarded(numerator / denominator)


def power(base: Expr, exponent: Expr) -> Expr:
    """Raise to a power, with bounds on what SymPy may expand."""
    if base.is_Number and exponent.is_Number:
        return _constant_power(base, exponent)
    _check_exponent(exponent)
    if base.is_Number and base.is_negative:
        raise AlgebraError(
            Code.COMPLEX,
            f"{base} to a power that is not constant has no real value",
            "Use a positive base.",
        )
    result = Pow(base, exponent)
    if result.is_Pow:
        _check_exponent(result.exp)
    return in_range(result)


def _check_exponent(exponent: Expr) -> None:
    if exponent.is_Number and abs(as_double(exponent)) > LARGEST_EXPONENT:
        raise AlgebraError(
            Code.NUMBER,
            f"the exponent {exponent} is larger than {LARGEST_EXPONENT}",
            "Use exp() for steep functions.",
        )


def call(name: str, arguments: list[Expr]) -> Expr:
    """Apply a function of the table."""
    function = FUNCTIONS[name]
    if name == "pow":
        return power(*arguments)
    if not all(argument.is_Number for argument in arguments):
        return _guarded(function.build(*arguments))
    try:
        value = float(function.value(*(as_double(argument) for argument in arguments)))
    except OverflowError as error:
        raise AlgebraError(Code.NUMBER, f"{name}() of this constant overflows") from error
    except (ValueError, ZeroDivisionError) as error:
        raise AlgebraError(
            Code.UNDEFINED_VALUE,
            f"{name}({', '.join(map(str, arguments))}) has no finite real value",
        ) from error
    return _folded(lambda: function.build(*arguments), value)


def _constant_power(base: Expr, exponent: Expr) -> Expr:
    low, high = as_double(base), as_double(exponent)
    if low == 0 and high < 0:
        raise AlgebraError(Code.DIVISION_BY_ZERO, "division by zero (a negative power of zero)")
    try:
        value = low**high
    except OverflowError as error:
        raise AlgebraError(
            Code.NUMBER, f"({base})**({exponent}) overflows double precision"
        ) from error
    if isinstance(value, complex):
        raise AlgebraError(Code.COMPLEX, f"({base})**({exponent}) is complex")
    if value == 0 and low != 0:
        raise AlgebraError(Code.NUMBER, f"({base})**({exponent}) vanishes in double precision")
    if abs(high) > _LARGEST_EXACT_EXPONENT:
        return Float(value)
    return _folded(lambda: Pow(base, exponent), value)


def _folded(exact: Callable[[], Expr], value: float) -> Expr:
    """Prefer the exact fraction, if there is one, over the double."""
    candidate = exact()
    return in_range(candidate) if candidate.is_Rational else Float(value)


def _guarded(expression: Expr) -> Expr:
    if expression.is_Number or expression in (S.ComplexInfinity, S.NaN):
        as_double(expression)
    return expression
