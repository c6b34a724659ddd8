"""Build the C view of a mode: its flow and the functions that are watched along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr

from saltation.codegen.coupled_routines import (
    add_coupled_flow,
    add_coupled_set_flow,
    add_coupled_set_gradient,
    add_coupled_set_step,
    add_coupled_watch,
    add_gradient_alone,
    bend_fields,
    coupled_fields,
    coupled_slopes,
    slope_fields,
)
from saltation.codegen.flow_routines import FlowRoutines, add_flow, add_set_step
from saltation.codegen.kernel_model import KernelModel
from saltation.codegen.quiet_routines import add_quiet
from saltation.codegen.quiet_views import QuietView
from saltation.codegen.views import EventView, ModeView, WatchView
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
    add = add_coupled_flow if coupled else add_flow
    routines = add(model.shop, name, flow, wanted)
    watched = _watched(model, index, events)
    watches = tuple(
        _watch(model, index, first_watch + offset, *each, routines)
        for offset, each in enumerate(watched)
    )
    quiet: QuietView | None = None
    if coupled:
        functions = [(first_watch + k, each[2], each[3]) for k, each in enumerate(watched)]
        durations = _coupled_durations(model, index, routines, functions)
    else:
        quiet = (
            add_quiet(model, routines.step, routines.parameters) if index == 0 and at_once else None
        )
        durations = _triangular_durations(model, name, routines)
    return ModeView(
        name=mode.name,
        prefix=model.prefix + name,
        step_fields=durations.step_fields,
        step_lanes=not coupled,
        set_step=durations.set_step,
        set_flow=durations.set_flow,
        flow=routines.flow,
        adjoint=routines.adjoint,
        gradient_fields=durations.gradient_fields,
        set_gradient=durations.set_gradient,
        gradient=routines.gradient,
        gradient_alone=durations.gradient_alone,
        parameters=routines.parameters,
        watches=watches,
        quiet=quiet,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Durations:
    """Routines of what depends on a duration, and the fields that they fill."""

    step_fields: tuple[str, ...]
    set_step: str
    set_flow: str
    gradient_fields: tuple[str, ...]
    set_gradient: str
    gradient_alone: str


def _triangular_durations(model: KernelModel, name: str, routines: FlowRoutines) -> _Durations:
    set_step = add_set_step(model.shop, name, "set_step", "step", routines.step)
    set_gradient = ""
    if routines.gradient:
        set_gradient = add_set_step(
            model.shop, name, "set_gradient", "gradient", routines.gradient_step
        )
    return _Durations(
        step_fields=tuple(routines.step.names()),
        set_step=set_step,
        set_flow=set_step,
        gradient_fields=tuple(routines.gradient_step.names()),
        set_gradient=set_gradient,
        gradient_alone="",
    )


def _coupled_durations(
    model: KernelModel,
    index: int,
    routines: FlowRoutines,
    functions: Sequence[tuple[int, Key, Expr]],
) -> _Durations:
    mode, flow, shop = model.system.modes[index], model.flows[index], model.shop
    name = f"{mode.name}_"
    slopes = coupled_slopes(shop, flow, set(routines.parameters))
    set_flow = add_coupled_set_flow(shop, name, flow)
    return _Durations(
        step_fields=(*coupled_fields(flow), *bend_fields(flow, [k for k, *_ in functions])),
        set_step=add_coupled_set_step(shop, mode, flow, functions),
        set_flow=set_flow,
        gradient_fields=slope_fields(flow, slopes),
        set_gradient=add_coupled_set_gradient(shop, name, flow, slopes) if slopes else "",
        gradient_alone=add_gradient_alone(shop, name, flow, slopes) if slopes else "",
    )


_Watched = tuple[str, str, Key, Expr, EventView | None, Expr | None]


def _watched(model: KernelModel, index: int, events: Sequence[EventView]) -> list[_Watched]:
    """Return the watched functions of a mode: name, title, what they cite, formula, event.

    Last comes what a function is the slope of.
    """
    mode = model.system.modes[index]
    functions: list[_Watched] = [
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
    return functions


def _watch(
    model: KernelModel,
    mode: int,
    index: int,
    name: str,
    title: str,
    cited: Key,
    function: Expr,
    event: EventView | None,
    slope_of: Expr | None,
    routines: FlowRoutines,
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
