"""Sharp questions about expressions: is this zero everywhere, what is the sign of this number.

Evaluation is to 60 digits, with decimals taken as the decimal fractions that the user wrote, so
that ``0.1 + 0.2 - 0.3`` counts as zero. Results decide about messages only and never enter a
computation. Everything is rebuilt from the leaves up, so that a tower of powers or exponentials is
given up as soon as a value leaves all bounds, instead of running away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Basic, Dummy, Expr, Float, I, Rational, S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sympy import Symbol

_DIGITS = 60
_PROBES = 4
_TINY = Float("1e-40", _DIGITS)
_HUGE = Float("1e1000", _DIGITS)
_UNDEFINED = (S.NaN, S.ComplexInfinity, S.Infinity, S.NegativeInfinity)


def rational(value: float) -> Rational:
    """Return the shortest decimal fraction that denotes a double."""
    return Rational(repr(float(value)))


def exact(expression: Expr) -> Expr:
    """Replace every decimal by the fraction that it denotes."""
    return expression.xreplace({atom: rational(float(atom)) for atom in expression.atoms(Float)})


def substituted(expression: Expr, values: Mapping[Symbol, Expr | float]) -> Expr:
    """Insert values, all at once; a value that leaves all bounds becomes an unknown symbol."""
    table = {
        symbol: Float(rational(value), _DIGITS) if isinstance(value, float) else value
        for symbol, value in values.items()
    }
    return _rebuilt(expression, table)


def _rebuilt(node: Basic, table: Mapping[Basic, Expr]) -> Basic:
    if node in table:
        return table[node]
    if isinstance(node, Float) and node._prec <= 53:
        return Float(rational(float(node)), _DIGITS)
    if not node.args:
        return node
    result = node.func(*(_rebuilt(argument, table) for argument in node.args))
    if result.args and not result.free_symbols:
        # SymPy keeps constants such as exp(1): a tower of them would run away when evaluated.
        value = result.evalf(_DIGITS)
        result = value if value.is_Float else result
    return Dummy("huge", real=True) if result.is_Float and abs(result) > _HUGE else result


def is_undefined(expression: Expr) -> bool:
    """Whether an expression contains an infinity or an undefined value."""
    return bool(expression.has(*_UNDEFINED))


def vanishes(expression: Expr) -> bool:
    """Whether an expression is zero for all values of its symbols.

    Decided at fixed points: an expression that is zero at all of them and not everywhere would be a
    freak.

    Examples
    --------
    >>> from sympy import cos, sin, symbols
    >>> x, y = symbols("x y", real=True)
    >>> vanishes((x + y)**2 - x**2 - 2*x*y - y**2), vanishes(sin(x)**2 + cos(x)**2 - 1), vanishes(x)
    (True, True, False)
    """
    symbols = sorted(expression.free_symbols, key=str)
    tested = False
    for probe in range(_PROBES):
        point = {
            symbol: (1009 + 613 * ((probe + 1) * (place + 2) ** 2 % 17)) / (4001 + 7 * place)
            for place, symbol in enumerate(symbols)
        }
        value = substituted(expression, point)
        if value.free_symbols or is_undefined(value):
            continue
        if not _is_tiny(value):
            return False
        tested = True
    return tested


def _is_tiny(value: Expr) -> bool:
    magnitude = abs(value.evalf(_DIGITS))
    return bool(magnitude.is_comparable and magnitude < _TINY)


def sign(expression: Expr) -> int | None:
    """Return the sign of a constant; None if it still depends on a symbol or has no real value."""
    if expression.free_symbols or is_undefined(expression) or expression.has(I):
        return None
    if _is_tiny(expression):
        return 0
    value = expression.evalf(_DIGITS)
    # A number that is too large or small to be evaluated stays an expression.
    if not (value.is_Number and value.is_real):
        return None
    return 1 if value > 0 else -1
