"""Losses against their formula, written out sample by sample, and finite differences."""

import math
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from saltation.learning.losses import (
    FirstSpikeCrossEntropy,
    LossValue,
    MaximumCrossEntropy,
    accuracy,
    first_to_spike,
    measure,
)
from saltation.symbolic.errors import ArrayError, ArrayTypeError, UnknownNameError

INF = math.inf


def spiking(first):
    """A run whose population 'out' has these first spikes."""
    return SimpleNamespace(first_spikes=lambda population: {"out": np.array(first)}[population])


def observing(values):
    return SimpleNamespace(observations={"v_max": np.array(values)})


def published_loss(first, labels, tau_0, tau_1, alpha):
    """The paper's formula, term by term, over the samples whose label neuron spikes."""
    total = 0.0
    for times, label in zip(first, labels, strict=True):
        if math.isinf(times[label]):
            continue
        shares = [math.exp(-t / tau_0) for t in times]
        total -= math.log(shares[label] / sum(shares))
        total += alpha * (math.exp(times[label] / tau_1) - 1)
    return total / len(labels)


def finite_differences(function, array, step):
    """Central differences of a scalar function by each finite entry."""
    result = np.zeros_like(array)
    for index in np.argwhere(np.isfinite(array)):
        moved = [array.copy(), array.copy()]
        moved[0][tuple(index)] += step
        moved[1][tuple(index)] -= step
        result[tuple(index)] = (function(moved[0]) - function(moved[1])) / (2 * step)
    return result


FIRST = np.array(
    [
        [4.0e-3, 4.2e-3, 5.1e-3],
        [9.0e-3, INF, 8.7e-3],
        [INF, 6.0e-3, 6.1e-3],
        [INF, INF, INF],
        [INF, INF, 2.0e-3],
    ]
)
LABELS = np.array([1, 0, 0, 2, 2])


def test_first_spike_loss_is_the_published_formula():
    loss = FirstSpikeCrossEntropy("out", tau_0=0.5e-3, tau_1=6.4e-3, alpha=3e-3)
    expected = published_loss(FIRST, LABELS, 0.5e-3, 6.4e-3, 3e-3)
    assert loss(spiking(FIRST), LABELS).value == pytest.approx(expected, rel=1e-13)


def test_first_spike_cotangent_is_the_derivative_of_the_value():
    loss = FirstSpikeCrossEntropy("out", tau_0=0.5e-3, tau_1=6.4e-3, alpha=3e-3)
    cotangent = loss(spiking(FIRST), LABELS).spike_times["out"]
    numerical = finite_differences(
        lambda first: loss(spiking(first), LABELS).value, FIRST, step=1e-8
    )
    np.testing.assert_allclose(cotangent, numerical, rtol=1e-6, atol=1e-5)


def test_silent_label_gives_no_gradient_and_is_reported():
    value = FirstSpikeCrossEntropy("out")(spiking(FIRST), LABELS)
    assert value.ignored.tolist() == [False, False, True, True, False]
    assert not value.spike_times["out"][2:4].any()


def test_silent_neuron_gets_no_cotangent():
    cotangent = FirstSpikeCrossEntropy("out")(spiking(FIRST), LABELS).spike_times["out"]
    assert not cotangent[np.isinf(FIRST)].any()


def test_first_spike_loss_is_finite_for_late_and_distant_spikes():
    value = FirstSpikeCrossEntropy("out", alpha=0.0)(spiking([[5.0, 4.0]]), [0])
    assert value.value == pytest.approx(1.0 / 0.5e-3, rel=1e-12)
    assert value.spike_times["out"].tolist() == [[2000.0, -2000.0]]


def test_all_silent_batch_has_loss_zero_and_no_prediction():
    value = FirstSpikeCrossEntropy("out")(spiking([[INF, INF]]), [1])
    assert (value.value, value.predictions.tolist()) == (0.0, [-1])


def test_predictions_take_the_lowest_index_at_a_tie():
    assert first_to_spike(np.array([[2.0, 1.0, 1.0], [INF, 3.0, INF]])).tolist() == [1, 1]


def test_accuracy_counts_samples_without_spikes_as_wrong():
    assert accuracy([[1.0, 2.0], [INF, INF], [2.0, 1.0], [1.0, 1.0]], [0, 0, 1, 1]) == 0.5


def test_maximum_loss_is_the_cross_entropy_of_the_softmax():
    values = np.array([[0.3, 0.9, -0.2], [1.1, 0.4, 0.6]])
    value = MaximumCrossEntropy("v_max")(observing(values), [2, 0])
    softmax = np.exp(values) / np.exp(values).sum(axis=1, keepdims=True)
    assert value.value == pytest.approx(-np.log(softmax[[0, 1], [2, 0]]).mean(), rel=1e-14)
    assert value.predictions.tolist() == [1, 0]
    numerical = finite_differences(
        lambda array: MaximumCrossEntropy("v_max")(observing(array), [2, 0]).value, values, 1e-6
    )
    np.testing.assert_allclose(value.observations["v_max"], numerical, rtol=1e-8, atol=1e-10)


def test_maximum_loss_does_not_overflow():
    value = MaximumCrossEntropy("v_max")(observing([[2000.0, 0.0]]), [1])
    assert value.value == pytest.approx(2000.0)


def test_maximum_loss_refuses_a_sampled_observation():
    with pytest.raises(ArrayError, match=r"'v_max' has shape \(1, 2, 3\)"):
        MaximumCrossEntropy("v_max")(observing(np.zeros((1, 2, 3))), [0])


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([0, 3], ArrayError, r"labels\[1\] is 3, expected a class in 0 \.\. 1"),
        ([-1, 0], ArrayError, r"labels\[0\] is -1"),
        ([0], ArrayError, r"labels have shape \(1,\), expected \(2,\)"),
        ([0.0, 1.0], ArrayTypeError, "dtype float64"),
    ],
)
def test_bad_labels_are_named(labels, error, message):
    with pytest.raises(error, match=message):
        FirstSpikeCrossEntropy("out")(spiking([[1.0, 2.0], [2.0, 1.0]]), labels)


@pytest.mark.parametrize("settings", [{"tau_0": 0.0}, {"tau_1": -1.0}, {"alpha": math.nan}])
def test_bad_loss_settings_are_named(settings):
    (name,) = settings
    with pytest.raises(ArrayError, match=name):
        FirstSpikeCrossEntropy("out", **settings)


def test_an_unknown_observation_is_named_with_the_nearest() -> None:
    run = observing(np.zeros((2, 3)))
    with pytest.raises(UnknownNameError, match=r"'v_mx'.*'v_max'"):
        MaximumCrossEntropy("v_mx")(run, [2, 0])


@dataclass(frozen=True, repr=False)
class Undescribed:
    """A loss that takes long to describe, as one with targets does."""

    value: float

    def __repr__(self):
        raise AssertionError("described in every step of a training")

    def __call__(self, run, labels):
        return LossValue(value=self.value, predictions=None, ignored=np.zeros(1, dtype=bool))


def test_a_loss_is_described_only_for_a_message():
    assert measure(Undescribed(0.5), None, [0]).value == 0.5
    with pytest.raises(AssertionError, match="described"):
        measure(Undescribed(np.zeros(2)), None, [0])
