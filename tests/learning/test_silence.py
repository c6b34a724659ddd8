"""A training in which nothing spikes and nothing moves is warned of."""

import warnings

import numpy as np
import pytest

from saltation.learning.fit import fit
from saltation.learning.losses import FirstSpikeCrossEntropy, FunctionLoss
from saltation.learning.revival import Revival
from saltation.symbolic.errors import SilenceWarning

KEY = "in->out.weight"
LOW = np.full((3, 2), 0.1)
"""Weights with which no neuron reaches its threshold."""


def train(simulator, examples, epochs, loss=None, **settings):
    loss = loss or FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=2.0)
    return fit(simulator(LOW), train=examples, loss=loss, epochs=epochs, progress=False, **settings)


def test_a_training_of_silence_is_warned_of_once(ramp_simulator, two_classes):
    with pytest.warns(SilenceWarning, match="any neuron of 'out' spike") as found:
        result = train(ramp_simulator, two_classes(50, 1), epochs=3)
    assert len(found) == 1
    assert found[0].filename == __file__
    np.testing.assert_array_equal(result.values[KEY], LOW)


def test_silence_that_revival_or_a_gradient_may_end_is_not_warned_of(ramp_simulator, two_classes):
    def lifting(run, labels):
        return 0.0, {}, {"v_end": np.ones((len(labels), 2))}

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(ramp_simulator, two_classes(50, 1), epochs=2, revival=Revival())
        train(ramp_simulator, two_classes(50, 1), epochs=2, loss=FunctionLoss(lifting))
