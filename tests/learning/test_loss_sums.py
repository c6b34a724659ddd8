"""Losses added and scaled, and a user's function as a loss."""

import functools
import operator

import numpy as np
import pytest
from loss_outputs import made_run

from saltation.learning.losses import (
    FirstSpikeCrossEntropy,
    FunctionLoss,
    LossValue,
    MaximumCrossEntropy,
    RateRegularisation,
    SilentLabels,
    SpikeTrainDistance,
    WeightedSum,
)
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ArrayTypeError, UnknownNameError

SPIKES = Spikes.from_events(
    [[(4e-3, 1), (5e-3, 0), (9e-3, 0)], [(3e-3, 1), (3.5e-3, 1)], [(2e-3, 1)]]
)
VOLTAGES = np.array([[1.0, 1.0], [0.6, 1.0], [0.3, 1.0]])
LABELS = np.array([1, 0, 0])
RUN = made_run(SPIKES, 2, VOLTAGES)
FIRST = FirstSpikeCrossEntropy("out")
RATE = RateRegularisation("out", t_end=0.05, upper=0.2)
LIFT = SilentLabels("out", "v")


def test_a_sum_adds_values_and_cotangents():
    total = (FIRST + 0.1 * LIFT + MaximumCrossEntropy("v") * 3)(RUN, LABELS)
    first, lift, voltage = (loss(RUN, LABELS) for loss in (FIRST, LIFT, MaximumCrossEntropy("v")))
    assert total.value == pytest.approx(first.value + 0.1 * lift.value + 3 * voltage.value)
    np.testing.assert_allclose(total.spike_times["out"], first.spike_times["out"])
    expected = 0.1 * lift.observations["v"] + 3 * voltage.observations["v"]
    np.testing.assert_allclose(total.observations["v"], expected)


@pytest.mark.parametrize("loss", [FIRST + 0.5 * RATE, 0.5 * RATE + FIRST])
def test_cotangents_of_first_spikes_and_of_all_add_up_spike_by_spike(loss):
    cotangent = loss(RUN, LABELS).spike_times["out"]
    first, every = FIRST(RUN, LABELS).spike_times["out"], RATE(RUN, LABELS).spike_times["out"]
    expected = 0.5 * every
    for row, place in ((0, (0, 1)), (1, (0, 0)), (3, (1, 1)), (5, (2, 1))):
        expected[row] += first[place]
    np.testing.assert_allclose(cotangent, expected, rtol=1e-15)


def test_a_sum_predicts_and_ignores_as_its_first_term_that_predicts():
    value = (RATE + FIRST)(RUN, LABELS)
    assert value.predictions.tolist() == [1, 1, 1]
    assert value.ignored.tolist() == [False, True, True]
    assert (RATE + FIRST).predict(RUN).tolist() == [1, 1, 1]
    assert RATE(RUN, LABELS).predictions is None
    with pytest.raises(ArrayTypeError, match=r"no term of .* predicts classes"):
        (RATE + 2.0 * RATE).predict(RUN)


def test_nested_sums_are_flat_and_name_their_terms():
    loss = 2.0 * (FIRST + 0.5 * RATE) + LIFT
    assert [weight for weight, _ in loss.terms] == [2.0, 1.0, 1.0]
    assert repr(loss) == f"2.0 * {FIRST!r} + 1.0 * {RATE!r} + 1.0 * {LIFT!r}"


def plain(run, labels):
    return LossValue(value=1.5, predictions=None, ignored=np.zeros(len(labels), dtype=bool))


def test_plain_callables_are_terms_from_either_side():
    for loss in (FIRST + plain, plain + FIRST):
        assert loss(RUN, LABELS).value == pytest.approx(FIRST(RUN, LABELS).value + 1.5)
        assert f"1.0 * {plain.__module__}.plain" in repr(loss)


def test_losses_are_subtracted_divided_and_summed():
    assert (FIRST - 0.5 * RATE).terms == ((1.0, FIRST), (-0.5, RATE))
    assert (FIRST - plain).terms == ((1.0, FIRST), (-1.0, plain))
    assert (plain - FIRST).terms == ((1.0, plain), (-1.0, FIRST))
    assert (-(FIRST + 0.5 * RATE)).terms == ((-1.0, FIRST), (-0.5, RATE))
    assert ((FIRST + 0.5 * RATE) / 2).terms == ((0.5, FIRST), (0.25, RATE))
    assert sum([FIRST, RATE, LIFT]).terms == ((1.0, FIRST), (1.0, RATE), (1.0, LIFT))


@pytest.mark.parametrize("other", [3.0, "loss", None])
def test_only_losses_are_added_and_only_numbers_multiply(other):
    for operate in (operator.add, operator.sub):
        with pytest.raises(TypeError):
            operate(FIRST, other)
        with pytest.raises(TypeError):
            operate(other, FIRST)
    if not isinstance(other, float):
        with pytest.raises(TypeError):
            FIRST * other
        with pytest.raises(TypeError):
            FIRST / other


def test_bad_weights_and_empty_sums_are_named():
    with pytest.raises(ArrayError, match=r"weight of FirstSpikeCrossEntropy.* is nan"):
        float("nan") * FIRST
    with pytest.raises(ArrayError, match="no terms"):
        WeightedSum(())


