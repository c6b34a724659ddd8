"""What a training shows and keeps while it goes on: the bar, the history, callbacks by name."""

import numpy as np
import pytest

from saltation.learning.callbacks import BatchReport, EpochReport
from saltation.learning.fit import fit
from saltation.learning.history import EpochRecord, History
from saltation.learning.losses import FunctionLoss
from saltation.learning.progress import ProgressBar
from saltation.symbolic.errors import UnknownNameError


def lateness(run, labels):
    """A loss that predicts no class."""
    first = run.first_spikes("out")
    heard = np.isfinite(first)
    return float(first[heard].sum()) / len(labels), {"out": heard / len(labels)}, {}


def record(epoch, **measured):
    counts = {"rate": 0.1, "silent_labels": 0.0, "spikes_per_sample": 1.0, "seconds": 0.1}
    return EpochRecord(epoch=epoch, **counts, **measured)


def shown_by_bar(capsys, **measured):
    """The last thing that the bar shows of an epoch of one batch."""
    bar = ProgressBar()
    history = History((record(1, **measured),))
    bar.fit_started(History(), 1, 1)
    loss, accuracy = measured["loss"], measured["accuracy"]
    bar.batch_ended(BatchReport(epoch=1, batch=1, batches=1, loss=loss, accuracy=accuracy))
    bar.epoch_ended(EpochReport(record=history[0], history=history, values={}))
    bar.fit_ended(history)
    return capsys.readouterr().err.rsplit("] ", 1)[-1].rsplit("], ", 1)[-1].strip()


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ((16.39551, np.nan, None, None), "loss 16.3955"),
        ((16.39551, np.nan, 15.1, np.nan), "loss 16.3955, validation loss 15.1"),
        ((2.5e-9, np.nan, None, None), "loss 2.5e-09"),
        ((0.25, 0.5, None, None), "loss 0.2500, accuracy 50.00%"),
        ((0.25, 0.5, 0.3, 0.375), "loss 0.2500, accuracy 50.00%, validation 37.50%"),
    ],
)
def test_the_bar_shows_what_there_is(capsys, numbers, shown):
    names = ("loss", "accuracy", "validation_loss", "validation_accuracy")
    assert shown_by_bar(capsys, **dict(zip(names, numbers, strict=True))) == shown


def test_the_bar_of_a_training_without_predictions_shows_both_losses(
    sim, train, two_classes, capsys
):
    loss = FunctionLoss(lateness)
    history = fit(sim, train=train, validation=two_classes(50, 2), loss=loss, epochs=2).history
    last, shown = history[-1], capsys.readouterr().err
    assert "nan" not in shown
    assert f"loss {last.loss:.6g}, validation loss {last.validation_loss:.6g}" in shown


def test_a_name_gives_the_column_of_a_history():
    history = History(tuple(record(k, loss=1.0 / k, accuracy=np.nan) for k in (1, 2, 4)))
    assert history["loss"].tolist() == [1.0, 0.5, 0.25]
    assert np.isnan(history["validation_loss"]).all()
    with pytest.raises(UnknownNameError, match="no column 'lss', expected one of epoch, rate"):
        history["lss"]
    assert history[1].loss == 0.5
    assert len(history[:2]) == 2
