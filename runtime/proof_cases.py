"""Cases in which published tools return wrong or silently zero gradients, as declarations."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ModelWarning
from saltation.symbolic.neuron import Neuron

T_END = 0.05
"""Length of every case's run, unit s."""

_DRIVE = [(0.0013, 0), (0.0042, 1), (0.0051, 0), (0.0117, 1), (0.0183, 0), (0.0304, 1)]
_WEIGHT = np.array([[7.1, 4.3], [5.2, 9.4]])


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCase:
    """A declaration with weights, and the gradients that are at stake."""

    name: str
    """What the case is about."""

    pitfall: str
    """How the gradient is lost."""

    keys: tuple[str, ...]
    """The values whose gradients are at stake; all others are compared too."""

    declaration: Mapping[str, Any]
    """The arguments of `Neuron`."""

    scale: float = 1.0
    """Factor of the weights."""

    def network(self) -> Network:
        """Return two neurons, driven by two inputs, whose first state is observed in all ways."""
        net = Network()
        net.add_input("in", 2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ModelWarning)
            neuron = Neuron(self.name.replace(" ", "_").replace("-", "_"), **self.declaration)
        net.add_population("out", neuron, 2)
        net.connect("in", "out", weight=self.scale * _WEIGHT, delay=[[4e-4, 7e-4], [9e-4, 3e-4]])
        state = next(iter(self.declaration["dynamics"]))
        net.observe("maximum", "out", state, kind="max")
        net.observe("integral", "out", state, kind="integral")
        net.observe("sample", "out", state, kind="sample", at=[0.0071, 0.037])
        return net

    @property
    def spikes(self) -> dict[str, Spikes]:
        """The input spikes."""
        return {"in": Spikes.from_events([_DRIVE])}


_LIF: dict[str, Any] = {
    "dynamics": {"v": "(i - v)/tau_m", "i": "-i/tau_s"},
    "threshold": "v - theta",
    "reset": {"v": "v_r"},
    "receive": {"i": "i + w"},
    "parameters": {"tau_m": 12e-3, "tau_s": 5e-3, "theta": 1.0, "v_r": 0.1},
}

NAMED_CASES = (
    NamedCase(
        name="threshold and reset value",
        pitfall="taken as constants, their gradient is silently zero",
        keys=("out.theta", "out.v_r"),
        declaration=_LIF,
    ),
    NamedCase(
        name="a state that the reset does not name",
        pitfall="the adjoint of Izhikevich's u lacks its terms at the spike",
        keys=("out.a", "out.b", "out.d", "out.initial.u"),
        declaration={
            "dynamics": {
                "v": "(v*v/2 - v - u + i)/tau_m",
                "u": "a*(b*v - u)",
                "i": "-i/tau_s",
            },
            "threshold": "v - theta - d*u",
            "reset": {"v": "v_r"},
            "receive": {"i": "i + w"},
            "parameters": {
                **_LIF["parameters"],
                "a": 60.0,
                "b": 0.4,
                "d": 0.2,
                "theta": 1.3,
            },
            "initial": {"u": 0.05},
        },
    ),
    NamedCase(
        name="a moving threshold",
        pitfall="its slope is missing where the membrane's is divided by",
        keys=("out.tau_a", "out.a_0", "out.beta", "out.initial.a", "out.theta"),
        declaration={
            "dynamics": {**_LIF["dynamics"], "a": "(a_0 - a)/tau_a"},
            "threshold": "v - theta - a + k*t",
            "reset": {"v": "v_r", "a": "a + beta"},
            "receive": _LIF["receive"],
            "parameters": {
                **_LIF["parameters"],
                "tau_a": 30e-3,
                "a_0": 0.1,
                "beta": 0.2,
                "k": 2.0,
            },
        },
    ),
    NamedCase(
        name="coupled simultaneous resets",
        pitfall="v -> v - u, u -> u + v applied one after the other, or without cross terms",
        keys=("out.kappa", "out.c", "out.tau_u", "out.initial.u"),
        declaration={
            "dynamics": {**_LIF["dynamics"], "u": "(c*v - u)/tau_u"},
            "threshold": "v - theta",
            "reset": {"v": "v - u - kappa", "u": "u + v"},
            "receive": _LIF["receive"],
            "parameters": {
                "tau_m": 12e-3,
                "tau_s": 5e-3,
                "tau_u": 25e-3,
                "theta": 1.0,
                "kappa": 0.3,
                "c": 0.4,
            },
            "initial": {"u": 0.02},
        },
    ),
    NamedCase(
        name="equal time constants",
        pitfall="a division by tau_m - tau_s",
        keys=("out.tau_m", "out.tau_s"),
        declaration={**_LIF, "parameters": {**_LIF["parameters"], "tau_m": 8e-3, "tau_s": 8e-3}},
    ),
    NamedCase(
        name="a neuron lifted over threshold by a delta synapse",
        pitfall="the spike has the arrival's time, which no slope of the membrane gives",
        keys=("in->out.delay", "in.times", "in->out.weight", "out.v_r", "out.rho"),
        declaration={
            "dynamics": {"v": "-v/tau_m", "u": "-u/tau_s"},
            "threshold": "v - theta",
            "reset": {"v": "v_r + rho*v", "u": "u + v"},
            "receive": {"v": "v + w - u/10"},
            "parameters": {**_LIF["parameters"], "rho": 0.2},
        },
        scale=0.15,
    ),
    NamedCase(
        name="leak with non-zero resting value",
        pitfall="the adjoint of a membrane that rests at zero",
        keys=("out.e_l", "out.tau_m", "out.initial.v"),
        declaration={
            **_LIF,
            "dynamics": {"v": "(e_l - v + i)/tau_m", "i": "-i/tau_s"},
            "parameters": {**_LIF["parameters"], "e_l": -0.3},
            "initial": {"v": -0.2},
        },
    ),
    NamedCase(
        name="a reset that leaves part of the overshoot",
        pitfall="further spikes at the same instant are dropped, with their gradients",
        keys=("out.theta", "in->out.weight", "in.times", "in->out.delay"),
        declaration={
            "dynamics": {"v": "-v/tau_m", "u": "-u/tau_s"},
            "threshold": "v - theta",
            "reset": {"v": "v - theta*(1 + u)", "u": "u + b*v"},
            "receive": {"v": "v + w"},
            "parameters": {"tau_m": 12e-3, "tau_s": 5e-3, "theta": 1.0, "b": 0.05},
        },
        scale=0.45,
    ),
)
"""Each a declaration of its own."""
