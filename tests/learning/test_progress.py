"""What a training shows and keeps while it goes on: the bar, the history, callbacks by name."""

import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from saltation.learning.callbacks import BatchReport, Callback, EpochReport
from saltation.learning.fit import fit
from saltation.learning.history import EpochRecord, History
from saltation.learning.logs import CsvLog, TensorBoardLog
from saltation.learning.losses import FunctionLoss
from saltation.learning.progress import ProgressBar
from saltation.learning.stopping import EarlyStopping
from saltation.symbolic.errors import ArrayTypeError, UnknownNameError


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


def test_callbacks_of_the_package_print_their_arguments(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboardX", SimpleNamespace(SummaryWriter=None))
    assert repr(EarlyStopping(3)) == "EarlyStopping(patience=3)"
    assert repr(CsvLog("runs/log.csv")) == "CsvLog(path='runs/log.csv')"
    assert repr(TensorBoardLog("runs")) == "TensorBoardLog(folder='runs')"
    assert repr(ProgressBar()) == "ProgressBar()"

    class Patient(EarlyStopping):
        pass

    assert repr(Patient()) == "Patient(patience=10)"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("on_epoch_end", " (did you mean epoch_ended?)"),
        ("on_batch_end", " (did you mean batch_ended?)"),
        ("on_train_begin", ""),
    ],
)
def test_methods_that_would_never_be_called_are_refused(name, meant):
    message = (
        f"Log.{name} would never be called: a callback has the methods fit_started, batch_ended, "
        f"epoch_ended, fit_ended{meant}; "
    )
    with pytest.raises(ArrayTypeError, match="^" + re.escape(message)):
        type("Log", (Callback,), {name: lambda self, epoch, logs: None})
    with pytest.raises(ArrayTypeError, match=r"Later\.on_epoch_end would never"):
        type("Later", (EarlyStopping,), {"on_epoch_end": staticmethod(print)})


def test_helpers_and_settings_of_other_names_are_callbacks_own(sim, train):
    class Counts(Callback):
        on_paper = True

        def __init__(self):
            self.epochs = 0

        def once(self):
            self.epochs += 1

        def _on_epoch(self):
            self.once()

        def epoch_ended(self, report):
            self._on_epoch()

    counts = Counts()
    fit(sim, train=train, loss=FunctionLoss(lateness), epochs=2, progress=False, callbacks=[counts])
    assert counts.epochs == 2
