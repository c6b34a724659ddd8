"""Which equations an equation follows from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from saltation.symbolic.equations import Equation

if TYPE_CHECKING:
    from saltation.symbolic.derivation import Derivation

SAME, MODE, TARGET, LAST, ALL = "same", "mode", "target", "last", "all"
"""Where to look: the same place, an event's mode or target, the mode at a key's end, everywhere."""

SOURCES: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "matrix": (("dynamics", SAME),),
        "drive": (("dynamics", SAME),),
        "flow": (("dynamics", SAME),),
        "mean": (("matrix", SAME),),
        "exponential": (("propagator", SAME),),
        "adjoint": (("dynamics", SAME),),
        "adjoint_map": (("flow", SAME), ("propagator", SAME), ("adjoint", SAME)),
        "integral": (("dynamics", SAME), ("adjoint", SAME)),
        "gradient": (("flow", SAME), ("integral", SAME)),
        "step": (("dynamics", SAME),),
        "step_dense": (("step", SAME),),
        "step_adjoint": (("step", SAME), ("adjoint", SAME)),
        "step_rate": (("step", SAME), ("step_adjoint", SAME)),
        "step_drive_flow": (("dynamics", SAME),),
        "step_drive": (("step_drive_flow", SAME), ("step", SAME), ("step_adjoint", SAME)),
        "handed": (("step_rate", SAME), ("step_drive", SAME)),
        "slope": (("dynamics", MODE),),
        "surface": (("guard", SAME),),
        "chain": (("guard", SAME), ("flow", MODE)),
        "guard_polynomial": (("slope", SAME), ("step_dense", MODE)),
        "pulled": (("reset", SAME),),
        "sensitivity": (("pulled", SAME), ("dynamics", MODE), ("dynamics", TARGET)),
        "step_slope": (("guard", SAME), ("step_rate", MODE)),
        "step_sensitivity": (("pulled", SAME), ("step_rate", MODE), ("handed", TARGET)),
        "before": (
            ("guard", SAME),
            ("slope", SAME),
            ("step_slope", SAME),
            ("pulled", SAME),
            ("sensitivity", SAME),
            ("step_sensitivity", SAME),
        ),
        "event_gradient": (
            ("guard", SAME),
            ("slope", SAME),
            ("step_slope", SAME),
            ("reset", SAME),
            ("sensitivity", SAME),
            ("step_sensitivity", SAME),
        ),
        "arrival": (("jump", SAME),),
        "weight": (("jump", SAME),),
        "arrival_gradient": (("jump", SAME),),
        "time": (("arrival", SAME), ("dynamics", LAST)),
        "step_time": (("arrival", SAME), ("step_rate", LAST), ("handed", LAST)),
        "delay": (("time", ALL), ("step_time", ALL)),
        "cause": (("time", ALL), ("step_time", ALL)),
        "maximum_slope": (("maximum", SAME), ("dynamics", LAST)),
        "slope_chain": (("maximum_slope", SAME),),
        "maximum_bend": (("maximum_slope", SAME), ("dynamics", LAST)),
        "slope_polynomial": (("maximum_slope", SAME), ("step_dense", LAST)),
    }
)
"""For each kind of equation the kinds that it follows from, and where those are."""


def sources(derivation: Derivation, equations: Sequence[Equation]) -> tuple[Equation, ...]:
    """Return the equations that a group of equations follows from, by number."""
    own = {e.number for e in equations}
    found = {e.number: e for each in equations for e in _sources(derivation, each)}
    return tuple(found[number] for number in sorted(found) if number not in own)


def _sources(derivation: Derivation, equation: Equation) -> Iterator[Equation]:
    kind, place = str(equation.key[0]), equation.key[1:]
    for source, where in SOURCES.get(kind, ()):
        match where:
            case "all":
                yield from derivation.find(source)
            case "last":
                yield from derivation.find(source, place[-1])
            case "mode":
                yield from derivation.find(source, derivation.events[int(place[0])].mode.name)
            case "target":
                yield from derivation.find(source, derivation.events[int(place[0])].target)
            case _:
                yield from derivation.find(source, place[0])


def runs(equations: Iterable[Equation]) -> Iterator[tuple[Equation, Equation]]:
    """Yield the first and the last of each run of consecutive numbers."""
    ordered = sorted(equations, key=lambda e: e.number)
    start = None
    for each, following in zip(ordered, [*ordered[1:], None], strict=True):
        start = start or each
        if following is None or following.number != each.number + 1:
            yield start, each
            start = None


def anchor(equation: Equation) -> str:
    """Return the anchor of an equation on a page."""
    return f"eq-{equation.number}"


def linked_runs(equations: Iterable[Equation]) -> Iterator[str]:
    """Yield links to equations, such as ``(3)–(5)`` for a run of consecutive numbers."""
    for first, last in runs(equations):
        link = f'<a href="#{anchor(first)}">{first.tag}</a>'
        yield link if first is last else f'{link}–<a href="#{anchor(last)}">{last.tag}</a>'
