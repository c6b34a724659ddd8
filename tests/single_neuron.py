"""One neuron in the interpreter, without a network around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from saltation.runtime.interpreter.arithmetic import Arithmetic
from saltation.runtime.interpreter.neuron import NeuronRun, run_neuron
from saltation.runtime.interpreter.program import BoundProgram, NeuronProgram, Watch
from saltation.runtime.interpreter.routing import Arrival
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.parser import parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """What a single neuron did, as numbers of many digits."""

    spikes: tuple[Any, ...]
    observations: Mapping[str, tuple[Any, ...]]

    @property
    def times(self) -> NDArray[np.float64]:
        return np.array([float(time) for time in self.spikes])


def run_single(
    neuron: Neuron,
    arrivals: Sequence[tuple[Any, int, Any]] = (),
    *,
    t_end: float,
    initial: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    watch: Mapping[str, tuple[Any, ...]] | None = None,
    digits: int = 36,
    library: Literal["gmpy2", "mpmath"] | None = None,
) -> Single:
    """Run one neuron on arrivals (time, port, weight); watch = {name: (expression, kind, at)}."""
    system = neuron.system
    names = {symbol.name: symbol for symbol in (*system.states, *system.parameters)}
    watches = [
        Watch(
            name=name,
            expression=parse(what[0], names=names, model=neuron.name, where=name),
            kind=what[1],
            at=tuple(what[2]) if len(what) > 2 else (),
        )
        for name, what in (watch or {}).items()
    ]
    arithmetic = Arithmetic(digits, library)
    with arithmetic.active():
        values = {**neuron.parameters, **(parameters or {})}
        bound = BoundProgram(
            NeuronProgram(system, watches),
            {name: arithmetic.number(value) for name, value in values.items()},
            arithmetic,
        )
        start = {**neuron.initial, **(initial or {}), "t": 0.0}
        initial_states = [arithmetic.number(start[symbol.name]) for symbol in system.states]
        result, _ = run_neuron(
            NeuronRun(bound, initial_states),
            [_arrival(k, arithmetic.number(t), p, w) for k, (t, p, w) in enumerate(arrivals)],
            arithmetic.number(t_end),
        )
    observations = {w.name: o for w, o in zip(watches, result.observations, strict=True)}
    return Single(spikes=result.spikes, observations=observations)


def _arrival(order: int, time: Any, port: int, weight: Any) -> Arrival:
    return Arrival(
        time=time,
        emitted=time,
        generation=0,
        projection=0,
        unit=0,
        order=order,
        port=port,
        weight=time * 0 + weight,
    )
