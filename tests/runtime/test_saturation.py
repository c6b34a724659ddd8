"""Saturated sigmoids and rate functions: both sides of a quotient overflow, and its value is exact.

Exponents reach thousands; an exponential overflows at 710 in double and at 89 in single precision.
"""

from __future__ import annotations

import numpy as np
import pytest
from proofs import assert_exact, drive, model, small_network

from saltation.runtime.simulate import compile
from saltation.symbolic.neuron import Neuron

GATES = {
    "rising": "1/(1 + exp(-(v - b)/k))",
    "falling": "1/(1 + exp((v - b)/k))",
    "both sides": "exp((v - b)/k)/(1 + exp((v - b)/k))",
    "three terms": "exp(v/k)/(exp(v/k) + exp(2*v/3) + 1)",
    "difference": "exp(v/k)/(exp(2*v/k) - exp(v/k) + b**2 + 1)",
    "power": "sqrt(1 + exp(v/k))/(1 + 2**(v/k))",
    "linear rate": "(v + b)/(exp((v + b)/k) - 1)",
    "rate without gap": "1/exprel(v/k)",
    "steady state": "exprel(-v/k)/(exprel(-v/k) + 4*exp(-(v - b)/18))",
    "bell": "1/cosh(v/k)",
    "ratio of hyperbolic functions": "sinh(v/k)/cosh(v/k)",
    "soft rectifier": "log(1 + exp(v/k))/1000",
}
"""Functions of a membrane as steep as models have them; the last are written the unlucky way."""


def _gated(gate: str) -> Neuron:
    return model(
        "gated",
        dynamics={"v": "(i - v)/tau_m", "i": "-i/tau_s", "m": f"q*({gate} - m)"},
        threshold="m - theta",
        reset={"m": "0"},
        receive={"i": "i + w"},
        parameters={"tau_m": 20e-3, "tau_s": 5e-3, "q": 100.0, "theta": 1e9, "b": 1.5, "k": 1.25},
    )


SAMPLES = [("m", "sample", [0.002, 0.0055])]


@pytest.mark.parametrize("name", GATES)
def test_gates_are_exact_where_their_exponentials_overflow(name: str) -> None:
    net = small_network(_gated(GATES[name]), [[8e3, -8e3]], watch=SAMPLES)
    assert_exact(net, drive([(0.001, 0)]), t_end=0.006, entries=1)


@pytest.mark.parametrize("name", GATES)
def test_single_precision_is_near_where_exponentials_overflow(name: str) -> None:
    net = small_network(_gated(GATES[name]), [[2e3, -2e3]], watch=SAMPLES)
    gradients, seen = [], []
    for precision in ("double", "single"):
        run = compile(net, t_end=0.006, precision=precision).run(drive([(0.001, 0)]))
        seen.append(run.observations["out_0"])
        gradients.append(run.gradient(observations={"out_0": np.ones_like(seen[0])}))
    np.testing.assert_allclose(seen[1], seen[0], rtol=1e-2, atol=1e-6)
    for key, exact in gradients[0].items():
        assert np.isfinite(exact).all()
        assert np.isfinite(gradients[1][key]).all(), key


def test_jumps_are_exact_where_their_exponentials_overflow() -> None:
    """A closed-form flow whose guard, reset and port have sigmoids, at a membrane far from rest."""
    neuron = model(
        "jumping",
        dynamics={"v": "(i - v)/tau_m", "i": "-i/tau_s", "u": "c - u/tau_m"},
        threshold="u - theta",
        reset={"u": "u/(2 + exp((v - b)/k))", "v": "v + k/(1 + exp(-(v - b)/k))"},
        receive={"i": "i + w*(1 + exp((v - b)/k)/(1 + exp((v - b)/k)))"},
        parameters={"tau_m": 0.02, "tau_s": 5e-3, "c": 100.0, "theta": 0.6, "b": 1.5, "k": 1.25},
    )
    net = small_network(neuron, [[5e4, -5e4]], watch=[("v", "sample", [0.03])])
    assert_exact(net, drive([(0.001, 0), (0.004, 0)]), t_end=0.03, entries=2, spiking=True)


DRIVEN = {
    "two sigmoids": "0.3/(1 + exp(-(v - b)/k))/(1 + exp((v - c)/q))",
    "cubed": "0.3/(1 + exp(-(v - b)/k))**3/(1 + exp((v - c)/q))",
}
"""Activation and inactivation, each of which closes the channel far below."""


@pytest.mark.parametrize(
    ("precision", "weight"),
    [("single", -50.0), ("single", -1e3), ("double", -250.0), ("double", -1e9)],
)  # fmt: skip
@pytest.mark.parametrize("name", DRIVEN)
def test_a_driven_membrane_returns_from_far_below(name: str, precision: str, weight: float) -> None:
    neuron = model(
        "driven",
        dynamics={"v": f"(i - v + {DRIVEN[name]}*(e - v))/tau_m", "i": "-i/tau_s"},
        threshold="v - theta",
        reset={"v": "0"},
        receive={"i": "i + w"},
        parameters={
            "tau_m": 20e-3, "tau_s": 5e-3, "theta": 3.0,
            "b": 0.5, "c": 0.7, "k": 0.05, "q": 0.04, "e": 2.0,
        },
    )  # fmt: skip
    net = small_network(neuron, [[weight]], watch=[("v", "sample", [0.02])])
    run = compile(net, t_end=0.02, precision=precision).run(drive([(0.01, 0)]))
    leak = (np.exp(-0.01 / 20e-3) - np.exp(-0.01 / 5e-3)) / 3
    np.testing.assert_allclose(run.observations["out_0"], weight * leak, rtol=1e-3)
    gradient = run.gradient(observations={"out_0": np.ones((1, 1, 1))})
    np.testing.assert_allclose(gradient["in->out.weight"], leak, rtol=1e-3)
    assert all(np.isfinite(exact).all() for exact in gradient.values())
