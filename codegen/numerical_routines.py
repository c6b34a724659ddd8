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
from saltation.codegen.watch_routines import add_value
from saltation.codegen.workshop import Workshop
from saltation.symbolic.absolute import Size, absolute_terms
from saltation.symbolic.adjoint import EventAdjoint, JumpAdjoint
from saltation.symbolic.equations import Key
from saltation.symbolic.observation import touches
from saltation.symbolic.system import Port, SystemEvent, SystemMode

_FACTOR = Symbol("factor", real=True)


def _vector(shop: Workshop, letter: str) -> tuple[Symbol, ...]:
    return tuple(shop.state(k, letter) for k in range(len(shop.system.states)))


def add_mode(
    shop: Workshop,
    mode: SystemMode,
    watches: tuple[NumericalWatchView, ...],
    driving: tuple[int, ...],
) -> NumericalModeView:
    """Add the routines of a mode's rates of change and of their derivatives."""
    name = f"{mode.name}_"
    states, constants = shop.system.states, f"const {shop.prefix}constants *c, const sal_real *x"
    rates = [(f"out[{k}]", shop.rename(f)) for k, f in enumerate(mode.flow)]
    moved = _vector(shop, "v")
    tangent = [
        (f"out[{k}]", _dot((shop.rename(f.diff(x)) for x in states), moved))
        for k, f in enumerate(mode.flow)
    ]
    return NumericalModeView(
        index=shop.system.modes.index(mode),
        name=mode.name,
        prefix=shop.prefix + name,
        rates=_add(
            shop, f"{name}rates", ["Rates of change.", *shop.cite(("dynamics", mode.name))],
            f"{constants}, sal_real *out", rates, in_lanes=True,
        ),
        scales=_add_scales(shop, mode, driving),
        tangent=_add(
            shop, f"{name}tangent",
            ["How the rates change with the states, in the direction v.",
             *shop.cite(("dynamics", mode.name))],
            f"{constants}, const sal_real *v, sal_real *out", tangent, v="v",
        ),
        adjoint=_add_rates_adjoint(shop, mode, constants),
        gradient=_add_rates_gradient(shop, mode, constants),
        step_doc=(
            f"Mode {mode.name}: the stages of a step of length h, from stage 0 and its rates.",
            *shop.cite(("step", mode.name)),
        ),
        rate_doc=(
            f"Mode {mode.name}: how fast the end of a step moves with the step's length.",
            *shop.cite(("step_rate", mode.name)),
        ),
        adjoint_doc=(
            f"Mode {mode.name}: the adjoint of a step from x, from its end to its start.",
            "Returns the sensitivity to the step's length.",
            *shop.cite(("step_adjoint", mode.name)),
        ),
        watches=watches,
        driving=driving,
        stepped=1 + max((k for k in range(len(states)) if k not in driving), default=0),
        **add_driving(shop, mode, driving),
    )  # fmt: skip


