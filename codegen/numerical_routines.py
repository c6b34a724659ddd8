"""The C routines of a numerical kernel: rates and their derivatives, watches, jumps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Expr, Integer, Symbol, exp, expand, sqrt

from saltation.codegen import comments
from saltation.codegen.driving_routines import add_driving
from saltation.codegen.jump_routines import add_jump, forgotten
from saltation.codegen.numerical_views import (
    NumericalEventView,
    NumericalMaximumView,
    NumericalModeView,
    NumericalPortView,
    NumericalWatchView,
)
from saltation.codegen.series_routines import add_series
from saltation.codegen.watch_routines import add_value
from saltation.codegen.workshop import Workshop
from saltation.symbolic.absolute import Size, absolute_terms
from saltation.symbolic.adjoint import EventAdjoint, JumpAdjoint
from saltation.symbolic.equations import Key
from saltation.symbolic.observation import touches
from saltation.symbolic.system import Port, SystemEvent, SystemMode

DEEPEST = 4
"""At most so many first terms of a series say how large a state is."""

_FACTOR = Symbol("factor", real=True)


def _vector(shop: Workshop, letter: str) -> tuple[Symbol, ...]:
    return tuple(shop.state(k, letter) for k in range(len(shop.system.states)))


def add_mode(
    shop: Workshop,
    mode: SystemMode,
    watches: tuple[NumericalWatchView, ...],
    driving: tuple[int, ...],
    terms: int,
) -> tuple[NumericalModeView, int, int]:
    """Add the routines of a mode's rates of change, of its series, and of their adjoint."""
    name = f"{mode.name}_"
    states, constants = shop.system.states, f"const {shop.prefix}constants *c, const sal_real *x"
    rates = [(f"out[{k}]", shop.rename(f)) for k, f in enumerate(mode.flow)]
    index = shop.system.modes.index(mode)
    series = add_series(shop, mode, driving, terms, straight=index == 0)
    view = NumericalModeView(
        index=index,
        name=mode.name,
        prefix=shop.prefix + name,
        rates=_add(
            shop, f"{name}rates", ["Rates of change.", *shop.cite(("dynamics", mode.name))],
            f"{constants}, sal_real *out", rates, in_lanes=True,
        ),
        terms=_add(
            shop, f"{name}terms", ["The sizes of the rates' terms, of which rounding is a share."],
            f"{constants}, sal_real *out", [(out, absolute_terms(f)) for out, f in rates],
        ),
        fastest=_add_fastest(shop, mode, driving),
        series=series.names["series"],
        step_doc=(
            f"Mode {mode.name}: where a fraction of a step, of length h, leads, by the series.",
            *shop.cite(("step", mode.name, "end")),
        ),
        rate_doc=(
            f"Mode {mode.name}: how fast the end of a step moves with the step's length.",
            *shop.cite(("step_rate", mode.name)),
        ),
        adjoint_doc=(
            f"Mode {mode.name}: the adjoint of a step, from its end to its start.",
            "Gives the sensitivity to the step's length too.",
            *shop.cite(("step_adjoint", mode.name)),
        ),
        watches=watches,
        driving=driving,
        stepped=tuple(k for k in range(len(states)) if k not in driving),
        restrained=series.restrained,
        depth=min(len(states), DEEPEST),
        series_back=series.names["series_back"],
        series_slopes=series.names["series_slopes"],
        series_adjoint=series.names["series_adjoint"],
        series_lanes=series.names["series_lanes"],
        series_back_lanes=series.names["series_back_lanes"],
        series_slopes_lanes=series.names["series_slopes_lanes"],
        series_adjoint_lanes=series.names["series_adjoint_lanes"],
        gradient=series.names["gradient"],
        compared=series.compared,
        **add_driving(shop, mode, driving),
    )  # fmt: skip
    return view, series.rows, series.back_rows


