"""How many spikes each population had: in the history, in tables, in checkpoints."""

import csv
import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import saltation as sal
from saltation.learning.history import EpochRecord, History
from saltation.learning.logs import TensorBoardLog
from saltation.symbolic.errors import UnknownNameError

COLUMNS = ("hidden.spikes_per_sample", "out.spikes_per_sample")
LABELS = np.zeros(4, int)
DRIVE = sal.Spikes.from_events([[(1e-3, 0)], [(1e-3, 0), (9e-3, 0)], [], [(2e-3, 0)]])


def record(epoch, **spikes):
    counts = {"rate": 0.1, "loss": 1.0, "accuracy": 0.5, "silent_labels": 0.0, "seconds": 0.1}
    return EpochRecord(
        epoch=epoch, spikes_per_sample=sum(spikes.values()), population_spikes=spikes, **counts
    )


@pytest.fixture(scope="module")
def sim():
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population("hidden", sal.models.lif, 3)
    net.add_population("out", sal.models.lif, 1)
    net.add_population("read", sal.models.leaky_integrator, 1)
    net.connect("in", "hidden", weight=[[12.0, 8.0, 1.0]])
    net.connect("hidden", "out", weight=[[6.0], [2.0], [0.0]])
    net.connect("hidden", "read", weight=np.ones((3, 1)))
    return sal.compile(net, t_end=0.04)


@pytest.fixture
def settings():
    return {
        "train": (DRIVE, LABELS),
        "loss": sal.losses.RateRegularisation("hidden", t_end=0.04),
        "optimiser": sal.Adam(1e-6, scales={}),
        "trainable": ["in->hidden.weight"],
        "batch_size": 3,
        "progress": False,
    }


@pytest.mark.filterwarnings("ignore::saltation.symbolic.errors.LearningRateWarning")
def test_the_history_tells_the_spikes_of_each_population(sim, settings):
    history = sal.fit(sim, **settings, epochs=2).history
    run = sim.run({"in": DRIVE})
    for name in ("hidden", "out", "read"):
        expected = run.spikes[name].n_spikes / 4
        assert history[0].population_spikes[name] == expected
        assert history[f"{name}.spikes_per_sample"].tolist() == [expected] * 2
    assert history["hidden.spikes_per_sample"][0] > history["out.spikes_per_sample"][0] > 0.0
    total = sum(history[column] for column in COLUMNS)
    np.testing.assert_array_equal(history["spikes_per_sample"], total)


@pytest.mark.filterwarnings("ignore::saltation.symbolic.errors.LearningRateWarning")
def test_it_goes_on_from_a_checkpoint_into_the_log(sim, settings, tmp_path):
    settings |= {"checkpoint": tmp_path / "run.npz"}
    sal.fit(sim, **settings, epochs=1)
    log = sal.CsvLog(tmp_path / "log.csv")
    history = sal.fit(sim, **settings, epochs=2, callbacks=[log]).history
    with log.path.open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row[COLUMNS[0]]) for row in rows] == history[COLUMNS[0]].tolist()
    assert [float(row[COLUMNS[1]]) for row in rows] == history[COLUMNS[1]].tolist()
    assert "population_spikes" not in rows[0]


def test_a_checkpoint_from_before_they_were_counted_is_read(sim, settings, tmp_path):
    path = tmp_path / "run.npz"
    settings |= {"checkpoint": path}
    with pytest.warns(sal.errors.LearningRateWarning):
        sal.fit(sim, **settings, epochs=1)
    with np.load(path) as archive:
        arrays = dict(archive)
    meta = json.loads(str(arrays["meta"]))
    del meta["history"][0]["population_spikes"]
    np.savez(path, **{**arrays, "meta": np.array(json.dumps(meta))})
    history = sal.fit(sim, **settings, epochs=2).history
    column = history[COLUMNS[0]]
    assert np.isnan(column[0])
    assert column[1] > 0.0
    history.to_csv(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open() as file:
        assert [bool(row[COLUMNS[0]]) for row in csv.DictReader(file)] == [False, True]


def test_rows_are_flat_as_a_data_frame_wants_them():
    history = History((record(1, hidden=3.0, out=1.0), record(2, hidden=2.0, out=0.5)))
    rows = history.rows()
    assert [row[COLUMNS[0]] for row in rows] == [3.0, 2.0]
    assert "population_spikes" not in rows[0]
    assert list(rows[0]) == list(rows[1])
    assert json.loads(json.dumps(rows)) == rows


def test_a_column_that_is_not_there_is_named_with_those_that_are():
    history = History((record(1, hidden=3.0, out=1.0),))
    for name in ("population_spikes", "hiden.spikes_per_sample"):
        with pytest.raises(UnknownNameError, match=rf"no column '{name}'.* {COLUMNS[0]}, "):
            history[name]
    with pytest.raises(UnknownNameError, match="no column"):
        History()[COLUMNS[0]]


def test_tensorboard_gets_them(monkeypatch, tmp_path):
    written = {}
    writer = SimpleNamespace(
        add_scalar=lambda name, value, step: written.update({name: (value, step)}),
        flush=lambda: None,
    )
    made = SimpleNamespace(SummaryWriter=lambda folder, purge_step: writer)
    monkeypatch.setitem(sys.modules, "tensorboardX", made)
    log, history = TensorBoardLog(tmp_path), History((record(1, hidden=3.0, out=1.0),))
    log.fit_started(History(), 1, 1)
    log.epoch_ended(SimpleNamespace(record=history[0], history=history))
    assert written[COLUMNS[0]] == (3.0, 1)
    assert written["loss"] == (1.0, 1)
    assert "epoch" not in written
    assert "population_spikes" not in written
