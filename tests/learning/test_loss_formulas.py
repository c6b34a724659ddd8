"""Each loss against its formula in 60 digits, and its cotangents against differences of that."""

import math

import mpmath
import numpy as np
import pytest
from loss_outputs import assert_matches, made_run

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
from saltation.runtime.spikes import Spikes

SIZE, LABELS = 3, [1, 0, 2, 2]
SPIKES = Spikes.from_events(
    [
        [(4.0e-3, 0), (4.2e-3, 1), (5.1e-3, 2), (7.7e-3, 1), (9.0e-3, 1)],
        [(8.7e-3, 2), (9.0e-3, 0), (12e-3, 0)],
        [(6.0e-3, 1), (6.3e-3, 1)],
        [],
    ]
)
"""Label neurons spike in the first two samples, and are silent in the others."""
VOLTAGES = np.array([[0.9, 1.0, 0.3], [1.0, -0.4, 1.0], [0.1, 1.0, 0.8], [0.2, 0.7, 0.6]])
TARGETS = Spikes.from_events([[(5e-3, 0), (9.5e-3, 0)], [(4.1e-3, 2), (8e-3, 1)], [(3e-3, 2)]])
"""No target is at the time of a spike, where the distance has a cusp."""


def first_spike_cross_entropy(trains, values, labels):
    total = mpmath.mpf(0)
    for sample, label in zip(trains, labels, strict=True):
        first = [train[0] for train in sample if train]
        if not sample[label]:
            continue
        time = sample[label][0]
        share = mpmath.exp(-time / mpmath.mpf(5e-4)) / sum(
            mpmath.exp(-t / mpmath.mpf(5e-4)) for t in first
        )
        total += -mpmath.log(share) + mpmath.mpf(3e-3) * (mpmath.exp(time / mpmath.mpf(6.4e-3)) - 1)
    return total / len(labels)


def first_spike_squared_error(trains, values, labels):
    total = mpmath.mpf(0)
    for sample, label in zip(trains, labels, strict=True):
        for unit, train in enumerate(sample):
            if train:
                target = mpmath.mpf(5e-3 if unit == label else 8e-3)
                total += ((train[0] - target) / mpmath.mpf(2e-3)) ** 2 / (2 * SIZE)
    return total / len(labels)


def softmax(scale):
    def formula(trains, values, labels):
        shares = [
            mpmath.exp(row[label] / scale) / sum(mpmath.exp(v / scale) for v in row)
            for row, label in zip(values, labels, strict=True)
        ]
        return -sum(map(mpmath.log, shares)) / len(labels)

    return formula


def van_rossum(tau):
    """The integral of the squared difference, piece by piece between spikes."""

    def formula(trains, values, labels):
        total = mpmath.mpf(0)
        for sample, label in zip(trains, labels, strict=True):
            times, units = TARGETS.sample(label)
            for unit, train in enumerate(sample):
                events = [(t, 1) for t in train]
                events += [(mpmath.mpf(float(t)), -1) for t in times[units == unit]]
                events.sort(key=lambda event: event[0])
                height, now = mpmath.mpf(0), mpmath.mpf(0)
                for time, sign in [*events, (mpmath.inf, 0)]:
                    decay = mpmath.exp(-(time - now) / tau)
                    total += height**2 * (1 - decay**2) / 2
                    height, now = height * decay + sign, time
        return total / len(labels)

    return formula


def rate(lower, upper):
    def formula(trains, values, labels):
        total = mpmath.mpf(0)
        for unit in range(SIZE):
            left = [1 - t / mpmath.mpf(0.05) for sample in trains for t in sample[unit]]
            activity = sum(left, mpmath.mpf(0)) / len(trains)
            total += max(activity - mpmath.mpf(upper), 0) ** 2
            total += max(mpmath.mpf(lower) - activity, 0) ** 2
        return total / (2 * SIZE)

    return formula


def silent_labels(trains, values, labels):
    silent = [b for b, k in enumerate(labels) if not trains[b][k]]
    return sum(max(1 - values[b][labels[b]], 0) for b in silent) / len(labels)


def silent_neurons(trains, values, labels):
    total = mpmath.mpf(0)
    for unit in range(SIZE):
        if not any(sample[unit] for sample in trains):
            total += max(1 - max(row[unit] for row in values), 0)
    return total / SIZE


