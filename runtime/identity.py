"""What a network is, part by part, as text that every process writes alike.

The numbers of a network are not in it: see `Network.values`. Pickles and hashes of objects differ
between processes, and printed expressions hold fifteen digits of a constant; what is kept in a
file for years has all of them, and can be read.
"""

# ruff: noqa: N802  (SymPy finds a printer's methods by the names of its classes)

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sympy import Expr, Float, Symbol
from sympy.printing.str import StrPrinter

from saltation.symbolic.words import counted

if TYPE_CHECKING:
    from saltation.runtime.network import Network
    from saltation.runtime.observation import Observation
    from saltation.runtime.projection import Projection
    from saltation.symbolic.system import HybridSystem, SystemEvent

_DIGITS = 16
"""Hexadecimal digits of a digest."""


class _AllDigits(StrPrinter):  # type: ignore[misc]
    """Prints every digit of the doubles that constants are."""

    def _print_Float(self, expr: Float) -> str:
        return repr(float(expr))


def network_identity(net: Network) -> dict[str, str]:
    """Describe a network without its numbers.

    Parameters
    ----------
    net : Network
        The network.

    Returns
    -------
    dict of str to str
        For each part what it is. Networks of the same text give the same results to the same
        values. Names of models are left out.

    Examples
    --------
    >>> from saltation.runtime.network import Network
    >>> from saltation.symbolic.models import lif
    >>> net = Network()
    >>> net.add_population("out", lif, 3)
    >>> network_identity(net)["population 'out', mode 'default', dv/dt"]
    '(i - v)/tau_m'
    """
    parts = (net.inputs, net.populations, net.projections, net.observations)
    found = {"order of parts": "; ".join(", ".join(names) for names in parts)}
    for name, given in net.inputs.items():
        found[f"input {name!r}"] = counted(given.size, "unit")
    for name, population in net.populations.items():
        found[f"population {name!r}"] = counted(population.size, "neuron")
        for part, text in _model(population.neuron.system):
            found[f"population {name!r}, {part}"] = text
    for name, projection in net.projections.items():
        found[f"projection {name!r}"] = _synapses(projection, net)
    for name, observation in net.observations.items():
        found[f"observation {name!r}"] = _observed(observation)
    return found


def _model(system: HybridSystem) -> Iterator[tuple[str, str]]:
    """Describe the modes, events and ports of a model."""
    yield "states", ", ".join(state.name for state in system.states)
    for mode in system.modes:
        where = f"mode {mode.name!r}"
        for state, rate in zip(system.states, mode.flow, strict=True):
            yield f"{where}, d{state.name}/dt", _text(rate)
        for number, event in enumerate(mode.events, start=1):
            yield f"{where}, event {number}", _event(event, system)
    for port in system.ports:
        yield f"port {port.name!r}", _jump(port.jump, system.states)


def _event(event: SystemEvent, system: HybridSystem) -> str:
    kind = "spike" if event.spike else "event"
    target = system.modes[event.target].name
    jump = _jump(event.reset, system.states)
    return f"{kind} when {_text(event.guard)} rises through 0: {jump}, then mode {target}"


def _jump(after: Sequence[Expr], states: Sequence[Symbol]) -> str:
    """Describe what a jump changes."""
    changed = [
        f"{state.name} -> {_text(value)}"
        for state, value in zip(states, after, strict=True)
        if value != state
    ]
    return ", ".join(changed) or "nothing changes"


def _synapses(projection: Projection, net: Network) -> str:
    """Describe where a projection leads, and which synapses it has."""
    port = net.populations[projection.post].neuron.ports[projection.port]
    ends = f"from {projection.pre} to port {port} of {projection.post}"
    pattern = projection.pattern
    if pattern is None:
        return f"{ends}, all synapses"
    count = counted(pattern.indices.size, "synapse")
    # As little-endian numbers, whatever the machine.
    rows, columns = pattern.indptr.astype("<i8"), pattern.indices.astype("<i4")
    return f"{ends}, {count} with digest {_digest(rows.tobytes() + columns.tobytes())}"


def _observed(observation: Observation) -> str:
    what = f"{observation.kind} of {_text(observation.expression)} in {observation.population}"
    if observation.at is None:
        return what
    times = counted(observation.at.size, "time")
    return f"{what} at {times} with digest {_digest(observation.at.astype('<f8').tobytes())}"


def _text(expression: Expr) -> str:
    return str(_AllDigits().doprint(expression))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]
