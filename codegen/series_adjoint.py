"""The C routines of the adjoint of a mode's Taylor series."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from saltation.codegen.places import coefficient_place, state_place
from saltation.codegen.series_rests import (
    Derivative,
    checked_gradient,
    compared,
    in_lanes,
    indented,
)
from saltation.codegen.series_stages import adjoint_stage, in_stages
from saltation.codegen.series_steps import Linear
from saltation.codegen.series_text import number, sum_of, with_constants
from saltation.codegen.workshop import Workshop
from saltation.symbolic.system import SystemMode


def add_adjoint(
    shop: Workshop,
    mode: SystemMode,
    jacobian: list[list[Derivative]],
    driving: Sequence[int],
    room: int = 0,
) -> str:
    """Add the adjoint of all coefficients.

    Those of many neurons, if there is `room` for so many, are made in straight lines as far as
    these go, from the last one on.
    """
    return shop.add(
        f"{mode.name}_series_adjoint{'_lanes' if room else ''}",
        doc=[
            f"Mode {mode.name}: the adjoint of all coefficients, from a step's end to its start.",
            "`whole` is one, or zero for a step without a length.",
            *shop.cite(("step_adjoint", mode.name)),
        ],
        arguments=(
            f"const {shop.prefix}constants *c, size_t order, size_t lanes, const sal_real *scale, "
            "const sal_real *whole, const sal_real *series, sal_real most, "
            "sal_real *SAL_RESTRICT nu, sal_real *SAL_RESTRICT share, "
            "sal_real *SAL_RESTRICT coarse"
        ),
        lines=with_constants(_adjoint_lines(shop, jacobian, driving, room)),
        operations=5 * len(jacobian),
        unused=("c", "whole", "series", "most", "coarse"),
        in_lanes=True,
    )


def _adjoint_lines(
    shop: Workshop, jacobian: list[list[Derivative]], driving: Sequence[int], room: int
) -> list[str]:
    n = len(jacobian)
    start, shares, pulls, ends, checks, latest = [], [], [], [], [], []
    factors: list[str] = []
    columns = [[row[s] for row in jacobian] for s in range(n)]
    for s in range(n):
        at = state_place(s)
        column = columns[s]
        seed = number(shop, 0) if s in driving else f"nu[{at}] * whole[l]"
        start.append(f"pulled[{at}] = {seed};")
        shares.append(f"own[{at}] = (part * scale[l]) * pulled[{at}];")
        shares.append(f"share[{coefficient_place(s, 'k')}] = own[{at}];")
        terms = [] if s in driving else [seed]
        terms += [t for i, d in enumerate(column) for t in _later(d.series, i)]
        last = [(f, i) for i, d in enumerate(column) for f in _latest(d.series, factors)]
        latest.append(last)
        terms += [f"{factor} * own[{state_place(i)}]" for factor, i in last]
        pulls += in_lanes([f"pulled[{at}] = {sum_of(terms) or number(shop, 0)};"])
        rest = "" if s in driving else f" + (nu[{at}] - nu[{at}] * whole[l])"
        ends.append(f"nu[{at}] = pulled[{at}]{rest};")
        sizes = f"(sal_size_of(before[{at}]) + sal_size_of(nu[{at}]))"
        looks = compared(sizes, column, number(shop, 1))
        start += [f"before[{at}] = nu[{at}];"] if looks else []
        checks += looks
    read = [i for i in range(n) if any(d.series.terms for d in jacobian[i])]
    start += [f"share[{coefficient_place(i, 'order')}] = {number(shop, 0)};" for i in read]
    seeded = [s not in driving for s in range(n)]
    suffix = shop.precision.suffix.upper()
    stage = partial(adjoint_stage, columns, seeded, latest, suffix)
    return [
        f"sal_real pulled[{n}U * SAL_NODES], own[{n}U * SAL_NODES];",
        *([f"sal_real first[{len(factors)}U * SAL_NODES];"] if factors else []),
        *([f"sal_real before[{n}U * SAL_NODES], bound[SAL_NODES];"] if checks else []),
        "size_t l, n = order;",
        *in_lanes([*start, *factors]),
        *in_stages("n = order - {}U;", stage, 0, room),
        "for (; n > 0U; n--) {",
        "    const size_t k = n - 1U;",
        "    const sal_real part = sal_one_by(n);",
        *indented([*in_lanes(shares), *pulls]),
        "}",
        *in_lanes(ends),
        *checks,
    ]


def add_gradient(shop: Workshop, mode: SystemMode, slopes: list[list[Derivative]]) -> str:
    """Add what a step adds to the gradients by parameters; return nothing where that is nothing."""
    lines = []
    for p, parameter in enumerate(shop.system.parameters):
        column = [row[p] for row in slopes]
        terms = [t for i, value in enumerate(column) for t in _correlated(value.series, i)]
        if terms:
            place, factor = state_place(p), shop.constant(parameter)
            lines += checked_gradient(place, sum_of(terms), factor, column, number(shop, 1))
    if not lines:
        return ""
    return shop.add(
        f"{mode.name}_series_gradient",
        doc=[
            f"Mode {mode.name}: what a step adds to the parameters' gradients.",
            *shop.cite(("step_adjoint", mode.name, "gradient")),
        ],
        arguments=(
            f"const {shop.prefix}constants *c, size_t order, size_t lanes, "
            "const sal_real *series, const sal_real *share, sal_real most, const sal_real *total, "
            "sal_real *SAL_RESTRICT out, sal_real *SAL_RESTRICT coarse"
        ),
        lines=with_constants(["size_t l;", *lines]),
        operations=len(lines),
        unused=("c", "order", "series", "most", "total", "coarse"),
        in_lanes=True,
    )


def _correlated(value: Linear, i: int) -> list[str]:
    """Return the terms of a derivative's series times the shares of rate `i`."""
    share = f"share[{coefficient_place(i)}]"
    terms = [f"{value.constant} * share[{coefficient_place(i, '')}]"] if value.constant else []
    for row, factor in value.terms:
        own = f"&series[{coefficient_place(row)}]"
        total = f"sal_correlation({own}, &{share}, order, lanes)"
        terms.append(f"{factor} * {total}" if factor else total)
    return terms


def _later(value: Linear, i: int) -> list[str]:
    """Return the same of the shares from `k` on, without the one that was made last."""
    terms = []
    for row, factor in value.terms:
        places = f"&series[{coefficient_place(row)}], &share[{coefficient_place(i, 'k')}]"
        total = f"sal_correlation_after({places}, order - k, lanes)"
        terms.append(f"{factor} * {total}" if factor else total)
    return terms


def _latest(value: Linear, factors: list[str]) -> list[str]:
    """Return by what the share that was made last is multiplied, for which all others then wait.

    Such a factor, if it depends on the step, joins those that are there before.
    """
    factor = value.constant
    if value.terms:
        factor = f"first[{state_place(len(factors))}]"
        firsts = [(f"series[{coefficient_place(row)}]", by) for row, by in value.terms]
        parts = [*([value.constant] if value.constant else [])]
        parts += [f"{by} * {first}" if by else first for first, by in firsts]
        factors.append(f"{factor} = {sum_of(parts)};")
    return [factor] if factor else []
