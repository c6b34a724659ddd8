"""What is declared and has no effect: unused parameters, states, weights and modes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saltation.symbolic.codes import Code
from saltation.symbolic.system import WEIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saltation.symbolic.errors import ModelWarning
    from saltation.symbolic.model import ParsedModel


def check_usage(model: ParsedModel) -> Iterator[ModelWarning]:
    """Yield a warning for everything that has no effect."""
    yield from unused_parameters(model)
    yield from isolated_states(model)
    yield from weightless_ports(model)
    yield from unreachable_modes(model)


def unused_parameters(model: ParsedModel) -> Iterator[ModelWarning]:
    """Warn of parameters that no equation contains."""
    used = set().union(*(equation.expression.free_symbols for equation in model.equations()))
    for name, symbol in model.parameters.items():
        if symbol not in used:
            yield model.place(f"parameter {name!r}").warning(
                Code.UNUSED_PARAMETER,
                "no equation contains it, so its gradient is zero",
                symbol=name,
                hint="Remove it, or look for a misspelt name in the equations.",
            )


def isolated_states(model: ParsedModel) -> Iterator[ModelWarning]:
    """Warn of states that nothing reads, feeds or assigns.

    A state that only listens, such as a trace of the voltage, can be meant for observation.
    """
    for name, symbol in model.states.items():
        if len(model.states) > 1 and _is_isolated(model, name):
            yield model.place(f"state {name!r}").warning(
                Code.UNUSED_STATE,
                "no other equation reads it, and nothing feeds it",
                symbol=str(symbol),
                hint="Remove it, or look for a misspelt name in the equations.",
            )


def _is_isolated(model: ParsedModel, name: str) -> bool:
    symbol = model.states[name]
    others = {other for other in model.states.values() if other != symbol}
    for mode in model.modes.values():
        if mode.flow[name].expression.free_symbols & others:
            return False
        if any(
            symbol in equation.expression.free_symbols
            for other, equation in mode.flow.items()
            if other != name
        ):
            return False
        for event in mode.events:
            if symbol in event.guard.expression.free_symbols or name in event.reset:
                return False
            if any(symbol in each.expression.free_symbols for each in event.reset.values()):
                return False
    return not any(
        name in port.jump
        or any(symbol in each.expression.free_symbols for each in port.jump.values())
        for port in model.ports
    )


def weightless_ports(model: ParsedModel) -> Iterator[ModelWarning]:
    """Warn of ports at which the weight of a spike makes no difference."""
    for port in model.ports:
        if not any(WEIGHT in each.expression.free_symbols for each in port.jump.values()):
            yield port.place.warning(
                Code.UNUSED_WEIGHT,
                "the weight w has no effect, so the gradient by weights at this port is zero",
                symbol=WEIGHT.name,
                hint="Let a state change by w, such as {'i': 'i + w'}.",
            )


def unreachable_modes(model: ParsedModel) -> Iterator[ModelWarning]:
    """Warn of modes that no chain of events enters from the first."""
    first = next(iter(model.modes))
    reached, frontier = {first}, [first]
    while frontier:
        for event in model.modes[frontier.pop()].events:
            if event.target not in reached:
                reached.add(event.target)
                frontier.append(event.target)
    for name in model.modes:
        if name not in reached:
            yield model.place(f"mode {name!r}").warning(
                Code.UNREACHABLE_MODE,
                f"no event leads there from the first mode {first!r}",
                symbol=name,
                hint="Give an event to='" + name + "', or remove the mode.",
            )
