"""Domains: where a model's equations have no value, at its start, its events and between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sympy import I, log

from saltation.symbolic.checks.guards import start_values
from saltation.symbolic.checks.resets import Chain
from saltation.symbolic.codes import Code
from saltation.symbolic.exact import is_undefined, sign, substituted
from saltation.symbolic.hazards import Domain, Hazard, hazards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sympy import Expr

    from saltation.symbolic.errors import ModelWarning
    from saltation.symbolic.model import Equation, ParsedEvent, ParsedMode, ParsedModel


def check_domains(model: ParsedModel) -> Iterator[ModelWarning]:
    """Run every check of domains; raise the first error, yield the warnings."""
    yield from undefined_start(model)
    for mode in model.modes.values():
        for event in mode.events:
            check_after_event(model, mode, event)
        yield from crossed_domains(model, mode)


def check_parameters(model: ParsedModel) -> None:
    """Refuse parameters that leave an equation without a value whatever the state is."""
    defaults = {model.parameters[name]: value for name, value in model.defaults.items()}

    def value(expression: Expr) -> Expr:
        return substituted(expression, defaults)

    for equation in model.equations():
        result = value(equation.expression)
        if not (result.has(I) or is_undefined(result)):
            continue
        hazard = _left([equation], value)
        symbols = sorted(
            map(str, (hazard.argument if hazard else equation.expression).free_symbols)
        )
        names = [name for name in symbols if name in model.parameters]
        code, what = _kind(result, hazard, value)
        raise equation.place.error(
            code,
            f"with {model.values} {what}",
            position=hazard.position(equation.place.text) if hazard else None,
            symbol=names[0] if names else None,
            hint="Check the sign under roots and logarithms."
            if code is Code.COMPLEX
            else f"Give another value to {' or '.join(names)}."
            if names
            else None,
        )


def _kind(result: Expr, hazard: Hazard | None, value: Callable[[Expr], Expr]) -> tuple[Code, str]:
    """Say what is wrong with an equation that has no value."""
    if hazard is None:
        if result.has(I):
            return Code.COMPLEX, "the equation is complex"
        return Code.DIVISION_BY_ZERO, "the equation divides by zero"
    if hazard.domain is Domain.NONZERO:
        return Code.DIVISION_BY_ZERO, f"the equation divides by zero: it contains {hazard.what}"
    if hazard.node.func is log and sign(value(hazard.argument)) == 0:
        return Code.UNDEFINED_VALUE, f"{hazard.argument} is zero, and its logarithm has no value"
    return Code.COMPLEX, f"the equation is complex: it contains {hazard.what}"


def undefined_start(model: ParsedModel) -> Iterator[ModelWarning]:
    """Warn of a start where a rate or a guard has no value.

    An initial value can be a removable singularity, as of ``v/(exp(v) - 1)`` at 0, and a population
    can start elsewhere: so it is no error.
    """
    start = start_values(model)
    first = next(iter(model.modes.values()))
    parts = [(f"the rate of {name!r}", each) for name, each in first.flow.items()]
    parts += [("the guard", event.guard) for event in first.events]
    for what, equation in parts:
        value = substituted(equation.expression, start)
        if not (is_undefined(value) or value.has(I)):
            continue
        hazard = _left([equation], lambda each: substituted(each, start))
        yield equation.place.warning(
            Code.NON_FINITE_START,
            f"with {model.values} {what} is undefined at the start"
            + (f": it contains {hazard.what}" if hazard else ""),
            position=hazard.position(equation.place.text) if hazard else None,
            symbol=min(map(str, equation.expression.free_symbols)),
            hint="Start elsewhere, or rewrite the equation so that it has a value there.",
        )


def check_after_event(model: ParsedModel, mode: ParsedMode, event: ParsedEvent) -> None:
    """Refuse an event after which, or in which, an equation has no value."""
    before = Chain.start(model, mode, event)
    after = before.landed()
    behind = [*after.mode.flow.values(), *(each.guard for each in after.mode.events)]
    for equations, state, when in (
        (event.reset.values(), before, "where the guard is zero"),
        (behind, after, "after the event"),
    ):
        for equation in equations:
            hazard = _left([equation], state.value)
            if hazard is None:
                continue
            raise equation.place.error(
                Code.RESET_UNDEFINED,
                f"with {model.values} this has no value {when} '{event.guard.place.text}': it "
                f"contains {hazard.what}, and {hazard.argument} is "
                f"{float(state.value(hazard.argument)):g} there",
                position=hazard.position(equation.place.text),
                symbol=min(map(str, hazard.argument.free_symbols)),
                hint="Reset to where the dynamics have a value, or rewrite the equation so that it "
                "has one.",
            )


def _left(equations: Iterable[Equation], value: Callable[[Expr], Expr]) -> Hazard | None:
    """Return the first hazard that is certainly outside its domain."""
    for equation in equations:
        for hazard in hazards(equation.expression):
            found = sign(value(hazard.argument))
            if found is not None and not hazard.domain.holds(found):
                return hazard
    return None


@dataclass(frozen=True, slots=True)
class _Point:
    """A point that a mode's flow passes: its start or an entry, or a guard's surface."""

    name: str
    value: Callable[[Expr], Expr]


def crossed_domains(model: ParsedModel, mode: ParsedMode) -> Iterator[ModelWarning]:
    """Warn where a flow that reaches its event must pass a point without a value.

    By continuity: an argument that has one sign on entering the mode, and another where the guard
    is zero, is zero on the way.
    """
    entries, ends = list(_entries(model, mode)), list(_ends(model, mode))
    for equation in (*mode.flow.values(), *(event.guard for event in mode.events)):
        for hazard in hazards(equation.expression):
            crossing = next(_crossings(hazard, entries, ends), None)
            if crossing is None:
                continue
            entry, end = crossing
            yield equation.place.warning(
                Code.DOMAIN_CROSSED,
                f"with {model.values} {hazard.argument} is {_number(entry, hazard)} {entry.name} "
                f"and {_number(end, hazard)} {end.name}: by then "
                f"{hazard.what} has had no value",
                position=hazard.position(equation.place.text),
                symbol=min(map(str, hazard.argument.free_symbols)),
                hint=f"Let {hazard.argument} keep its sign up to the threshold, or rewrite the "
                "equation so that it has a value everywhere.",
            )


def _number(point: _Point, hazard: Hazard) -> str:
    return f"{float(point.value(hazard.argument)):g}"


def _crossings(
    hazard: Hazard, entries: list[_Point], ends: list[_Point]
) -> Iterator[tuple[_Point, _Point]]:
    """Yield entry and end where the argument certainly reaches zero between them."""
    for entry in entries:
        before = sign(entry.value(hazard.argument))
        for end in ends:
            after = sign(end.value(hazard.argument))
            if before and after is not None and after != before and hazard.domain.holds(before):
                yield entry, end


def _entries(model: ParsedModel, mode: ParsedMode) -> Iterator[_Point]:
    """Yield the start of a run, if this is the first mode, and the entries by events."""
    if mode.name == next(iter(model.modes)):
        start = start_values(model)
        yield _Point("at the start", lambda each: substituted(each, start))
    for source in model.modes.values():
        for event in source.events:
            if event.target == mode.name:
                after = Chain.start(model, source, event).landed()
                yield _Point("after the reset", after.value)


def _ends(model: ParsedModel, mode: ParsedMode) -> Iterator[_Point]:
    """Yield the surfaces of a mode's guards."""
    for event in mode.events:
        yield _Point(
            f"where '{event.guard.place.text}' is zero", Chain.start(model, mode, event).value
        )
