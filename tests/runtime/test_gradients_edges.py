"""Gradients at the edges: ties, the ends of a run, maxima that coincide, unstable flows."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from proofs import (
    DRIVE,
    KINDS,
    WEIGHT,
    assert_exact,
    drive,
    model,
    small_network,
)

from saltation.runtime.simulate import compile
from saltation.symbolic.errors import NonFiniteError
from saltation.symbolic.models import (
    leaky_integrator,
    lif,
    lif_delta,
)


def test_arrivals_at_zero_at_the_end_and_after_it() -> None:
    """Input spikes at exactly 0 and at t_end apply, later ones have no effect and gradient zero."""
    net = small_network(lif_delta, np.array([[0.4], [1.2]]), watch=[("v", "sample", [0.0, 0.02])])
    spikes = drive([(0.0, 0), (0.02, 1), (0.0201, 1)])
    result = assert_exact(
        net, spikes, t_end=0.02, skipped=("in.times", "in->out.delay", "in->out.weight")
    )
    assert result.forward.spikes == 1


def test_input_spikes_after_the_end_have_gradient_zero() -> None:
    """And so has the weight of the input that only fires then."""
    net = small_network(lif, np.array([[14.0], [3.0]]), watch=KINDS)
    spikes = drive([(0.001, 0), (0.0501, 1), (0.06, 0)])
    result = assert_exact(net, spikes)
    assert result.forward.spikes > 0


def test_arrivals_tied_in_time_at_different_neurons() -> None:
    """Ties that meet at no neuron are no ties: every gradient exists."""
    weight = np.array([[12.0, 0.0], [0.0, 14.0]])
    net = small_network(lif, scipy.sparse.csr_matrix(weight), watch=KINDS)
    assert_exact(net, drive([(0.004, 0), (0.004, 1), (0.01, 0), (0.01, 1)]), spiking=True)


def test_one_spike_that_reaches_several_targets_by_several_ways_at_once() -> None:
    """Additive jumps commute: the gradient by the spike's time exists, and counts every arrival."""
    net = small_network(lif, WEIGHT, watch=KINDS)
    net.connect("in", "out", weight=0.5 * WEIGHT, name="again")
    assert_exact(net, DRIVE, spiking=True, skipped=("in->out.delay", "again.delay"))


def test_several_maxima_reached_at_one_time_and_place() -> None:
    """Copies of an expression, its double, and one that peaks elsewhere."""
    net = small_network(
        leaky_integrator,
        WEIGHT,
        initial={"v": 0.05, "i": 0.1},
        watch=[("v", "max"), ("2*v", "max"), ("v", "max"), ("i - v", "max"), ("v - i", "max")],
    )
    assert_exact(net, DRIVE, spiking=False)


def test_a_maximum_at_the_start_and_at_the_end() -> None:
    """A falling state is largest at 0, a rising one at t_end: no slope is needed there."""
    relaxing = model(
        "relaxing",
        dynamics={"v": "(d - v)/tau", "u": "-u/tau"},
        parameters={"tau": 10e-3, "d": 0.7},
        initial={"u": 1.0},
    )
    net = small_network(relaxing, watch=[("v", "max"), ("u", "max"), ("u - 2*v", "max")])
    assert_exact(net)


def test_observations_with_parameters_in_them() -> None:
    """Their derivative by the parameter is part of its gradient."""
    net = small_network(
        lif,
        WEIGHT,
        initial={"v": 0.05, "i": 0.1},
        watch=[
            ("v/theta - tau_m*i/tau_s", "max"),
            ("theta*v**2 + i*v_r", "sample", [0.0, 0.0123]),
            ("theta*v - i", "integral"),
        ],
    )
    assert_exact(net, DRIVE, spiking=True)


def test_unstable_flows() -> None:
    """A voltage that grows by itself, and keeps the rest of its overshoot."""
    growing = model(
        "growing",
        dynamics={"v": "v/tau"},
        threshold="v - theta",
        reset={"v": "v - theta + v_r"},
        parameters={"tau": 1e-3, "theta": 1.0, "v_r": 0.1},
        initial={"v": 1e-5},
    )
    result = assert_exact(small_network(growing), t_end=0.1)
    assert result.forward.spikes == 39


@pytest.mark.parametrize("solver", ["closed_form", "taylor"])
def test_a_gradient_that_is_no_number_is_an_error(solver: str) -> None:
    """The root of a state at zero has a value, and no derivative."""
    rooted = model(
        "rooted",
        dynamics={"v": "-v/tau", "u": "-u/tau"},
        threshold="v - theta",
        reset={"v": "0", "u": "sqrt(u)"},
        receive={"v": "v + w"},
        parameters={"tau": 0.01, "theta": 1.0},
    )
    net = small_network(rooted, [[1.5]], watch=[("u", "sample", [0.01])])
    run = compile(net, t_end=0.05, solver=solver).run(drive([(0.001, 0)]))
    assert run.observations["out_0"].item() == 0.0
    with pytest.raises(NonFiniteError, match=r"the gradient of '.*' is not finite in 1 of 1"):
        run.gradient(observations={"out_0": np.ones((1, 1, 1))})
