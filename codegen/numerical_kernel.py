"""Build the C view of a model whose flow is numerical."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from saltation.codegen.kernel_model import KernelModel
from saltation.codegen.numerical_routines import (
    add_event,
    add_maximum,
    add_mode,
    add_port,
    add_watch,
)
from saltation.codegen.numerical_views import (
    NumericalBendView,
    NumericalEventView,
    NumericalMaximumView,
    NumericalModeView,
    NumericalWatchView,
)
from saltation.codegen.observation_routines import add_observed_gradient
from saltation.codegen.orders import most_terms
from saltation.codegen.series_routines import add_watched_series
from saltation.symbolic.crossing import is_affine
from saltation.symbolic.equations import Key
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
    guards = [event.guard for _, event in model.events()]
    modes, watches, rows, back_rows = _add_modes(model, events)
    ports = tuple(
        add_port(shop, part.port, next(iter(part.adjoints.values())), guards, observed.maxima)
        for part in shop.derivation.ports
    )
    maxima = tuple(
        add_maximum(shop, k, e, add_observed_gradient(shop, "maximum", k, e))
        for k, e in enumerate(observed.maxima)
    )
    titles = [*(w.title for w in watches), *(f"Maximum {k}" for k in range(len(maxima)))]
    cited: list[Key] = [*(("guard", w.index) for w in watches)]
    cited += [("maximum", k) for k in range(len(maxima))]
    functions = [*guards, *observed.maxima]
    names = [*(w.series for w in watches), *(m.series for m in maxima)]
    watched = [
        add_watched_series(shop, *each, rows, most_terms(model.precision))
        for each in zip(names, titles, functions, cited, strict=True)
    ]
    bends = {
        name: NumericalBendView(series=name, restrained=restrained)
        for name, function, (_, restrained, _) in zip(names, functions, watched, strict=True)
        if not is_affine(function, system)
    }
    plain = {name: row for name, (_, _, row) in zip(names, watched, strict=True)}
    return {
        "numerical": True,
        "rows": max([rows, *(count for count, _, _ in watched)]),
        "back_rows": back_rows,
        "modes": tuple(_bent(mode, maxima, bends, plain) for mode in modes),
        "watches": watches,
        "events": events,
        "kept": (),
        "ports": ports,
        "maxima": maxima,
        "flow": model.flow_parameters(system.modes),
        "needs_state": True,
    }


def _bent(
    mode: NumericalModeView,
    maxima: tuple[NumericalMaximumView, ...],
    bends: Mapping[str, NumericalBendView],
    plain: Mapping[str, int],
) -> NumericalModeView:
    """Return a mode with those of its guards, and of all maxima, that limit its steps.

    Its guards learn of which states they are rows.
    """
    names = [*(w.series for w in mode.watches), *(m.series for m in maxima)]
    return replace(
        mode,
        bends=tuple(bends[name] for name in names if name in bends),
        watches=tuple(replace(w, row=plain[w.series]) for w in mode.watches),
    )


def _add_modes(
    model: KernelModel, events: tuple[NumericalEventView, ...]
) -> tuple[tuple[NumericalModeView, ...], tuple[NumericalWatchView, ...], int, int]:
    """Add the routines of all modes; return them, their guards, and how many rows series have."""
    shop, system = model.shop, model.system
    modes: list[NumericalModeView] = []
    watches: list[NumericalWatchView] = []
    rows = back_rows = 0
    for mode in system.modes:
        own = tuple(
            add_watch(
                shop, f"{mode.name}_guard{k}_", f"Guard of event {k}", ("guard", k), k,
                event.guard, events[k],
            )
            for k, event in enumerate(mode.events, start=len(watches))
        )  # fmt: skip
        watches += own
        watched = [*(event.guard for event in mode.events), *model.observed.maxima]
        driving = driving_states(system, mode, watched)
        view, ahead, back = add_mode(shop, mode, own, driving, most_terms(model.precision))
        modes.append(view)
        rows, back_rows = max(rows, ahead), max(back_rows, back)
    return tuple(modes), tuple(watches), rows, back_rows
