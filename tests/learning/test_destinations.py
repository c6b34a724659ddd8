"""Where a training writes is looked at before its first run."""

import os
import sys
from types import SimpleNamespace

import pytest

from saltation.learning.fit import fit
from saltation.learning.history import History
from saltation.learning.logs import CsvLog, TensorBoardLog
from saltation.learning.losses import FirstSpikeCrossEntropy
from saltation.symbolic.errors import ArrayTypeError, CheckpointError, DestinationError

LOSS = FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=2.0, alpha=1e-2)


@pytest.fixture
def taken(tmp_path):
    path = tmp_path / "taken"
    path.write_text("a thesis")
    return path


@pytest.mark.parametrize("resume", [True, False])
def test_a_checkpoint_that_cannot_be_written_is_refused_before_the_first_run(
    sim, train, taken, resume
):
    settings = {"train": train, "loss": LOSS, "epochs": 2, "progress": False, "resume": resume}
    for path, message in (
        (taken.parent, f"checkpoint {taken.parent} is a folder, expected a file: name one in it"),
        (taken / "run.npz", f"cannot be written: its folder '{taken}' is a file"),
        (taken / "a" / "run.npz", f"'{taken}/a' cannot be made, as '{taken}' is a file"),
    ):
        with pytest.raises(CheckpointError, match=message):
            fit(sim, **settings, checkpoint=path)
    with pytest.raises(ArrayTypeError, match="fit: checkpoint is 5, expected a path"):
        fit(sim, **settings, checkpoint=5)
    assert sim.runs == 0
    assert taken.read_text() == "a thesis"


def test_a_read_only_checkpoint_is_replaced_as_its_folder_is_what_counts(
    sim, train, tmp_path, monkeypatch
):
    path = tmp_path / "run.npz"
    settings = {"train": train, "loss": LOSS, "progress": False, "checkpoint": path}
    fit(sim, **settings, epochs=1)
    path.chmod(0o400)
    monkeypatch.setattr(os, "access", lambda place, mode: place != path)  # whoever runs this
    assert len(fit(sim, **settings, epochs=2).history) == 2


def test_a_log_that_cannot_be_written_is_refused_where_it_is_made(taken, monkeypatch):
    with pytest.raises(DestinationError, match=f"CsvLog: path '{taken.parent}' is a folder"):
        CsvLog(taken.parent)
    with pytest.raises(DestinationError, match=f"cannot be made, as '{taken}' is a file"):
        CsvLog(taken / "log.csv")
    monkeypatch.setitem(sys.modules, "tensorboardX", SimpleNamespace(SummaryWriter=None))
    with pytest.raises(DestinationError, match=f"TensorBoardLog: folder '{taken}' is a file"):
        TensorBoardLog(taken)
    assert taken.read_text() == "a thesis"


def test_a_table_makes_its_folder_and_is_refused_below_a_file(taken):
    History().to_csv(taken.parent / "new" / "history.csv")
    assert (taken.parent / "new" / "history.csv").is_file()
    with pytest.raises(DestinationError, match=f"to_csv: path '{taken.parent}' is a folder"):
        History().to_csv(taken.parent)
    with pytest.raises(DestinationError, match=f"cannot be made, as '{taken}' is a file"):
        History().to_csv(taken / "history.csv")
