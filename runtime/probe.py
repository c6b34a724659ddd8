"""Look inside a neuron: its states and adjoints at any time, through what a network can do anyway.

A port that lifts one state by the weight of a spike, given a spike of weight zero at time `s`,
changes nothing; but the derivative of the loss by that weight is the adjoint of the state at `s`.
So adjoints come out of the compiled backward pass itself, exactly, at as many times as wanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count

from sympy import Expr, Integer, Symbol

from saltation.symbolic.neuron import Neuron, remade
from saltation.symbolic.system import HybridSystem, Port


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A neuron like another, which tells more.

    Attributes
    ----------
    neuron : Neuron
        Has a port for each state, and a state that holds the number of the active mode; every
        event of it emits a spike.
    states : tuple of str
        The states of the model, without explicit time.
    ports : tuple of str
        For each state the port that lifts it.
    mode : str
        The state that holds the number of the active mode.
    """

    neuron: Neuron
    states: tuple[str, ...]
    ports: tuple[str, ...]
    mode: str


def probe(neuron: Neuron) -> Probe:
    """Return a neuron that behaves as another and can be looked into."""
    system = neuron.system
    states = tuple(neuron.initial)
    names = {x.name for x in (*system.states, *system.parameters)}
    number = Symbol(_free("probe_mode", names), real=True)
    ports = tuple(_free(f"probe_{k}", neuron.ports) for k in range(len(states)))
    lifts = tuple(Port(name=name, jump=_lifted(system, k)) for k, name in enumerate(ports))

    def extended(values: tuple[Expr, ...], more: Expr) -> tuple[Expr, ...]:
        # explicit time, where there is any, stays the last state
        return (*values[: len(states)], more, *values[len(states) :])

    made = replace(
        system,
        states=extended(system.states, number),
        modes=tuple(
            replace(
                mode,
                flow=extended(mode.flow, Integer(0)),
                events=tuple(
                    replace(e, reset=extended(e.reset, Integer(e.target)), spike=True)
                    for e in mode.events
                ),
            )
            for mode in system.modes
        ),
        ports=tuple(
            replace(port, jump=extended(port.jump, number)) for port in (*system.ports, *lifts)
        ),
    )
    initial = {**neuron.initial, number.name: 0.0}
    return Probe(neuron=remade(neuron, made, initial), states=states, ports=ports, mode=number.name)


def _lifted(system: HybridSystem, k: int) -> tuple[Expr, ...]:
    """Return a jump that lifts one state by the weight of the spike."""
    return tuple(x + system.weight if j == k else x for j, x in enumerate(system.states))


def _free(name: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken, whatever the case of its letters."""
    lower = {each.lower() for each in taken}
    return next(each for each in _numbered(name) if each.lower() not in lower)


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{k}" for k in count(2))
