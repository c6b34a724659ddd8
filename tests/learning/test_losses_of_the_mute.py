"""A loss of spikes of a population that has no event is refused, by whoever would run it.

So it is by the loss itself, called on a run: it would be 0, or constant, without a word.
"""

from dataclasses import replace

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


def called(simulator, loss):
    return loss(simulator.run({"in": EXAMPLES[0]}), EXAMPLES[1])


def predicted(simulator, loss):
    return sal.predict(simulator, None, EXAMPLES[0], loss.predict)


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


BY_HAND = [(called, loss) for loss in LOSSES]
BY_HAND += [(predicted, loss) for loss in LOSSES if hasattr(loss, "predict")]


@pytest.mark.parametrize(("call", "loss"), BY_HAND)
def test_so_it_is_where_it_is_called_by_hand(simulator, call, loss):
    message = (
        rf"^loss: {type(loss).__name__} is of the spikes of 'out', which never spikes: .*"
        r"net\.observe\('v_max', 'out', 'v', kind='max'\)"
    )
    with pytest.raises(ArrayError, match=message):
        call(simulator, loss)


@pytest.mark.parametrize(("call", "loss"), BY_HAND)
def test_a_population_that_is_silent_in_a_batch_is_not_taken_for_one(simulator, call, loss):
    quiet = sal.compile(simulator.net.copy(), t_end=1e-3)
    assert quiet.run({"in": EXAMPLES[0]}).spikes["hidden"].n_spikes == 0
    call(quiet, replace(loss, population="hidden"))


def test_a_sum_called_by_hand_is_refused_as_fit_refuses_it(simulator):
    maximum = sal.losses.MaximumCrossEntropy("v_max")
    with pytest.raises(ArrayError, match="loss: FirstSpikeCrossEntropy is of the spikes of 'out'"):
        called(simulator, maximum + LOSSES[0])
    alone, beside = called(simulator, maximum), called(simulator, 0.0 * LOSSES[0] + maximum)
    assert beside.value == alone.value
    np.testing.assert_array_equal(beside.predictions, alone.predictions)
    with pytest.raises(ArrayError, match="never spikes"):
        called(simulator, 0.0 * LOSSES[0])


def test_a_term_of_a_sum_is_refused_unless_it_does_not_count(simulator):
    maximum = sal.losses.MaximumCrossEntropy("v_max")
    with pytest.raises(ArrayError, match="FirstSpikeCrossEntropy is of the spikes of 'out'"):
        fitted(simulator, maximum + LOSSES[0])
    activity = sal.losses.RateRegularisation("hidden", t_end=0.05)
    fitted(simulator, maximum + 0.1 * activity + 0.0 * LOSSES[0])


def test_a_population_that_is_not_there_is_told_as_before(simulator):
    with pytest.raises(KeyError, match="there is no population 'outt'; did you mean 'out'"):
        evaluated(simulator, sal.losses.FirstSpikeCrossEntropy("outt"))
