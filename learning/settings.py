"""What differs between two trainings, in words: their settings, and values that are not trained."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from saltation.learning.protocols import FloatArray

IDENTITY = ("simulation", "network")
"""Settings that say what a simulator's results depend on, part by part.

Checkpoints of older versions lack them.
"""


def setting_differences(saved: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    """List the settings that are not the same.

    Parameters
    ----------
    saved : mapping
        Those of a checkpoint.
    current : mapping
        Those of a call.

    Returns
    -------
    list of str
        A line for each, and for each part of what identifies a simulator.
    """
    # A round trip through JSON makes tuples lists, as they are in the saved settings.
    return [f"  {line}" for line in _lines(saved, json.loads(json.dumps(current)))]


def _lines(saved: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*saved, *current}):
        before, now = saved.get(name), current.get(name)
        if name in IDENTITY and isinstance(before, dict) and isinstance(now, dict):
            yield from (f"{name}: {line}" for line in _lines(before, now))
        elif before != now:
            told = [repr(part[name]) if name in part else "absent" for part in (saved, current)]
            yield f"{name}: {told[0]} in the checkpoint, {told[1]} now"


def value_differences(
    saved: Mapping[str, FloatArray], fixed: Mapping[str, FloatArray], settings: Mapping[str, Any]
) -> list[str]:
    """List the values that neither training trains and that are not the same.

    Parameters
    ----------
    saved : mapping of str to ndarray
        All values of a checkpoint.
    fixed : mapping of str to ndarray
        Those that a call does not train.
    settings : mapping
        Those of the checkpoint. Keys that it trains, or of another shape, are found by them.

    Returns
    -------
    list of str
        A line for each key.
    """
    trained = settings.get("trainable", ())
    return [
        f"  {key!r}, which is not trained: {_moved(saved[key], array)}"
        for key, array in fixed.items()
        if key in saved and key not in trained and saved[key].shape == array.shape
        if not np.array_equal(saved[key], array)
    ]


def _moved(saved: FloatArray, current: FloatArray) -> str:
    """Tell the first number that is not the same, and of how many it is."""
    others = saved != current
    index = tuple(int(axis) for axis in np.argwhere(others)[0])
    numbers = f"{saved[index].item()!r} in the checkpoint, {current[index].item()!r} now"
    if not index:
        return numbers
    count = f"{np.count_nonzero(others)} of {others.size} numbers differ"
    return f"{count}, first at index {index if len(index) > 1 else index[0]}: {numbers}"