def returning(result, run, labels):
    return result


@pytest.mark.parametrize(
    ("result", "error", "message"),
    [
        (1.0, ArrayTypeError, "returned float, expected a tuple of 3: the value, derivatives"),
        ((1.0, {}), ArrayTypeError, "returned tuple of 2, expected a tuple of 3"),
        ((np.ones(3), {}, {}), ArrayTypeError, r"value of shape \(3,\), expected one number"),
        (("a", {}, {}), ArrayTypeError, "the value 'a', expected one number"),
        ((1.0, np.ones(6), {}), ArrayTypeError, "returned ndarray at place 1.* by spike times"),
        ((1.0, {}, None), ArrayTypeError, "returned NoneType at place 2.* by observations"),
        ((1.0, {"out": ["a"]}, {}), ArrayTypeError, "times of 'out' must hold real numbers"),
        (
            (1.0, {"out": [0, np.nan, 0, np.inf, 0, 0]}, {}),
            ArrayError,
            r"spike times of 'out' are not finite in 2 of 6 .* index \(1,\): nan",
        ),
        (
            (1.0, {}, {"v": np.array([[1, 2], [np.inf, 0], [0, 0]])}),
            ArrayError,
            r"observation 'v' are not finite in 1 of 6 entries, .* index \(1, 0\): inf",
        ),
        ((1.0, {"out": np.zeros(5)}, {}), ArrayError, r"shape \(5,\), expected \(6,\)"),
        (
            (1.0, {"out": np.zeros((3, 3))}, {}),
            ArrayError,
            r"shape \(3, 3\), expected \(6,\) or \(3, 2\)",
        ),
        ((1.0, {"oat": np.zeros(6)}, {}), UnknownNameError, "'oat'.*'out'"),
        ((1.0, {}, {"v": np.zeros(3)}), ArrayError, r"'v' have shape \(3,\)"),
        ((1.0, {}, {"w": np.zeros(3)}), UnknownNameError, "'w'"),
    ],
)
def test_what_a_users_function_returns_is_checked(result, error, message):
    loss = FunctionLoss(functools.partial(returning, result), name="mine")
    with pytest.raises(error, match=message) as caught:
        loss(RUN, LABELS)
    assert "'mine'" in str(caught.value)


def test_a_users_function_is_named_after_itself_and_predicts_if_told_how():
    loss = FunctionLoss(plain)
    assert repr(loss) == f"FunctionLoss(name='{plain.__module__}.plain')"
    with pytest.raises(ArrayTypeError, match="predicts nothing"):
        loss.predict(RUN)
    named = FunctionLoss(plain, predict_with=lambda run: np.array([1, 0, 0]), name="n")
    assert named.predict(RUN).tolist() == [1, 0, 0]
    with pytest.raises(ArrayTypeError, match="function must be callable"):
        FunctionLoss(3)


def test_labels_without_a_target_train_are_named():
    loss = SpikeTrainDistance("out", targets=SPIKES[:2], size=2, tau=1.0)
    message = r"^labels\[2\] is 2, expected the index of a target train in 0 \.\. 1: .* are 2$"
    with pytest.raises(ArrayError, match=message):
        loss(RUN, [0, 1, 2])


def test_the_name_of_a_distance_tells_its_targets_apart():
    one, other = (
        SpikeTrainDistance("out", targets=Spikes.from_events([[(t, 0)]]), size=1, tau=5e-3)
        for t in (0.01, 0.02)
    )
    assert repr(one) != repr(other)
    assert repr(one) == repr(
        SpikeTrainDistance("out", targets=Spikes.from_events([[(0.01, 0)]]), size=1, tau=5e-3)
    )


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: RateRegularisation("out", t_end=0.0), "t_end"),
        (lambda: RateRegularisation("out", t_end=0.1, lower=2.0), "lower"),
        (lambda: SpikeTrainDistance(targets=SPIKES, size=2, tau=-1.0), "tau"),
        (lambda: SpikeTrainDistance(targets=SPIKES, size=1, tau=1.0), "targets"),
        (lambda: SpikeTrainDistance(targets=[[0.1]], size=1, tau=1.0), "targets"),
    ],
)
def test_bad_settings_are_named(make, argument):
    with pytest.raises((ArrayError, ArrayTypeError)) as caught:
        make()
    assert caught.value.argument == argument


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("call", ["__call__", "predict"])
def test_a_spike_train_distance_of_another_size_is_refused(size, call):
    loss = SpikeTrainDistance("out", targets=Spikes.silent(3), size=size, tau=1e-3)
    arguments = (RUN, LABELS) if call == "__call__" else (RUN,)
    with pytest.raises(ArrayError, match=f"size is {size}, but population 'out' has 2 neurons"):
        getattr(loss, call)(*arguments)


def test_targets_have_no_more_units_than_the_population():
    loss = SpikeTrainDistance("out", targets=Spikes.from_events([[(0.01, 2)]]), tau=1e-3)
    with pytest.raises(ArrayError, match="targets has unit 2"):
        loss(RUN, np.zeros(3, dtype=int))
