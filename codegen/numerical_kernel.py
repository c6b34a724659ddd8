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
from saltation.codegen.orders import most_terms
from saltation.codegen.series_routines import add_watched_series
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
    terms = most_terms(model.precision)
    guards = [event.guard for _, event in model.events()]
    modes: list[NumericalModeView] = []
    watches: list[NumericalWatchView] = []
    rows = back_rows = 0
    for mode in system.modes:
        number = len(watches)
        watched = [*(event.guard for event in mode.events), *observed.maxima]
        own = tuple(
            add_watch(
                shop,
                f"{mode.name}_guard{k}_",
                f"Guard of event {k}",
                ("guard", k),
                k,
                event.guard,
                events[k],
            )
            for k, event in enumerate(mode.events, start=number)
        )
        watches += own
        driving = driving_states(system, mode, watched)
        view, ahead, back = add_mode(shop, mode, own, driving, terms)
        modes.append(view)
        rows, back_rows = max(rows, ahead), max(back_rows, back)
    ports = tuple(
        add_port(shop, part.port, next(iter(part.adjoints.values())), guards, observed.maxima)
        for part in shop.derivation.ports
    )
    maxima = tuple(
        add_maximum(shop, k, e, add_observed_gradient(shop, "maximum", k, e))
        for k, e in enumerate(observed.maxima)
    )
    watched_rows = [
        add_watched_series(shop, w.series, w.title, event.guard, ("guard", k), rows, terms)
        for k, (w, (_, event)) in enumerate(zip(watches, model.events(), strict=True))
    ]
    watched_rows += [
        add_watched_series(shop, m.series, f"Maximum {k}", e, ("maximum", k), rows, terms)
        for k, (m, e) in enumerate(zip(maxima, observed.maxima, strict=True))
    ]
    return {
        "numerical": True,
        "rows": max([rows, *watched_rows]),
        "back_rows": back_rows,
        "modes": tuple(modes),
        "watches": tuple(watches),
        "events": events,
        "kept": (),
        "ports": ports,
        "maxima": maxima,
        "flow": model.flow_parameters(system.modes),
        "needs_state": True,
    }
