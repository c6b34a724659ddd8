"""Probes: events just below the guards of spikes, which notice a spike that almost happened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Symbol

if TYPE_CHECKING:
    from saltation.symbolic.model import ParsedEvent, ParsedMode, ParsedModel


def probed(model: ParsedModel) -> tuple[ParsedModel, str]:
    """Return a model that lives as the given one and spikes when it comes near a spike.

    To each mode an event is added for each event with a spike: its guard is higher by a band, a
    further parameter, and it changes nothing. Its spikes are the model's only ones. The model's own
    events stay first, so that an arrival that lifts both guards makes the event happen.
    """
    name = "probe_band"
    while name in model.parameters or name in model.states:
        name += "_"
    band = Symbol(name, real=True)
    probing = replace(
        model,
        parameters={**model.parameters, name: band},
        defaults={**model.defaults, name: 0.0},
        modes={key: _probed_mode(mode, band) for key, mode in model.modes.items()},
    )
    return probing, name


def _probed_mode(mode: ParsedMode, band: Symbol) -> ParsedMode:
    silent = [replace(event, spike=False) for event in mode.events]
    probes = [_probe(mode, event, band) for event in mode.events if event.spike]
    return replace(mode, events=(*silent, *probes))


def _probe(mode: ParsedMode, event: ParsedEvent, band: Symbol) -> ParsedEvent:
    guard = replace(event.guard, expression=event.guard.expression + band)
    return replace(event, guard=guard, reset={}, target=mode.name, spike=True)
