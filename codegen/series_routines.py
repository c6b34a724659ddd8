"""The C routines of a mode's Taylor series, and of their adjoint."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sympy import Expr, Symbol

from saltation.codegen.outlines import with_outlines
from saltation.codegen.places import coefficient_place, state_place
from saltation.codegen.series import SeriesProgram
from saltation.codegen.series_adjoint import add_adjoint, add_gradient
from saltation.codegen.series_rests import Derivative, indented, is_steep
from saltation.codegen.series_stages import in_stages, split, state_stage
from saltation.codegen.series_steps import Linear
from saltation.codegen.series_text import number, with_constants
from saltation.codegen.unrolled import unrolls
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


def add_series(
    shop: Workshop, mode: SystemMode, driving: Sequence[int], terms: int, *, straight: bool
) -> ModeSeries:
    """Add the states' series, those with the rates' derivatives, and the adjoint of all.

    What wants no further rows is one routine. If `straight`, there are such of few recurrences that
    make the first coefficients of many neurons in straight lines, too.
    """
    system = shop.system
    program = SeriesProgram(shop, len(system.states), terms)
    rates = [program.linear(shop.rename(f)) for f in mode.flow]
    ahead = program.copy()
    jacobian = [[_entry(program, f, x, driving) for x in system.states] for f in mode.flow]
    back = program.copy()
    slopes = [[_entry(program, f, p, driving) for p in system.parameters] for f in mode.flow]
    names, name, lanes, rows = {}, "", "", -1
    for field, doc, stage in (
        ("series", "the coefficients of the states' series over a length `scale`", ahead),
        ("series_back", "the same with the series of the rates' derivatives", back),
        ("series_slopes", "the same with those by parameters, too", program),
    ):
        if stage.rows > rows:
            cited = [("step", mode.name, "coefficient"), ("step_adjoint", mode.name, "jacobian")]
            cites = shop.cite(*cited[: 1 if rows < 0 else 2])
            heading = [f"Mode {mode.name}: {doc}.", *cites]
            name = lanes = _add_states(shop, f"{mode.name}_{field}", heading, stage, rates)
            if straight and unrolls(stage.steps):
                own, heading[0] = f"{mode.name}_{field}_lanes", f"{name}, in straight lines first."
                lanes = _add_states(shop, own, heading, stage, rates, terms)
            rows = stage.rows
        names[field], names[f"{field}_lanes"] = name, lanes
    adjoint = add_adjoint(shop, mode, jacobian, driving)
    names["series_adjoint"] = names["series_adjoint_lanes"] = adjoint
    if straight and unrolls(back.steps):
        names["series_adjoint_lanes"] = add_adjoint(shop, mode, jacobian, driving, terms)
    names["gradient"] = add_gradient(shop, mode, slopes)
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
    steps = [line for s in program.steps for line in s.statements(number(shop, 0))]
    first = value.first() or number(shop, 0)
    lines = [
        "size_t k, l;",
        "for (l = 0U; l < lanes; l++) {",
        *indented(_started(states, program, rows, [f"out[l] = {first};"])),
        "}",
        "for (k = 1U; k <= order; k++) {",
        *indented(with_outlines(steps)),
        "    for (l = 0U; l < lanes; l++) {",
        f"        out[k * lanes + l] = {value.text('k') or number(shop, 0)};",
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
        lines=with_constants(lines),
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
    shop: Workshop,
    name: str,
    doc: list[str],
    program: SeriesProgram,
    rates: list[Linear],
    room: int = 0,
) -> str:
    """Add the series of all rows, the first coefficients in straight lines, if there is `room`."""
    n = len(rates)
    first = [
        f"series[{coefficient_place(k, '1U')}] = scale[l] * ({rate.first() or number(shop, 0)});"
        for k, rate in enumerate(rates)
    ]
    further = []
    for k, rate in enumerate(rates):
        at = f"own[{state_place(k)}]"
        value = _scaled(rate, at) if rate.terms else number(shop, 0)
        if at in value:
            first.append(f"{at} = scale[l] * {split(rate)[1]};")
        further += [
            "for (l = 0U; l < lanes; l++) {",
            f"    series[{coefficient_place(k, 'k + 1U')}] = {value};",
            "}",
        ]
    read = any(rate.terms for rate in rates)
    part = ["    const sal_real part = sal_one_by(k + 1U);"] if read else []
    steps = [line for s in program.steps for line in s.statements(number(shop, 0))]
    suffix = shop.precision.suffix.upper()
    stage = partial(state_stage, program.steps, rates, suffix)
    stages = in_stages("k = {}U;", stage, 1, room)
    lines = [
        *([f"sal_real own[{n}U * SAL_NODES];"] if any("own[" in line for line in first) else []),
        "size_t k = 1U, l;",
        "for (l = 0U; l < lanes; l++) {",
        *indented(_started(n, program, n, first)),
        "}",
        *stages,
        "for (; k < order; k++) {",
        *part,
        *indented(with_outlines(steps)),
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
        lines=with_constants(lines),
        operations=program.operations + 3 * n,
        unused=("c",),
        in_lanes=True,
    )


def _scaled(rate: Linear, at: str) -> str:
    """Return a rate's coefficient times `part` and `scale`, the latter also times a factor `at`.

    The row that is made last is added last, as all others are there before it.
    """
    rest, factor, row = split(rate)
    scale = at if factor else "scale[l]"
    last = f"(part * {scale}) * series[{coefficient_place(row, 'k')}]"
    return f"(part * scale[l]) * ({rest.text('k')}) + {last}" if rest.terms else last


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
