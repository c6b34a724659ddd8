"""Single precision follows double precision to its 24 bits."""

from __future__ import annotations

import numpy as np
import pytest
from proofs import drive, small_network

from saltation.runtime.check import check_gradient
from saltation.runtime.simulate import compile
from saltation.symbolic.models import adaptive_lif, lif, lif_delta, lif_refractory
from saltation.symbolic.neuron import Neuron

WEIGHT = np.array([[7.1, 4.3, -2.0], [5.2, 9.4, 8.3]])
SPIKES = drive(
    [(0.0013, 0), (0.0042, 1), (0.0051, 0), (0.0117, 1), (0.0183, 0), (0.0304, 1)],
    [(0.0021, 1), (0.0034, 0), (0.0209, 0)],
)
WATCH = [("v", "max"), ("v", "integral"), ("v", "sample", [0.0043, 0.0171, 0.037])]


@pytest.mark.parametrize(
    ("neuron", "scale"),
    [(lif, 1.0), (adaptive_lif, 1.0), (lif_refractory, 1.0), (lif_delta, 0.15)],
    ids=lambda x: getattr(x, "name", ""),
)
def test_single_precision_agrees_with_double(neuron: Neuron, scale: float) -> None:
    """The same spikes, times within microseconds' thousandths, gradients within a thousandth."""
    net = small_network(neuron, scale * WEIGHT, delay=0.7e-3, watch=WATCH)
    double = compile(net, t_end=0.05).run(SPIKES)
    single = compile(net, t_end=0.05, precision="single").run(SPIKES)
    one, two = double.spikes["out"], single.spikes["out"]
    assert len(one.times) > 3
    assert (one.units == two.units).all()
    assert (one.offsets == two.offsets).all()
    assert two.times == pytest.approx(one.times, abs=2e-7)
    for name, observed in double.observations.items():
        assert single.observations[name] == pytest.approx(
            observed, abs=2e-4 * np.abs(observed).max()
        )
    cotangent = {"out": np.cos(np.arange(len(one.times)))}
    expected = double.gradient(spike_times=cotangent)
    for key, value in single.gradient(spike_times=cotangent).items():
        assert value.dtype == np.float64
        assert np.abs(value - expected[key]).max() <= 5e-3 * np.abs(expected[key]).max() + 1e-9, key


@pytest.mark.parametrize("share", [0.0, 1e-7, 1e-4, 1e-2])
def test_equal_and_nearly_equal_time_constants_in_single_precision(share: float) -> None:
    """No cancellation of nearly equal rates."""
    tau = 8e-3
    net = small_network(lif, WEIGHT, parameters={"tau_m": tau, "tau_s": tau * (1 + share)})
    result = check_gradient(net, SPIKES, t_end=0.05, precision="single", entries=3, progress=False)
    assert result.passed, f"\n{result}"
    assert result.forward.spikes > 3
