"""Dimensions of physical quantities: exponents of the SI base units.

Equations are written in SI units throughout, so units carry no prefixes: a time constant of 20 ms
is ``20e-3`` with the unit ``"s"``.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sympy import Rational, Symbol

from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelTypeError, SaltationError
from saltation.symbolic.syntax import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sympy import Expr

    from saltation.symbolic.place import Place

_BASE = ("kg", "m", "s", "A", "K", "mol", "cd")

Dimension = tuple[Rational, ...]
"""Exponents of kilogram, metre, second, ampere, kelvin, mole and candela."""


def _dimension(*exponents: int) -> Dimension:
    filled = (*exponents, *(0,) * (len(_BASE) - len(exponents)))
    return tuple(Rational(exponent) for exponent in filled)


NO_DIMENSION = _dimension()
SECOND = _dimension(0, 0, 1)

_UNITS: Mapping[str, Dimension] = MappingProxyType(
    {
        **{name: _dimension(*(int(name == other) for other in _BASE)) for name in _BASE},
        "V": _dimension(1, 2, -3, -1),
        "ohm": _dimension(1, 2, -3, -2),
        "S": _dimension(-1, -2, 3, 2),
        "F": _dimension(-1, -2, 4, 2),
        "C": _dimension(0, 0, 1, 1),
        "Hz": _dimension(0, 0, -1),
        "N": _dimension(1, 1, -2),
        "J": _dimension(1, 2, -2),
        "W": _dimension(1, 2, -3),
    }
)
"""The units that may be written, with their dimensions."""

_FACTORS = ("V", "A", "S", "F", "C", "ohm", "kg", "m", "s")
"""The units of which messages make products."""

_PREFIXES = re.compile(rf"(k|m|u|n|p|f|M|G)({'|'.join(_UNITS)})$")


def times(left: Dimension, right: Dimension) -> Dimension:
    """Multiply two quantities."""
    return tuple(a + b for a, b in zip(left, right, strict=True))


def to_power(base: Dimension, exponent: Rational) -> Dimension:
    """Raise a quantity to a constant power."""
    return tuple(each * exponent for each in base)


def shown(dimension: Dimension) -> str:
    """Write a dimension as a unit: the shortest product of powers of one or two units.

    Examples
    --------
    >>> volt = _UNITS["V"]
    >>> shown(volt), shown(times(volt, to_power(SECOND, Rational(-1)))), shown(times(volt, volt))
    ('V', 'V/s', 'V**2')
    """
    if dimension == NO_DIMENSION:
        return "1"
    for name, known in _UNITS.items():
        if dimension == known:
            return name
    powers = [
        (abs(power), (name, power), to_power(_UNITS[name], Rational(power)))
        for name in _FACTORS
        for power in (1, -1, 2, -2, 3, -3)
    ]
    factors = {known: [factor] for _, factor, known in reversed(powers)}
    if dimension in factors:
        return _product(factors[dimension])
    pairs = [
        (cost + other, [first, second])
        for cost, first, known in powers
        for other, second, also in powers
        if times(known, also) == dimension
    ]
    if pairs:
        return _product(min(pairs, key=lambda pair: pair[0])[1])
    parts = zip(_BASE, dimension, strict=True)
    return _product([(name, power) for name, power in parts if power != 0])


def _product(factors: Iterable[tuple[str, Any]]) -> str:
    """Write powers of units, those above the line first."""
    above: list[str] = []
    below: list[str] = []
    for name, power in factors:
        size = abs(power) if power == int(power) else f"({abs(power)})"
        (above if power > 0 else below).append(name if size == 1 else f"{name}**{size}")
    return "/".join(["*".join(above) or "1", *below])


def read_unit(text: object, place: Place) -> Dimension:
    """Read a unit such as ``"V"``, ``"1"``, ``"V/s"`` or ``"A*s**2"``."""
    if not isinstance(text, str):
        raise place.error(
            Code.UNIT_TEXT,
            f"a unit is a text, got {type(text).__name__}",
            kind=ModelTypeError,
            hint="Write SI units such as 'V', 's', 'A/s' or '1'.",
        )
    names = {name: Symbol(name, positive=True) for name in _UNITS}
    try:
        expression = read(text, names=names, place=place, guard=False)
    except SaltationError as error:
        raise place.error(Code.UNIT_TEXT, f"{text!r} is not a unit", hint=_advice(text)) from error
    dimension = _of_unit(expression)
    if dimension is None:
        raise place.error(Code.UNIT_TEXT, f"{text!r} is not a unit", hint=_advice(text))
    return dimension


def _advice(text: str) -> str:
    prefixed = _PREFIXES.match(text.strip())
    if prefixed:
        return f"Units carry no prefixes: write {prefixed.group(2)!r} and scale the value."
    return f"Write products and powers of {', '.join(_UNITS)}, or '1'."


def _of_unit(expression: Expr) -> Dimension | None:
    total = NO_DIMENSION
    for base, exponent in expression.as_powers_dict().items():
        if base == 1:
            continue
        if not (base.is_Symbol and exponent.is_Rational):
            return None
        total = times(total, to_power(_UNITS[base.name], exponent))
    return total
