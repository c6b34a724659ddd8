"""Membranes with a resting potential, left alone for long: they rest, and their slope is rounding.

What such a membrane did before it came to rest must be found all the same: runs with a quiet end of
any length have the same spikes and maxima.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import device

import saltation as sal

SIZE, TAU_M = 64, 10e-3


def membrane(name: str, current: str, threshold: str, **more: Any) -> sal.Neuron:
    """A membrane with a resting potential and further states."""
    return sal.Neuron(
        name,
        dynamics={"v": f"(e_l - v + {current})/tau_m", "i": "-i/tau_s", **more},
        threshold=threshold,
        reset={"v": "v_r"},
        receive={"i": "i + w"},
        parameters={"tau_m": TAU_M, "tau_s": 5e-3, "e_l": -70e-3, "theta": -50e-3, "v_r": -65e-3}
        | ({"tau_a": 4e-3, "level": 1e-3} if more else {}),
        initial={"v": -70e-3},
    )


MODELS = [
    membrane("resting", "i", "v - theta"),
    membrane("adapting", "i - a", "v - theta - 0.5*a", a="(level + 0.1*i - a)/tau_a"),
]
"""Three and four rates; in the second the bend of the guard comes to rest too."""
EACH = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


def network(model: sal.Neuron, *, observed: bool = True) -> sal.Network:
    """Neurons that hear one spike each, of different weights; some fire."""
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population("n", model, SIZE)
    net.connect("in", "n", weight=np.linspace(20e-3, 0.3, SIZE)[None, :])
    if observed:
        net.observe("highest", "n", "v", kind="max")
        net.observe("currents", "n", "i - 0.3*v", kind="max")
    return net


SPIKE = {"in": sal.Spikes.from_events([[(0.01, 0)]])}


@EACH
@pytest.mark.parametrize("observed", [False, True])
def test_a_long_rest_hides_no_spike_and_no_maximum(model: sal.Neuron, observed: bool) -> None:
    short = sal.compile(network(model, observed=observed), 0.1).run(SPIKE)
    spikes = short.spikes["n"]
    assert 0 < np.unique(spikes.units).size < SIZE
    for t_end in (0.4, 0.7, 1.5, 40.0):  # exponentials vanish beside one, and at last at all
        run = sal.compile(network(model, observed=observed), t_end).run(SPIKE)
        np.testing.assert_array_equal(run.spikes["n"].units, spikes.units, err_msg=str(t_end))
        np.testing.assert_allclose(run.spikes["n"].times, spikes.times, rtol=1e-12)
        for name, value in run.observations.items():
            np.testing.assert_allclose(value, short.observations[name], rtol=1e-12, err_msg=name)


def test_exported_neurons_do_so_too(tmp_path: Path) -> None:
    net = network(MODELS[1], observed=False)
    expected = sal.compile(net, 0.1).run(SPIKE).spikes["n"]
    target = device(net, tmp_path, 4.0, precision="double")
    assert target.push("in", 0, 0.01) == 0
    assert target.advance(4.0) == 0
    times, units = zip(*target.polled("n"), strict=True)
    np.testing.assert_array_equal(units, expected.units)
    np.testing.assert_allclose(times, expected.times, rtol=1e-12)
