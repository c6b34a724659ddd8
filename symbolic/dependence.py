"""What in a model can depend on what: a map that errs only by naming too much.

A derivative is exactly zero where there is no path in this map, whatever the values are. An entry
says only that a derivative can be other than zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sympy import Expr, Symbol

    from saltation.symbolic.system import HybridSystem, SystemEvent, SystemMode


class Whole(Enum):
    """Parts of a neuron's life besides its states."""

    SPIKES = "the times of its spikes"
    MODES = "the times at which it changes its mode"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The times of arrivals at a port, and their weights if `weight`."""

    port: int
    weight: bool


Part: TypeAlias = "Symbol | Whole | Arrivals"
"""A state, a parameter, spikes, modes, or the arrivals at a port."""


def dependence(system: HybridSystem) -> Mapping[Part, frozenset[Part]]:
    """Return what each state, the spikes and the modes depend on, directly.

    Examples
    --------
    >>> from saltation.symbolic.models import lif
    >>> v, i = lif.system.states
    >>> sorted(map(str, dependence(lif.system)[v]))
    ['i', 'tau_m', 'theta', 'v', 'v_r']
    """
    found: dict[Part, frozenset[Part]] = {
        state: frozenset(_of_state(system, index)) for index, state in enumerate(system.states)
    }
    events = [(mode, event) for mode in system.modes for event in mode.events]
    spiking = [event.guard for _, event in events if event.spike]
    leaving = [event.guard for mode, event in events if _leaves(system, mode, event)]
    found[Whole.SPIKES] = frozenset({*_symbols(spiking), *_modes(system)})
    found[Whole.MODES] = frozenset({*_symbols(leaving), Whole.MODES})
    return found


def _of_state(system: HybridSystem, index: int) -> set[Part]:
    """Collect what a state's flow, its resets and its jumps at arrivals contain.

    The time of an event counts where it resets the state; where it changes the state's flow, that
    is by changing the mode.
    """
    state = system.states[index]
    flows = [mode.flow[index] for mode in system.modes]
    found: set[Part] = set(_symbols(flows))
    if any(flow != flows[0] for flow in flows):
        found |= _modes(system)
    for mode in system.modes:
        for event in mode.events:
            if event.reset[index] != state:
                found |= {*_symbols([event.reset[index], event.guard]), *_modes(system)}
    for number, port in enumerate(system.ports):
        jump = port.jump[index]
        if jump != state:
            symbols = _symbols([jump])
            weighs = system.weight in symbols
            found |= {*(symbols - {system.weight}), Arrivals(number, weighs)}
    return found


def _leaves(system: HybridSystem, mode: SystemMode, event: SystemEvent) -> bool:
    return system.modes[event.target] is not mode


def _modes(system: HybridSystem) -> set[Part]:
    return {Whole.MODES} if len(system.modes) > 1 else set()


def _symbols(expressions: Iterable[Expr]) -> set[Symbol]:
    return {symbol for expression in expressions for symbol in expression.free_symbols}
