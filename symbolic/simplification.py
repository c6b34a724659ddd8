"""Bring expressions into a short canonical form, at a cost that grows gently with the model.

SymPy's ``simplify`` finds short forms by trying everything, which takes seconds on models of five
states. What the derivation produces is rational and mostly linear in a known set of symbols (the
adjoints, or the states), and that is enough to do better: collect by those symbols and shorten each
coefficient on its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import (
    Add,
    Expr,
    Float,
    Integer,
    Mul,
    Pow,
    Symbol,
    cancel,
    exp,
    expand,
    factor,
    factor_terms,
    fraction,
    powsimp,
)


def tidy(expression: Expr | int, linear: Sequence[Symbol] = ()) -> Expr:
    """Expand, cancel and collect an expression, so that what cancels is seen to cancel.

    Parameters
    ----------
    expression : Expr
        The expression.
    linear : sequence of Symbol
        Symbols to collect by, if the expression is affine in them.

    Examples
    --------
    >>> from sympy.abc import a, n, t, x
    >>> tidy(n * (x + 1) / t - n * x / t + a, (n,))
    a + n/t
    """
    expanded = canonical(expression)
    if expanded == 0:
        return Integer(0)
    candidates = [_by_denominator(expanded)]
    parts = _affine_parts(expanded, linear)
    if parts is None:
        candidates.append(_shortest(expanded))
    else:
        constant, coefficients = parts
        terms = [Mul(symbol, _shortest(c)) for symbol, c in coefficients.items() if c != 0]
        collected = Add(_shortest(constant), *terms)
        candidates += [collected, factor_terms(collected)]
    return min(candidates, key=_length)


def _by_denominator(expanded: Expr) -> Expr:
    """Put terms that share a denominator over it."""
    groups: dict[Expr, list[Expr]] = {}
    for term in Add.make_args(expanded):
        numerator, denominator = fraction(term)
        groups.setdefault(denominator, []).append(numerator)
    return Add(*(factor_terms(Add(*group)) / below for below, group in groups.items()))


def canonical(expression: Expr | int) -> Expr:
    """Expand sums and products, so that what cancels does; exponentials of sums stay whole."""
    expanded = expand(expression, power_base=False)
    if expanded.has(exp):
        expanded = powsimp(expanded, combine="exp")
    return _cancel_sums(expanded)


def _cancel_sums(expanded: Expr) -> Expr:
    """Bring an expanded expression on one denominator if one of its denominators is a sum."""
    if not expanded.has(Float) and any(
        isinstance(p.base, Add) and p.exp.is_negative for p in expanded.atoms(Pow)
    ):
        return expand(cancel(expanded), power_exp=False, power_base=False)
    return expanded


def _affine_parts(
    expanded: Expr, symbols: Sequence[Symbol]
) -> tuple[Expr, dict[Symbol, Expr]] | None:
    """Split an expanded expression into a constant and coefficients, if it is affine."""
    wanted = set(symbols)
    if not wanted & expanded.free_symbols:
        return None
    shares: dict[Symbol, list[Expr]] = {symbol: [] for symbol in symbols}
    constant = []
    for term in Add.make_args(expanded):
        present = wanted & term.free_symbols
        if not present:
            constant.append(term)
            continue
        symbol = next(iter(present))
        coefficient = term.coeff(symbol)
        if len(present) > 1 or coefficient.free_symbols & wanted or coefficient == 0:
            return None
        if coefficient * symbol != term:
            return None
        shares[symbol].append(coefficient)
    return Add(*constant), {symbol: Add(*terms) for symbol, terms in shares.items()}


def _shortest(expanded: Expr) -> Expr:
    if not isinstance(expanded, Add):
        return expanded
    candidates = [expanded, factor_terms(expanded)]
    if _is_rational(expanded):
        candidates.append(factor(expanded))
    return min(candidates, key=_length)


def _is_rational(expression: Expr) -> bool:
    if expression.has(Float):
        return False  # factors of rounded coefficients are rounded again
    return bool(expression.is_rational_function(*expression.free_symbols))


def _length(expression: Expr) -> tuple[int, int]:
    return len(expression.free_symbols), int(expression.count_ops())
