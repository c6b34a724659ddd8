r"""Sums of fractions, added up only where something can cancel.

On one denominator a sum of fractions swells: its denominators are multiplied out, and each
numerator with all the other denominators. What cancels is found without that. Write the sum as

.. math:: f = \sum_m m\, f_m, \qquad f_m = A_m + \sum_k N_{mk} / D_{mk}.

Each :math:`m` is a product of integer powers of those generators (symbols, and functions as a
whole) that in every denominator are no more than a factor. Such products are independent over the
field of all other generators: each :math:`f_m` is shortened by itself. In it, fractions whose
denominators share a factor are added. What is then left has coprime denominators, and vanishes only
by itself or, as far as it is a polynomial, in the polynomial :math:`A_m`.

Fractions that share factors stay apart where that is shorter: their denominators swell as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sympy import Add, Expr, Mul, Number, Pow, cancel, exp, expand
from sympy.polys.rings import PolyElement, sring

Fraction: TypeAlias = tuple[PolyElement, PolyElement]
"""A numerator and a denominator."""

Parts: TypeAlias = dict[PolyElement, PolyElement]
"""A sum of fractions: numerators by denominators, which are monic."""

Powers: TypeAlias = tuple[int, ...]
"""The power of each generator."""

_FAR_LONGER = 4
"""Fractions whose sum has so many times as many terms, before anything is cancelled, stay apart."""


@dataclass(frozen=True, slots=True)
class _Root:
    """A generator, by its place in the ring, whose power `order` is the polynomial `base`."""

    place: int
    order: int
    base: PolyElement


def cancelled(expanded: Expr) -> Expr:
    """Add those fractions of an expanded sum that can cancel one another.

    As for SymPy's ``cancel``, generators are independent, except powers and roots of others. A sum
    that is zero, or free of a symbol, is seen to be, unless its fractions are far shorter than what
    they add up to on the way; apart from that, equal sums may differ in form.

    Examples
    --------
    >>> from sympy.abc import a, x, y
    >>> cancelled(1 / (x**2 + x) - 1 / x + 1 / (x + 1) + a / (x + 2) + x / (y + 1))
    a/(x + 2) + x/(y + 1)
    """
    fractions, roots = _fractions(expanded)
    inside = {place for _, below in fractions for place in _inseparable(below)}
    if any(root.place in inside for root in roots):  # as in 1/(1 + sqrt(1 + x**2))
        return expand(cancel(expanded), power_exp=False, power_base=False)
    if not inside:
        return expanded
    return Add(
        *(
            term
            for powers, parts in _by_monomial(fractions, inside).items()
            for fraction in _shortened(parts)
            for term in _terms(powers, fraction, roots)
        )
    )


def _fractions(expanded: Expr) -> tuple[list[Fraction], list[_Root]]:
    """Read the terms of a sum as fractions of polynomials in symbols and whole functions."""
    pairs = [term.as_numer_denom() for term in Add.make_args(expanded)]
    sides = [side for pair in pairs for side in pair]
    ring, polynomials = sring(sides, field=True)
    found = [g for g in ring.symbols if _is_root(g) and isinstance(g.base, Add | Mul | Number)]
    if found:
        ring, polynomials = sring(sides + [g.base for g in found], field=True)
    polynomials = _without_powers(polynomials)
    bases = polynomials[len(sides) :]
    roots = [
        _Root(ring.symbols.index(g), g.exp.q, base) for g, base in zip(found, bases, strict=True)
    ]
    fractions = zip(polynomials[: len(sides) : 2], polynomials[1 : len(sides) : 2], strict=True)
    return [_without_roots(fraction, roots) for fraction in fractions], roots


def _is_root(generator: Expr) -> bool:
    return isinstance(generator, Pow) and bool(generator.exp.is_Rational and generator.exp.p == 1)


def _without_powers(polynomials: list[PolyElement]) -> list[PolyElement]:
    """Replace generators that are powers of others, as `x` of `sqrt(x)`."""
    ring = polynomials[0].ring
    for power, replaced in zip(ring.symbols, ring.gens, strict=True):
        orders = [_order(root, power) for root in ring.symbols]
        if max(orders) > 1:
            kept = ring.gens[orders.index(max(orders))] ** max(orders)
            polynomials = [polynomial.compose(replaced, kept) for polynomial in polynomials]
    return polynomials


def _order(root: Expr, power: Expr) -> int:
    """Return which power of one generator another one is, or 0."""
    if _is_root(root) and root.base == power:
        return int(root.exp.q)
    if isinstance(root, exp) and isinstance(power, exp):
        ratio = power.args[0] / root.args[0]
        return int(ratio) if ratio.is_Integer else 0
    return 0


def _without_roots(fraction: Fraction, roots: Sequence[_Root]) -> Fraction:
    """Write roots that are factors as powers below their order, in the numerator."""
    above, below = fraction
    for root in roots:
        g = below.ring.gens[root.place]
        power = _common_powers(below)[root.place]
        whole = -(-power // root.order)
        below = below.quo(g**power) * root.base**whole
        above = _reduced(above * g ** (whole * root.order - power), root)
    return above, below


def _reduced(polynomial: PolyElement, root: _Root) -> PolyElement:
    ring, result = polynomial.ring, polynomial.ring.zero
    for powers, coefficient in polynomial.terms():
        whole, rest = divmod(powers[root.place], root.order)
        kept = (*powers[: root.place], rest, *powers[root.place + 1 :])
        result += ring.term_new(kept, coefficient) * root.base**whole
    return result


def _common_powers(polynomial: PolyElement) -> Powers:
    """Return the highest power of each generator that is a factor of a polynomial."""
    return tuple(min(powers) for powers in zip(*polynomial.monoms(), strict=True))


def _inseparable(polynomial: PolyElement) -> set[int]:
    """Return the places of generators that a polynomial contains, not only as a factor."""
    common = _common_powers(polynomial)
    return {place for place, most in enumerate(polynomial.degrees()) if most > common[place]}


def _by_monomial(fractions: Sequence[Fraction], inside: set[int]) -> dict[Powers, Parts]:
    """Split a sum by the powers of the generators that are not inside."""
    sums: dict[Powers, Parts] = {}
    for above, below in fractions:
        ring, common = below.ring, _common_powers(below)
        factor = tuple(0 if place in inside else p for place, p in enumerate(common))
        rest = below.quo(ring.term_new(factor, below.LC))
        for powers, coefficient in above.terms():
            within = tuple(p if place in inside else 0 for place, p in enumerate(powers))
            monomial = tuple(p - w - f for p, w, f in zip(powers, within, factor, strict=True))
            numerator = ring.term_new(within, coefficient / below.LC)
            _include(sums.setdefault(monomial, {}), (numerator, rest))
    return sums


def _include(parts: Parts, fraction: Fraction) -> None:
    above, below = fraction
    parts[below] = parts.get(below, below.ring.zero) + above


def _lowest(above: PolyElement, below: PolyElement) -> Fraction:
    """Return a fraction in lowest terms, with a monic denominator."""
    above, below = above.cancel(below)
    return above.quo_ground(below.LC), below.monic()


def _shortened(parts: Parts) -> Iterator[Fraction]:
    """Add fractions where something cancels, and put their polynomials where they are shortest."""
    lowest: Parts = {}
    for below, above in parts.items():
        _include(lowest, _lowest(above, below))
    fractions = [fraction for group in _groups(lowest) for fraction in _added(group)]
    quotients = [_quotient(above, below) for above, below in fractions]
    whole = sum(quotients, quotients[0].ring.zero)
    for (above, below), quotient in zip(fractions, quotients, strict=True):
        rest = above - quotient * below
        joined = rest + whole * below
        if rest and len(joined) <= len(rest) + len(whole):
            rest, whole = joined, whole.ring.zero
        if rest:
            yield rest, below
    if whole:
        yield whole, whole.ring.one


def _groups(parts: Parts) -> list[list[Fraction]]:
    """Split a sum so that the denominators of each group are coprime to those of the others."""
    groups: list[list[Fraction]] = []
    for below, above in parts.items():
        apart, group = [], [(above, below)]
        for other in groups:
            if all(below.gcd(denominator).is_ground for _, denominator in other):
                apart.append(other)
            else:
                group = [*other, *group]
        groups = [*apart, group]
    return groups


def _added(group: list[Fraction]) -> list[Fraction]:
    """Add fractions where that makes them shorter, or frees the sum of a generator."""
    kept: list[Fraction] = []
    for fraction in group:
        waiting = fraction
        for other in list(kept):
            both = _sum([other, waiting])
            if both and _length([both]) < _length([other, waiting]):
                kept.remove(other)
                waiting = both
        kept.append(waiting)
    total = _sum(kept)
    return min(kept, [total], key=_length) if total else kept


def _sum(fractions: list[Fraction]) -> Fraction | None:
    """Add fractions, unless their sum would be far longer than they are."""
    above, below = fractions[0]
    for numerator, denominator in fractions[1:]:
        common = below.gcd(denominator)
        missing = denominator.quo(common)
        above = above * missing + numerator * below.quo(common)
        below = below * missing
        if len(above) + len(below) > _FAR_LONGER * _length(fractions)[1]:
            return None
    return _lowest(above, below)


def _length(fractions: list[Fraction]) -> tuple[int, int]:
    """Return how many generators some fractions contain, and how many terms."""
    sides = [side for fraction in fractions for side in fraction if fraction[0]]
    generators = {k for side in sides for k, most in enumerate(side.degrees()) if most > 0}
    return len(generators), sum(len(side) for side in sides)


def _quotient(above: PolyElement, below: PolyElement) -> PolyElement:
    """Return what becomes a polynomial: by the generators not below, the coefficients that do."""
    ring, degrees = above.ring, below.degrees()
    coefficients: dict[Powers, PolyElement] = {}
    for powers, coefficient in above.terms():
        outside = tuple(0 if d > 0 else p for p, d in zip(powers, degrees, strict=True))
        term = ring.term_new(powers, coefficient)
        coefficients[outside] = coefficients.get(outside, ring.zero) + term
    divided = [coefficient.div(below) for coefficient in coefficients.values()]
    return sum((quotient for quotient, rest in divided if not rest), ring.zero)


def _terms(powers: Powers, fraction: Fraction, roots: Sequence[_Root]) -> Iterator[Expr]:
    """Write a fraction times a monomial as terms; roots may go below, as in `1/sqrt(x)`."""
    above, below = fraction
    ring, monomial = above.ring, list(powers)
    for root in roots:
        quotient, rest = below.div(root.base)
        if monomial[root.place] > 0 and not rest and not root.base.is_ground:
            monomial[root.place] -= root.order
            below = quotient
    scale, below = below.clear_denoms()
    divided = 1 / below.as_expr()
    for more, coefficient in above.terms():
        factors = [g ** (m + n) for g, m, n in zip(ring.symbols, monomial, more, strict=True)]
        yield Mul(ring.domain.to_sympy(coefficient * scale), *factors, divided)
