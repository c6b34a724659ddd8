"""The C routines of a mode's Taylor series, and of their adjoint."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sympy import Expr, Symbol

from saltation.codegen.outlines import with_outlines
from saltation.codegen.places import coefficient_place, state_place
from saltation.codegen.series import Linear, SeriesProgram
from saltation.codegen.series_rests import (
    Derivative,
    checked_gradient,
    compared,
    in_lanes,
    indented,
    is_steep,
)
from saltation.codegen.workshop import Workshop
from saltation.symbolic.equations import Key
from saltation.symbolic.system import SystemMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeSeries:
    """The routines of a mode's series, by the fields of its view.

    Attributes
    ----------
    names : mapping of str to str
        The routines' names.
    restrained : tuple of int
        Which rows are arguments of exponentials.
    rows, back_rows : int
        How many rows there are, and how many with those of derivatives.
    compared : tuple of int
        The parameters whose gradients' last terms are looked at.
    """

    names: Mapping[str, str]
    restrained: tuple[int, ...]
    rows: int
    back_rows: int
    compared: tuple[int, ...]


def add_series(shop: Workshop, mode: SystemMode, driving: Sequence[int], terms: int) -> ModeSeries:
    """Add the states' series, those with the rates' derivatives, and the adjoint of all.

    What wants no further rows is one routine.
    """
    system = shop.system
    program = SeriesProgram(shop, len(system.states), terms)
    rates = [program.linear(shop.rename(f)) for f in mode.flow]
    ahead = program.copy()
    jacobian = [[_entry(program, f, x, driving) for x in system.states] for f in mode.flow]
    back = program.copy()
    slopes = [[_entry(program, f, p, driving) for p in system.parameters] for f in mode.flow]
    names, name, rows = {}, "", -1
    for field, doc, stage in (
        ("series", "the coefficients of the states' series over a length `scale`", ahead),
        ("series_back", "the same with the series of the rates' derivatives", back),
        ("series_slopes", "the same with those by parameters, too", program),
    ):
        if stage.rows > rows:
            cited = [("step", mode.name, "coefficient"), ("step_adjoint", mode.name, "jacobian")]
            heading = [f"Mode {mode.name}: {doc}.", *shop.cite(*cited[: 1 if rows < 0 else 2])]
            name = _add_states(shop, f"{mode.name}_{field}", heading, stage, rates)
            rows = stage.rows
        names[field] = name
    names["series_adjoint"] = _add_adjoint(shop, mode, jacobian, driving)
    names["gradient"] = _add_gradient(shop, mode, slopes)
    return ModeSeries(
        names=names,
        restrained=tuple(ahead.arguments),
        rows=ahead.rows,
        back_rows=program.rows,
        compared=tuple(
            p for p in range(len(system.parameters)) if any(row[p].steep for row in slopes)
        ),
    )


def add_watched_series(
    shop: Workshop, name: str, title: str, function: Expr, cited: Key, rows: int, terms: int
) -> tuple[int, tuple[int, ...], int]:
    """Add the series of a function of the states, whose own rows come after `rows` others.

    Its name is given in full; returns how many rows there are then, which are arguments of
    exponentials, and of which state it is the row but for its first coefficient, or -1.
    """
    program = SeriesProgram(shop, rows, terms)
    value = program.linear(shop.rename(function))
    states = len(shop.system.states)
    lines = [
        "size_t k, l;",
        "for (l = 0U; l < lanes; l++) {",
        *indented(_started(states, program, rows, [f"out[l] = {value.first() or zero(shop)};"])),
        "}",
        "for (k = 1U; k <= order; k++) {",
        *indented(with_outlines(program.steps)),
        "    for (l = 0U; l < lanes; l++) {",
        f"        out[k * lanes + l] = {value.text('k') or zero(shop)};",
        "    }",
        "}",
    ]
    shop.add(
        name.removeprefix(shop.prefix),
        doc=[f"{title}: its series, from the states'.", *shop.cite(cited)],
        arguments=(
            f"const {shop.prefix}constants *c, size_t order, size_t lanes, "
            f"{'' if program.made else 'const '}sal_real *SAL_RESTRICT series, "
            "sal_real *SAL_RESTRICT out"
        ),
        lines=_with_constants(lines),
        operations=program.operations,
        unused=("c",),
        in_lanes=True,
    )
    plain = [row for row, factor in value.terms if not factor and row < states]
    return (
        program.rows,
        tuple(program.arguments),
        plain[0] if len(plain) == len(value.terms) == 1 else -1,
    )


def _entry(
    program: SeriesProgram, rate: Expr, variable: Symbol, driving: Sequence[int]
) -> Derivative:
    """Return a derivative as at most one row and a constant."""
    value = program.linear(program.shop.rename(rate.diff(variable)))
    if len(value.terms) > 1:
        value = Linear(((program.single(Linear(value.terms)), ""),), value.constant)
    return Derivative(value, is_steep(rate, variable, program.shop.system, driving))


def _add_states(
    shop: Workshop, name: str, doc: list[str], program: SeriesProgram, rates: list[Linear]
) -> str:
    n = len(rates)
    first = [
        f"series[{coefficient_place(k, '1U')}] = scale[l] * ({rate.first() or zero(shop)});"
        for k, rate in enumerate(rates)
    ]
    further = []
    for k, rate in enumerate(rates):
        at = f"own[{state_place(k)}]"
        value = _scaled(rate, at) if rate.terms else zero(shop)
        if at in value:
            first.append(f"{at} = scale[l] * {_split(rate)[1]};")
        further += [
            "for (l = 0U; l < lanes; l++) {",
            f"    series[{coefficient_place(k, 'k + 1U')}] = {value};",
            "}",
        ]
    read = any(rate.terms for rate in rates)
    part = [f"    const sal_real part = {one(shop)} / (sal_real)(k + 1U);"] if read else []
    lines = [
        *([f"sal_real own[{n}U * SAL_NODES];"] if any("own[" in line for line in first) else []),
        "size_t k, l;",
        "for (l = 0U; l < lanes; l++) {",
        *indented(_started(n, program, n, first)),
        "}",
        "for (k = 1U; k < order; k++) {",
        *part,
        *indented(with_outlines(program.steps)),
        *indented(further),
        "}",
    ]
    return shop.add(
        name,
        doc=doc,
        arguments=(
            f"const {shop.prefix}constants *c, size_t order, size_t lanes, const sal_real *scale, "
            "sal_real *SAL_RESTRICT series"
        ),
        lines=_with_constants(lines),
        operations=program.operations + 3 * n,
        unused=("c",),
        in_lanes=True,
    )


def _split(rate: Linear) -> tuple[Linear, str, int]:
    """Return a rate without the row that is made last, and that row's factor and number."""
    *terms, (row, factor) = sorted(rate.terms)
    return Linear(tuple(terms)), factor, row


