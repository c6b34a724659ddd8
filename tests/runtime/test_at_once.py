"""Neurons without an event pass a window's arrivals at once: the same as from arrival to arrival.

Neurons with parameters of their own go from arrival to arrival, which other tests compare with
brute force.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

import saltation as sal
from saltation.symbolic.neuron import Neuron

SIZE, INPUTS = 70, 20

Array = np.ndarray[Any, Any]

TWO_SYNAPSES = sal.Neuron(
    "two_synapses",
    dynamics={
        "v": "(e - v + i_e + i_i)/tau_m",
        "i_e": "-i_e/tau_e",
        "i_i": "-i_i/tau_i",
    },
    threshold="v - theta",
    reset={"v": "v_r"},
    receive={"exc": {"i_e": "i_e + w"}, "inh": {"i_i": "i_i + w", "v": "v + 0.1*w"}},
    parameters={"tau_m": 20e-3, "tau_e": 5e-3, "tau_i": 8e-3, "e": 0.2, "theta": 1.0, "v_r": 0.0},
)
"""Two ports, one of which moves the voltage too; four rates, as the voltage rests above zero."""

MODELS = [
    sal.models.lif,
    sal.models.lif_refractory,
    sal.models.lif_delta,
    sal.models.adaptive_lif,
    sal.models.lif_adaptation_current,
    TWO_SYNAPSES,
]


def network(model: Neuron, shortest: float, seed: int, *, own: bool) -> sal.Network:
    """A recurrent population with sparse weights, and one delay per synapse or one for all."""
    generator = np.random.default_rng(seed)
    ports = model.ports
    scale = 0.3 if model is sal.models.lif_delta else 1.0
    net = sal.Network()
    net.add_input("in", INPUTS)
    theta = model.parameters["theta"]
    net.add_population("a", model, SIZE, parameters={"theta": np.full(SIZE, theta)} if own else {})

    def weight(rows: int, mean: float, deviation: float) -> scipy.sparse.csr_array:
        some = generator.random((rows, SIZE)) < 0.4
        return scipy.sparse.csr_array(
            np.where(some, scale * generator.normal(mean, deviation, some.shape), 0.0)
        )

    net.connect("in", "a", weight=weight(INPUTS, 1.0, 0.4), port=ports[0])
    among = weight(SIZE, 0.03, 0.1)
    rows, columns = among.nonzero()
    delays = generator.uniform(shortest, 4 * shortest, rows.size)
    delay = scipy.sparse.csr_array((delays, (rows, columns)), shape=among.shape)
    net.connect("a", "a", weight=among, delay=delay, port=ports[-1])
    net.connect(
        "a", "a", weight=weight(SIZE, -0.02, 0.05), delay=shortest, port=ports[0], name="back"
    )
    return net


def simulate(net: sal.Network, shortest: float, threads: int = 1) -> dict[str, Array]:
    """All that two samples and their gradient consist of."""
    generator = np.random.default_rng(5)
    t_end = 0.08 + 3 * shortest
    events = [
        sorted(
            (float(t), int(u))
            for t, u in zip(
                generator.uniform(0, t_end, rate), generator.integers(0, INPUTS, rate), strict=True
            )
        )
        for rate in (250, 60)
    ]
    run = sal.compile(net, t_end, threads=threads).run({"in": sal.Spikes.from_events(events)})
    cotangent = {"a": np.cos(1e2 * run.spikes["a"].times)}
    found = {f"all {k}": v for k, v in run.gradient(cotangent, grazing="clip").items()}
    keys = [k for k in found if "weight" in k or "delay" in k]
    wanted = [*(k.removeprefix("all ") for k in keys), "in.times", "a.initial.v"]
    some = run.gradient(cotangent, wrt=wanted, grazing="clip")
    found |= {f"some {k}": v for k, v in some.items()}
    spikes = run.spikes["a"]
    assert spikes.n_spikes > 100
    return found | {"times": spikes.times, "units": spikes.units}


@pytest.mark.parametrize("shortest", [1e-3, 1e-2, 5e-2])
@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_nothing_changes_but_rounding(model: Neuron, shortest: float) -> None:
    expected = simulate(network(model, shortest, 1, own=True), shortest)
    found = simulate(network(model, shortest, 1, own=False), shortest)
    for key, value in found.items():
        before = expected[key].sum() if key.endswith("theta") else expected[key]
        scale = np.abs(value).max(initial=0.0)
        np.testing.assert_allclose(value, before, rtol=1e-7, atol=1e-8 * scale, err_msg=key)


def test_threads_change_no_bit() -> None:
    one = simulate(network(sal.models.lif, 1e-3, 2, own=False), 1e-3)
    two = simulate(network(sal.models.lif, 1e-3, 2, own=False), 1e-3, threads=2)
    for key, value in one.items():
        np.testing.assert_array_equal(two[key], value, err_msg=key)