def _add_scales(shop: Workshop, mode: SystemMode, driving: Sequence[int]) -> str:
    """Add a bound of the rates at which a small change of the states grows or decays, and terms.

    The bound is the largest row sum of the absolute Jacobian, scaled so that it is symmetric; no
    unit of a state matters to it. The terms of a rate, without signs, say how it rounds; the
    absolute Jacobian, how the rounding of one state reaches the others. Driving states follow their
    exact flow: they limit no step, and their terms are infinite.
    """
    states, n = shop.system.states, len(shop.system.states)
    jacobian = [[_plain(shop.rename(f.diff(x))) for x in states] for f in mode.flow]
    stepped = [i for i in range(n) if i not in driving]
    rows = [sum((_balanced(jacobian, i, j) for j in range(n)), start=Integer(0)) for i in range(n)]
    terms = [Symbol(f"t{i}", real=True) for i in range(n)]
    spread = [[Size(entry) for entry in row] for row in jacobian]
    reached = _product(spread, terms)
    every = [*terms, *reached, *_product(spread, reached)]
    read_terms = set().union(*(v.free_symbols for i, v in enumerate(every) if i % n in stepped))
    outputs = [
        (f":t{i}", _plain(shop.rename(absolute_terms(f))))
        for i, f in enumerate(mode.flow)
        if terms[i] in read_terms
    ]
    limiting = stepped or [0]
    outputs += [(f":row{i}", rows[i] if stepped else Integer(0)) for i in limiting]
    first, count, symbols = shop.body(outputs)
    second, more, read = shop.body(
        [(f"terms[{i}]", value) for i, value in enumerate(every) if i % n in stepped],
        temporaries="b",
    )
    second += [f"terms[{i}] = SAL_INFINITY;" for i in range(3 * n) if i % n in driving]
    larger = [f"most = row{i} > most ? row{i} : most;" for i in limiting[1:]]
    return shop.add(
        f"{mode.name}_scales",
        doc=[
            "A bound of the rates at which a small change of the states grows or decays; and the",
            "terms of each rate, without signs, followed through the rates of change twice.",
            *shop.cite(("dynamics", mode.name)),
        ],
        result="sal_real",
        arguments=f"const {shop.prefix}constants *c, const sal_real *x, sal_real *terms",
        lines=[
            *shop.loads(symbols | read, x="x"),
            *first,
            *second,
            f"sal_real most = row{limiting[0]};",
            *larger,
            "return most;",
        ],
        operations=count + more + len(larger),
        unused=("c", "x"),
        in_lanes=True,
    )


def _dot(first: Iterable[Expr], second: Iterable[Expr]) -> Expr:
    return sum((a * b for a, b in zip(first, second, strict=True)), start=Integer(0))


def _product(matrix: list[list[Expr]], vector: Sequence[Expr]) -> list[Expr]:
    return [_dot(row, vector) for row in matrix]


def _plain(expression: Expr) -> Expr:
    """Write the exponents of exponentials as sums, so that equal ones are computed once."""
    return expression.replace(lambda e: isinstance(e, exp), lambda e: exp(expand(e.exp)))


def _balanced(jacobian: list[list[Expr]], i: int, j: int) -> Expr:
    if i == j:
        return Size(jacobian[i][i])
    product = jacobian[i][j] * jacobian[j][i]
    return sqrt(Size(product)) if product != 0 else Integer(0)


def _add_rates_adjoint(shop: Workshop, mode: SystemMode, constants: str) -> str:
    nu = shop.adjoints()
    outputs = [
        (f"out[{k}]", _dot(nu, (shop.rename(f.diff(x)) for f in mode.flow)))
        for k, x in enumerate(shop.system.states)
    ]
    return _add(
        shop,
        f"{mode.name}_adjoint",
        ["Minus the rate of change of the adjoint.", *shop.cite(("adjoint", mode.name))],
        f"{constants}, const sal_real *nu, sal_real *out",
        outputs,
        in_lanes=True,
        nu="nu",
    )


def _add_rates_gradient(shop: Workshop, mode: SystemMode, constants: str) -> str:
    nu = shop.adjoints()
    outputs = []
    for k, p in enumerate(shop.system.parameters):
        total = _dot(nu, (shop.rename(f.diff(p)) for f in mode.flow))
        if total != 0:
            outputs.append((f"+parameter[{k} * size]", total))
    if not outputs:
        return ""
    return _add(
        shop,
        f"{mode.name}_gradient",
        ["What a stage adds to the parameters' gradients.", *shop.cite(("integral", mode.name))],
        f"{constants}, const sal_real *nu, sal_real *parameter, int64_t size",
        outputs,
        nu="nu",
    )


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
        doc=(
            f"{title}: when `side` times it first rises through zero in (from, h] of a step,",
            "infinite if it does not. The dense output says where to look: between its turns it",
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