def _add_fastest(shop: Workshop, mode: SystemMode, driving: Sequence[int]) -> str:
    """Add a bound of the rates at which a small change of the states grows or decays.

    It is the largest row sum of the absolute Jacobian, scaled so that it is symmetric; no unit of a
    state matters to it. Driving states follow their exact flow, but those that they drive see the
    series of it: only a driving state that nothing reads limits no step.
    """
    states, n = shop.system.states, len(shop.system.states)
    jacobian = [[_plain(shop.rename(f.diff(x))) for x in states] for f in mode.flow]
    limiting = [
        i
        for i in range(n)
        if i not in driving or any(jacobian[j][i] != 0 for j in range(n) if j != i)
    ]
    rows = [
        (f":row{i}", sum((_balanced(jacobian, i, j) for j in range(n)), start=Integer(0)))
        for i in limiting
    ] or [(":row0", Integer(0))]
    lines, count, symbols = shop.body(rows)
    names = [name.lstrip(":") for name, _ in rows]
    larger = [f"most = {name} > most ? {name} : most;" for name in names[1:]]
    return shop.add(
        f"{mode.name}_fastest",
        doc=[
            "A bound of the rates at which a small change of the states grows or decays.",
            *shop.cite(("dynamics", mode.name)),
        ],
        result="sal_real",
        arguments=f"const {shop.prefix}constants *c, const sal_real *x",
        lines=[
            *shop.loads(symbols, x="x"),
            *lines,
            f"sal_real most = {names[0]};",
            *larger,
            "return most;",
        ],
        operations=count + len(larger),
        unused=("c", "x"),
        in_lanes=True,
    )


def _dot(first: Iterable[Expr], second: Iterable[Expr]) -> Expr:
    return sum((a * b for a, b in zip(first, second, strict=True)), start=Integer(0))


def _plain(expression: Expr) -> Expr:
    """Write the exponents of exponentials as sums, so that equal ones are computed once."""
    return expression.replace(lambda e: isinstance(e, exp), lambda e: exp(expand(e.exp)))


def _balanced(jacobian: list[list[Expr]], i: int, j: int) -> Expr:
    if i == j:
        return Size(jacobian[i][i])
    product = jacobian[i][j] * jacobian[j][i]
    return sqrt(Size(product)) if product != 0 else Integer(0)


def add_watch(
    shop: Workshop,
    name: str,
    title: str,
    cited: Key,
    index: int,
    function: Expr,
    event: NumericalEventView,
) -> NumericalWatchView:
    """Add the routines of one guard."""
    return NumericalWatchView(
        index=index,
        title=title,
        prefix=f"{shop.prefix}{name}",
        value=add_value(shop, f"{name}value", function, title, cited),
        slope=_add_slope(shop, f"{name}slope", function, title, cited),
        series=f"{shop.prefix}{name}series",
        doc=(
            f"{title}: when `side` times it first rises through zero in (from, h] of a step,",
            "infinite if it does not. Its series says where to look: between its turns it",
            "rises once at most.",
            *shop.cite(("guard_polynomial", event.index)),
        ),
        event=event,
    )


def _add_slope(shop: Workshop, name: str, function: Expr, title: str, cited: Key) -> str:
    slope = _dot((shop.rename(function.diff(x)) for x in shop.system.states), _vector(shop, "f"))
    lines, count, symbols = shop.body([(":slope", slope)])
    return shop.add(
        name,
        doc=[f"{title}: how fast it changes where the states change by f.", *shop.cite(cited)],
        result="sal_real",
        arguments=f"const {shop.prefix}constants *c, const sal_real *x, const sal_real *f",
        lines=[*shop.loads(symbols, x="x", f="f"), *lines, "return slope;"],
        operations=count,
        unused=("c", "x", "f"),
        in_lanes=True,
    )


