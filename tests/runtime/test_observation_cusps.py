"""Observations at jumps: a maximum that an arrival makes, an integral over one, a sample at one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from proofs import assert_exact, drive, model, small_network

from saltation.runtime.simulate import compile
from saltation.symbolic.models import leaky_integrator, lif_delta
from saltation.symbolic.neuron import Neuron

TAU = 10e-3
DECAY = model(
    "decay",
    dynamics={"v": "-v/tau"},
    threshold="v - theta",
    reset={"v": "v_r"},
    receive={"v": "v + w"},
    parameters={"tau": TAU, "theta": 1.0, "v_r": -0.2},
)
"""A state that only arrivals lift."""

CURVED = model(
    "curved",
    dynamics={"v": "-(v + v**3/2)/tau", "u": "(v**2 - u)/tau"},
    threshold="v - theta",
    reset={"v": "v_r*exp(-u)", "u": "u + v**2"},
    receive={"v": "v + w*(2 - v)/2"},
    parameters={"tau": TAU, "theta": 1.0, "v_r": -0.2},
)
"""The same with a nonlinear flow, reset and port."""

TIMES = ("in.times", "in->out.delay")


@pytest.mark.parametrize(("expression", "power"), [("v", 1), ("v**2", 2)])
def test_a_maximum_at_an_arrival_moves_with_it(expression: str, power: int) -> None:
    """Just after the second of three arrivals: both time derivatives in closed form."""
    net = small_network(DECAY, np.array([[0.5], [0.4], [0.1]]), watch=[(expression, "max")])
    run = compile(net, t_end=0.05, rtol=1e-12).run(drive([(0.002, 0), (0.005, 1), (0.012, 2)]))
    decay = np.exp(-0.003 / TAU)
    top = 0.5 * decay + 0.4
    assert run.observations["out_0"].ravel() == pytest.approx([top**power], rel=1e-12)
    gradient = run.gradient(observations={"out_0": np.ones((1, 1))})
    outer = power * top ** (power - 1)
    slope = outer * 0.5 * decay / TAU
    assert gradient["in.times"] == pytest.approx([slope, -slope, 0.0], rel=1e-9)
    weights = outer * np.array([decay, 1.0, 0.0])
    assert gradient["in->out.weight"].ravel() == pytest.approx(weights, rel=1e-9)
    assert gradient["out.tau"] == pytest.approx(outer * 0.5 * decay * 0.003 / TAU**2, rel=1e-9)


@pytest.mark.parametrize("size", [1, 10])
def test_a_maximum_is_where_an_arrival_ends_the_rise(size: int) -> None:
    """Rising for three arrivals, falling from the fourth on: all in closed form."""
    times = np.array([1e-3, 1.5e-3, 1.8e-3, 2e-3])
    weights = np.array([2.0, 1.0, 0.5, -40.0])[:, None] * np.linspace(1.0, 2.0, size)
    net = small_network(leaky_integrator, weights, watch=[("v", "max")])
    run = compile(net, t_end=0.05).run(drive([(time, k) for k, time in enumerate(times)]))
    fast, slow, scale = 1 / 5e-3, 1 / 20e-3, 5e-3 / (20e-3 - 5e-3)
    ages = times[-1] - times[:-1]
    response = scale * (np.exp(-slow * ages) - np.exp(-fast * ages))
    slope = scale * (fast * np.exp(-fast * ages) - slow * np.exp(-slow * ages))
    highest = response @ weights[:-1]
    assert run.observations["out_0"][0] == pytest.approx(highest, rel=1e-12)
    gradient = run.gradient(observations={"out_0": np.ones((1, size))})
    expected = np.append(response, 0.0)[:, None] * np.ones(size)
    assert gradient["in->out.weight"] == pytest.approx(expected, rel=1e-12)
    rates = slope * weights[:-1].sum(axis=1)
    assert gradient["in.times"] == pytest.approx([*-rates, rates.sum()], rel=1e-11)


@pytest.mark.parametrize("neuron", [DECAY, CURVED], ids=lambda n: n.name)
@pytest.mark.parametrize("expression", ["v**2", "exp(v)*theta", "-v"])
def test_maxima_at_arrivals_are_exact(neuron: Neuron, expression: str) -> None:
    """Before a jump down, after a jump up, and the overshoot that an event takes back at once."""
    net = small_network(
        neuron,
        np.array([[0.5, 0.7], [0.3, 0.6], [-0.4, 0.2]]),
        delay=np.array([[1.1, 0.2], [0.3, 0.9], [0.7, 0.4]]) * 1e-3,
        initial={"v": 0.05},
        watch=[(expression, "max")],
    )
    spikes = drive([(0.002, 0), (0.005, 1), (0.012, 2)], [(0.001, 1), (0.0034, 0), (0.02, 2)])
    result = assert_exact(net, spikes, t_end=0.03, tolerance=1e-8)
    assert result.forward.spikes >= 1
    rows = {row.key: row for row in result.rows}
    assert rows["in->out.weight"].zeros < rows["in->out.weight"].checked


@pytest.mark.parametrize("neuron", [DECAY, CURVED], ids=lambda n: n.name)
def test_integrals_over_arrivals_and_resets_are_exact(neuron: Neuron) -> None:
    """The pieces between jumps change with the times of the jumps."""
    net = small_network(
        neuron,
        np.array([[0.9, 1.3], [0.4, 0.6]]),
        delay=0.7e-3,
        watch=[("v", "integral"), ("v**2", "integral"), ("theta*exp(v)", "integral")],
    )
    spikes = drive([(0.002, 0), (0.005, 1), (0.012, 0)], [(0.001, 1), (0.0034, 0)])
    result = assert_exact(net, spikes, t_end=0.03, tolerance=1e-8)
    assert result.forward.spikes >= 3


def test_the_integral_of_a_square_over_a_reset_in_closed_form() -> None:
    """v jumps from 0 over the threshold to v_r at 0.01, and decays: ``tau v_r^2 (1 - e)/2``."""
    net = small_network(DECAY, np.array([[1.5]]), watch=[("v**2", "integral")])
    run = compile(net, t_end=0.03, rtol=1e-12).run(drive([(0.01, 0)]))
    left = np.exp(-2 * 0.02 / TAU)
    assert run.observations["out_0"].item() == pytest.approx(0.02 * TAU * (1 - left), rel=1e-10)
    gradient = run.gradient(observations={"out_0": np.ones((1, 1))})
    assert gradient["out.v_r"] == pytest.approx(-0.2 * TAU * (1 - left), rel=1e-9)
    # A later arrival leaves less time to integrate: the value at the end is lost.
    assert gradient["in.times"] == pytest.approx([-0.04 * left], rel=1e-9)
    assert not gradient["in->out.weight"].any()


@pytest.mark.parametrize("neuron", [lif_delta, leaky_integrator, CURVED], ids=lambda n: n.name)
@pytest.mark.parametrize("square", [False, True])
def test_a_sample_at_an_arrival_has_no_derivative_by_its_time_and_all_others(
    neuron: Neuron, square: bool
) -> None:
    """It sees the state after; the check says that nothing can be compared at the jump itself."""
    state = neuron.system.states[0 if neuron is not leaky_integrator else 1].name
    expression = f"{state}**2" if square else state
    net = small_network(
        neuron,
        np.array([[0.5], [0.25]]),
        initial={state: 0.125},
        watch=[(expression, "sample", [0.0, 0.01, 0.02])],
    )
    spikes = drive([(0.0, 0), (0.01, 1), (0.02, 0)])
    result = assert_exact(net, spikes, t_end=0.02, skipped=TIMES, tolerance=1e-8)
    rows = {row.key: row for row in result.rows}
    assert (rows["in.times"].checked, rows["in.times"].skipped) == (0, 3)
    assert (rows["in->out.delay"].checked, rows["in->out.delay"].skipped) == (0, 1)
    assert "not differentiable here" in rows["in->out.delay"].note
    weight: Any = rows["in->out.weight"]
    assert (weight.checked, weight.zeros) == (2, 0)


@pytest.mark.parametrize("before", [False, True])
def test_the_gradient_by_the_time_of_an_arrival_at_a_sample_is_that_of_an_earlier_one(
    before: bool,
) -> None:
    """One-sided: the sample sees the state after the arrival, as if that came just before."""
    net = small_network(DECAY, np.array([[0.5]]), watch=[("v", "sample", [0.01])])
    time = np.nextafter(0.01, 0.0) if before else 0.01
    run = compile(net, t_end=0.02).run(drive([(time, 0)]))
    gradient = run.gradient(observations={"out_0": np.ones((1, 1, 1))})
    assert gradient["in.times"] == pytest.approx([0.5 / TAU], rel=1e-12)
    assert gradient["in->out.weight"].ravel() == pytest.approx([1.0], rel=1e-12)


def test_a_sample_at_an_event_of_the_flow_sees_the_reset() -> None:
    """v = t/tau reaches 1 at the sample's time: with the threshold it moves to either side."""
    ramp = model(
        "ramp",
        dynamics={"v": "1/tau"},
        threshold="v - theta",
        reset={"v": "v_r"},
        parameters={"tau": 2.0**-6, "theta": 1.0, "v_r": 0.25},
    )
    net = small_network(ramp, watch=[("v", "sample", [2.0**-6])])
    run = compile(net, t_end=0.02).run({})
    assert run.spikes["out"].times.tolist() == [2.0**-6]
    assert run.observations["out_0"].ravel().tolist() == [0.25]
    result = assert_exact(net, {}, t_end=0.02, skipped=("out.theta", "out.tau", "out.initial.v"))
    rows = {row.key: row for row in result.rows}
    assert rows["out.theta"].skipped == rows["out.tau"].skipped == 1
    assert rows["out.v_r"].compiled == rows["out.v_r"].difference != 0.0
