"""Lists of ``(time, unit)`` events, flattened into arrays."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import numpy as np

from saltation.runtime.arguments import is_number
from saltation.runtime.arrays import (
    FloatArray,
    IntArray,
    any_array,
    real_array,
    refuse_elements,
)
from saltation.runtime.rows import offsets_of, row_place
from saltation.symbolic.errors import ArrayError, ArrayTypeError


def flatten_events(events: object) -> tuple[FloatArray, IntArray, IntArray]:
    """Return times, units and offsets of the events of each sample.

    Only their types are checked here, and that units are whole; order and range are not.

    Parameters
    ----------
    events : iterable of iterables of (float, int)
        For each sample its events.

    Raises
    ------
    ArrayError
        If a row is no pair, or a unit not a whole number; names sample and row.
    ArrayTypeError
        If `events` is no list of lists, or times or units are not numbers.
    """
    samples = [_rows(sample, b) for b, sample in enumerate(_listed(events, "events"))]
    counts = np.array([len(rows) for rows in samples], dtype=np.int64)
    offsets = offsets_of(counts)
    flat = list(chain.from_iterable(samples))
    if not flat:
        return np.zeros(0), np.zeros(0, dtype=np.int64), offsets
    times = real_array([row[0] for row in flat], "events")
    units = any_array([row[1] for row in flat], "events")
    if units.dtype.kind not in "fiu":
        refuse_elements(units, "events", "(time, unit) pairs with integer units")
    if times.ndim != 1 or units.ndim != 1:
        raise ArrayError("events must hold (time, unit) pairs of single numbers", argument="events")
    if units.dtype.kind == "f":
        units = _whole(units, offsets)
    return times, np.asarray(units, dtype=np.int64), offsets


def _listed(value: object, what: str) -> list[object]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ArrayTypeError(
            f"{what} must be a list of (time, unit) pairs for each sample, "
            f"as in [[(0.001, 0), (0.002, 3)], []]; got {type(value).__name__} {value!r}",
            argument="events",
        )
    try:
        return list(value)
    except TypeError as error:  # an array without dimensions calls itself iterable
        raise ArrayTypeError(f"{what} must be a list, got {value!r}", argument="events") from error


def _rows(sample: object, b: int) -> list[tuple[object, object]]:
    rows = _listed(sample, f"events, sample {b},")
    pairs: list[tuple[object, object]] = []
    time: object
    unit: object
    for position, row in enumerate(rows):
        try:
            time, unit = row  # type: ignore[misc]
        except (TypeError, ValueError) as error:
            forgotten = "the outer list is of samples; for one sample write [[(time, unit), ...]]"
            raise ArrayError(
                f"events must hold (time, unit) pairs, got {row!r} at sample {b}, row {position}"
                + f": {forgotten}" * is_number(row),
                argument="events",
            ) from error
        pairs.append((time, unit))
    return pairs


def _whole(units: FloatArray, offsets: IntArray) -> IntArray:
    """Return units given as floats, as in an array of shape (k, 2), as integers."""
    bad = ~(np.isfinite(units) & (units == np.floor(units)) & (np.abs(units) < 2.0**53))
    if bad.any():
        row = int(np.argmax(bad))
        raise ArrayError(
            f"events: a unit must be an integer, got {units[row]}{row_place(offsets, row)}",
            argument="events",
        )
    return units.astype(np.int64)
