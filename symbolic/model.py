"""A declaration after parsing: symbolic equations that still know where they were written.

The checks read this form, because it remembers the user's text; everything downstream reads the
normal form (`saltation.symbolic.system`) that `ParsedModel.normal_form` makes of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sympy import S

from saltation.symbolic.place import Place
from saltation.symbolic.system import TIME, WEIGHT, HybridSystem, Port, SystemEvent, SystemMode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sympy import Expr, Symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """One right-hand side, or a guard."""

    expression: Expr
    """The expression, in the model's symbols."""

    place: Place
    """Where it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEvent:
    """One event of a mode."""

    guard: Equation
    """The event happens when this rises through zero."""

    reset: Mapping[str, Equation]
    """The new values of the states that change."""

    target: str
    """Name of the mode that is active afterwards."""

    spike: bool
    """Whether the event emits a spike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMode:
    """One mode."""

    name: str
    """Name of the mode."""

    flow: Mapping[str, Equation]
    """The time derivative of every state."""

    events: tuple[ParsedEvent, ...]
    """The events, in the order in which they are examined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPort:
    """One port."""

    name: str
    """Name of the port."""

    jump: Mapping[str, Equation]
    """The new values of the states that change."""

    place: Place
    """Where it was declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedModel:
    """A whole declaration."""

    name: str
    """Name of the model."""

    states: Mapping[str, Symbol]
    """The states, without explicit time."""

    parameters: Mapping[str, Symbol]
    """The parameters."""

    modes: Mapping[str, ParsedMode]
    """The modes; the first is the initial one."""

    ports: tuple[ParsedPort, ...]
    """The ports."""

    defaults: Mapping[str, float]
    """The value of every parameter."""

    initial: Mapping[str, float]
    """The initial value of every state."""

    values: str = "the default values"
    """What messages call `defaults` and `initial`."""

    def place(self, equation: str | None = None, text: str | None = None) -> Place:
        """Name a part of this declaration."""
        return Place(model=self.name, equation=equation, text=text)

    def equations(self) -> Iterator[Equation]:
        """Run over every equation of the declaration."""
        for mode in self.modes.values():
            yield from mode.flow.values()
            for event in mode.events:
                yield event.guard
                yield from event.reset.values()
        for port in self.ports:
            yield from port.jump.values()

    @property
    def uses_time(self) -> bool:
        """Whether explicit time occurs anywhere."""
        return any(equation.expression.has(TIME) for equation in self.equations())

    def normal_form(self) -> HybridSystem:
        """Make the normal form: every vector aligned with the states, time as the last state."""
        names = tuple(self.states)
        timed = self.uses_time
        index = {name: position for position, name in enumerate(self.modes)}

        def jump(equations: Mapping[str, Equation]) -> tuple[Expr, ...]:
            values = [
                equations[name].expression if name in equations else self.states[name]
                for name in names
            ]
            return (*values, TIME) if timed else tuple(values)

        def flow(mode: ParsedMode) -> tuple[Expr, ...]:
            rates = [mode.flow[name].expression for name in names]
            return (*rates, S.One) if timed else tuple(rates)

        return HybridSystem(
            name=self.name,
            states=(*self.states.values(), TIME) if timed else tuple(self.states.values()),
            parameters=tuple(self.parameters.values()),
            modes=tuple(
                SystemMode(
                    name=mode.name,
                    flow=flow(mode),
                    events=tuple(
                        SystemEvent(
                            guard=event.guard.expression,
                            reset=jump(event.reset),
                            target=index[event.target],
                            spike=event.spike,
                        )
                        for event in mode.events
                    ),
                )
                for mode in self.modes.values()
            ),
            ports=tuple(Port(name=port.name, jump=jump(port.jump)) for port in self.ports),
            weight=WEIGHT,
            time=TIME if timed else None,
        )
