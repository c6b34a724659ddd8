"""Build the C views of events and ports: jumps and their adjoints."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr

from saltation.codegen import comments
from saltation.codegen.jump_routines import (
    add_arrival_adjoint,
    add_event_adjoint,
    add_jump,
    add_landing,
    forgotten,
)
from saltation.codegen.kernel_model import KernelModel
from saltation.codegen.views import EventView, PortView
from saltation.symbolic.adjoint import JumpAdjoint
from saltation.symbolic.crossing import lie_derivative
from saltation.symbolic.observation import touches
from saltation.symbolic.parts import PortPart
from saltation.symbolic.system import SystemEvent, SystemMode


def event_views(model: KernelModel) -> tuple[EventView, ...]:
    """Add the routines of all events."""
    return tuple(
        _event_view(model, k, mode, event) for k, (mode, event) in enumerate(model.events())
    )


def _event_view(model: KernelModel, k: int, mode: SystemMode, event: SystemEvent) -> EventView:
    shop, adjoint, name = model.shop, model.adjoints[k], f"event{k}_"
    title = f"Event {k}, mode {mode.name}: {event.guard} rises through zero"
    given = ""
    if model.liftable(mode, event):
        doc = comments.given_event(shop, k)
        given = add_event_adjoint(
            shop, f"{name}adjoint_given", adjoint, model.kept, doc, given=True
        )
    return EventView(
        index=k,
        spike=int(event.spike),
        mode=model.system.modes.index(mode),
        target=event.target,
        reset=add_jump(shop, f"{name}reset", event.reset, comments.reset(shop, k, title)),
        landing=add_landing(shop, f"{name}landing", adjoint, comments.landing(shop, k)),
        implicit=add_event_adjoint(
            shop,
            f"{name}adjoint",
            adjoint,
            model.kept,
            comments.implicit_event(shop, k),
            given=False,
        ),
        given=given,
    )


def port_views(model: KernelModel) -> tuple[PortView, ...]:
    """Add the routines of all ports."""
    watched = [event.guard for _, event in model.events()]
    for expression in model.observed.maxima:
        watched.append(expression)
        watched += [lie_derivative(expression, model.system, m) for m in model.system.modes]
    return tuple(_port_view(model, part, watched) for part in model.shop.derivation.ports)


def _port_view(model: KernelModel, part: PortPart, watched: Iterable[Expr]) -> PortView:
    shop, port, states = model.shop, part.port, model.system.states
    name = f"port_{port.name}_"
    lifts = any(touches(port.jump, e, states) for e in model.observed.maxima)
    fires = any(touches(port.jump, event.guard, states) for _, event in model.events())
    jump = add_jump(
        shop, f"{name}jump", port.jump, comments.arrival(shop, port.name), weighted=True
    )
    adjoints = tuple(
        add_arrival_adjoint(
            shop,
            f"{name}{mode.name}_adjoint",
            adjoint,
            comments.arrival_adjoint(shop, port.name, mode.name),
        )
        for mode, adjoint in zip(model.system.modes, part.adjoints.values(), strict=True)
    )
    return PortView(
        name=port.name,
        prefix=model.prefix + name,
        jump=jump,
        adjoints=adjoints,
        touches=any(touches(port.jump, function, states) for function in watched),
        lifts=lifts,
        alone=lifts or fires or len(model.system.modes) > 1,
        changed=tuple(k for k, x in enumerate(states) if port.jump[k] != x),
        forgotten=forgotten(port.jump, states),
        needs_state=any(_reads(adjoint) & set(states) for adjoint in part.adjoints.values()),
        identity=all(
            tuple(adjoint.pulled) == tuple(shop.adjoints()) and not adjoint.parameters
            for adjoint in part.adjoints.values()
        ),
    )


def _reads(adjoint: JumpAdjoint) -> set[Expr]:
    values = (*adjoint.pulled, adjoint.sensitivity, adjoint.weight, *adjoint.parameters.values())
    return set().union(*(value.free_symbols for value in values))
