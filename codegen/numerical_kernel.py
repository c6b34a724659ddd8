"""Build the C view of a model whose flow is numerical."""

from __future__ import annotations

from typing import Any

from saltation.codegen.kernel_model import KernelModel
from saltation.codegen.numerical_routines import (
    add_event,
    add_maximum,
    add_mode,
    add_port,
    add_watch,
)
from saltation.codegen.numerical_views import NumericalModeView, NumericalWatchView
from saltation.codegen.observation_routines import add_observed_gradient
from saltation.codegen.tableau import tableau_view
from saltation.symbolic.flow import driving_states


def numerical_fields(model: KernelModel) -> dict[str, Any]:
    """Add the routines of a numerical flow; return what the view holds of them.

    Nothing is kept of an event: its backward pass recomputes the steps that lead to it.
    """
    shop, observed, system = model.shop, model.observed, model.system
    events = tuple(
        add_event(shop, k, system.modes.index(mode), event, model.adjoints[k])
        for k, (mode, event) in enumerate(model.events())
    )
    modes: list[NumericalModeView] = []
    watches: list[NumericalWatchView] = []
    number = 0
    for mode in system.modes:
        own = []
        for event in mode.events:
            title = f"Guard of event {number}"
            name = f"{mode.name}_guard{number}_"
            cited = ("guard", number)
            own.append(add_watch(shop, name, title, cited, number, event.guard, events[number]))
            number += 1
        watches += own
        guards = [event.guard for event in mode.events]
        driving = driving_states(system, mode, [*guards, *observed.maxima])
        modes.append(add_mode(shop, mode, tuple(own), driving))
    guards = [event.guard for _, event in model.events()]
    ports = tuple(
        add_port(shop, part.port, next(iter(part.adjoints.values())), guards, observed.maxima)
        for part in shop.derivation.ports
    )
    maxima = tuple(
        add_maximum(shop, k, e, add_observed_gradient(shop, "maximum", k, e))
        for k, e in enumerate(observed.maxima)
    )
    return {
        "tableau": tableau_view(model.precision.suffix.upper(), len(system.states)),
        "modes": tuple(modes),
        "watches": tuple(watches),
        "events": events,
        "kept": (),
        "ports": ports,
        "maxima": maxima,
        "flow": model.flow_parameters(system.modes),
        "needs_state": True,
    }
