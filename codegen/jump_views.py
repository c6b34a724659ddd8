"""Build the C views of events and ports: jumps and their adjoints."""

from __future__ import annotations

from saltation.codegen.jump_routines import (
    add_arrival_adjoint,
    add_event_adjoint,
    add_jump,
    add_landing,
)
from saltation.codegen.kernel_model import KernelModel
from saltation.codegen.views import EventView, PortView
from saltation.symbolic.crossing import lie_derivative
from saltation.symbolic.observation import touches


def event_views(model: KernelModel) -> tuple[EventView, ...]:
    """Add the routines of all events."""
    views = []
    for k, (mode, event) in enumerate(model.events()):
        name = f"event{k}_"
        title = f"Event {k}, mode {mode.name}: {event.guard} rises through zero"
        given = ""
        if model.liftable(mode, event):
            given = add_event_adjoint(
                model.shop,
                f"{name}adjoint_given",
                model.adjoints[k],
                model.kept,
                [
                    f"Adjoint of event {k} at a time that another jump gives: nu^- = nuhat,",
                    "and of the parameters only what is without sigma.",
                    *model.shop.cite(("pulled", k), ("sensitivity", k), ("event_gradient", k)),
                ],
                given=True,
            )
        views.append(
            EventView(
                index=k,
                spike=int(event.spike),
                mode=model.system.modes.index(mode),
                target=event.target,
                reset=add_jump(
                    model.shop,
                    f"{name}reset",
                    event.reset,
                    [f"{title}.", *model.shop.cite(("reset", k))],
                ),
                landing=add_landing(
                    model.shop,
                    f"{name}landing",
                    model.adjoints[k],
                    [f"Put the state on the guard of event {k}.", *model.shop.cite(("surface", k))],
                ),
                implicit=add_event_adjoint(
                    model.shop,
                    f"{name}adjoint",
                    model.adjoints[k],
                    model.kept,
                    [
                        f"Adjoint of event {k} where its guard rises through zero.",
                        *model.shop.cite(
                            ("surface", k),
                            ("slope", k),
                            ("sensitivity", k),
                            ("before", k),
                            ("event_gradient", k),
                        ),
                    ],
                    given=False,
                ),
                given=given,
            )
        )
    return tuple(views)


def port_views(model: KernelModel) -> tuple[PortView, ...]:
    """Add the routines of all ports."""
    states = model.system.states
    watched = [event.guard for _, event in model.events()]
    for expression in model.observed.maxima:
        watched.append(expression)
        watched += [lie_derivative(expression, model.system, m) for m in model.system.modes]
    views = []
    for part in model.shop.derivation.ports:
        port = part.port
        name = f"port_{port.name}_"
        adjoints = list(part.adjoints.values())
        read = set()
        for a in adjoints:
            for value in (*a.pulled, a.sensitivity, a.weight, *a.parameters.values()):
                read |= value.free_symbols
        views.append(
            PortView(
                name=port.name,
                prefix=model.prefix + name,
                jump=add_jump(
                    model.shop,
                    f"{name}jump",
                    port.jump,
                    [
                        f"A spike of weight w arrives at port {port.name}.",
                        *model.shop.cite(("jump", port.name)),
                    ],
                    weighted=True,
                ),
                adjoints=tuple(
                    add_arrival_adjoint(
                        model.shop,
                        f"{name}{mode.name}_adjoint",
                        a,
                        [
                            f"Adjoint of an arrival at port {port.name}, mode {mode.name}.",
                            *model.shop.cite(
                                ("arrival", port.name),
                                ("weight", port.name),
                                ("arrival_gradient", port.name),
                                ("time", port.name, mode.name),
                            ),
                        ],
                    )
                    for mode, a in zip(model.system.modes, adjoints, strict=True)
                ),
                touches=any(touches(port.jump, w, states) for w in watched),
                needs_state=bool(read & set(states)),
            )
        )
    return tuple(views)
