"""Crossings far from where the search starts: fast membranes and slow drives in long intervals."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from saltation.runtime.interpreter import interpret
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


def test_a_bend_that_turns_twice_between_slow_states_and_fast_ones() -> None:
    """At the end the slope of the bend is below the smallest number beside it: 1e-60 to 17."""
    model = Neuron(
        "turning",
        dynamics={
            "v": "(b*x - a*u - v)/0.0235",
            "u": "-u/0.0325",
            "y": "-y/0.00062",
            "x": "-x/0.00026",
        },
        threshold="0.9*v - 0.5*u + 0.9*y + 0.2*x + theta",
        reset={"v": "v - 1000"},
        parameters={"a": 0.68, "b": 1.1, "theta": 0.49},
        initial={"v": -3.5, "u": 0.37, "y": -0.95, "x": 2.8},
    )
    net = Network()
    net.add_population("out", model, 1)
    times = compile(net, t_end=0.1, threads=1).run({}).spikes["out"].times
    expected = interpret(net, {}, t_end=0.1).times("out")
    assert times.size == 1
    np.testing.assert_allclose(times, expected, rtol=1e-12)


def test_a_threshold_that_follows_a_drive_in_long_intervals() -> None:
    """Exponentials of differences of rates reach 1e13 to 1e1500, of which no difference is left."""
    model = Neuron(
        "following",
        dynamics={"v": "(p*a - v)/tau", "a": "(q*b - a)/tau_a", "b": "-b/tau_b"},
        threshold="g*v + k*a",
        reset={"v": "v - 1000*g"},
        parameters={"p": 1.0, "q": 1.0, "g": 1.0, "k": -1.0}
        | {"tau": 1e-2, "tau_a": 1e-2, "tau_b": 1e-2},
        initial={"v": -1.0},
    )
    values = {
        "tau": [0.030822375207239492, 0.0002307438515490626, 1.054629999358903e-05],
        "tau_a": [0.0001312988786112081, 0.0007311158391029184, 1.7150276353989633e-05],
        "tau_b": [4.268099174378127e-05, 0.00022296618557106452, 0.02982461169642674],
        "p": [0.2548779982460579, 0.7696463907492461, 0.9783941024354259],
        "q": [-0.7755515063117902, 0.7862529571780896, 0.7304715851493986],
        "g": [-0.41963051299708176, 0.4363666886302055, -1.070885537994653],
        "k": [0.27245589969235456, -0.48226358736648306, 0.773320619376291],
    }
    initial = {
        "v": [-0.03254779, -0.96964883, -1.05676608],
        "a": [-0.28577579, -0.56131016, -14.23544479],
        "b": [4.01597851, -0.95718216, 1.78945489],
    }
    net = Network()
    net.add_population("out", model, 3, parameters=values, initial=initial)
    spikes = compile(net, t_end=0.1, threads=1).run({}).spikes["out"]
    expected = interpret(net, {}, t_end=1e-3)
    np.testing.assert_array_equal(spikes.units, expected.units("out"))
    np.testing.assert_allclose(spikes.times, expected.times("out"), rtol=1e-11)
    assert spikes.n_spikes == 3
