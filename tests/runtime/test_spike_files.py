"""Spike trains written and read."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from saltation.runtime.spike_files import load_spikes, save_spikes
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ArrayTypeError

SPIKES = Spikes.from_events([[(0.001, 2), (0.1 + 0.2, 0)], [], [(5e-324, 1)]])


@pytest.mark.parametrize("spikes", [SPIKES, Spikes.silent(3), Spikes.silent(0)])
def test_what_is_read_is_what_was_written(tmp_path: Path, spikes: Spikes) -> None:
    path = tmp_path / "folder" / "no_ending"
    save_spikes(path, spikes)
    assert [each.name for each in path.parent.iterdir()] == ["no_ending"]
    assert load_spikes(path) == spikes
    save_spikes(str(path), SPIKES)
    assert load_spikes(str(path)) == SPIKES


def test_only_spikes_are_written(tmp_path: Path) -> None:
    with pytest.raises(ArrayTypeError, match=r"must be Spikes.*got dict"):
        save_spikes(tmp_path / "spikes", {"out": SPIKES})  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_other_files_are_named_with_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "spikes"
    with pytest.raises(FileNotFoundError):
        load_spikes(path)
    save_spikes(path, SPIKES)
    whole = path.read_bytes()
    unsorted = {"times": [2.0, 1.0], "units": [0, 0], "offsets": [0, 2]}
    archives = {"no array units, offsets": {"times": [1.0]}, "sorted": unsorted}
    for message, arrays in archives.items():
        with open(path, "wb") as file:
            np.savez(file, **arrays)
        with pytest.raises(ArrayError, match=f"{path} holds no spike trains: .*{message}"):
            load_spikes(path)
    damaged = bytearray(whole)
    damaged[90] ^= 255
    for content in (b"", whole[:-30], bytes(damaged), pickle.dumps(SPIKES)):
        path.write_bytes(content)
        with pytest.raises(ArrayError, match=f"{path} holds no spike trains") as caught:
            load_spikes(path)
        assert "pickle" not in str(caught.value)
