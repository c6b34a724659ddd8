"""Conditions that a run or a gradient decides, and those that must simply work."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from bad_models.runs import RUN_CASES, RunCase
from proofs import (
    DRIVE,
    KINDS,
    WEIGHT,
    assert_exact,
    drive,
    model,
    small_network,
)

from saltation.runtime.check import check_gradient
from saltation.runtime.simulate import compile
from saltation.symbolic.errors import ModelError
from saltation.symbolic.models import lif, lif_delta


@pytest.mark.parametrize("case", RUN_CASES, ids=lambda c: f"{c.number}-{c.outcome.__name__}")
def test_what_cannot_be_right_has_a_name_and_its_neighbour_runs(case: RunCase) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(case.outcome) as caught:
            case.invalid()
        assert len(str(caught.value)) > 30
        case.valid()


def test_a_reset_may_depend_on_time_parameters_and_the_state_before_it() -> None:
    """Condition 19: all derivatives of the reset count, also that by time."""
    neuron = model(
        "remembering",
        dynamics={"v": "(i - v)/tau", "i": "-i/tau_s", "u": "-u/tau_u"},
        threshold="v - theta - u",
        reset={"v": "rho*v - c*t*i", "u": "u + b*i", "i": "i - 0.1*v"},
        receive={"i": "i + w"},
        parameters={
            "tau": 20e-3,
            "tau_s": 5e-3,
            "tau_u": 30e-3,
            "theta": 1.0,
            "rho": 0.2,
            "b": 0.05,
            "c": 2.0,
        },
    )
    assert_exact(small_network(neuron, WEIGHT, watch=KINDS), DRIVE, spiking=True)


def test_equal_rates_of_a_coupled_flow_are_ordinary() -> None:
    """Condition 29: the matrix [[-300, 100], [-100, -100]] has one eigenvector for two rates."""
    neuron = model(
        "defective",
        dynamics={"v": "-a*v + k*u", "u": "-k*v - b*u"},
        threshold="v - theta",
        reset={"v": "0", "u": "0.5*u"},
        receive={"u": "u + w"},
        parameters={"a": 300.0, "b": 100.0, "k": 100.0, "theta": 1.0},
    )
    assert_exact(small_network(neuron, WEIGHT, watch=KINDS), DRIVE, spiking=True)


def test_a_delta_synapse_that_crosses_the_threshold_fires_at_once() -> None:
    """Condition 21: the spike has the arrival's time, which the weight does not move."""
    net = small_network(lif_delta, np.array([[1.5]]), delay=2e-3)
    run = compile(net, t_end=0.05).run(drive([(0.01, 0)]))
    assert run.spikes["out"].times.tolist() == [0.01 + 2e-3]
    gradient = run.gradient(spike_times={"out": [1.0]})
    assert gradient["in->out.weight"] == 0.0
    assert gradient["out.theta"] == 0.0
    assert gradient["in->out.delay"] == 1.0
    assert gradient["in.times"] == 1.0


def test_a_current_synapse_fires_later_and_its_weight_moves_the_spike() -> None:
    """Condition 21: the same with a synapse that lifts the current."""
    net = small_network(lif, np.array([[12.0]]), delay=2e-3)
    run = compile(net, t_end=0.05).run(drive([(0.01, 0)]))
    (first, *_) = run.spikes["out"].times
    assert first > 0.012
    gradient = run.gradient(spike_times={"out": [[1.0]]})
    assert gradient["in->out.weight"] < 0.0
    assert gradient["in->out.delay"] == pytest.approx(1.0)


def test_two_events_at_one_instant_are_reported_as_not_differentiable() -> None:
    """Condition 35: of two simultaneous arrivals either can be the one that fires."""
    net = small_network(lif_delta, np.array([[0.6], [0.7]]))
    tied = check_gradient(
        net,
        drive([(0.01, 0), (0.01, 1)]),
        t_end=0.05,
        progress=False,
        keys=["in.times", "out.theta"],
    )
    rows = {row.key: row for row in tied.rows}
    assert rows["in.times"].skipped > 0
    assert "not differentiable here (tie or grazing)" in rows["in.times"].note
    assert rows["out.theta"].skipped == 0
    apart = check_gradient(
        net, drive([(0.01, 0), (0.011, 1)]), t_end=0.05, progress=False, keys=["in.times"]
    )
    assert apart.rows[0].skipped == 0
    assert apart.passed


def test_a_sample_exactly_on_an_event_sees_the_state_after_it() -> None:
    """Condition 35: a loss may look at the very time of a spike, from its right-hand side."""
    clock = model("clock", dynamics={"v": "1"}, threshold="v - 0.25", reset={"v": "0"})
    net = small_network(clock, watch=[("v", "sample", [0.125, 0.25, 0.375])])
    run = compile(net, t_end=0.4).run({})
    assert run.spikes["out"].times.tolist() == [0.25]
    assert run.observations["out_0"].ravel().tolist() == [0.125, 0.0, 0.125]


def test_a_time_constant_below_the_rounding_of_times_is_refused_and_one_above_it_is_not() -> None:
    net = small_network(lif, np.array([[12.0]]), parameters={"tau_s": 1e-17})
    with pytest.raises(ModelError, match=r"i has a time constant of 1e-17 s.*cannot be resolved"):
        compile(net, t_end=0.05)
    compile(net, t_end=0.04)
