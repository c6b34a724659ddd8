"""The flat layout of spikes: rows of all samples, one sample after the other, and its checks."""

from __future__ import annotations

import numpy as np

from saltation.runtime.arrays import FloatArray, IntArray, index_array, real_array
from saltation.symbolic.errors import ArrayError

UNIT_LIMIT = int(np.iinfo(np.int32).max)
"""The largest unit number that the C side can hold."""


def offsets_of(counts: IntArray) -> IntArray:
    """Return where samples with these numbers of spikes start, and where the last ends."""
    offsets = np.zeros(counts.size + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def checked_arrays(
    times: object, units: object, offsets: object
) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the arrays of spikes, which may be those given, or raise what `Spikes` raises."""
    flat = real_array(times, "times")
    owners = index_array(units, "units")
    starts = index_array(offsets, "offsets")
    for array, argument in ((flat, "times"), (owners, "units"), (starts, "offsets")):
        if array.ndim != 1:
            raise ArrayError(
                f"{argument} must have one dimension, got shape {array.shape}",
                argument=argument,
            )
    if owners.size != flat.size:
        raise ArrayError(
            f"units must have one entry per spike: {flat.size} as times, got {owners.size}",
            argument="units",
        )
    check_offsets(starts, flat.size)
    check_rows(flat, owners, starts, "times", "units")
    return flat, owners, starts


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
