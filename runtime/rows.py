"""The flat layout of spikes: rows of all samples, one sample after the other, and its checks."""

from __future__ import annotations

import numpy as np

from saltation.runtime.arrays import FloatArray, IntArray, any_array, index_array, refuse_first
from saltation.symbolic.errors import ArrayError

UNIT_LIMIT = int(np.iinfo(np.int32).max)
"""The largest unit number that the C side can hold."""


def offsets_of(counts: IntArray) -> IntArray:
    """Return where samples with these numbers of spikes start, and where the last ends."""
    offsets = np.zeros(counts.size + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def check_offsets(offsets: IntArray, n_spikes: int) -> None:
    """Raise `ArrayError` unless the offsets divide `n_spikes` rows into samples."""
    if offsets.size == 0 or offsets[0] != 0 or offsets[-1] != n_spikes:
        ends = f"{offsets[0]} to {offsets[-1]}" if offsets.size else "nothing"
        raise ArrayError(
            f"offsets must run from 0 to the number of spikes, {n_spikes}, got {ends}",
            argument="offsets",
        )
    falls = offsets[1:] < offsets[:-1]
    if falls.any():
        sample = int(np.argmax(falls))
        raise ArrayError(
            f"offsets must not decrease, got {offsets[sample]} then {offsets[sample + 1]} "
            f"at sample {sample}",
            argument="offsets",
        )


def check_rows(
    times: FloatArray, units: IntArray, offsets: IntArray, times_name: str, units_name: str
) -> None:
    """Raise `ArrayError` unless times are valid and sorted within a sample, and units valid."""
    if not times.size:
        return
    if not (times.min() >= 0.0 and times.max() < np.inf):
        row = int(np.argmax(~((times >= 0.0) & (times < np.inf))))
        wanted = "zero or more" if np.isfinite(times[row]) else "finite"
        raise ArrayError(
            f"{times_name}: a time must be {wanted}, got {times[row]}{row_place(offsets, row)}",
            argument=times_name,
        )
    if units.min() < 0 or units.max() > UNIT_LIMIT:
        row = int(np.argmax((units < 0) | (units > UNIT_LIMIT)))
        raise ArrayError(
            f"{units_name}: a unit must be from 0 to {UNIT_LIMIT}, "
            f"got {units[row]}{row_place(offsets, row)}",
            argument=units_name,
        )
    falls = times[1:] < times[:-1]
    falls[offsets[(offsets > 0) & (offsets < times.size)] - 1] = False
    if falls.any():
        row = int(np.argmax(falls)) + 1
        raise ArrayError(
            f"{times_name} must be sorted by time within a sample, got {times[row]} after "
            f"{times[row - 1]}{row_place(offsets, row)}",
            argument=times_name,
        )


def row_place(offsets: IntArray, row: int) -> str:
    """Spell a row of the flat arrays as sample and row within it."""
    sample = int(np.searchsorted(offsets, row, side="right")) - 1
    return f" at sample {sample}, row {row - int(offsets[sample])}"


def chosen_samples(indices: object, batch: int) -> IntArray:
    """Return the sample numbers, all from 0, that `indices` selects."""
    given = any_array(indices, "indices")
    if given.ndim != 1:
        raise ArrayError(
            f"indices must have one dimension, got shape {given.shape}", argument="indices"
        )
    if given.dtype.kind == "b":
        if given.size != batch:
            raise ArrayError(
                f"indices as a mask must have one entry per sample: {batch}, got {given.size}",
                argument="indices",
            )
        return np.flatnonzero(given)
    chosen = index_array(given, "indices")
    bad = (chosen < -batch) | (chosen >= batch)
    if bad.any():
        refuse_first(chosen, bad, "indices", ("position",), f"samples of a batch of {batch}")
    return np.where(chosen < 0, chosen + batch, chosen)
