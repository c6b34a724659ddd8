"""Trainings that a callback ends: what says so, and what going on from their checkpoints does."""

import pickle
import warnings

import numpy as np
import pytest

from saltation.learning.callbacks import Callback
from saltation.learning.checkpoint import load_checkpoint
from saltation.learning.evaluation import evaluate
from saltation.learning.fit import fit
from saltation.learning.history import History
from saltation.learning.losses import FirstSpikeCrossEntropy
from saltation.learning.optimisers import Adam
from saltation.learning.schedules import ExponentialDecay
from saltation.learning.stopping import EarlyStopping
from saltation.symbolic.errors import CheckpointWarning

KEY = "in->out.weight"
LOSS = FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=2.0, alpha=1e-2)


class StopAfter(Callback):
    """Ends a training after some epochs, also one that resumes."""

    def __init__(self, epochs):
        self.epochs = epochs

    def fit_started(self, history, epochs, batches):
        return len(history) >= self.epochs

    def epoch_ended(self, report):
        return len(report.history) >= self.epochs


@pytest.fixture
def go(sim, train, two_classes, tmp_path):
    def go(epochs, *callbacks, rate=0.05, **settings):
        settings = {"checkpoint": tmp_path / "run.npz", "progress": False, **settings}
        settings |= {"optimiser": Adam(rate), "validation": two_classes(60, 2)}
        return fit(sim, train=train, loss=LOSS, epochs=epochs, callbacks=callbacks, **settings)

    return go


def test_training_stops_some_epochs_after_the_best_and_says_by_what(go):
    result = go(30, Callback(), EarlyStopping(3), rate=ExponentialDecay(0.05, 3.0))
    history = result.history
    assert len(history) == history.best_epoch + 3 < 30
    assert result.stopped_by == history.stopped_by == "EarlyStopping"
    assert repr(result).startswith(f"FitResult({len(history)} epochs; stopped by EarlyStopping; la")


def test_a_training_of_all_its_epochs_was_not_stopped(go):
    assert go(2).stopped_by is None
    assert go(3, StopAfter(3)).stopped_by is None


def test_a_stopped_training_goes_on_without_what_stopped_it(go):
    stopped, straight = go(4, StopAfter(2)), go(4, checkpoint=None)
    assert (len(stopped.history), stopped.stopped_by) == (2, "StopAfter")
    result = go(4)
    assert result.stopped_by is None
    assert np.array_equal(result.values[KEY], straight.values[KEY])


def test_a_training_that_its_callback_ends_at_once_is_warned_of(go):
    first = go(4, StopAfter(2))
    message = r"nothing was trained: checkpoint .*run\.npz has 2 epochs, after which StopAfter ends"
    with pytest.warns(CheckpointWarning, match=message) as found:
        again = go(9, StopAfter(2))
    assert found[0].filename == __file__
    assert (len(again.history), again.stopped_by) == (2, "StopAfter")
    assert np.array_equal(again.values[KEY], first.values[KEY])


def test_a_checkpoint_of_more_epochs_than_wanted_is_warned_of(go):
    go(2)
    with pytest.warns(CheckpointWarning, match=r"has 2 epochs, and epochs=1, which .* for fewer"):
        assert len(go(1).history) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(go(2).history) == 2
        assert len(go(1, resume=False).history) == 1


def test_the_end_of_the_bar_says_what_stopped_the_training(go, capsys):
    accuracy = go(9, StopAfter(2), progress=True).history[-1].validation_accuracy
    last = capsys.readouterr().err.rsplit("\r", 1)[-1]
    assert last.startswith("epoch 2/9 ")
    assert last.endswith(f", validation {accuracy:.2%}, stopped by StopAfter\n")
    with pytest.warns(CheckpointWarning):
        go(9, StopAfter(2), progress=True)
    assert capsys.readouterr().err.endswith("], stopped by StopAfter\n")


@pytest.mark.parametrize(("files", "batch_size"), [("", 32), ("_IN_FILES", 200)])
def test_a_bar_in_a_file_shows_each_epoch_once_with_its_own_validation(
    go, capsys, monkeypatch, files, batch_size
):
    monkeypatch.setattr(f"saltation.learning.progress._REFRESH_SECONDS{files}", 0.0)
    history = go(3, progress=True, batch_size=batch_size).history
    opened, *shown = capsys.readouterr().err.strip().split("\r")
    assert opened.startswith("epoch 0/3 ")
    assert [each.split("], ")[1].strip() for each in shown] == [
        f"loss {r.loss:.4f}, accuracy {r.accuracy:.2%}, validation {r.validation_accuracy:.2%}"
        for r in history
    ]


def test_a_result_is_kept_by_pickle_and_its_values_by_numpy(go, sim, train, tmp_path):
    result = go(4, StopAfter(2))
    kept = pickle.loads(pickle.dumps(result))
    assert (kept.stopped_by, kept.history) == ("StopAfter", result.history)
    np.savez(tmp_path / "best.npz", **result.best)
    best = dict(np.load(tmp_path / "best.npz"))
    for values in (kept.best, best, load_checkpoint(tmp_path / "run.npz").best):
        assert np.array_equal(values[KEY], result.best[KEY])
        assert evaluate(sim, values, *train, LOSS).loss == evaluate(sim, best, *train, LOSS).loss


def test_one_epoch_is_one_epoch(go):
    assert repr(go(1).history).startswith("History(1 epoch; ")
    assert (
        repr(History(stopped_by="EarlyStopping")) == "History(no epochs; stopped by EarlyStopping)"
    )
