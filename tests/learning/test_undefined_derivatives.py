"""Losses that refuse samples, or have infinite or NaN derivatives: a training says where."""

import numpy as np
import pytest

import saltation as sal
from saltation.symbolic.errors import ArrayError

SPIKES = sal.Spikes.from_first_times([[0.001, 0.002]] * 6)
LABELS = np.array([0, 0, 0, 1, 1, 1])


@pytest.fixture(scope="module")
def sim():
    net = sal.Network()
    net.add_input("in", 2)
    net.add_population("out", sal.models.lif, 2)
    net.connect("in", "out", weight=[[9.0, 8.0], [7.0, 6.0]])
    return sal.compile(net, t_end=0.02)


def undefined(run, labels):
    """Has no derivatives where there is a sample of class 1."""
    derivative = np.nan if labels.any() else 0.0
    return 1.0, {"out": np.full(run.first_spikes("out").shape, derivative)}, {}


def plain(run, labels):
    """Return the same as a loss does that checks nothing."""
    value, spike_times, _ = undefined(run, labels)
    ignored = np.zeros(len(labels), bool)
    return sal.losses.LossValue(
        value=value, spike_times=spike_times, predictions=None, ignored=ignored
    )


@pytest.mark.parametrize(
    ("loss", "kind", "message"),
    [
        (sal.losses.FunctionLoss(undefined, name="a"), 1, "epoch 1, batch 1 of 2: loss 'a': the "),
        (sal.losses.FunctionLoss(undefined, name="a"), 0, "epoch 1, validation: loss 'a': the "),
        (plain, 1, rf"epoch 1, batch 1 of 2: loss {__name__}\.plain: the derivatives by the spike"),
    ],
)
def test_they_are_named_with_their_place(sim, loss, kind, message):
    rows = [row for row in range(6) if LABELS[row] == kind]
    spikes, labels = SPIKES.select(rows), LABELS[rows]
    settings = {"epochs": 1, "batch_size": 2, "progress": False}
    with pytest.raises(sal.errors.NonFiniteError, match=f"^{message}") as caught:
        sal.fit(sim, train=(spikes, labels), validation=(SPIKES, LABELS), loss=loss, **settings)
    assert "are not finite in" in str(caught.value)


def test_outside_of_a_training_the_function_is_named(sim):
    loss = sal.losses.FunctionLoss(undefined)
    with pytest.raises(sal.errors.ArrayError, match=rf"^loss '{__name__}\.undefined': the deriv"):
        loss(sim.run({"in": SPIKES}), LABELS)


def test_a_value_that_is_not_finite_is_told_first(sim):
    loss = sal.losses.FunctionLoss(lambda run, labels: (np.nan, *undefined(run, labels)[1:]))
    with pytest.raises(sal.errors.NonFiniteError, match="epoch 1, batch 1 of 1: the loss is nan"):
        sal.fit(sim, train=(SPIKES, LABELS), loss=loss, epochs=1, progress=False)


def test_a_label_that_is_no_class_is_placed_in_its_batch(sim):
    wrong = np.array([0, 0, 0, 1, 7, 1])
    with pytest.raises(ArrayError, match=r"labels\[\d\] is 7, expected a class in 0") as raised:
        sal.fit(
            sim,
            train=(SPIKES, wrong),
            loss=sal.losses.FirstSpikeCrossEntropy("out"),
            optimiser=sal.Adam(1e-3),
            epochs=1,
            batch_size=3,
            progress=False,
        )
    [note] = raised.value.__notes__
    assert note.startswith("In epoch 1, batch ")
    assert "shuffled" in note
