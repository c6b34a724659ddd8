"""Compiled gradients of random networks against high-precision differences."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from strategies import Case, cases

from saltation.runtime.check import check_gradient
from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import SimulationError
from saltation.symbolic.models import lif


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
