"""A loss called by hand gets the labels that it gets from `fit`: an array, also of a list."""

from types import SimpleNamespace

import numpy as np
import pytest

from saltation.learning.losses import FunctionLoss, LossValue, RateRegularisation
from saltation.runtime.spikes import Spikes

SPIKES = Spikes.from_events([[(1e-3, 0)], [(2e-3, 1)]])
RUN = SimpleNamespace(
    batch=2, spikes={"out": SPIKES}, first_spikes=lambda name: SPIKES.first_times(2)
)


def second_class(run, labels):
    """The share of the second class: `labels == 1` is one False of a list, and an array of one."""
    return np.mean(labels == 1), {}, {}


@pytest.mark.parametrize("labels", [[0, 1], (0, 1), np.array([0, 1], np.int8)])
def test_a_function_gets_an_array(labels):
    loss = FunctionLoss(second_class)
    assert loss(RUN, labels).value == 0.5
    assert (loss + RateRegularisation("out", t_end=1.0, upper=9.0))(RUN, labels).value == 0.5


def test_so_does_a_callable_in_a_sum():
    def plain(run, labels):
        seen.append(labels)
        return LossValue(value=0.0, predictions=None, ignored=np.zeros(2, bool))

    seen = []
    (RateRegularisation("out", t_end=1.0) + plain)(RUN, [0, 1])
    assert seen[0].dtype == np.int64
    assert seen[0].tolist() == [0, 1]


def test_no_labels_stay_none():
    def none(run, labels):
        assert labels is None
        return 0.0, {}, {}

    assert FunctionLoss(none)(RUN, None).ignored.shape == (2,)
