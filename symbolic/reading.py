"""Reading a declaration: from the arguments of a neuron to parsed equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Symbol

from saltation.symbolic.checks.names import check_distinct, check_name, check_symbol_name
from saltation.symbolic.checks.structure import (
    check_assigned,
    check_dynamics,
    check_form,
    check_initial_name,
    check_target,
    check_type,
    mapping,
)
from saltation.symbolic.checks.values import checked_value, initial_value
from saltation.symbolic.codes import Code
from saltation.symbolic.declaration import Event, Mode
from saltation.symbolic.model import Equation, ParsedEvent, ParsedMode, ParsedModel, ParsedPort
from saltation.symbolic.parser import parse
from saltation.symbolic.place import Place
from saltation.symbolic.system import TIME, WEIGHT

DEFAULT = "default"
"""Name of a mode or port that the user did not name."""


def read(
    *,
    name: object,
    dynamics: object,
    threshold: object,
    reset: object,
    receive: object,
    parameters: object,
    initial: object,
    modes: object,
) -> ParsedModel:
    """Check the structure of a declaration and parse every equation.

    The arguments are those of `saltation.symbolic.neuron.Neuron`, as the user gave them.
    """
    model = check_symbol_name(name, "model", Place(model=str(name)[:80]))
    place = Place(model=model)
    check_form(dynamics, threshold, reset, modes, place)
    if modes is None:
        events = () if threshold is None else (Event(threshold, reset or {}),)  # type: ignore[arg-type]
        given = {DEFAULT: Mode(dynamics, events)}  # type: ignore[arg-type]
    else:
        given = _modes(modes, place)
    states = check_dynamics({each: mode.dynamics for each, mode in given.items()}, place)
    values = _parameters(parameters, place)
    check_distinct(states, values, place)
    reader = _Reader(
        model=model,
        states={state: Symbol(state, real=True) for state in states},
        parameters={parameter: Symbol(parameter, real=True) for parameter in values},
    )
    return ParsedModel(
        name=model,
        states=reader.states,
        parameters=reader.parameters,
        modes={each: reader.mode(each, mode, given) for each, mode in given.items()},
        ports=reader.ports(receive),
        defaults=values,
        initial=reader.initial(initial),
    )


def _modes(modes: object, place: Place) -> dict[str, Mode]:
    given = mapping(modes, "modes", place)
    for name, mode in given.items():
        check_name(name, "mode", place)
        check_type(mode, Mode, f"mode {name!r}", place)
    return given


def _parameters(parameters: object, place: Place) -> dict[str, float]:
    return {
        check_symbol_name(name, "parameter", place): checked_value(
            value, Place(model=place.model, equation=f"parameter {name!r}")
        )
        for name, value in mapping(parameters, "parameters", place).items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Parses the equations of one model."""

    model: str
    states: dict[str, Symbol]
    parameters: dict[str, Symbol]

    def place(self, equation: str) -> Place:
        """Name a part of the model."""
        return Place(model=self.model, equation=equation)

    def equation(
        self, given: Any, where: str, *, weight: bool = False, guard: bool = False
    ) -> Equation:
        """Parse one equation; time may occur in all of them, the weight only in a port's."""
        names = {**self.states, **self.parameters, TIME.name: TIME}
        if weight:
            names[WEIGHT.name] = WEIGHT
        expression = parse(given, names=names, model=self.model, where=where, guard=guard)
        return Equation(
            expression=expression,
            place=Place(model=self.model, equation=where, text=str(given)),
        )

    def mode(self, name: str, mode: Mode, modes: Mapping[str, Mode]) -> ParsedMode:
        """Parse one mode."""
        inside = "" if list(modes) == [DEFAULT] else f"mode {name!r}, "
        return ParsedMode(
            name=name,
            flow={
                state: self.equation(mode.dynamics[state], f"{inside}dynamics of {state!r}")
                for state in self.states
            },
            events=tuple(
                self.event(event, name, modes, f"{inside}event {number}, " if inside else "")
                for number, event in enumerate(mode.events, start=1)
            ),
        )

    def event(self, event: Event, mode: str, modes: Mapping[str, Mode], inside: str) -> ParsedEvent:
        """Parse one event."""
        place = self.place(inside.removesuffix(", "))
        check_type(event.spike, bool, "spike", place)
        return ParsedEvent(
            guard=self.equation(
                event.guard, f"{inside}guard" if inside else "threshold", guard=True
            ),
            reset=self.jump(event.reset, f"{inside}reset", weight=False),
            target=mode if event.to is None else check_target(event.to, modes, place),
            spike=event.spike,
        )

    def jump(self, given: object, where: str, *, weight: bool) -> dict[str, Equation]:
        """Parse the right-hand sides of a reset or a port; all read the state before."""
        place = self.place(where)
        equations = {
            check_assigned(name, self.states, self.parameters, place): text
            for name, text in mapping(given, where, place).items()
        }
        return {
            name: self.equation(equations[name], f"{where} of {name!r}", weight=weight)
            for name in self.states
            if name in equations
        }

    def ports(self, receive: object) -> tuple[ParsedPort, ...]:
        """Parse what arriving spikes do: one unnamed port, or several named ones."""
        place = self.place("receive")
        given = mapping(receive, "receive", place)
        named = [isinstance(jump, Mapping) for jump in given.values()]
        if any(named) and not all(named):
            raise place.error(
                Code.PORT_FORM,
                "receive mixes equations and ports",
                hint="Write {state: equation} for one port, or {port: {state: equation}, ...}.",
            )
        if not any(named):
            jumps = {DEFAULT: given} if given else {}
        else:
            jumps = {check_name(name, "port", place): jump for name, jump in given.items()}
        return tuple(
            ParsedPort(
                name=name,
                jump=self.jump(
                    jump, f"receive at port {name!r}" if any(named) else "receive", weight=True
                ),
                place=self.place(f"receive at port {name!r}" if any(named) else "receive"),
            )
            for name, jump in jumps.items()
        )

    def initial(self, initial: object) -> dict[str, float]:
        """Evaluate the initial values; states that are not named start at 0."""
        place = self.place("initial")
        given = {
            check_initial_name(name, self.states, self.parameters, place): value
            for name, value in mapping(initial, "initial", place).items()
        }
        return {
            name: initial_value(
                given.get(name, 0.0), self.parameters, self.place(f"initial value of {name!r}")
            )
            for name in self.states
        }
