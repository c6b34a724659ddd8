"""Events of numerical flows: near-grazing, double crossings, blow-up, stiffness, invariance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from proofs import model, small_network

from saltation.runtime.network import Network
from saltation.runtime.simulate import Run, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import BlowUpError, NonFiniteError, StiffnessError
from saltation.symbolic.neuron import Event, Mode, Neuron

OMEGA = 2 * math.pi / 20e-3
NOTHING: dict[str, Spikes] = {}


def wave(level: float, *, reset: bool = False) -> Neuron:
    """``v = sin(omega t)``, whose peaks of one are at 5, 25, 45 ms."""
    return model(
        "wave",
        dynamics={"v": "omega*cos(omega*t)"},
        threshold="v - theta",
        reset={"v": "v - 2*theta"} if reset else {},
        parameters={"omega": OMEGA, "theta": level},
        initial={"v": 0.0},
    )


def run_alone(neuron: Neuron, t_end: float, **options: float) -> Run:
    net = Network()
    net.add_population("out", neuron, 1)
    return compile(net, t_end=t_end, **options).run(NOTHING)  # type: ignore[arg-type]


@pytest.mark.parametrize("gap", [1e-6, 1e-9, 1e-11])
def test_a_crossing_just_below_a_peak_is_found_and_one_just_above_is_not(gap: float) -> None:
    below = run_alone(wave(1 - gap), 0.06, rtol=1e-13).spikes["out"].times
    expected = [math.asin(1 - gap) / OMEGA + k * 20e-3 for k in range(3)]
    np.testing.assert_allclose(below, expected, atol=3e-13 / math.sqrt(gap) / OMEGA)
    assert run_alone(wave(1 + gap), 0.06, rtol=1e-13).spikes["out"].times.size == 0


@pytest.mark.parametrize("rtol", [1e-3, 1e-5, 1e-8])
def test_both_crossings_inside_one_step_are_found(rtol: float) -> None:
    """A guard that is above zero for a fraction of a step fires once, and is armed again."""
    run = run_alone(wave(0.97), 0.2, rtol=rtol)
    expected = [math.asin(0.97) / OMEGA + k * 20e-3 for k in range(10)]
    assert run.spikes["out"].times.size == 10
    np.testing.assert_allclose(run.spikes["out"].times, expected, atol=3e-1 * rtol + 1e-9)


def test_a_spike_that_is_not_reset_fires_once_however_often_its_guard_is_looked_at() -> None:
    """The guard stays above zero for a third of the period, in which arrivals cut the flow."""
    neuron = model(
        "wave",
        dynamics={"v": "omega*cos(omega*t)", "i": "-i/tau"},
        threshold="v - theta",
        receive={"i": "i + w"},
        parameters={"omega": OMEGA, "theta": 0.5, "tau": 1e-3},
    )
    net = small_network(neuron, np.ones((1, 2)))
    drive = {"in": Spikes.from_events([[(k * 0.7e-3, 0) for k in range(80)]])}
    times = compile(net, t_end=0.06).run(drive).spikes["out"].times
    expected = [math.asin(0.5) / OMEGA + k * 20e-3 for k in range(3)]
    np.testing.assert_allclose(times, np.repeat(expected, 2), atol=1e-10)


def explosive(theta: float | None = None, **declaration: object) -> Neuron:
    return model(
        "explosive",
        dynamics={"v": "v*v/tau", "s": "-s/tau"},
        receive={"s": "s + w"},
        parameters={"tau": 10e-3} | ({} if theta is None else {"theta": theta}),
        initial={"v": 1.0},
        **declaration,
    )


@pytest.mark.parametrize("precision", ["double", "single"])
def test_a_state_that_blows_up_in_finite_time_is_named(precision: str) -> None:
    """``v = 1 / (1 - t / tau)``: nothing catches it before 10 ms."""
    net = small_network(explosive(), np.ones((1, 2)))
    with pytest.raises(BlowUpError, match="population 'out'") as caught:
        compile(net, t_end=0.02, precision=precision).run({"in": Spikes.from_events([[(1e-3, 0)]])})
    assert isinstance(caught.value, NonFiniteError | ArithmeticError)
    time = float(str(caught.value).split(" at ")[1].split(" s:")[0])
    assert time == pytest.approx(0.01, rel=1e-5)
    assert "guard" in str(caught.value)


def test_a_threshold_catches_a_blow_up_at_its_exact_time() -> None:
    neuron = explosive(threshold="v - 1e6", reset={"v": "1"})
    times = run_alone(neuron, 0.035, rtol=1e-12).spikes["out"].times
    np.testing.assert_allclose(times, 10e-3 * (1 - 1e-6) * np.arange(1, 4), rtol=1e-11)


@pytest.mark.parametrize(("precision", "theta"), [("single", 1e8), ("double", 3e16)])
def test_a_threshold_catches_a_rise_within_the_rounding_of_the_time(
    precision: str, theta: float
) -> None:
    """Just below it the voltage doubles in less time than separates two numbers near 10 ms."""
    tau = 10e-3
    spacing = np.spacing(np.float32(tau)) if precision == "single" else np.spacing(tau)
    assert tau / theta < spacing / 2
    net = Network()
    net.add_population("out", explosive(threshold="v - theta", reset={"v": "1"}, theta=theta), 1)
    run = compile(net, t_end=0.015, precision=precision).run(NOTHING)
    np.testing.assert_allclose(run.spikes["out"].times, [tau], atol=1e-5 * tau)
    gradient = run.gradient(spike_times={"out": [1.0]}, wrt=["out.theta"])["out.theta"]
    np.testing.assert_allclose(gradient, tau / theta**2, rtol=1e-3)


def test_a_flow_that_is_too_stiff_is_named_with_what_has_grown() -> None:
    neuron = model(
        "stiff",
        dynamics={"v": "-rate*(v - cos(t))*(1 + v*v)", "g": "g/tau"},
        parameters={"rate": 1e8, "tau": 2e-5},
        initial={"v": 1e-2, "g": 1e-9},
    )
    with pytest.raises(StiffnessError, match=r"neuron 0, sample 0, at 0\.\d+ s.*stiff") as caught:
        run_alone(neuron, 1.0)
    assert "Grown far: g = " in str(caught.value)
    assert "v = " not in str(caught.value)


def test_a_resting_state_is_no_step_at_all() -> None:
    """From rest to rest: no spike, and exactly the initial state."""
    neuron = model("rest", dynamics={"v": "v*v - v"}, threshold="v - 1", reset={"v": "0"})
    net = small_network(neuron, watch=[("v", "sample", (0.5,)), ("v", "max")], size=1)
    run = compile(net, t_end=1.0).run(NOTHING)
    assert run.spikes["out"].times.size == 0
    assert run.observations["out_0"].ravel().tolist() == [0.0]


CURVED = model(
    "curved",
    modes={
        "on": Mode(
            {"v": "(v*v - v + i)/tau", "i": "-i/tau_s", "c": "0"},
            [Event("v - theta", {"v": "v/9", "c": "0"}, to="off", spike=True)],
        ),
        "off": Mode(
            {"v": "-v/tau", "i": "-i/tau_s", "c": "1"},
            [Event("c - 2e-3", {}, to="on", spike=False)],
        ),
    },
    receive={"i": "i + w"},
    parameters={"tau": 20e-3, "tau_s": 5e-3, "theta": 1.4},
)


def curved_run(order: list[int], samples: list[int], threads: int, each: bool) -> Run:
    random = np.random.default_rng(5)
    size = 9
    weight = random.uniform(3, 9, (4, size))[:, order]
    tau = random.uniform(15e-3, 25e-3, size)[order] if each else 20e-3
    net = small_network(
        CURVED, weight, parameters={"tau": tau}, watch=[("v*i", "max"), ("v", "integral")]
    )
    times = random.uniform(0, 0.04, (6, 4))[samples]
    simulator = compile(net, t_end=0.06, threads=threads, rtol=1e-7)
    return simulator.run({"in": Spikes.from_first_times(times)})


@pytest.mark.parametrize("each", [False, True], ids=["shared", "each"])
def test_order_batch_and_threads_change_no_bit(each: bool) -> None:
    whole = curved_run(list(range(9)), list(range(6)), 1, each)
    order = [3, 0, 8, 1, 7, 2, 6, 4, 5]
    other = curved_run(order, list(range(6)), 2, each)
    first, second = (run.first_spikes("out") for run in (whole, other))
    assert np.isfinite(first).sum() > 20
    np.testing.assert_array_equal(second, first[:, order])
    for name, values in whole.observations.items():
        np.testing.assert_array_equal(other.observations[name], values[:, order])
    part = curved_run(list(range(9)), [4, 5], 1, each)
    np.testing.assert_array_equal(part.first_spikes("out"), first[4:])


def test_gradients_do_not_depend_on_threads_and_repeat() -> None:
    runs = [curved_run(list(range(9)), list(range(6)), threads, True) for threads in (1, 2, 2)]
    cotangent = {"out": np.sin(np.arange(runs[0].spikes["out"].times.size))}
    marks = {"out_0": np.ones((6, 9)), "out_1": np.ones((6, 9))}
    first, *others = (run.gradient(cotangent, marks) for run in runs)
    for other in others:
        for key, value in first.items():
            np.testing.assert_array_equal(other[key], value, err_msg=key)


def test_single_precision_is_close_to_double() -> None:
    gradients = []
    for precision in ("double", "single"):
        net = small_network(CURVED, np.array([[6.0, 8.0]]))
        run = compile(net, t_end=0.06, precision=precision).run(
            {"in": Spikes.from_events([[(0.002, 0), (0.017, 0)]])}
        )
        assert run.spikes["out"].times.size >= 2
        gradients.append(run.gradient({"out": np.ones(run.spikes["out"].times.size)}))
    double, single = gradients
    for key, value in double.items():
        scale = np.abs(value).max()
        np.testing.assert_allclose(single[key], value, rtol=2e-3, atol=2e-3 * scale, err_msg=key)
