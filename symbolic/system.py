"""The normal form of a neuron model: a hybrid dynamical system in SymPy.

Everything downstream of the declaration (derivation, code generation, simulation) reads this form
and nothing else. Every vector is aligned with `HybridSystem.states`; every symbol is real.
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Symbol

WEIGHT = Symbol("w", real=True)
"""The weight of an arriving spike, in the jumps of ports."""

TIME = Symbol("t", real=True)
"""The time since the start of the run, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemEvent:
    """An event ``g(x, p) = 0`` (rising) with its reset ``x+ = r(x-, p)``."""

    guard: Expr
    """The guard `g`; the event happens when it rises through zero."""

    reset: tuple[Expr, ...]
    """The state after the event; every entry reads the state before it."""

    target: int
    """Index of the mode that is active afterwards."""

    spike: bool
    """Whether the event emits a spike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemMode:
    """One mode: a flow ``dx/dt = f(x, p)`` and its events, examined in this order."""

    name: str
    """Name of the mode; ``"default"`` where the user gave none."""

    flow: tuple[Expr, ...]
    """The right-hand side `f`, per second."""

    events: tuple[SystemEvent, ...]
    """The events that can end this mode's flow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """What an arriving spike does: ``x+ = h(x-, w, p)``."""

    name: str
    """Name of the port; ``"default"`` where the user gave none."""

    jump: tuple[Expr, ...]
    """The state after the arrival; every entry reads the state before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridSystem:
    """A neuron model as a hybrid dynamical system.

    The first mode is the initial one. Where the declaration uses explicit time, the symbol
    ``t`` is the last state, with flow 1, unchanged by every jump, starting at 0.
    """

    name: str
    """Name of the model."""

    states: tuple[Symbol, ...]
    """The states `x`, in the order of declaration."""

    parameters: tuple[Symbol, ...]
    """The parameters `p`, in the order of declaration."""

    modes: tuple[SystemMode, ...]
    """The modes, in the order of declaration."""

    ports: tuple[Port, ...]
    """The ports through which spikes arrive, in the order of declaration."""

    weight: Symbol
    """The symbol that stands for an arriving spike's weight in the ports' jumps."""

    time: Symbol | None
    """The state that stands for explicit time, or None."""
