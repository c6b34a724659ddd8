"""Compiled gradients of random networks against high-precision differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from strategies import Case, cases

from saltation.runtime.check import _checked_simulator, check_gradient
from saltation.runtime.network import Network
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayTypeError, SimulationError
from saltation.symbolic.models import lif
from saltation.symbolic.neuron import Event, Mode, Neuron


def _two_layers() -> tuple[Network, dict[str, Spikes]]:
    random = np.random.default_rng(0)
    net = Network()
    net.add_input("in", 3)
    net.add_population("hidden", lif, 5)
    net.add_population("out", lif, 2)
    net.connect("in", "hidden", weight=random.uniform(3, 8, (3, 5)))
    net.connect("hidden", "out", weight=random.uniform(2, 5, (5, 2)), delay=1e-3)
    net.observe("top", "out", "v", kind="max")
    net.observe("charge", "hidden", "v", kind="integral")
    return net, {"in": Spikes.from_first_times(random.uniform(0, 0.02, (1, 3)))}


def test_a_two_layer_network_passes_with_every_key() -> None:
    """All 17 kinds of gradient agree to 1e-12, with 37 spikes."""
    net, spikes = _two_layers()
    result = check_gradient(net, spikes, t_end=0.06, progress=False)
    assert {row.key for row in result.rows} == {*net.values(), "in.times"}
    assert result.passed, str(result)
    assert result.worst < 1e-12, str(result)
    assert result.forward.spikes == 37


def test_single_precision_passes_with_its_own_tolerance() -> None:
    """Errors are those of 24 bits: above what double precision allows, below 2e-3."""
    net, spikes = _two_layers()
    result = check_gradient(net, spikes, t_end=0.06, precision="single", progress=False, entries=2)
    assert result.passed, str(result)
    assert result.worst > 1e-9


def test_a_simulator_knows_its_end_its_precision_and_its_solver() -> None:
    net, spikes = _two_layers()
    sim = compile(net, t_end=0.03, precision="single", solver="taylor")
    same = _checked_simulator(sim, None, None, None, 1e-12)
    assert (same.t_end, same.precision, same.solver) == (0.03, "single", "taylor")
    other = _checked_simulator(sim, 0.02, "double", "auto", 1e-12)
    assert (other.t_end, other.precision, other.solver) == (0.02, "double", "auto")
    result = check_gradient(compile(net, t_end=0.03), spikes, entries=1, progress=False)
    assert (result.t_end, result.passed) == (0.03, True)


def test_a_network_is_checked_up_to_an_end() -> None:
    with pytest.raises(ArrayTypeError, match="check_gradient: give t_end, the end of the run in s"):
        check_gradient(*_two_layers())


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases(max_spikes=4))
def test_random_networks_pass(case: Case) -> None:
    """Any linear model, port, reset, delay and sharing of parameters, to 1e-9."""
    try:
        result = check_gradient(
            case.net, case.spikes, t_end=case.t_end, entries=3, tolerance=1e-9, progress=False
        )
    except SimulationError:
        assume(False)
    assert result.passed, str(result)


def test_what_only_the_steps_of_a_numerical_flow_depend_on_is_no_error() -> None:
    """Where a detector is armed again splits a step, and moves no solution.

    The gradient of the computed steps is about a thousandth of their tolerance, the exact one zero.
    """
    rates = {"v": "(-v - v**3/3 + i)/tau", "i": "-i/tau_s"}
    neuron = Neuron(
        "detected",
        modes={
            "ready": Mode(rates, [Event("v - theta", to="up")]),
            "up": Mode(rates, [Event("v_low - v", to="ready", spike=False)]),
        },
        receive={"i": "i + w"},
        parameters={"tau": 10e-3, "tau_s": 5e-3, "theta": 0.5, "v_low": 0.2},
    )
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", neuron, 1)
    net.connect("in", "out", weight=[[3.0]])
    spikes = {"in": Spikes.from_events([[(t, 0) for t in (0.005, 0.08, 0.15, 0.22)]])}
    keys = ["out.v_low", "out.tau"]
    result = check_gradient(net, spikes, t_end=0.3, keys=keys, progress=False)
    assert result.passed, str(result)
    row = result.rows[0]
    assert row.compiled != row.difference == 0.0
    assert result.rows[1].relative < 1e-9
