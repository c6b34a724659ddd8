"""Trainings on runs that end with first spikes: the same, as far as their loss looks."""

import numpy as np
import pytest

import saltation as sal
from saltation.learning.data import encode_yin_yang, yin_yang
from saltation.symbolic.errors import ArrayError

T_END = 0.06
TARGETS = sal.Spikes.from_events([[(0.01, 0)]])


@pytest.fixture(scope="module")
def net():
    generator = np.random.default_rng(0)
    net = sal.Network()
    net.add_input("in", 5)
    net.add_population("hidden", sal.models.lif, 40)
    net.add_population("out", sal.models.lif, 3)
    net.connect("in", "hidden", weight=generator.normal(1.5, 0.8, (5, 40)))
    net.connect("hidden", "out", weight=generator.normal(1.5, 0.4, (40, 3)))
    return net


@pytest.fixture(scope="module")
def train():
    samples, labels = yin_yang(200, seed=3)
    return encode_yin_yang(samples), labels


def test_a_training_ends_with_the_same_values(net, train):
    results = [
        sal.fit(
            sal.compile(net, T_END, until=until),
            train=train,
            loss=sal.losses.FirstSpikeCrossEntropy("out"),
            trainable=("in->hidden.weight", "hidden->out.weight", "hidden.tau_m"),
            epochs=3,
            batch_size=32,
            seed=0,
            progress=False,
        )
        for until in (None, "out")
    ]
    for key, value in results[0].values.items():
        np.testing.assert_array_equal(value, results[1].values[key], err_msg=key)
    whole, early = (np.array(result.history["hidden.spikes_per_sample"]) for result in results)
    assert (early < 0.9 * whole).all()
    np.testing.assert_array_equal(*(result.history["loss"] for result in results))


def test_an_evaluation_is_the_same(net, train):
    loss = sal.losses.FirstSpikeCrossEntropy("out")
    whole, early = (
        sal.evaluate(sal.compile(net, T_END, until=until), None, *train, loss)
        for until in (None, "out")
    )
    assert (whole.loss, whole.accuracy) == (early.loss, early.accuracy)
    np.testing.assert_array_equal(whole.predictions, early.predictions)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (sal.losses.FirstSpikeCrossEntropy("hidden"), "until='hidden'"),
        (sal.losses.RateRegularisation("hidden", t_end=T_END), "all spikes"),
        (sal.losses.SpikeTrainDistance("out", targets=TARGETS, tau=5e-3), "all spikes"),
    ],
    ids=["others", "rates", "trains"],
)
def test_a_loss_of_more_is_refused(net, train, loss, words):
    sim = sal.compile(net, T_END, until="out")
    run = sim.run({"in": train[0][:4]})
    with pytest.raises(ArrayError, match=words):
        loss(run, np.zeros(4, int))
    loss(sal.compile(net, T_END).run({"in": train[0][:4]}), np.zeros(4, int))
