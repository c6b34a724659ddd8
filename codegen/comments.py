"""The comments of the routines of events and arrivals: what they compute, by which equations."""

from __future__ import annotations

from saltation.codegen.workshop import Workshop


def reset(shop: Workshop, event: int, title: str) -> list[str]:
    """Return the comment of an event's reset."""
    return [f"{title}.", *shop.cite(("reset", event))]


def landing(shop: Workshop, event: int) -> list[str]:
    """Return the comment of the routine that puts the state on a guard's surface."""
    return [f"The state on the surface of event {event}'s guard.", *shop.cite(("surface", event))]


def implicit_event(shop: Workshop, event: int) -> list[str]:
    """Return the comment of the adjoint of an event whose guard gives its time."""
    kinds = ("surface", "slope", "sensitivity", "before", "event_gradient")
    return [
        f"Adjoint of event {event} where its guard rises through zero.",
        *shop.cite(*((kind, event) for kind in kinds)),
    ]


def given_event(shop: Workshop, event: int) -> list[str]:
    """Return the comment of the adjoint of an event whose time another jump gives."""
    kinds = ("pulled", "sensitivity", "event_gradient")
    return [
        f"Adjoint of event {event} at a time that another jump gives: nu^- = nuhat, and of the",
        "parameters only what is without sigma.",
        *shop.cite(*((kind, event) for kind in kinds)),
    ]


def arrival(shop: Workshop, port: str) -> list[str]:
    """Return the comment of an arrival's jump."""
    return [f"A spike of weight w arrives at port {port}.", *shop.cite(("jump", port))]


def arrival_adjoint(shop: Workshop, port: str, mode: str) -> list[str]:
    """Return the comment of an arrival's adjoint in a mode."""
    kinds = ("arrival", "weight", "arrival_gradient")
    return [
        f"Adjoint of an arrival at port {port}, mode {mode}.",
        *shop.cite(*((kind, port) for kind in kinds), ("time", port, mode)),
    ]


def arrival_pull(shop: Workshop, port: str) -> list[str]:
    """Return the comment of an arrival's adjoint at a given time."""
    kinds = ("arrival", "weight", "arrival_gradient")
    return [
        f"Adjoint of an arrival at port {port}.",
        *shop.cite(*((kind, port) for kind in kinds)),
    ]