def _scaled(rate: Linear, at: str) -> str:
    """Return a rate's coefficient times `part` and `scale`, the latter also times a factor `at`.

    The row that is made last is added last, as all others are there before it.
    """
    rest, factor, row = _split(rate)
    scale = at if factor else "scale[l]"
    last = f"(part * {scale}) * series[{coefficient_place(row, 'k')}]"
    return f"(part * scale[l]) * ({rest.text('k')}) + {last}" if rest.terms else last


def _add_adjoint(
    shop: Workshop, mode: SystemMode, jacobian: list[list[Derivative]], driving: Sequence[int]
) -> str:
    n = len(jacobian)
    start, shares, pulls, ends, checks = [], [], [], [], []
    factors: list[str] = []
    for s in range(n):
        at = state_place(s)
        column = [row[s] for row in jacobian]
        seed = zero(shop) if s in driving else f"nu[{at}] * whole[l]"
        start.append(f"pulled[{at}] = {seed};")
        shares.append(f"own[{at}] = (part * scale[l]) * pulled[{at}];")
        shares.append(f"share[{coefficient_place(s, 'k')}] = own[{at}];")
        terms = [] if s in driving else [seed]
        terms += [t for i, d in enumerate(column) for t in _later(d.series, i)]
        terms += [t for i, d in enumerate(column) for t in _latest(d.series, i, factors)]
        pulls += in_lanes([f"pulled[{at}] = {_sum(terms) or zero(shop)};"])
        rest = "" if s in driving else f" + (nu[{at}] - nu[{at}] * whole[l])"
        ends.append(f"nu[{at}] = pulled[{at}]{rest};")
        sizes = f"(sal_size_of(before[{at}]) + sal_size_of(nu[{at}]))"
        looks = compared(sizes, column, one(shop))
        start += [f"before[{at}] = nu[{at}];"] if looks else []
        checks += looks
    read = [i for i in range(n) if any(d.series.terms for d in jacobian[i])]
    start += [f"share[{coefficient_place(i, 'order')}] = {zero(shop)};" for i in read]
    lines = [
        f"sal_real pulled[{n}U * SAL_NODES], own[{n}U * SAL_NODES];",
        *([f"sal_real first[{len(factors)}U * SAL_NODES];"] if factors else []),
        *([f"sal_real before[{n}U * SAL_NODES], bound[SAL_NODES];"] if checks else []),
        "size_t l, n;",
        *in_lanes([*start, *factors]),
        "for (n = order; n > 0U; n--) {",
        "    const size_t k = n - 1U;",
        f"    const sal_real part = {one(shop)} / (sal_real)n;",
        *indented([*in_lanes(shares), *pulls]),
        "}",
        *in_lanes(ends),
        *checks,
    ]
    return shop.add(
        f"{mode.name}_series_adjoint",
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
        lines=_with_constants(lines),
        operations=5 * n,
        unused=("c", "whole", "series", "most", "coarse"),
        in_lanes=True,
    )


