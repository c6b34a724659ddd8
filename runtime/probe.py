"""Look inside a neuron: its states and adjoints at any time, through what a network can do anyway.

A port that lifts one state by the weight of a spike, given a spike of weight zero at time `s`,
changes nothing; but the derivative of the loss by that weight is the adjoint of the state at `s`.
So adjoints come out of the compiled backward pass itself, exactly, at as many times as wanted.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from sympy import Expr

from saltation.symbolic.errors import ModelWarning
from saltation.symbolic.neuron import Event, Mode, Neuron
from saltation.symbolic.system import TIME, HybridSystem, SystemMode


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
    symbols = {*states, *(p.name for p in system.parameters)}
    mode = _free("probe_mode", symbols)
    ports = tuple(_free(f"probe_{k}", neuron.ports) for k in range(len(states)))
    jumps = {port.name: _named(system, port.jump) for port in system.ports}
    jumps |= {
        port: {state: system.states[k] + system.weight}
        for k, (port, state) in enumerate(zip(ports, states, strict=True))
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)  # told when the model was declared
        made = Neuron(
            neuron.name,
            modes={m.name: _mode(system, m, mode) for m in system.modes},
            receive=jumps,
            parameters=neuron.parameters,
            initial=neuron.initial,
        )
    return Probe(neuron=made, states=states, ports=ports, mode=mode)


def _mode(system: HybridSystem, mode: SystemMode, number: str) -> Mode:
    return Mode(
        _named(system, mode.flow) | {number: "0"},
        [
            Event(
                event.guard,
                reset=_named(system, event.reset) | {number: str(event.target)},
                to=system.modes[event.target].name,
                spike=True,
            )
            for event in mode.events
        ],
    )


def _named(system: HybridSystem, values: tuple[Expr, ...]) -> dict[str, Expr | str]:
    return {x.name: value for x, value in zip(system.states, values, strict=True) if x != TIME}


def _free(name: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken, whatever the case of its letters."""
    lower = {each.lower() for each in taken}
    return next(each for each in _numbered(name) if each.lower() not in lower)


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{k}" for k in count(2))
