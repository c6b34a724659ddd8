"""A sparse projection by target, as exported C reads it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saltation.runtime.projection import Projection


@dataclass(frozen=True, slots=True)
class Columns:
    """Sources and weight entries of each target in turn."""

    start: NDArray[np.int64]
    source: NDArray[np.int64]
    entry: NDArray[np.int64]


def columns_of(projection: Projection) -> Columns | None:
    """Return a sparse projection's columns, None if it is dense."""
    pattern = projection.pattern
    if pattern is None:
        return None
    rows, targets = pattern.pairs
    entry = np.argsort(targets, kind="stable")
    counts = np.bincount(targets, minlength=projection.post_size)
    start = np.concatenate([[0], np.cumsum(counts)])
    return Columns(start=start, source=rows[entry], entry=entry)
