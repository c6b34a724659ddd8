"""Coefficients of series in straight lines, each in a variable of its own.

A loop over lanes whose body has no loop becomes one of vectors that stay in registers: a step then
waits neither for memory nor for the ends of loops. Each sum adds in the order of the loops, so that
all bits are the same. The first coefficients do not depend on a series' order: where that is at
least one of `STAGES`, so many are made in straight lines, and the others in loops.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from saltation.codegen.outlines import INLINED
from saltation.codegen.series_steps import Step, coefficient

STAGES = (10, 15)
"""How many terms there are in straight lines: those of orders at the tolerances 1e-4 and 1e-9."""

Rule = Callable[[Sequence[str], int, str], str]
"""Gives the expression of a coefficient: of operands, its number, and the suffix of literals."""


def _at(row: str, k: int) -> str:
    return coefficient(int(row.removesuffix("U")), k)


def _products(x: str, y: str, low: int, k: int, suffix: str) -> str:
    """Return the sum of x_j y_(k-j) for j from `low` to k - `low`, as `sal_add_products` does."""
    middle, above = k // 2, (k + 1) // 2
    parts = [f"0.0{suffix}"]
    if middle == above:
        parts.append(f"{_at(x, middle)} * {_at(y, middle)}")
    for j in reversed(range(low, above)):
        pair = f"{_at(x, j)} * {_at(y, k - j)} + {_at(x, k - j)} * {_at(y, j)}"
        parts.append(f"({pair})")
    return " + ".join(parts)


def _squares(x: str, low: int, k: int, suffix: str) -> str:
    """Return the sum of x_j x_(k-j) for j from `low` to k - `low`, as `sal_add_squares` does."""
    middle, above = k // 2, (k + 1) // 2
    parts = [f"0.0{suffix}"]
    if middle == above:
        parts.append(f"{_at(x, middle)} * {_at(x, middle)}")
    for j in reversed(range(low, above)):
        parts.append(f"({_at(x, j)} + {_at(x, j)}) * {_at(x, k - j)}")
    return " + ".join(parts)


def _slopes(x: str, y: str, k: int, suffix: str) -> str:
    """Return the sum of j x_j y_(k-j) / k for 0 < j < k, as `sal_set_slopes` does."""
    if k == 1:
        return f"0.0{suffix}"
    middle, above = k // 2, (k + 1) // 2

    def term(j: int) -> str:
        return f"({j}.0{suffix} * {_at(x, j)}) * {_at(y, k - j)}"

    parts = [term(middle) if middle == above else f"0.0{suffix}"]
    parts += [f"({term(j)} + {term(k - j)})" for j in reversed(range(1, above))]
    return f"(1.0{suffix} / {k}.0{suffix}) * ({' + '.join(parts)})"


def _product(of: Sequence[str], k: int, suffix: str) -> str:
    return _products(of[0], of[1], 0, k, suffix)


def _square(of: Sequence[str], k: int, suffix: str) -> str:
    return _squares(of[0], 0, k, suffix)


def _quotient(of: Sequence[str], k: int, suffix: str) -> str:
    above, below, own = of
    sum_of = f"{_products(below, own, 1, k, suffix)} + {_at(below, k)} * {_at(own, 0)}"
    return f"({_at(above, k)} - ({sum_of})) / {_at(below, 0)}"


def _reciprocal(of: Sequence[str], k: int, suffix: str) -> str:
    below, own = of
    sum_of = f"{_products(below, own, 1, k, suffix)} + {_at(below, k)} * {_at(own, 0)}"
    return f"-({sum_of}) / {_at(below, 0)}"


def _exponential(of: Sequence[str], k: int, suffix: str) -> str:
    x, own = of
    return f"{_slopes(x, own, k, suffix)} + {_at(x, k)} * {_at(own, 0)}"


def _inverse(of: Sequence[str], k: int, suffix: str) -> str:
    x, by, own = of
    return f"({_at(x, k)} - ({_slopes(own, by, k, suffix)})) / {_at(by, 0)}"


def _partner(of: Sequence[str], k: int, suffix: str) -> str:
    x, partner, factor, _ = of
    return f"{factor} * ({_slopes(x, partner, k, suffix)} + {_at(x, k)} * {_at(partner, 0)})"


def _tangent(of: Sequence[str], k: int, suffix: str) -> str:
    x, square, factor, _ = of
    total = f"{_slopes(x, square, k, suffix)} + {_at(x, k)} * {_at(square, 0)}"
    return f"{_at(x, k)} + {factor} * ({total})"


RULES: Mapping[str, Rule] = {
    "sal_product": _product,
    "sal_square": _square,
    "sal_quotient": _quotient,
    "sal_reciprocal": _reciprocal,
    "sal_exponential": _exponential,
    "sal_inverse": _inverse,
    "sal_partner": _partner,
    "sal_tangent": _tangent,
}
"""The recurrences of `numerical_series.c.j2` that are written in straight lines."""


def unrolls(steps: Sequence[Step]) -> bool:
    """Tell whether series are made in straight lines: if these are few, and have no branches."""
    rules = [step.rule for step in steps if step.rule]
    return len(rules) <= INLINED and all(rule in RULES for rule in rules)


def further(step: Step, k: int, suffix: str) -> str:
    """Return the expression of coefficient `k` > 0 of a row.

    Examples
    --------
    >>> further(Step(2, "sal_square", ("0U",)), 3, "")
    '0.0 + (r0_1 + r0_1) * r0_2 + (r0_0 + r0_0) * r0_3'
    >>> further(Step(2, "sal_exponential", ("0U",)), 2, "F")
    '(1.0F / 2.0F) * ((1.0F * r0_1) * r2_1) + r0_2 * r2_0'
    """
    if not step.rule:
        return step.value.number(k) or f"0.0{suffix}"
    return RULES[step.rule]((*step.operands, f"{step.row}U"), k, suffix)
