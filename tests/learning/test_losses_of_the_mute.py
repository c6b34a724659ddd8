"""A loss of spikes of a population that has no event is refused, by whoever would run it."""

import numpy as np
import pytest

import saltation as sal
from saltation.symbolic.errors import ArrayError

TARGETS = sal.Spikes.from_events([[(0.01, 0)], [(0.02, 1)]])
LOSSES = [
    sal.losses.FirstSpikeCrossEntropy("out"),
    sal.losses.FirstSpikeSquaredError("out", correct=0.01, wrong=0.02),
    sal.losses.SpikeTrainDistance("out", targets=TARGETS, tau=5e-3),
    sal.losses.RateRegularisation("out", t_end=0.05),
]
EXAMPLES = sal.Spikes.from_first_times([[1e-3], [2e-3]]), np.array([0, 1])


@pytest.fixture(scope="module")
def simulator():
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population("hidden", sal.models.lif, 2)
    net.add_population("out", sal.models.leaky_integrator, 2)
    net.connect("in", "hidden", weight=np.full((1, 2), 8.0))
    net.connect("hidden", "out", weight=np.ones((2, 2)))
    net.observe("v_max", "out", "v", kind="max")
    return sal.compile(net, t_end=0.05)


def fitted(simulator, loss):
    return sal.fit(simulator, train=EXAMPLES, loss=loss, epochs=1, progress=False)


def evaluated(simulator, loss):
    return sal.evaluate(simulator, None, *EXAMPLES, loss)


@pytest.mark.parametrize("call", [fitted, evaluated])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_a_loss_of_spikes_that_can_never_be_is_refused(simulator, call, loss):
    message = (
        rf"^{'fit' if call is fitted else 'evaluate'}: {type(loss).__name__} is of the spikes of "
        r"'out', which never spikes: no event of its model 'leaky_integrator' emits a spike.*"
        r"net\.observe\('v_max', 'out', 'v', kind='max'\).*MaximumCrossEntropy\('v_max'\)"
    )
    with pytest.raises(ArrayError, match=message):
        call(simulator, loss)


def test_a_term_of_a_sum_is_refused_unless_it_does_not_count(simulator):
    maximum = sal.losses.MaximumCrossEntropy("v_max")
    with pytest.raises(ArrayError, match="FirstSpikeCrossEntropy is of the spikes of 'out'"):
        fitted(simulator, maximum + LOSSES[0])
    activity = sal.losses.RateRegularisation("hidden", t_end=0.05)
    fitted(simulator, maximum + 0.1 * activity + 0.0 * LOSSES[0])


def test_a_population_that_is_not_there_is_told_as_before(simulator):
    with pytest.raises(KeyError, match="there is no population 'outt'; did you mean 'out'"):
        evaluated(simulator, sal.losses.FirstSpikeCrossEntropy("outt"))
