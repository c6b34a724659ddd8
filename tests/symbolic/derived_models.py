"""Models whose derivations the tests read: shipped, coupled, nonlinear, with awkward names."""

from __future__ import annotations

from saltation.symbolic import models
from saltation.symbolic.neuron import Neuron

RESONATOR = Neuron(
    "resonator_2",
    dynamics={"v": "(i - v - u)/tau_m", "u": "(a*v - u)/tau_u", "i": "(b - i)/tau_s"},
    threshold="v - theta",
    reset={"u": "u + d"},
    receive={"exc_in": {"i": "i + w"}, "inh": {"i": "i - w"}},
    parameters={
        "tau_m": 1.0,
        "a": 1.0,
        "b": 0.1,
        "d": 1.0,
        "tau_u": 1.0,
        "tau_s": 1.0,
        "theta": 1.0,
    },
)

NONLINEAR = Neuron(
    "nonlinear",
    dynamics={"v": "v**2/tau + e + exp((v - h)/2.5) + 1e-3*tanh(v)", "h": "-sigma*sqrt(h**2 + 1)"},
    threshold="v - theta + h**3",
    reset={"v": "-theta"},
    receive={"v": "v + w*(e - v)"},
    parameters={"tau": 1.0, "e": 0.1, "theta": 2.0, "sigma": 1.0},
)

RAMP = Neuron(
    "ramp",
    dynamics={"v": "(g_exc_2*t - v)/tau"},
    threshold="v - theta",
    reset={"v": "v - theta"},
    receive={"v": "v + w"},
    parameters={"tau": 1.0, "g_exc_2": 0.5, "theta": 1.0},
)

MODELS = (*(getattr(models, name) for name in models.__all__), RESONATOR, NONLINEAR, RAMP)
