"""What only a run or a gradient can decide: calls that fail by name, and neighbours that do not."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from saltation.runtime.network import Network
from saltation.runtime.simulate import Run, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import (
    AbsentSpikeError,
    ArrayError,
    BlowUpError,
    GrazingError,
    GrazingWarning,
    ModelWarning,
    NonFiniteError,
    StiffnessError,
    StructuralZeroWarning,
    ZenoError,
)
from saltation.symbolic.models import leaky_integrator, lif
from saltation.symbolic.neuron import Neuron

T_END = 0.05
TOUCHING = 4.0 ** (4.0 / 3.0)
"""The weight with which one spike lifts the LIF's membrane exactly to its threshold."""


def quiet(name: str, **declaration: Any) -> Neuron:
    """Declare a neuron whose warnings are not the subject."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        return Neuron(name, **declaration)


def network(neuron: Neuron, weight: float = 0.0, delay: float = 0.0, **more: Any) -> Network:
    """Return a population "out" of two neurons with an input "in"."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", neuron, 2, **more)
    if neuron.ports:
        net.connect("in", "out", weight=[[weight, weight]], delay=delay)
    return net


def run(net: Network, values: Mapping[str, Any] | None = None, **settings: Any) -> Run:
    """Run with one input spike at 10 ms."""
    spikes = {"in": Spikes.from_events([[(0.01, 0)]])}
    return compile(net, t_end=T_END, **settings).run(spikes, values)


def creeping(reset: str) -> Callable[[], object]:
    """Lift a membrane far above a threshold from which this reset takes it down."""
    neuron = quiet(
        "creeping",
        dynamics={"v": "-v/tau"},
        threshold="v - 1",
        reset={"v": reset},
        receive={"v": "v + w"},
        parameters={"tau": 0.02},
    )
    return lambda: run(network(neuron, 2.0))


def driven(rate: str, initial: float, threshold: str | None = None) -> Callable[[], object]:
    """Let a membrane follow its own dynamics."""
    neuron = quiet(
        "driven",
        dynamics={"v": rate},
        threshold=threshold,
        reset={"v": "0"} if threshold else None,
        initial={"v": initial},
    )
    return lambda: run(network(neuron))


def spike_time(weight: float, grazing: str) -> Callable[[], object]:
    """Take the gradient of the first spike's time."""

    def call() -> None:
        result = run(network(lif, weight))
        result.gradient(spike_times={"out": np.ones((1, 2))}, grazing=grazing)

    return call


def by_name(key: str) -> Callable[[], object]:
    """Ask for one gradient of a leaky integrator's spikes, which it has not, or of its voltage."""

    def call() -> None:
        net = network(lif, 12.0)
        net.add_population("apart", leaky_integrator, 1)
        result = run(net)
        result.gradient(spike_times={"out": np.ones(result.spikes["out"].times.size)}, wrt=[key])

    return call


def per_neuron(count: int) -> Callable[[], object]:
    """Give a population of two this many time constants."""
    return lambda: network(lif, parameters={"tau_m": np.full(count, 0.02)})


@dataclass(frozen=True)
class RunCase:
    """A condition that only a run or a gradient can decide."""

    number: int
    outcome: type[Exception]
    invalid: Callable[[], object]
    valid: Callable[[], object]


RUN_CASES = [
    RunCase(4, ArrayError, per_neuron(3), per_neuron(2)),
    RunCase(
        4,
        ArrayError,
        lambda: run(network(lif), {"out.theta": np.nan}),
        lambda: run(network(lif), {"out.theta": 2.0}),
    ),
    RunCase(18, ZenoError, creeping("2*v - 1.5"), creeping("v - 1")),
    RunCase(23, ArrayError, lambda: network(lif, delay=-1e-3), lambda: network(lif, delay=0.0)),
    RunCase(27, BlowUpError, driven("1000*v**2", 1.0), driven("1000*v**2", 0.5, "v - 1")),
    RunCase(27, NonFiniteError, driven("1e5*v", 1.0), driven("1e3*v", 1.0)),
    RunCase(28, StiffnessError, driven("-1e9*v**3 - 1e9*v + sin(t)", 1.0), driven("-v**3", 1.0)),
    RunCase(
        33,
        GrazingError,
        spike_time(TOUCHING * (1 + 1e-14), "raise"),
        spike_time(TOUCHING * 1.1, "raise"),
    ),
    RunCase(
        33,
        GrazingWarning,
        spike_time(TOUCHING * (1 + 1e-14), "warn"),
        spike_time(TOUCHING * (1 + 1e-14), "clip"),
    ),
    RunCase(35, AbsentSpikeError, spike_time(1.0, "warn"), spike_time(8.0, "warn")),
    RunCase(36, StructuralZeroWarning, by_name("apart.tau_m"), by_name("out.tau_m")),
    RunCase(36, StructuralZeroWarning, by_name("apart.initial.v"), by_name("in.times")),
]
"""In the order of the conditions' numbers."""

TESTED_ELSEWHERE = {
    19: "tests/runtime/test_conditions.py",
    21: "tests/runtime/test_conditions.py",
    34: "tests/runtime/test_near_misses.py",
}
"""Conditions that are no errors, and where they are tested."""
