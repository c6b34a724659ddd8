"""Removable singularities: quotients that are 0/0 at a point at which they have a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr, Mul, Pow, S, diff, exp, log, postorder_traversal

from saltation.symbolic.codes import Code
from saltation.symbolic.exact import exact, is_undefined, sign, substituted, vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sympy import Symbol

    from saltation.symbolic.errors import ModelWarning
    from saltation.symbolic.model import ParsedModel

_RELATIVE = (
    "Write x/(exp(x) - 1) as 1/exprel(x), and (exp(x) - 1)/x as exprel(x): these have values and "
    "derivatives there."
)
_EQUAL = (
    "A difference quotient of exponentials has a form without a gap: (exp(a*s) - exp(b*s))/(a - b) "
    "is s*exp(b*s)*exprel((a - b)*s). Or declare a state for each exponential: equal time "
    "constants are then ordinary."
)


def removable_singularities(model: ParsedModel) -> Iterator[ModelWarning]:
    """Warn of quotients whose numerator and denominator vanish together."""
    for equation in model.equations():
        for quotient, symbol, root in _gaps(exact(equation.expression)):
            state = symbol in model.states.values()
            text = equation.place.text or ""
            yield equation.place.warning(
                Code.REMOVABLE_SINGULARITY,
                f"{quotient} is 0/0 where {symbol} = {root}, and loses digits near there",
                position=text.find("/") if "/" in text else None,
                symbol=symbol.name,
                hint=_RELATIVE if state else _EQUAL,
            )


def _gaps(expression: Expr) -> Iterator[tuple[Expr, Symbol, Expr]]:
    """Yield quotients with the symbol and the value of it at which they are 0/0."""
    for node in postorder_traversal(expression):
        if not isinstance(node, Mul):
            continue
        for factor in node.args:
            if not (isinstance(factor, Pow) and factor.exp.is_negative):
                continue
            for symbol in sorted(factor.base.free_symbols, key=str):
                root = _root(factor.base, symbol)
                if root is None:
                    continue
                rest = substituted(node / factor, {symbol: root})
                if not is_undefined(rest) and vanishes(rest):
                    yield node, symbol, root
                    break


def _root(denominator: Expr, symbol: Symbol) -> Expr | None:
    """Return where a denominator is zero: of ``a x + b``, or of ``c exp(a x + b) + d``."""
    slope = diff(denominator, symbol)
    if symbol not in slope.free_symbols:
        return -denominator.subs(symbol, S.Zero) / slope
    inner = [each for each in denominator.atoms(exp) if symbol in each.free_symbols]
    if len(inner) != 1:
        return None
    exponent = inner[0].args[0]
    rate, level = diff(exponent, symbol), S.Zero
    gain = diff(denominator.subs(inner[0], symbol), symbol)
    if symbol in rate.free_symbols or symbol in gain.free_symbols:
        return None
    level = -denominator.subs(inner[0], S.Zero) / gain
    if sign(level) != 1:
        return None
    return (log(level) - exponent.subs(symbol, S.Zero)) / rate
