"""Gradients by parameters that only events have: without the states along the flow."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from proofs import model

from saltation.runtime.network import Network
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import adaptive_lif, lif, lif_refractory, qif
from saltation.symbolic.neuron import Neuron

RESETTING = model(
    "resetting",
    dynamics={"v": "(i - v)/tau", "i": "-i/tau_s"},
    threshold="v - theta*(1 + 0.1*i)",
    reset={"v": "rho*v - c", "i": "i - b*v"},
    receive={"i": "i + g*w + h*v"},
    parameters={
        "tau": 20e-3, "tau_s": 5e-3, "theta": 1.0,
        "rho": 0.2, "c": 0.3, "b": 0.1, "g": 1.5, "h": 0.1,
    },
)  # fmt: skip
"""Parameters of the flow, the guard, the reset and what an arrival does."""

EVENTS = {
    lif: ("theta", "v_r"),
    adaptive_lif: ("theta", "v_r", "beta"),
    lif_refractory: ("theta", "v_r", "t_r"),
    qif: ("theta", "v_r"),
    RESETTING: ("theta", "rho", "c", "b", "g", "h"),
}


def network(neuron: Neuron, kind: str) -> Network:
    random = np.random.default_rng(5)
    scale = 30.0 if neuron is qif else 7.0
    net = Network()
    net.add_input("in", 4)
    net.add_population("a", neuron, 5)
    net.add_population("b", neuron, 3)
    net.connect("in", "a", weight=random.uniform(0.7, 1.5, (4, 5)) * scale)
    weight = random.uniform(0.2, 0.6, (5, 3)) * scale
    net.connect("a", "b", weight=scipy.sparse.csr_matrix(weight) if kind == "sparse" else weight)
    if kind == "recurrent":
        net.connect("b", "a", weight=random.uniform(-0.2, 0.2, (3, 5)) * scale, delay=2e-3)
    net.observe("top", "b", "v", kind="max")
    net.observe("charge", "a", "v", kind="integral")
    return net


@pytest.mark.parametrize("kind", ["dense", "sparse", "recurrent"])
@pytest.mark.parametrize("neuron", EVENTS, ids=lambda neuron: neuron.name)
def test_they_are_those_among_all(neuron: Neuron, kind: str) -> None:
    random = np.random.default_rng(6)
    sim = compile(network(neuron, kind), t_end=0.05)
    run = sim.run({"in": Spikes.from_first_times(random.uniform(0.0, 0.02, (3, 4)))})
    assert min(spikes.n_spikes for spikes in run.spikes.values()) > 0
    loss = {
        "spike_times": {
            name: random.normal(size=spikes.n_spikes) for name, spikes in run.spikes.items()
        },
        "observations": {
            name: random.normal(size=array.shape) for name, array in run.observations.items()
        },
    }
    everything = run.gradient(**loss)
    keys = [f"{population}.{name}" for population in "ab" for name in EVENTS[neuron]]
    chosen = run.gradient(**loss, wrt=keys)
    assert all(chosen[f"a.{name}"] != 0.0 for name in EVENTS[neuron])
    for key in keys:
        np.testing.assert_allclose(chosen[key], everything[key], rtol=1e-11, atol=0.0)
    weights = run.gradient(**loss, wrt=[*keys, "in->a.weight"])["in->a.weight"]
    np.testing.assert_allclose(weights, everything["in->a.weight"], rtol=1e-9, atol=1e-18)
