"""The parts of a declaration as the user gives them: events and modes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelTypeError
from saltation.symbolic.parser import Expression

Equations = Mapping[str, Expression]
"""Right-hand sides by the name of the state."""


def frozen(value: Any) -> Any:
    """Copy a mapping into a read-only one; leave anything else for the checks to refuse."""
    return MappingProxyType(dict(value)) if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True)
class Event:
    """An event: what happens when a guard rises through zero.

    Parameters
    ----------
    guard : str or sympy.Expr
        Fires when it rises through zero, such as ``"v - theta"``.
    reset : mapping of str to str or sympy.Expr, optional
        New values of states. All right-hand sides see the state before the event; states that are
        not named do not change.
    to : str, optional
        The mode that is active afterwards; by default, the same mode.
    spike : bool, optional
        Whether the event emits a spike.

    Examples
    --------
    >>> Event("v - theta", reset={"v": "v_r"}, to="refractory")
    Event(guard='v - theta', reset={'v': 'v_r'}, to='refractory', spike=True)
    """

    guard: Expression
    reset: Equations = field(default_factory=dict)
    to: str | None = None
    spike: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "reset", frozen({} if self.reset is None else self.reset))

    def __repr__(self) -> str:
        reset = dict(self.reset) if isinstance(self.reset, Mapping) else self.reset
        return f"Event(guard={self.guard!r}, reset={reset!r}, to={self.to!r}, spike={self.spike!r})"

    def __hash__(self) -> int:
        return hash((self.guard, frozenset(self.reset.items()), self.to, self.spike))

    def __reduce__(self) -> tuple[Any, ...]:
        return Event, (self.guard, dict(self.reset), self.to, self.spike)


def _checked_events(given: object) -> tuple[Event, ...]:
    """Return the events of a mode if they are a sequence of events."""
    events = () if given is None else given
    if not isinstance(events, Sequence) or isinstance(events, str):
        raise ModelTypeError(
            f"events of a Mode: expected a list of Event, got {type(events).__name__}",
            code=Code.ARGUMENT_TYPE,
            hint="Write [Event(...)], also for one event.",
        )
    for number, event in enumerate(events, start=1):
        if not isinstance(event, Event):
            raise ModelTypeError(
                f"event {number} of a Mode: expected an Event, got {type(event).__name__} "
                f"({event!r:.60})",
                code=Code.ARGUMENT_TYPE,
                hint="Write Event('v - theta', reset={'v': 'v_r'}).",
            )
    return tuple(events)


@dataclass(frozen=True, slots=True)
class Mode:
    """A mode: how the states evolve while it is active, and the events that can end it.

    Parameters
    ----------
    dynamics : mapping of str to str or sympy.Expr
        The time derivative of every state, per second.
    events : sequence of Event, optional
        Examined in this order where several guards rise at one instant.

    Raises
    ------
    ModelTypeError
        If `events` is no sequence of events.

    Examples
    --------
    >>> Mode({"v": "-v/tau_m"}, [Event("v - theta", reset={"v": "0"})]).events[0].guard
    'v - theta'
    """

    dynamics: Equations
    events: Sequence[Event] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "dynamics", frozen(self.dynamics))
        object.__setattr__(self, "events", _checked_events(self.events))

    def __repr__(self) -> str:
        dynamics = dict(self.dynamics) if isinstance(self.dynamics, Mapping) else self.dynamics
        return f"Mode(dynamics={dynamics!r}, events={self.events!r})"

    def __hash__(self) -> int:
        return hash((frozenset(self.dynamics.items()), self.events))

    def __reduce__(self) -> tuple[Any, ...]:
        return Mode, (dict(self.dynamics), self.events)
