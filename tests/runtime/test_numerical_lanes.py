"""Neurons of a numerical flow that take their steps together give what each gives by itself."""

import hashlib

import numpy as np
import pytest

import saltation as sal

T_END = 0.05
SIZE = 19


def results(rtol: float, *, each: bool) -> list[str]:
    """Spikes and gradients of a batch of two, as digests; parameters per neuron keep them apart."""
    random = np.random.default_rng(5)
    tau = 0.01
    net = sal.Network()
    net.add_input("in", 3)
    net.add_population("a", sal.models.qif, SIZE, {"tau_m": np.full(SIZE, tau) if each else tau})
    net.connect("in", "a", weight=random.uniform(2.0, 6.0, (3, SIZE)))
    net.observe("highest", "a", "v", kind="max")
    sim = sal.compile(net, T_END, rtol=rtol)
    times = [[0.001, 0.004, 0.02], [0.002, 0.02, 0.02]]
    run = sim.run({"in": sal.Spikes.from_first_times(times)})
    spikes = run.spikes["a"].times
    assert spikes.size > SIZE
    found = run.gradient(
        spike_times={"a": np.cos(np.arange(spikes.size))},
        observations={"highest": np.ones((2, SIZE))},
        wrt=["in->a.weight", "in->a.delay"],
    )
    arrays = [spikes, *found.values()]
    return [hashlib.sha256(array.tobytes()).hexdigest() for array in arrays]


@pytest.mark.parametrize("rtol", [1e-3, 1e-7])
def test_neurons_in_lanes_give_what_each_gives_alone(rtol: float) -> None:
    assert results(rtol, each=False) == results(rtol, each=True)
