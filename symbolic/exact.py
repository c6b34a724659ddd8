"""Exact questions about expressions: is this zero everywhere, what is this number.

Decimals are taken as the decimal fractions that the user wrote, so that ``0.1 + 0.2 - 0.3`` is zero
here; results decide about messages only and never enter a computation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr, Float, Rational, S, expand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sympy import Symbol

_PROBES = 4
_DIGITS = 40
_TINY = Rational(1, 10**25)


def rational(value: float) -> Rational:
    """Return the shortest decimal fraction that denotes a double."""
    return Rational(repr(float(value)))


def exact(expression: Expr) -> Expr:
    """Replace every decimal by the fraction that it denotes."""
    return expression.xreplace({atom: rational(float(atom)) for atom in expression.atoms(Float)})


def substituted(expression: Expr, values: Mapping[Symbol, Expr | float]) -> Expr:
    """Insert values, all at once, with decimals as fractions."""
    fractions = {
        symbol: rational(value) if isinstance(value, float) else exact(value)
        for symbol, value in values.items()
    }
    return exact(expression).subs(fractions, simultaneous=True)


def vanishes(expression: Expr) -> bool:
    """Whether an expression is zero for all values of its symbols.

    Expansion decides most cases. For the rest, evaluation to 40 digits at fixed points: an
    expression that is zero at all of them but not everywhere would be a freak.

    Examples
    --------
    >>> from sympy import cos, sin, symbols
    >>> x, y = symbols("x y", real=True)
    >>> vanishes((x + y)**2 - x**2 - 2*x*y - y**2), vanishes(sin(x)**2 + cos(x)**2 - 1), vanishes(x)
    (True, True, False)
    """
    form = exact(expression)
    if not form.free_symbols:
        return form.is_zero is True or _is_tiny(form)
    form = expand(form)
    if form == 0:
        return True
    symbols = sorted(form.free_symbols, key=str)
    tested = False
    for probe in range(_PROBES):
        point = {
            symbol: Rational(1009 + 613 * ((probe + 1) * (place + 2) ** 2 % 17), 4001 + 7 * place)
            for place, symbol in enumerate(symbols)
        }
        value = form.subs(point, simultaneous=True)
        if value.has(S.NaN, S.ComplexInfinity):
            continue
        if not _is_tiny(value):
            return False
        tested = True
    return tested


def _is_tiny(value: Expr) -> bool:
    magnitude = abs(value.evalf(_DIGITS))
    return bool(magnitude.is_number and magnitude.is_finite and magnitude < _TINY)


def sign(expression: Expr) -> int | None:
    """Return the sign of a constant; None if it still depends on a symbol or has no real value."""
    if expression.free_symbols or expression.has(S.NaN, S.ComplexInfinity, S.ImaginaryUnit):
        return None
    if _is_tiny(expression):
        return 0
    value = expression.evalf(_DIGITS)
    if not (value.is_number and value.is_real):
        return None
    return 1 if value > 0 else -1
