"""What the values of a model must satisfy, as expressions to be screened for many neurons at once.

A model's default values are checked by `saltation.symbolic.checks` with exact arithmetic, which
takes milliseconds. Values for every neuron of a population, and those of every step of a training,
need something quicker: each requirement here is one expression whose sign decides. It errs on the
side of doubt, so a value that fails is handed to the exact checks, which name what is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from sympy import S, diff

from saltation.symbolic.checks.guards import after
from saltation.symbolic.checks.returns import comes_back
from saltation.symbolic.checks.signs import positive_quantities
from saltation.symbolic.checks.stability import starting_rates
from saltation.symbolic.hazards import Domain, hazards
from saltation.symbolic.system import TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sympy import Expr, Symbol

    from saltation.symbolic.model import ParsedEvent, ParsedMode, ParsedModel


class Scope(Enum):
    """When a requirement counts."""

    ALWAYS = "it holds of parameters, or there is an error"
    START = "it holds of parameters and initial values, or there is a warning"


@dataclass(frozen=True, slots=True)
class Requirement:
    """An expression of parameters and, at the start, of states, that must lie in a domain."""

    expression: Expr
    domain: Domain
    scope: Scope


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of a state's own flow that depends on parameters only, unit 1/s."""

    state: str
    expression: Expr


def requirements(model: ParsedModel, units: Mapping[str, str]) -> tuple[Requirement, ...]:
    """Return what values of parameters and initial states must satisfy, each once."""
    found = {(each.expression, each.domain): each for each in _at_start(model)}
    for name, _ in positive_quantities(model, units):
        each = Requirement(model.parameters[name], Domain.NONNEGATIVE, Scope.START)
        found[each.expression, each.domain] = each
    found |= {(each.expression, each.domain): each for each in _always(model)}
    return tuple(found.values())


def own_rates(model: ParsedModel) -> tuple[Rate, ...]:
    """Return the rates at which states follow their own flow, where parameters alone give them."""
    found: dict[Rate, None] = {}
    parameters = set(model.parameters.values())
    for mode in model.modes.values():
        for name, equation in mode.flow.items():
            slope = diff(equation.expression, model.states[name])
            if slope.free_symbols and slope.free_symbols <= parameters:
                found[Rate(name, slope)] = None
    return tuple(found)


def _always(model: ParsedModel) -> Iterator[Requirement]:
    parameters = set(model.parameters.values())
    for equation in model.equations():
        for hazard in hazards(equation.expression):
            if hazard.argument.free_symbols <= parameters:
                yield Requirement(hazard.argument, hazard.domain, Scope.ALWAYS)
    for mode in model.modes.values():
        for event in mode.events:
            yield from _after_event(model, mode, event, parameters)


def _after_event(
    model: ParsedModel, mode: ParsedMode, event: ParsedEvent, parameters: set[Symbol]
) -> Iterator[Requirement]:
    """Yield that a reset lands below its guards and where the flow has a value, if that is easy."""
    surface = _surface(model, event.guard.expression)
    before = {symbol: symbol for symbol in model.states.values()} | surface
    landing = {
        symbol: event.reset[name].expression.xreplace(surface)
        if name in event.reset
        else before[symbol]
        for name, symbol in model.states.items()
    }
    entered = model.modes[event.target]
    for other in entered.events:
        guard = other.guard.expression
        value = guard.xreplace(landing)
        if not value.free_symbols or not value.free_symbols <= parameters:
            continue
        if entered is not mode:
            yield Requirement(-value, Domain.NONNEGATIVE, Scope.START)
        elif after(model, guard, event.reset) != guard:
            yield Requirement(value, Domain.NEGATIVE, Scope.ALWAYS)
    own = event.guard.expression.xreplace(landing)
    known = bool(own.free_symbols) and own.free_symbols <= parameters
    if known and event.spike and comes_back(model, mode, event):
        yield Requirement(own, Domain.NEGATIVE, Scope.START)
    behind = [*entered.flow.values(), *(other.guard for other in entered.events)]
    for equation in behind:
        for hazard in hazards(equation.expression):
            argument = hazard.argument.xreplace(landing)
            if argument.free_symbols and argument.free_symbols <= parameters:
                yield Requirement(argument, hazard.domain, Scope.ALWAYS)


def _surface(model: ParsedModel, guard: Expr) -> dict[Symbol, Expr]:
    """Solve a guard for the first state that it contains with a factor of parameters only."""
    for symbol in model.states.values():
        slope = diff(guard, symbol)
        if slope != 0 and slope.free_symbols <= set(model.parameters.values()):
            return {symbol: -guard.xreplace({symbol: S.Zero}) / slope}
    return {}


def _at_start(model: ParsedModel) -> Iterator[Requirement]:
    start = {TIME: S.Zero}
    first = next(iter(model.modes.values()))
    for event in first.events:
        yield Requirement(event.guard.expression.xreplace(start), Domain.NEGATIVE, Scope.START)
    for rate in (*(each.expression for each in own_rates(model)), *starting_rates(model)):
        yield Requirement(-rate, Domain.NONNEGATIVE, Scope.START)
    for equation in (*first.flow.values(), *(event.guard for event in first.events)):
        for hazard in hazards(equation.expression):
            yield Requirement(hazard.argument.xreplace(start), hazard.domain, Scope.START)
