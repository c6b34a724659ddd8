"""Build the C view of a mode: its flow and the functions that are watched along it."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr

from saltation.codegen.coupled_routines import (
    add_coupled_flow,
    add_coupled_set_step,
    add_coupled_watch,
    coupled_fields,
)
from saltation.codegen.flow_routines import FlowRoutines, add_flow, add_set_step
from saltation.codegen.kernel_model import KernelModel
from saltation.codegen.quiet_routines import add_quiet
from saltation.codegen.views import EventView, ModeView, QuietView, WatchView
from saltation.codegen.watch_routines import add_watch
from saltation.symbolic.crossing import crossing_chain, lie_derivative
from saltation.symbolic.equations import Key
from saltation.symbolic.flow import FlowKind


def mode_view(
    model: KernelModel,
    index: int,
    events: Sequence[EventView],
    first_watch: int,
    at_once: bool,
) -> ModeView:
    """Add the routines of one mode: its flow and its watched functions.

    The first mode's also take neurons through a window's arrivals `at_once`, where they are needed.
    """
    mode = model.system.modes[index]
    name = f"{mode.name}_"
    flow = model.flows[index]
    wanted = set(model.flow_parameters([mode]))
    coupled = flow.kind is FlowKind.COUPLED
    quiet: QuietView | None = None
    add = add_coupled_flow if coupled else add_flow
    routines = add(model.shop, name, flow, wanted)
    watches = _watches(model, index, events, first_watch, routines)
    if coupled:
        set_step = add_coupled_set_step(model.shop, name, flow)
    else:
        quiet = add_quiet(model, routines.step) if index == 0 and at_once else None
        set_step = add_set_step(model.shop, name, "set_step", "step", routines.step)
    set_gradient = ""
    if routines.gradient:
        set_gradient = add_set_step(
            model.shop, name, "set_gradient", "gradient", routines.gradient_step
        )
    return ModeView(
        name=mode.name,
        prefix=model.prefix + name,
        step_fields=coupled_fields(flow) if coupled else tuple(routines.step.names()),
        step_lanes=not coupled,
        set_step=set_step,
        flow=routines.flow,
        adjoint=routines.adjoint,
        gradient_fields=tuple(routines.gradient_step.names()),
        set_gradient=set_gradient,
        gradient=routines.gradient,
        watches=watches,
        quiet=quiet,
    )


def _watches(
    model: KernelModel, index: int, events: Sequence[EventView], first: int, routines: FlowRoutines
) -> tuple[WatchView, ...]:
    mode = model.system.modes[index]
    functions: list[tuple[str, str, Key, Expr, EventView | None, Expr | None]] = [
        (
            f"{mode.name}_guard{e.index}_",
            f"Guard of event {e.index}",
            ("guard", e.index),
            event.guard,
            e,
            None,
        )
        for e, event in zip((e for e in events if e.mode == index), mode.events, strict=True)
    ]
    for k, expression in enumerate(model.observed.maxima):
        slope = lie_derivative(expression, model.system, mode)
        functions.append(
            (
                f"{mode.name}_peak{k}_",
                f"Minus the slope of maximum {k}",
                ("maximum_slope", k, mode.name),
                -slope,
                None,
                -expression,
            )
        )
    watches = []
    for offset, (name, title, cited, function, view, slope_of) in enumerate(functions):
        at = first + offset
        watches.append(
            _watch(model, index, at, name, title, cited, function, view, routines, slope_of)
        )
    return tuple(watches)


def _watch(
    model: KernelModel,
    mode: int,
    index: int,
    name: str,
    title: str,
    cited: Key,
    function: Expr,
    event: EventView | None,
    routines: FlowRoutines,
    slope_of: Expr | None,
) -> WatchView:
    flow, system_mode = model.flows[mode], model.system.modes[mode]
    if flow.kind is FlowKind.COUPLED:
        return add_coupled_watch(
            model.shop,
            name=name,
            title=title,
            cited=cited,
            index=index,
            function=function,
            mode=system_mode,
            flow=flow,
            event=event,
        )
    return add_watch(
        model.shop,
        name=name,
        title=title,
        cited=cited,
        index=index,
        function=function,
        chain=(
            crossing_chain(function, model.system, system_mode, flow, slope_of=slope_of)
            if event is None
            else model.chains[event.index]
        ),
        flow=flow,
        step=routines.step,
        mode=f"{system_mode.name}_",
        event=event,
    )
