"""Each loss carried back to every value, against high-precision differences of the declaration."""

import numpy as np
import pytest
from proofs import assert_exact, drive

from saltation.learning.losses import (
    FirstSpikeCrossEntropy,
    FirstSpikeSquaredError,
    FunctionLoss,
    IntegralCrossEntropy,
    MaximumCrossEntropy,
    RateRegularisation,
    SilentLabels,
    SilentNeurons,
    SpikeTrainDistance,
)
from saltation.runtime.network import Network
from saltation.runtime.simulate import compile as compile_network
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import leaky_integrator, lif

T_END = 0.05
LABELS = np.array([0, 2])
DRIVE = drive(
    [(0.0013, 0), (0.0042, 1), (0.0051, 0), (0.0117, 1), (0.0183, 0), (0.0304, 1)],
    [(0.0021, 1), (0.0034, 0), (0.0209, 0)],
)


@pytest.fixture(scope="module")
def net() -> Network:
    """A layer with two read-outs: spiking, of which the third stays silent, and integrating."""
    made = Network()
    made.add_input("in", 2)
    made.add_population("hidden", lif, 3, initial={"v": 0.1})
    made.add_population("out", lif, 3, initial={"v": 0.05})
    made.add_population("read", leaky_integrator, 3, initial={"v": 0.05})
    made.connect("in", "hidden", weight=[[7.1, 4.3, 1.0], [5.2, 9.4, 1.5]], delay=0.3e-3)
    made.connect("hidden", "out", weight=[[5.1, 1.2, 0.8], [2.0, 4.9, 0.7], [1.0, 1.0, 1.0]])
    made.connect("hidden", "read", weight=[[1.1, -0.7, 0.8], [0.3, 1.9, -0.4], [1.0, 1.0, 1.0]])
    made.observe("read_max", "read", "v", kind="max")
    made.observe("v_max", "out", "v", kind="max")
    made.observe("v_integral", "out", "v", kind="integral")
    made.observe("hidden_v_max", "hidden", "v", kind="max")
    return made


def early(run, labels):
    """The mean time of all spikes, and the mean of the integrals."""
    times, values = run.spikes["hidden"].times, run.observations["v_integral"]
    derivatives = {"hidden": np.full(times.shape, 1.0 / times.size)}
    return times.mean() + values.mean(), derivatives, {"v_integral": np.full((2, 3), 1.0 / 6)}


TARGETS = Spikes.from_events([[(0.011, 0), (0.031, 1)], [(0.02, 1)], [(0.008, 0), (0.013, 2)]])
CROSS_ENTROPY = FirstSpikeCrossEntropy("out", tau_0=2e-3)


@pytest.mark.parametrize(
    "loss",
    [
        CROSS_ENTROPY,
        FirstSpikeSquaredError("out", correct=9e-3, wrong=20e-3),
        MaximumCrossEntropy("read_max"),
        IntegralCrossEntropy("v_integral", tau=5e-3),
        SpikeTrainDistance("out", targets=TARGETS, size=3, tau=4e-3),
        RateRegularisation("hidden", t_end=T_END, upper=0.5),
        SilentLabels("out", "v_max"),
        SilentNeurons("hidden", "hidden_v_max"),
        FunctionLoss(early),
        CROSS_ENTROPY
        + 0.3 * RateRegularisation("out", t_end=T_END, upper=0.1)
        + 2.0 * SilentLabels("out", "v_max"),
    ],
    ids=lambda loss: type(loss).__name__,
)
def test_gradient_of_a_loss_is_exact(net, loss):
    run = compile_network(net, T_END, threads=1).run(DRIVE)
    value = loss(run, LABELS)
    assert any(np.any(c) for c in [*value.spike_times.values(), *value.observations.values()])
    cotangents = {"spike_times": value.spike_times, "observations": value.observations}
    result = assert_exact(net, DRIVE, t_end=T_END, loss=cotangents, spiking=True, entries=2)
    assert max(abs(row.difference) for row in result.rows) > 0.0
