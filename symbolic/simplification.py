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
    exp,
    expand,
    factor,
    factor_terms,
    fraction,
    powsimp,
)

from saltation.symbolic.rational_sums import cancelled


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
    """Expand sums and products, so that what cancels does; exponentials of sums stay whole.

    What is zero, or free of a symbol, is seen to be; equal expressions with sums in denominators
    may still differ in form.
    """
    expanded = expand(expression, power_base=False)
    if not expanded.has(Float) and any(map(_is_sum_below, expanded.atoms(Pow))):
        expanded = cancelled(expanded)
    if not expanded.has(exp):
        return expanded
    return Add(*map(_divided, Add.make_args(powsimp(expanded, combine="exp"))))


def _divided(term: Expr) -> Expr:
    """Divide both sides of a fraction by an exponential, if none is left above then.

    What was written as ``1/(1 + exp(-x))`` is brought back to it: of ``exp(x)/(exp(x) + 1)`` both
    sides are infinite where the fraction is not.
    """
    rest, own = _split_exponent(term)
    forms = []
    for below in Mul.make_args(rest) if own != 0 else ():
        if not (_is_sum_below(below) and below.has(exp)):
            continue
        parts = [_split_exponent(powsimp(part, combine="exp")) for part in below.base.args]
        for shift in dict.fromkeys((own, *(exponent for _, exponent in parts))):
            if expand(own + shift * below.exp) == 0:
                divided = Add(*(factor * exp(exponent - shift) for factor, exponent in parts))
                forms.append(rest / below * divided**below.exp)
    return min(forms, key=_length, default=term)


def _split_exponent(term: Expr) -> tuple[Expr, Expr]:
    """Return a product without its exponentials, and the sum of their exponents."""
    powers = [factor for factor in Mul.make_args(term) if isinstance(factor, exp)]
    return term / Mul(*powers), expand(Add(*(power.args[0] for power in powers)))


def _is_sum_below(part: Expr) -> bool:
    return isinstance(part, Pow) and isinstance(part.base, Add) and bool(part.exp.is_negative)


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
        candidates.append(_factored(expanded))
    return min(candidates, key=_length)


def _factored(expanded: Expr) -> Expr:
    """Factor a sum of fractions; those with different sums in the denominator by themselves."""
    groups: dict[Expr, list[Expr]] = {}
    for term in Add.make_args(expanded):
        below = Mul(*(part for part in Mul.make_args(term) if _is_sum_below(part)))
        groups.setdefault(below, []).append(term)
    return Add(*(factor(Add(*group)) for group in groups.values()))


def _is_rational(expression: Expr) -> bool:
    if expression.has(Float):
        return False  # factors of rounded coefficients are rounded again
    return bool(expression.is_rational_function(*expression.free_symbols))


def _length(expression: Expr) -> tuple[int, int]:
    return len(expression.free_symbols), int(expression.count_ops())
