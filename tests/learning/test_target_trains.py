"""Training on target trains: what the best epoch is, what is never moved, times in other units."""

import warnings

import numpy as np
import pytest

from saltation.learning.fit import fit
from saltation.learning.losses import SilentNeurons, SpikeTrainDistance
from saltation.learning.losses.training import wanted_neurons
from saltation.learning.optimisers import Adam
from saltation.learning.revival import Revival
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import SilenceWarning, TimeConstantWarning

SIZE = 24
TARGETS = Spikes.from_first_times(
    1.0 + np.random.default_rng(3).uniform(0.0, 1.0, (SIZE, 2)).round(3)
)
LOSS = SpikeTrainDistance("out", targets=TARGETS, tau=0.5)
MUTE = np.array([[1.0, 0.02], [1.1, 0.02], [0.9, 0.02]])
"""Weights of which the second neuron never spikes."""


def trained(sim, examples, labels, loss=LOSS, **settings):
    settings = {"epochs": 6, "optimiser": Adam(0.02), "progress": False, **settings}
    spikes, _ = examples(SIZE, 1)
    return fit(sim, train=(spikes, labels), loss=loss, **settings)


def test_the_best_epoch_of_targets_of_one_sample_each_is_that_of_the_lowest_loss(sim, two_classes):
    own = np.arange(SIZE)
    result = trained(sim, two_classes, own, validation=(two_classes(SIZE, 2)[0], own))
    history = result.history
    assert np.isnan(history["accuracy"]).all()
    assert np.isnan(history["validation_accuracy"]).all()
    assert history.best_epoch == 1 + np.argmin(history["validation_loss"])


@pytest.mark.parametrize(
    ("classify", "train", "validation", "known"),
    [
        (None, np.arange(SIZE), np.arange(SIZE), False),
        (None, np.arange(SIZE) % 3, np.arange(SIZE), True),
        (None, np.arange(SIZE), np.arange(SIZE) % 3, True),
        (True, np.arange(SIZE), np.arange(SIZE), True),
        (False, np.arange(SIZE) % 3, np.arange(SIZE) % 3, False),
    ],
)
def test_there_are_accuracies_where_labels_are_classes(
    sim, two_classes, classify, train, validation, known
):
    loss = 2.0 * SpikeTrainDistance("out", targets=TARGETS, tau=0.5, classify=classify)
    held = two_classes(SIZE, 2)[0], validation
    (record,) = trained(sim, two_classes, train, loss, validation=held, epochs=1).history
    assert np.isfinite(record.accuracy) == np.isfinite(record.validation_accuracy) == known


def test_what_a_checkpoint_knows_of_a_loss_does_not_depend_on_the_validation(
    sim, two_classes, tmp_path
):
    own, path = np.arange(SIZE), tmp_path / "run.npz"
    held = two_classes(SIZE, 2)[0], own % 3
    for epochs, validation in ((1, None), (2, held)):
        settings = {"checkpoint": path, "epochs": epochs, "validation": validation}
        assert len(trained(sim, two_classes, own, **settings).history) == epochs


def test_a_neuron_with_targets_that_never_spikes_is_named_once(ramp_simulator, two_classes):
    message = r"made neuron 1 of 'out' spike, for which SpikeTrainDistance has a target in every"
    with pytest.warns(SilenceWarning, match=message) as found:
        trained(ramp_simulator(MUTE), two_classes, np.arange(SIZE), 0.5 * LOSS)
    assert len(found) == 1
    assert found[0].filename == __file__


def test_a_neuron_that_is_lifted_or_need_not_spike_is_not_named(ramp_simulator, two_classes):
    some = TARGETS.first_times(2)
    some[5, 1] = np.inf
    rarely = SpikeTrainDistance("out", targets=Spikes.from_first_times(some), tau=0.5)
    lifted = LOSS + SilentNeurons("out", "v_end")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for loss, revival in ((rarely, None), (lifted, None), (LOSS, Revival())):
            sim, own = ramp_simulator(MUTE), np.arange(SIZE)
            trained(sim, two_classes, own, loss, revival=revival, epochs=2)


def test_neurons_with_a_target_for_every_label_are_wanted():
    targets = Spikes.from_events([[(1.0, 0), (2.0, 2), (3.0, 2)], [(1.0, 2)], [(1.0, 1)]])
    loss = SpikeTrainDistance("out", targets=targets, tau=1.0)
    ((name, population, units),) = wanted_neurons(loss + 0.0 * LOSS, np.array([1, 0, 1]))
    assert (name, population, units.tolist()) == ("SpikeTrainDistance", "out", [2])
    assert wanted_neurons(loss, np.array([0, 2])) == []
    assert wanted_neurons(loss, np.array([7])) == []


def test_a_silent_network_has_half_of_the_target_spikes_as_its_distance(
    ramp_simulator, two_classes
):
    targets = Spikes.from_events([[(0.1, 0), (1.1, 0), (2.1, 1)]])
    run = ramp_simulator(0.01 * MUTE).run({"in": two_classes(1, 1)[0]})
    value = SpikeTrainDistance("out", targets=targets, tau=0.01)(run, [0]).value
    assert value == pytest.approx(3 / 2, rel=1e-12)


@pytest.mark.parametrize(("tau", "warned"), [(9.0, False), (9.1, True)])
def test_a_time_constant_in_another_unit_than_the_run_is_warned_of(sim, two_classes, tau, warned):
    loss = 0.1 * SpikeTrainDistance("out", targets=TARGETS, tau=tau)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        trained(sim, two_classes, np.arange(SIZE), loss, epochs=1)
    told = [str(each.message) for each in found if each.category is TimeConstantWarning]
    assert len(told) == warned
    assert all(
        "SpikeTrainDistance has tau = 9.1 s, and a run ends at t_end = 3 s" in t for t in told
    )
