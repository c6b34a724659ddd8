"""The steps of a numerical flow are kept for the way back, or taken again: the same gradient."""

import numpy as np
import pytest
from proofs import model

import saltation as sal
import saltation.runtime.build as builds

T_END = 0.05
TIMES = [[0.001, 0.004], [0.002, 0.02]]

PUSHED = model(
    "pushed",
    dynamics={"v": "(v*v - v)/tau"},
    threshold="v - theta",
    reset={"v": "v_r"},
    receive={"v": "v + w*r"},
    parameters={"tau": 20e-3, "theta": 1.5, "v_r": -0.25, "r": 0.23},
)
"""Arrivals may fire it: the state before such an event is not where its interval's flow starts."""


def network(neuron: sal.Neuron) -> sal.Network:
    """Two layers; the second's synapses have delays of their own: its neurons go one by one."""
    random = np.random.default_rng(3)
    net = sal.Network()
    net.add_input("in", 2)
    net.add_population("a", neuron, 3)
    net.add_population("b", neuron, 2)
    net.connect("in", "a", weight=random.uniform(2.0, 6.0, (2, 3)))
    net.connect(
        "a", "b", weight=random.uniform(2.0, 6.0, (3, 2)), delay=random.uniform(1e-3, 4e-3, (3, 2))
    )
    net.observe("highest", "b", "v", kind="max")
    return net


def gradients(
    neuron: sal.Neuron, flags: tuple[str, ...], times: list[list[float]] = TIMES
) -> dict[str, bytes]:
    """Gradients by all values of a batch of two, as bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builds, "DEFAULT_FLAGS", (*builds.DEFAULT_FLAGS, *flags))
        sim = sal.compile(network(neuron), T_END, rtol=1e-6)
    run = sim.run({"in": sal.Spikes.from_first_times(times)})
    assert min(run.spikes[name].times.size for name in "ab") > 0
    found = run.gradient(
        spike_times={name: np.cos(np.arange(run.spikes[name].times.size)) for name in "ab"},
        observations={"highest": np.ones((2, 2))},
    )
    return {key: value.tobytes() for key, value in found.items()}


@pytest.mark.parametrize("kept", [0, 1, 25, 60, 150, 300])
def test_steps_that_are_not_kept_are_taken_again(kept: int) -> None:
    neuron = sal.models.qif
    assert gradients(neuron, (f"-DSAL_KEPT_LEGS={kept}",)) == gradients(neuron, ())


def test_a_run_keeps_so_many_steps_of_all_its_samples() -> None:
    neuron = sal.models.qif
    for kept in (0, 100, 400):
        assert gradients(neuron, (f"-DSAL_KEPT_ALL={kept}",)) == gradients(neuron, ())


def test_arrivals_at_one_instant_leave_no_time_for_a_step() -> None:
    together = [[0.004, 0.004], [0.0, 0.02]]
    neuron = sal.models.qif
    assert gradients(neuron, ("-DSAL_KEPT_ALL=0",), together) == gradients(neuron, (), together)


def test_from_an_event_that_an_arrival_fires_no_steps_are_kept() -> None:
    assert gradients(PUSHED, ("-DSAL_KEPT_ALL=0",)) == gradients(PUSHED, ())
