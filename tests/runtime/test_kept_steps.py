"""The steps of a numerical flow are kept for the way back, or taken again: the same gradient."""

import numpy as np
import pytest

import saltation as sal
import saltation.runtime.build as builds

T_END = 0.05


def network(model: sal.Neuron) -> sal.Network:
    """Two layers; the second's synapses have delays of their own: its neurons go one by one."""
    random = np.random.default_rng(3)
    net = sal.Network()
    net.add_input("in", 2)
    net.add_population("a", model, 3)
    net.add_population("b", model, 2)
    net.connect("in", "a", weight=random.uniform(2.0, 6.0, (2, 3)))
    net.connect(
        "a", "b", weight=random.uniform(2.0, 6.0, (3, 2)), delay=random.uniform(1e-3, 4e-3, (3, 2))
    )
    net.observe("highest", "b", "v", kind="max")
    return net


def gradients(model: sal.Neuron, flags: tuple[str, ...]) -> dict[str, bytes]:
    """Gradients by all values of a batch of two, as bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builds, "DEFAULT_FLAGS", (*builds.DEFAULT_FLAGS, *flags))
        sim = sal.compile(network(model), T_END, rtol=1e-6)
    run = sim.run({"in": sal.Spikes.from_first_times([[0.001, 0.004], [0.002, 0.02]])})
    assert min(run.spikes[name].times.size for name in "ab") > 0
    found = run.gradient(
        spike_times={name: np.cos(np.arange(run.spikes[name].times.size)) for name in "ab"},
        observations={"highest": np.ones((2, 2))},
    )
    return {key: value.tobytes() for key, value in found.items()}


@pytest.mark.parametrize("kept", [0, 1, 25, 60])
def test_steps_that_are_not_kept_are_taken_again(kept: int) -> None:
    model = sal.models.qif
    assert gradients(model, (f"-DSAL_KEPT_LEGS={kept}",)) == gradients(model, ())