def late_and_low(run, labels):
    """A function of a user: all spikes early, all voltages near one half."""
    times, values = run.spikes["out"].times, run.observations["v"]
    value = (times**2).sum() + ((values - 0.5) ** 2).sum()
    return value, {"out": 2 * times}, {"v": 2 * (values - 0.5)}


def late_and_low_formula(trains, values, labels):
    spikes = [t for sample in trains for train in sample for t in train]
    return sum(t**2 for t in spikes) + sum(
        (v - mpmath.mpf(0.5)) ** 2 for row in values for v in row
    )


@pytest.mark.parametrize(
    ("loss", "formula"),
    [
        (FirstSpikeCrossEntropy("out"), first_spike_cross_entropy),
        (
            FirstSpikeSquaredError("out", correct=5e-3, wrong=8e-3, tau=2e-3),
            first_spike_squared_error,
        ),
        (MaximumCrossEntropy("v"), softmax(1)),
        (IntegralCrossEntropy("v", tau=0.03), softmax(mpmath.mpf(0.03))),
        (SpikeTrainDistance("out", targets=TARGETS, size=SIZE, tau=2e-3), van_rossum(2e-3)),
        (SpikeTrainDistance("out", targets=TARGETS, tau=30e-3), van_rossum(30e-3)),
        (RateRegularisation("out", t_end=0.05, lower=0.4, upper=0.7), rate(0.4, 0.7)),
        (SilentLabels("out", "v"), silent_labels),
        (FunctionLoss(late_and_low), late_and_low_formula),
    ],
    ids=lambda part: getattr(part, "__name__", None) or type(part).__name__,
)
def test_value_and_cotangents_are_those_of_the_formula(loss, formula):
    assert_matches(loss, made_run(SPIKES, SIZE, VOLTAGES), SIZE, LABELS, formula)


def test_silent_neurons_are_lifted_where_they_came_nearest():
    spikes = Spikes.from_events([[(4e-3, 0)], [], [], []])
    voltages = VOLTAGES * [1.0, 0.9, 0.95] - [[0.0], [0.0], [0.1], [0.0]]
    run = made_run(spikes, SIZE, voltages)
    assert_matches(SilentNeurons("out", "v"), run, SIZE, LABELS, silent_neurons)
    cotangent = SilentNeurons("out", "v")(run, np.array(LABELS)).observations["v"]
    assert np.argwhere(cotangent).tolist() == [[0, 1], [1, 2]]


def test_spike_train_distance_of_equal_trains_is_zero_and_of_one_spike_a_half():
    loss = SpikeTrainDistance("out", targets=TARGETS, size=SIZE, tau=5e-3)
    same = loss(made_run(TARGETS, SIZE), np.arange(3))
    assert same.value == pytest.approx(0.0, abs=1e-15)
    assert not same.spike_times["out"].any()
    assert same.predictions.tolist() == [0, 1, 2]
    assert loss(made_run(Spikes.silent(1), SIZE), np.array([2])).value == 0.5


def test_spike_train_distance_predicts_the_nearest_target_only_if_asked():
    near = Spikes.from_events([[(4.1e-3, 2), (8.2e-3, 1)], [(5.2e-3, 0), (9.1e-3, 0)]])
    settings = {"targets": TARGETS, "size": SIZE, "tau": 5e-3}
    loss = SpikeTrainDistance("out", **settings)
    assert loss(made_run(near, SIZE), np.array([0, 0])).predictions.tolist() == [1, 0]
    plain = SpikeTrainDistance("out", classify=False, **settings)
    assert plain(made_run(near, SIZE), np.array([0, 0])).predictions is None


def test_rate_regularisation_fades_as_a_spike_leaves_the_run():
    loss = RateRegularisation("out", t_end=0.05, upper=0.0)
    value = [
        loss(made_run(Spikes.from_events([[(t, 0)] if t < math.inf else []]), 1), np.zeros(1, int))
        for t in (0.05 - 1e-9, math.inf)
    ]
    assert value[0].value == pytest.approx(value[1].value, abs=1e-12)


def test_squared_error_marks_silent_labels_and_still_moves_the_others():
    loss = FirstSpikeSquaredError("out", correct=5e-3, wrong=8e-3)
    value = loss(made_run(SPIKES, SIZE), np.array(LABELS))
    assert value.ignored.tolist() == [False, False, True, True]
    assert value.spike_times["out"][2].tolist().count(0.0) == 2
