"""Crossings far from where the search starts: fast membranes and slow drives in long intervals."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from saltation.runtime.network import Network
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import leaky_integrator
from saltation.symbolic.neuron import Neuron

ARRIVAL = Spikes.from_first_times([[1e-3]])


@pytest.mark.parametrize("t_end", [0.02, 0.2, 1.0, 10.0])
def test_the_peak_of_a_membrane_of_any_speed(t_end: float) -> None:
    """For x = tau_m / tau_s the voltage peaks at w x^(x / (1 - x)), at tau_s x log(x) / (x - 1)."""
    net = Network()
    net.add_input("in", 1)
    times = np.geomspace(1e-6, 0.1, 101)
    net.add_population("out", leaky_integrator, times.size, parameters={"tau_m": times})
    net.connect("in", "out", weight=np.ones((1, times.size)))
    net.observe("peak", "out", "v")
    share = times / net.populations["out"].parameters["tau_s"]
    reached = 1e-3 + 5e-3 * share * np.log(share) / (share - 1.0) < t_end
    expected = share ** (share / (1.0 - share))
    peak = compile(net, t_end, threads=1).run({"in": ARRIVAL}).observations["peak"][0]
    assert reached.sum() > 80
    np.testing.assert_allclose(peak[reached], expected[reached], rtol=1e-12)


RISING = Neuron(
    "rising",
    dynamics={"v": "(drive - a - v) / tau", "a": "-a / slow"},
    threshold="v - theta",
    reset={"v": "0", "a": "a + 10"},
    receive={"v": "v + w"},
    parameters={"tau": 1e-3, "slow": 1.0, "theta": 1.0, "drive": 1.5},
    initial={"a": 2.0},
)


@pytest.mark.parametrize("tau", [1e-2, 1e-3, 1e-4, 1e-5, 1e-6])
@pytest.mark.parametrize("slow", [1.0, 30.0])
def test_a_slow_drive_of_a_fast_membrane(tau: float, slow: float) -> None:
    """The voltage follows drive - a, and reaches the threshold once a has decayed."""
    net = Network()
    net.add_population("out", RISING, 1, parameters={"tau": tau, "slow": slow})
    run = compile(net, t_end=1.7 * slow, threads=1).run({})
    with mpmath.workdps(40):
        fast, late = mpmath.mpf(tau), mpmath.mpf(slow)

        def voltage(t: mpmath.mpf) -> mpmath.mpf:
            follow = 2 * late / (late - fast)
            settled = mpmath.mpf(1.5) - follow * mpmath.exp(-t / late)
            return settled + (follow - mpmath.mpf(1.5)) * mpmath.exp(-t / fast)

        expected = mpmath.findroot(lambda t: voltage(t) - 1, late * mpmath.log(4))
    assert run.spikes["out"].n_spikes == 1
    assert run.spikes["out"].times[0] == pytest.approx(float(expected), rel=1e-13)
