"""Guards and observed maxima that bend more than the states do: no crossing is missed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from proofs import drive, model, small_network
from scipy.optimize import brentq

from saltation.runtime.simulate import compile

TAU, TAU_S, THETA, K = 20e-3, 5e-3, 0.5, 0.02

GUARDS: dict[str, Callable[[float], float]] = {
    "1/(1 + exp(-(v - theta)/k)) - 1/2": lambda v: 1 / (1 + math.exp(-(v - THETA) / K)) - 0.5,
    "tanh((v - theta)/k)": lambda v: math.tanh((v - THETA) / K),
    "atan((v - theta)/k)": lambda v: math.atan((v - THETA) / K),
    "v**8/(v**8 + theta**8) - 1/2": lambda v: v**8 / (v**8 + THETA**8) - 0.5,
    "log(v + k/20) - log(theta)": lambda v: math.log((v + K / 20) / THETA),
}
"""Functions of a membrane, a hundred times as steep as it, in its own units."""


def potential(weight: float, t: float) -> float:
    """A membrane's response to one spike, with the peak at 9.24 ms."""
    factor = weight * TAU_S / (TAU - TAU_S)
    return factor * (math.exp(-t / TAU) - math.exp(-t / TAU_S))


PEAK = math.log(TAU / TAU_S) * TAU * TAU_S / (TAU - TAU_S)


@pytest.mark.parametrize("size", [1, 9])
@pytest.mark.parametrize("weight", [3.3, 4.0])
@pytest.mark.parametrize("guard", GUARDS)
def test_a_steep_guard_of_a_slow_membrane_fires(guard: str, weight: float, size: int) -> None:
    function = GUARDS[guard]
    neuron = model(
        "steep",
        dynamics={"v": "(i - v)/tau_m", "i": "-i/tau_s"},
        threshold=guard,
        reset={},
        receive={"i": "i + w"},
        parameters={"tau_m": TAU, "tau_s": TAU_S, "theta": THETA, "k": K},
    )
    net = small_network(neuron, np.full((1, size), weight), watch=((guard, "max"),))
    run = compile(net, t_end=0.2).run(drive([(0.003, 0)]))
    at = brentq(lambda t: function(potential(weight, t)), 1e-9, PEAK, xtol=1e-16, rtol=1e-15)
    np.testing.assert_allclose(run.spikes["out"].times, np.full(size, 0.003 + at), rtol=1e-8)
    most = function(potential(weight, PEAK))
    np.testing.assert_allclose(run.observations["out_0"], np.full((1, size), most), rtol=1e-8)


@pytest.mark.parametrize("size", [1, 9])
def test_a_maximum_that_saturates_is_reached(size: int) -> None:
    """The slope of what is one to the last digit is zero, and does not change its sign."""
    neuron = model(
        "saturated",
        dynamics={"v": "(i - v)/tau_m", "i": "-i/tau_s"},
        receive={"i": "i + w"},
        parameters={"tau_m": TAU, "tau_s": TAU_S},
    )
    net = small_network(neuron, np.full((1, size), 6.0), watch=(("tanh((v - 0.5)*50)", "max"),))
    run = compile(net, t_end=0.2).run(drive([(0.003, 0)]))
    np.testing.assert_allclose(run.observations["out_0"], np.ones((1, size)), rtol=1e-9)
    gradient = run.gradient(observations={"out_0": np.ones((1, size))})
    np.testing.assert_allclose(gradient["in->out.weight"], 0.0, atol=1e-6)
