"""Bad networks and runs of good models, and good neighbours of theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bad_models.changes import Case
from saltation.runtime.network import Network
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelWarning
from saltation.symbolic.models import adex, lif, lif_adaptation_current, lif_refractory
from saltation.symbolic.neuron import Neuron

W = ModelWarning
CONDUCTANCE: dict[str, Any] = {
    "dynamics": {"v": "(g*(e - v) - g_l*v)/c", "g": "-g/tau"},
    "threshold": "v - theta",
    "reset": {"v": "0"},
    "receive": {"exc": {"g": "g + w"}, "inh": {"v": "v + w"}},
    "parameters": {"e": 0.06, "g_l": 1e-8, "c": 2e-10, "tau": 5e-3, "theta": 0.015},
}
MEASURED = Neuron(
    "measured",
    **{**CONDUCTANCE, "dynamics": {"v": "(e - g_l*v)/c + theta*g", "g": "-g/tau"}},
    units={"g": "S"},
)
PLAIN = Neuron("plain", **CONDUCTANCE)


def connected(neuron: Neuron, weight: float, port: str | None = None) -> Callable[[], object]:
    """Connect an input to a population with this weight."""

    def call() -> None:
        net = Network()
        net.add_input("in", 2)
        net.add_population("out", neuron, 2)
        net.connect("in", "out", weight=np.array([[1.0, 1.0], [1.0, weight]]) * 1e-9, port=port)

    return call


def run_with(weight: float, port: str) -> Callable[[], object]:
    """Run a network, twice, with another weight than the one that it was connected with."""

    def call() -> None:
        net = Network()
        net.add_input("in", 1)
        net.add_population("out", PLAIN, 1)
        net.connect("in", "out", weight=[[1e-9]], port=port, name="syn")
        sim = compile(net, t_end=0.05)
        for _ in range(2):
            sim.run({"in": Spikes.from_events([[(0.01, 0)]])}, {"syn.weight": [[weight * 1e-9]]})

    return call


def simulated(time_constant: float | list[float], *, late: bool = False) -> Callable[[], object]:
    """Run a population with this synaptic time constant, given to it or to the run."""

    def call() -> None:
        net = Network()
        net.add_input("in", 1)
        shape = np.full_like(np.asarray(time_constant), 5e-3)
        net.add_population("out", lif, 2, parameters={"tau_s": shape if late else time_constant})
        sim = compile(net, t_end=0.05)
        spikes = {"in": Spikes.from_events([[(0.01, 0)]])}
        sim.run(spikes, {"out.tau_s": time_constant} if late else None)

    return call


def compiled(neuron: Neuron, **parameters: float) -> Callable[[], object]:
    """Compile a population with these parameters for a run of 50 ms."""

    def call() -> None:
        net = Network()
        net.add_input("in", 1)
        net.add_population("out", neuron, 2, parameters=parameters)
        compile(net, t_end=0.05)

    return call


OHMIC = Neuron(
    "ohmic",
    dynamics={"v": "(r*i - v)/tau", "i": "-i/tau"},
    threshold="v - theta",
    reset={"v": "0"},
    receive={"i": "i + w"},
    parameters={"r": 1e8, "tau": 5e-3, "theta": 0.015},
    units={"v": "V", "i": "A", "w": "A", "r": "ohm", "tau": "s", "theta": "V"},
)


def weighted(weight: float, initial: float = 0.0) -> Callable[[], object]:
    """Compile a population with these weights, and one of 0, and this initial voltage."""

    def call() -> None:
        net = Network()
        net.add_input("in", 2)
        net.add_population("out", OHMIC, 2, initial={"v": initial})
        net.connect("in", "out", weight=np.array([[weight, 0.0], [weight, -weight]]))
        compile(net, t_end=0.05)

    return call


CONDUCTANCES = Case(
    Code.NEGATIVE_CONDUCTANCE,
    [connected(PLAIN, -1.0, "exc"), connected(MEASURED, -1.0, "exc"), run_with(-1.0, "exc")],
    [
        connected(PLAIN, 0.0, "exc"),
        connected(PLAIN, -1.0, "inh"),
        connected(MEASURED, -1.0, "inh"),
        connected(lif, -1.0),
        run_with(-1.0, "inh"),
        run_with(2.0, "exc"),
    ],
    W,
)
TIME_CONSTANTS = Case(
    Code.TIME_CONSTANT,
    [
        simulated(1e-18),
        simulated([5e-3, 1e-18]),
        simulated(1e-18, late=True),
        simulated([5e-3, 1e-18], late=True),
    ],
    [simulated(1e-9), simulated([5e-3, 1e-9], late=True)],
)
SLOW = Case(
    Code.SLOW,
    [
        compiled(lif, tau_m=20.0, tau_s=5.0),
        compiled(lif_refractory, tau_m=20.0, tau_s=5.0, t_r=3.0),
    ],
    [
        compiled(lif, tau_m=20.0),
        compiled(lif, tau_m=2.4, tau_s=2.4),
        compiled(lif_adaptation_current, tau_a=100.0),
    ],
    W,
)
MAGNITUDES = Case(
    Code.MAGNITUDE,
    [
        compiled(adex, v_r=-70.0),
        compiled(adex, c_m=281.0),
        compiled(adex, g_l=30.0),
        compiled(OHMIC, r=100.0),
        weighted(100.0),
        weighted(1e-10, initial=-70.0),
    ],
    [
        compiled(adex),
        compiled(OHMIC),
        compiled(OHMIC, r=0.0),
        weighted(1e-10, initial=-5.0),
        weighted(0.0),
    ],
    W,
)
