"""Grazing events: a guard that hardly rises at its zero is named, and bounded if asked."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from saltation.runtime.network import Network
from saltation.runtime.simulate import Run, Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import GrazingError, GrazingWarning, UnknownNameError
from saltation.symbolic.models import lif

# The voltage after one spike of weight w peaks at w / 4**(4 / 3) when tau_m = 4 tau_s.
TOUCHING = 4.0 ** (4.0 / 3.0)


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", lif, 2)
    net.connect("in", "out", weight=[[TOUCHING, TOUCHING]])
    return compile(net, t_end=0.1, threads=1)


def run_above(simulator: Simulator, share: float) -> Run:
    """Run with neuron 1 above the touching weight by a share, neuron 0 silent."""
    weight = np.array([[1.0, TOUCHING * (1.0 + share)]])
    spikes = {"in": Spikes.from_first_times([[0.01]])}
    run = simulator.run(spikes, {"in->out.weight": weight})
    assert run.spikes["out"].units.tolist() == [1]
    return run


def test_the_warning_names_neuron_time_and_slope(simulator: Simulator) -> None:
    run = run_above(simulator, 1e-14)
    with pytest.warns(GrazingWarning, match=r"'out', neuron 1, sample 0, at 0\.0192419.* slope"):
        gradient = run.gradient(spike_times={"out": [1.0]})
    assert np.isfinite(gradient["in->out.weight"]).all()


def test_the_policy_can_raise(simulator: Simulator) -> None:
    with pytest.raises(GrazingError, match="neuron 1"):
        run_above(simulator, 1e-14).gradient(spike_times={"out": [1.0]}, grazing="raise")


def test_clipping_bounds_the_gradient_and_is_silent(simulator: Simulator) -> None:
    sizes = []
    for share in (1e-14, 1e-13):
        run = run_above(simulator, share)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            clipped = run.gradient(spike_times={"out": [1.0]}, grazing="clip")
        with pytest.warns(GrazingWarning):
            plain = run.gradient(spike_times={"out": [1.0]})
        assert abs(clipped["in->out.weight"][0, 1]) < abs(plain["in->out.weight"][0, 1])
        sizes.append(clipped["in->out.weight"][0, 1])
    assert sizes[0] == pytest.approx(sizes[1], rel=1e-5)


@pytest.mark.parametrize("policy", ["warn", "raise", "clip"])
def test_an_ordinary_crossing_is_the_same_under_every_policy(
    simulator: Simulator, policy: str
) -> None:
    run = run_above(simulator, 0.1)
    gradient = run.gradient(spike_times={"out": [1.0]}, grazing=policy)
    expected = run.gradient(spike_times={"out": [1.0]})
    assert gradient["in->out.weight"][0, 1] == expected["in->out.weight"][0, 1] != 0.0


def test_a_spike_that_the_loss_ignores_does_not_graze(simulator: Simulator) -> None:
    gradient = run_above(simulator, 1e-14).gradient(spike_times={"out": [0.0]}, grazing="raise")
    assert not gradient["in->out.weight"].any()


def test_an_unknown_policy_is_an_error(simulator: Simulator) -> None:
    with pytest.raises(UnknownNameError, match="grazing"):
        run_above(simulator, 0.1).gradient(spike_times={"out": [1.0]}, grazing="ignore")
