"""The equations of jumps: events, arrivals, and what goes from one neuron to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sympy import Integer, Symbol

from saltation.symbolic.adjoint import adjoint_symbols
from saltation.symbolic.crossing import CrossingChain
from saltation.symbolic.equations import Equation, Relation
from saltation.symbolic.headings import Heading
from saltation.symbolic.notation import Notation
from saltation.symbolic.numerical_equations import (
    guard_polynomial,
    step_arrival_equations,
    step_event_equations,
)
from saltation.symbolic.parts import EventPart, PortPart

_BEFORE = "States without a mark are those just before the jump."


def event_equations(part: EventPart, notation: Notation, numerical: bool) -> Iterator[Equation]:
    """Yield the equations of an event: its guard, its reset, its adjoint."""
    what = "a spike" if part.event.spike else "no spike"
    section = f"Event {part.index} of mode {part.mode.name}: {what}"
    if part.target != part.mode.name:
        section += f", then mode {part.target}"
    yield from _guard_equations(part, notation, section)
    if numerical:
        yield from guard_polynomial(part, notation, section)
    elif part.chain is not None:
        yield from _chain_equations(part, part.chain, notation, section)
    yield from _reset_equations(part, notation, section)
    yield from _adjoint_equations(part, notation, section)
    if numerical:
        yield from step_event_equations(part, notation, section)
    yield from _implicit_equations(part, notation, section, numerical)


def _guard_equations(part: EventPart, notation: Notation, section: str) -> Iterator[Equation]:
    k, adjoint = part.index, part.adjoint
    heading = Heading(
        section,
        "Guard",
        "The event happens when `g` rises through zero; `gdot` is the rate of change of `g` there.",
    )
    yield heading.write(("guard", k), notation.quantity("g", "g"), part.event.guard)
    yield heading.write(("slope", k), _slope(notation), adjoint.slope)
    for x, value in adjoint.on_guard.items():
        heading = Heading(section, "On the guard", "So that this state need not be kept.")
        yield heading.write(("surface", k), x, value)


def _chain_equations(
    part: EventPart, chain: CrossingChain, notation: Notation, section: str
) -> Iterator[Equation]:
    k = part.index
    heading = Heading(
        section,
        "Crossing chain",
        "`L_j = (d/dt - l_j) L_(j-1)` removes the rate `l_j`; after the last the chain is zero, so "
        "the zeros of each `L_j` are separated by those of the next and the first crossing is "
        "certain.",
    )
    for j, function in enumerate(chain.functions):
        yield heading.write(("chain", k, j), notation.quantity(f"L_{j}", f"L_{{{j}}}"), function)
    for j, rate in enumerate(chain.rates, start=1):
        yield heading.write(("rate", k, j), notation.quantity(f"l_{j}", rf"\ell_{{{j}}}"), rate)


def _reset_equations(part: EventPart, notation: Notation, section: str) -> Iterator[Equation]:
    k, states = part.index, notation.system.states
    heading = Heading(section, "Reset", _BEFORE)
    for x, value in zip(states, part.event.reset, strict=True):
        yield heading.write(("reset", k, x.name), notation.after(x), value)


def _adjoint_equations(part: EventPart, notation: Notation, section: str) -> Iterator[Equation]:
    k, jump, states = part.index, part.adjoint.jump, notation.system.states
    own = after_adjoints(notation)
    heading = Heading(
        section,
        "Adjoint at a given time",
        "`nuhat` is the adjoint just before the event where another jump at the same instant gives "
        "its time; then `sigma` is added to that jump's `e`.",
    )
    for x, value in zip(states, jump.pulled, strict=True):
        yield heading.write(("pulled", k, x.name), notation.pulled(x), value.xreplace(own))
    heading = Heading(
        section,
        "Sensitivity to the time of the event",
        "`sigma = nuhat^T f(x^-) - (nu^+)^T f(x^+) + e`, where `e` is what the loss and the "
        "targets of the spike say about its time.",
    )
    e = notation.quantity("e", "e")
    yield heading.write(("sensitivity", k), _sigma(notation), jump.sensitivity.xreplace(own) + e)


def _implicit_equations(
    part: EventPart, notation: Notation, section: str, numerical: bool
) -> Iterator[Equation]:
    k, adjoint, own = part.index, part.adjoint, after_adjoints(notation)
    ratio = _sigma(notation) / _slope(notation)
    names = ", ".join(x.name for x in adjoint.kept)
    kept = f" The backward pass keeps {f'`{names}`' if names else 'nothing'} of the state."
    if numerical:
        kept = ""  # the last step is computed anew, and with it the whole state
    heading = Heading(
        section,
        "Adjoint before the event",
        f"By the implicit function theorem, `nu^- = nuhat - sigma grad g/gdot`.{kept}",
    )
    for x, pulled, slope in zip(
        notation.system.states, adjoint.jump.pulled, adjoint.gradient, strict=True
    ):
        yield heading.write(
            ("before", k, x.name),
            notation.adjoint(x, "-"),
            pulled.xreplace(own) - slope * ratio,
        )
    heading = Heading(
        section,
        "Parameters",
        "What the event adds to the gradient: by its reset, and by its time.",
    )
    for p in notation.system.parameters:
        by_reset = adjoint.jump.parameters.get(p, Integer(0)).xreplace(own)
        by_time = adjoint.guard_parameters.get(p, Integer(0)) * ratio
        if by_reset != 0 or by_time != 0:
            yield heading.write(
                ("event_gradient", k, p.name),
                notation.gradient(p),
                by_reset - by_time,
                Relation.ADDS,
            )


def port_equations(part: PortPart, notation: Notation, numerical: bool) -> Iterator[Equation]:
    """Yield the equations of a port: its jump, and the adjoint of an arrival."""
    name, states = part.port.name, notation.system.states
    section, own = f"Port {name}", after_adjoints(notation)
    heading = Heading(section, "Arrival", f"A spike of weight `w` arrives. {_BEFORE}")
    for x, value in zip(states, part.port.jump, strict=True):
        yield heading.write(("jump", name, x.name), notation.after(x), value)
    first = next(iter(part.adjoints.values()))
    heading = Heading(section, "Adjoint before the arrival", "`nu^- = (dx^+/dx)^T nu^+`.")
    for x, value in zip(states, first.pulled, strict=True):
        yield heading.write(
            ("arrival", name, x.name), notation.adjoint(x, "-"), value.xreplace(own)
        )
    heading = Heading(section, "Weight and parameters", "What the arrival adds to the gradient.")
    yield heading.write(
        ("weight", name),
        notation.gradient(notation.system.weight),
        first.weight.xreplace(own),
        Relation.ADDS,
    )
    for p, value in first.parameters.items():
        yield heading.write(
            ("arrival_gradient", name, p.name),
            notation.gradient(p),
            value.xreplace(own),
            Relation.ADDS,
        )
    yield from _arrival_times(part, notation, section, own)
    if numerical:
        yield from step_arrival_equations(part, notation, section)


def _arrival_times(
    part: PortPart, notation: Notation, section: str, own: Mapping[Symbol, Symbol]
) -> Iterator[Equation]:
    several = len(part.adjoints) > 1
    for mode, adjoint in part.adjoints.items():
        heading = Heading(
            section,
            "Sensitivity to the time of arrival" + (f", in mode {mode}" if several else ""),
            "`sigma = (nu^-)^T f(x^-) - (nu^+)^T f(x^+)`.",
        )
        yield heading.write(
            ("time", part.port.name, mode), _sigma(notation), adjoint.sensitivity.xreplace(own)
        )


def network_equations(notation: Notation) -> Iterator[Equation]:
    """Yield what a spike's arrival says to the spike that caused it, and the start of the run."""
    heading = Heading(
        "Between neurons, and the start of the run",
        "Spikes and delays",
        "A spike emitted at `t` arrives at `t + d`. The arrival's `sigma` goes to the delay, and "
        "to the `e` of the emitting event: one number per spike and target.",
    )
    if notation.system.ports:
        d = notation.quantity("d", "d")
        yield heading.write(("delay",), notation.gradient(d), _sigma(notation), Relation.ADDS)
        yield heading.write(
            ("cause",), notation.quantity("e", "e"), _sigma(notation), Relation.ADDS
        )
    heading = Heading(
        heading.section, "Initial state", "The adjoint at the start of the run is the gradient."
    )
    for x in notation.system.states:
        if x != notation.system.time:
            yield heading.write(
                ("initial", x.name), notation.gradient(x, "(0)"), notation.adjoint_at(x, "0")
            )


def after_adjoints(notation: Notation) -> dict[Symbol, Symbol]:
    """Return the replacement of the adjoints of a jump by ``nu^+``."""
    states = notation.system.states
    return {
        nu: notation.adjoint(x, "+")
        for nu, x in zip(adjoint_symbols(notation.system), states, strict=True)
    }


def _sigma(notation: Notation) -> Symbol:
    return notation.quantity("sigma", r"\sigma")


def _slope(notation: Notation) -> Symbol:
    return notation.quantity("gdot", r"\dot{g}")