def add_event(
    shop: Workshop, k: int, mode: int, event: SystemEvent, adjoint: EventAdjoint
) -> NumericalEventView:
    """Add the routines of an event: its reset, and the parts of its adjoint."""
    name, system_mode = f"event{k}_", shop.system.modes[mode]
    title = f"Event {k}, mode {system_mode.name}: {event.guard} rises through zero"
    states = f"const {shop.prefix}constants *c, const sal_real *x"
    gradient = [(f"out[{s}]", shop.rename(g)) for s, g in enumerate(adjoint.gradient)]
    guard = [
        (f"+parameter[{s} * size]", shop.rename(adjoint.guard_parameters[p]) * _FACTOR)
        for s, p in enumerate(shop.system.parameters)
        if p in adjoint.guard_parameters
    ]
    return NumericalEventView(
        index=k,
        spike=int(event.spike),
        mode=mode,
        target=event.target,
        reset=add_jump(shop, f"{name}reset", event.reset, comments.reset(shop, k, title)),
        pull=_add_pull(shop, f"{name}pull", adjoint.jump, comments.given_event(shop, k)),
        gradient=_add(
            shop, f"{name}guard_gradient",
            [f"The gradient of event {k}'s guard by the states.", *shop.cite(("before", k))],
            f"{states}, sal_real *out", gradient,
        ),
        parameters=_add(
            shop, f"{name}guard_parameters",
            [f"The gradient of event {k}'s guard by the parameters, times a factor.",
             *shop.cite(("event_gradient", k), ("before", k))],
            f"{states}, sal_real factor, sal_real *parameter, int64_t size", guard,
        ) if guard else "",
    )  # fmt: skip


def add_port(
    shop: Workshop,
    port: Port,
    adjoint: JumpAdjoint,
    watched: Sequence[Expr],
    maxima: Sequence[Expr],
) -> NumericalPortView:
    """Add the routines of a port: its jump, and the jump's adjoint."""
    name, states = f"port_{port.name}_", shop.system.states
    lifts = any(touches(port.jump, expression, states) for expression in maxima)
    touched = any(touches(port.jump, function, states) for function in watched)
    return NumericalPortView(
        name=port.name,
        prefix=shop.prefix + name,
        jump=add_jump(
            shop, f"{name}jump", port.jump, comments.arrival(shop, port.name), weighted=True
        ),
        pull=_add_pull(
            shop, f"{name}pull", adjoint, comments.arrival_pull(shop, port.name), weighted=True
        ),
        touches=touched,
        lifts=lifts,
        alone=lifts or touched or len(shop.system.modes) > 1,
        changed=tuple(k for k, x in enumerate(states) if port.jump[k] != x),
        forgotten=forgotten(port.jump, states),
    )


def _add_pull(
    shop: Workshop, name: str, jump: JumpAdjoint, doc: list[str], *, weighted: bool = False
) -> str:
    """Add a routine that takes the adjoint back over a jump at a given time."""
    outputs = [(f"out[{k}]", shop.rename(v)) for k, v in enumerate(jump.pulled)]
    outputs += [
        (f"+parameter[{k} * size]", shop.rename(jump.parameters[p]))
        for k, p in enumerate(shop.system.parameters)
        if p in jump.parameters
    ]
    weight = ""
    if weighted:
        outputs.append(("*change", shop.rename(jump.weight)))
        weight = "sal_real w, sal_real *change, "
    return _add(
        shop,
        name,
        doc,
        f"const {shop.prefix}constants *c, const sal_real *x, {weight}const sal_real *nu, "
        "sal_real *out, sal_real *parameter, int64_t size",
        outputs,
        nu="nu",
    )


def add_maximum(
    shop: Workshop, index: int, expression: Expr, gradient: str
) -> NumericalMaximumView:
    """Add the routines of a maximum over time."""
    cited = ("maximum", index)
    return NumericalMaximumView(
        index=index,
        value=add_value(shop, f"maximum{index}", expression, f"Maximum {index}", cited),
        slope=_add_slope(shop, f"maximum{index}_slope", expression, f"Maximum {index}", cited),
        series=f"{shop.prefix}maximum{index}_series",
        slopes=(),
        gradient=gradient,
    )


def _add(
    shop: Workshop,
    name: str,
    doc: list[str],
    arguments: str,
    outputs: Sequence[tuple[str, Expr]],
    *,
    in_lanes: bool = False,
    **arrays: str,
) -> str:
    lines, count, symbols = shop.body(outputs)
    names = [part.split()[-1].lstrip("*") for part in arguments.split(",")]
    return shop.add(
        name,
        doc=doc,
        arguments=arguments,
        lines=[*shop.loads(symbols, x="x", **arrays), *lines],
        operations=count,
        unused=names,
        in_lanes=in_lanes,
    )
