"""Files that are no checkpoints: arrays of values are read where values are wanted."""

import re

import numpy as np
import pytest

import saltation as sal
from saltation.learning.checkpoint import load_best
from saltation.learning.fit import fit
from saltation.learning.losses import FirstSpikeCrossEntropy
from saltation.symbolic.errors import CheckpointError

KEY = "in->out.weight"
LOSS = FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=2.0)
VALUES = {KEY: np.arange(6.0).reshape(3, 2), "out.tau_m": np.array(0.02)}


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "best.npz"
    np.savez(path, **VALUES)
    return path


def test_arrays_of_values_are_the_best_values(archive):
    best = load_best(archive)
    assert list(best) == list(VALUES)
    for key, array in VALUES.items():
        np.testing.assert_array_equal(best[key], array)


def test_of_a_checkpoint_the_best_values_are_taken(ramp_simulator, two_classes, tmp_path):
    settings = {"train": two_classes(4, 1), "loss": LOSS, "epochs": 1}
    path = tmp_path / "run.npz"
    result = fit(ramp_simulator(np.ones((3, 2))), **settings, checkpoint=path, progress=False)
    best = load_best(path)
    assert list(best) == list(result.best)
    np.testing.assert_array_equal(best[KEY], result.best[KEY])


def test_values_are_no_checkpoint_and_the_message_says_how_to_read_them(archive):
    message = (
        rf"best\.npz is not a checkpoint that fit wrote: it holds the arrays '{KEY}', 'out\.tau_m'"
        r".* read them by dict\(np\.load\(path\)\)"
    )
    with pytest.raises(CheckpointError, match=message):
        sal.load_checkpoint(archive)


def test_a_training_neither_resumes_from_values_nor_overwrites_them(
    archive, ramp_simulator, two_classes
):
    before = archive.read_bytes()
    with pytest.raises(CheckpointError, match="give fit another file as checkpoint="):
        fit(
            ramp_simulator(np.ones((3, 2))),
            train=two_classes(4, 1),
            loss=LOSS,
            epochs=1,
            checkpoint=archive,
            progress=False,
        )
    assert archive.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"my thesis", b"PK\x03\x04"])
@pytest.mark.parametrize("read", [sal.load_checkpoint, load_best])
def test_nobody_is_told_to_remove_a_file_that_cannot_be_read(tmp_path, content, read):
    path = tmp_path / "thesis.npz"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"thesis\.npz .*name another file") as caught:
        read(path)
    assert "delete" not in str(caught.value)


def test_a_single_array_is_no_values(tmp_path):
    np.save(tmp_path / "array.npy", np.ones(3))
    with pytest.raises(CheckpointError, match=r"array\.npy"):
        load_best(tmp_path / "array.npy")


def test_a_checkpoint_prints_in_one_line(ramp_simulator, two_classes, tmp_path):
    settings = {"train": two_classes(4, 1), "loss": LOSS, "progress": False}
    fit(ramp_simulator(np.ones((3, 2))), **settings, epochs=2, checkpoint=tmp_path / "run.npz")
    printed = repr(sal.load_checkpoint(tmp_path / "run.npz"))
    assert re.fullmatch(r"Checkpoint\(2 epochs; last loss [\d.]+; values of 2 keys\)", printed)
