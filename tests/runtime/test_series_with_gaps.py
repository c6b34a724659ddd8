"""Series whose last terms vanish although what is left out does not: what a step's end shows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from proofs import model, small_network
from scipy.integrate import quad

from saltation.runtime.simulate import compile

TAU, T_END = 0.01, 0.1

GAPS = {
    "1/(1 + (t/tau)**4)/tau": lambda t: 1 / (1 + t**4),
    "1/(1 + (t/tau)**8)/tau": lambda t: 1 / (1 + t**8),
    "1/(1 + (t/tau)**3)/tau": lambda t: 1 / (1 + t**3),
    "(t/tau)**8/(1 + (t/tau)**8)/tau": lambda t: t**8 / (1 + t**8),
    "(1 + (t/tau)**4)**(-2.5)/tau": lambda t: (1 + t**4) ** -2.5,
    "log(1 + (t/tau)**4)/tau": lambda t: np.log(1 + t**4),
    "cos((t/tau)**3/50)/tau": lambda t: np.cos(t**3 / 50),
    "(t/tau/4)**20/tau": lambda t: (t / 4) ** 20,
}
"""Rates that read the time: of their series at zero most terms are zero, also the last ones."""


@pytest.mark.parametrize("rtol", [1e-5, 1e-9, 1e-12])
@pytest.mark.parametrize("rate", GAPS)
def test_terms_that_vanish_hide_none_that_do_not(rate: str, rtol: float) -> None:
    function: Callable[[float], float] = GAPS[rate]
    neuron = model("gaps", dynamics={"y": rate}, receive={"y": "y + w"}, parameters={"tau": TAU})
    net = small_network(neuron, size=3, watch=(("y", "sample", [T_END]),))
    run = compile(net, t_end=T_END, rtol=rtol).run({})
    end = T_END / TAU
    exact = quad(function, 0.0, end, epsabs=1e-14, epsrel=1e-13, limit=500)[0]
    error = 100 * rtol * (1 + abs(exact))
    np.testing.assert_allclose(run.observations["out_0"], exact, rtol=0, atol=error)
    gradient = run.gradient(observations={"out_0": np.ones((1, 1, 3))})["out.tau"]
    np.testing.assert_allclose(
        gradient, -3 * end * function(end) / TAU, rtol=0, atol=10 * error / TAU
    )


def test_rates_that_are_mostly_rounding_shorten_no_step() -> None:
    """``exp(-x^2) - 1`` has few digits where ``x`` is small, and its series has all."""
    rate = "expm1(-(t/tau/1e7)**2)/tau"
    neuron = model("small", dynamics={"y": rate}, receive={"y": "y + w"}, parameters={"tau": TAU})
    net = small_network(neuron, size=3, watch=(("y", "sample", [T_END]),))
    run = compile(net, t_end=T_END, rtol=1e-12).run({})
    np.testing.assert_allclose(run.observations["out_0"], -1e-11 / 3, rtol=1e-6)