def _add_gradient(shop: Workshop, mode: SystemMode, slopes: list[list[Derivative]]) -> str:
    lines = []
    for p, parameter in enumerate(shop.system.parameters):
        column = [row[p] for row in slopes]
        terms = [t for i, value in enumerate(column) for t in _correlated(value.series, i)]
        if terms:
            place, factor = state_place(p), shop.constant(parameter)
            lines += checked_gradient(place, _sum(terms), factor, column, one(shop))
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
        lines=_with_constants(["size_t l;", *lines]),
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


def _latest(value: Linear, i: int, factors: list[str]) -> list[str]:
    """Return what the share that was made last adds, for which all others then wait.

    Its factor, if it depends on the step, joins those that are there before.
    """
    factor = value.constant
    if value.terms:
        factor = f"first[{state_place(len(factors))}]"
        firsts = [(f"series[{coefficient_place(row)}]", by) for row, by in value.terms]
        parts = [*([value.constant] if value.constant else [])]
        parts += [f"{by} * {first}" if by else first for first, by in firsts]
        factors.append(f"{factor} = {_sum(parts)};")
    return [f"{factor} * own[{state_place(i)}]"] if factor else []


def _started(states: int, program: SeriesProgram, first: int, last: list[str]) -> list[str]:
    """Return the statements for all first coefficients: those of the states are there."""
    stores = [f"series[{coefficient_place(k)}] = s{k};" for k in program.made if k >= first]
    statements = [line for line in program.start if not _declares(line)]
    read = set(re.findall(r"\bs\d+\b", "\n".join([*statements, *last])))
    loads = [
        f"const sal_real s{k} = series[{coefficient_place(k)}];"
        for k in range(states)
        if f"s{k}" in read
    ]
    needed = read | {f"s{k}" for k in program.made}
    start = [line for line in program.start if _declares(line) in needed | {""}]
    return [*loads, *start, *stores, *last]


def _declares(line: str) -> str:
    """Return the variable that a statement loads from a series, if it does no more than that."""
    found = re.fullmatch(r"const sal_real (s\d+) = series\[.*\];", line)
    return found.group(1) if found else ""


def _sum(terms: Sequence[str]) -> str:
    return " + ".join(terms)


def zero(shop: Workshop) -> str:
    """Return the literal of zero."""
    return f"0.0{shop.precision.suffix.upper()}"


def one(shop: Workshop) -> str:
    """Return the literal of one."""
    return f"1.0{shop.precision.suffix.upper()}"


def _with_constants(lines: Sequence[str]) -> list[str]:
    """Load the constants that are read first, as no write to a series changes them."""
    names = sorted(set(re.findall(r"c->(\w+)", "\n".join(lines))))
    loads = [f"const sal_real c_{name} = c->{name};" for name in names]
    return [*loads, *(re.sub(r"c->(\w+)", r"c_\1", line) for line in lines)]
