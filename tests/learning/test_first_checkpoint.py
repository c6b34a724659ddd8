"""The checkpoint of a training that did not come to the end of its first epoch."""

import numpy as np
import pytest

import saltation as sal
from saltation.learning.augment import InputDropout
from saltation.learning.callbacks import Callback
from saltation.learning.checkpoint import load_best
from saltation.learning.fit import fit
from saltation.learning.losses import FirstSpikeCrossEntropy
from saltation.learning.optimisers import Adam
from saltation.learning.revival import Revival
from saltation.learning.schedules import ExponentialDecay
from saltation.symbolic.errors import CheckpointError, CheckpointWarning

KEY = "in->out.weight"
LOSS = FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=2.0, alpha=1e-2)


class Interrupt(Callback):
    """Interrupts in the first epoch, after its second batch."""

    def batch_ended(self, report):
        if report.batch == 2:
            raise KeyboardInterrupt


@pytest.fixture
def settings(train):
    return {
        "train": train,
        "loss": LOSS,
        "epochs": 3,
        "optimiser": Adam(ExponentialDecay(0.05, 0.9)),
        "augment": InputDropout(0.1),
        "revival": Revival(share=0.03),
        "progress": False,
    }


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "run.npz"


@pytest.fixture
def interrupted(sim, settings, path):
    """The settings of a training that was interrupted in its first epoch."""
    settings["checkpoint"] = path
    with pytest.raises(KeyboardInterrupt):
        fit(sim, **settings, callbacks=[Interrupt()])
    return settings


def test_an_interrupt_in_the_first_epoch_leaves_the_state_before_it(sim, interrupted, path):
    saved = sal.load_checkpoint(path)
    assert len(saved.history) == 0
    np.testing.assert_array_equal(saved.values[KEY], sim.net.weight)
    np.testing.assert_array_equal(saved.best[KEY], sim.net.weight)


def test_going_on_from_there_gives_the_bits_of_an_uninterrupted_training(
    sim, settings, interrupted
):
    resumed = fit(sim, **interrupted)
    straight = fit(sim, **{**settings, "checkpoint": None})
    np.testing.assert_array_equal(resumed.values[KEY], straight.values[KEY])
    for name in ("loss", "accuracy", "silent_neurons"):
        np.testing.assert_array_equal(resumed.history[name], straight.history[name])


def test_it_goes_on_from_the_values_that_it_started_from_and_says_so(sim, interrupted, path):
    other = {KEY: sim.net.weight + 0.5}
    straight = fit(sim, **{**interrupted, "checkpoint": None})
    message = (
        rf"checkpoint {path} has no epoch, .* values it started from, not from those given: "
        rf"they differ in '{KEY}'.*resume=False"
    )
    with pytest.warns(CheckpointWarning, match=message):
        resumed = fit(sim, other, **interrupted)
    np.testing.assert_array_equal(resumed.values[KEY], straight.values[KEY])


def test_without_resume_it_starts_from_the_values_given(sim, interrupted):
    other = {KEY: sim.net.weight + 0.5}
    straight = fit(sim, other, **{**interrupted, "checkpoint": None})
    anew = fit(sim, other, **interrupted, resume=False)
    np.testing.assert_array_equal(anew.values[KEY], straight.values[KEY])


def test_other_settings_start_anew_as_nothing_is_lost(sim, interrupted, path):
    """A first try that fails or is interrupted does not stand in the way of the second."""
    changed = {**interrupted, "batch_size": 50}
    result = fit(sim, {KEY: sim.net.weight + 0.5}, **changed)
    straight = fit(sim, {KEY: sim.net.weight + 0.5}, **{**changed, "checkpoint": None})
    np.testing.assert_array_equal(result.values[KEY], straight.values[KEY])
    assert len(sal.load_checkpoint(path).history) == 3


def test_an_older_checkpoint_is_not_taken_for_that_of_the_training_that_replaced_it(
    sim, settings, path
):
    """Started anew and interrupted: the next call must not go on from what was to be replaced."""
    settings["checkpoint"] = path
    fit(sim, {KEY: sim.net.weight + 0.5}, **{**settings, "epochs": 1})
    with pytest.raises(KeyboardInterrupt):
        fit(sim, **settings, resume=False, callbacks=[Interrupt()])
    resumed = fit(sim, **settings)
    straight = fit(sim, **{**settings, "checkpoint": None})
    np.testing.assert_array_equal(resumed.values[KEY], straight.values[KEY])


def test_a_training_of_no_epochs_leaves_its_start(sim, settings, path):
    fit(sim, **{**settings, "epochs": 0}, checkpoint=path)
    assert len(sal.load_checkpoint(path).history) == 0


def test_values_that_were_never_trained_are_not_exported_as_the_best(interrupted, path):
    with pytest.raises(CheckpointError, match=rf"{path} has no epoch: .*load_checkpoint"):
        load_best(path)


def test_refused_settings_leave_an_older_checkpoint_alone(sim, settings, path):
    fit(sim, **{**settings, "epochs": 1}, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(sal.errors.ArrayError):
        fit(sim, **{**settings, "optimiser": Adam(1e6)}, checkpoint=path, resume=False)
    assert path.read_bytes() == before
