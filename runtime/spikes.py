"""Spike trains of a batch: times and units of all samples, one sample after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from saltation.runtime.arrays import (
    FloatArray,
    IntArray,
    UnitArray,
    any_array,
    greatest,
    index_array,
    real_array,
    refuse_first,
    whole_number,
)
from saltation.runtime.events import flatten_events
from saltation.runtime.frozen import FrozenArrays
from saltation.runtime.rates import checked_window
from saltation.runtime.rows import check_rows, checked_arrays, offsets_of, row_place
from saltation.symbolic.errors import ArrayError, ArrayTypeError

_UNIT = np.dtype(np.int32)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Spikes(FrozenArrays):
    """All spikes of one input or population, for every sample of a batch.

    Sample `b` owns rows ``offsets[b]:offsets[b + 1]``, sorted by time. The arrays are copies
    and cannot be written to. A batch of 0 samples and samples without spikes are ordinary.

    Parameters
    ----------
    times : array_like of float, shape (n_spikes,), unit s
        Spike times, finite and not negative.
    units : array_like of int, shape (n_spikes,)
        Which unit of the input or population spiked, counted from 0.
    offsets : array_like of int, shape (batch + 1,)
        Where each sample starts; the first is 0 and the last ``n_spikes``.

    Raises
    ------
    ArrayError
        If shapes do not fit, times are unsorted within a sample, negative, infinite or NaN, or
        units are negative. The message names the argument and the sample and row.
    ArrayTypeError
        If times are not real numbers, or units or offsets not integers.

    Examples
    --------
    >>> spikes = Spikes([0.001, 0.004, 0.002], [1, 0, 2], [0, 2, 3])
    >>> spikes.batch
    2
    >>> spikes.first_times(3)
    array([[0.004, 0.001,   inf],
           [  inf,   inf, 0.002]])
    """

    times: FloatArray
    """Spike times, shape (n_spikes,), unit s, sorted within a sample."""
    units: UnitArray
    """Unit of each spike, shape (n_spikes,), int32."""
    offsets: IntArray
    """Start of each sample, and the end of the last, shape (batch + 1,), int64."""

    def __post_init__(self) -> None:
        times, units, offsets = checked_arrays(self.times, self.units, self.offsets)
        _fill(self, times.copy(), units.astype(_UNIT), offsets.copy())

    @classmethod
    def trusted(cls, times: FloatArray, units: UnitArray, offsets: IntArray) -> Spikes:
        """Wrap arrays that are known to be right, without a check or a copy.

        For the results of a run: float64, int32 and int64 arrays laid out as the class says,
        which from here on belong to the `Spikes` and cannot be written to.
        """
        spikes: Spikes = object.__new__(cls)
        _fill(spikes, times, units, offsets)
        return spikes

    @classmethod
    def silent(cls, batch: int) -> Spikes:
        """Return `batch` samples without a spike.

        Examples
        --------
        >>> Spikes.silent(2)
        Spikes(batch=2, n_spikes=0)
        """
        samples = whole_number(batch)
        if samples is None or samples < 0:
            raise ArrayError(
                f"batch must be an integer of at least 0, got {batch!r}", argument="batch"
            )
        return cls.trusted(
            np.zeros(0), np.zeros(0, dtype=np.int32), np.zeros(samples + 1, dtype=np.int64)
        )

    @classmethod
    def from_first_times(cls, times: object) -> Spikes:
        """Make spikes of at most one per unit, as in time-to-first-spike codes.

        Spikes of a sample are sorted by time, equal times by unit.

        Parameters
        ----------
        times : array_like of float, shape (batch, n), unit s
            Spike time of each unit in each sample; ``inf`` for no spike.

        Raises
        ------
        ArrayError
            If the shape is another, or a time is negative or NaN.
        ArrayTypeError
            If the times are not real numbers.

        Examples
        --------
        >>> spikes = Spikes.from_first_times([[0.003, np.inf, 0.001]])
        >>> spikes.units, spikes.times
        (array([2, 0], dtype=int32), array([0.001, 0.003]))
        """
        given = real_array(times, "times")
        if given.ndim != 2:
            hint = "; for one sample give times[None, :]" if given.ndim == 1 else ""
            raise ArrayError(
                f"times must have shape [batch, n], got {given.shape}{hint}", argument="times"
            )
        batch, n = given.shape
        if given.size == 0:
            return cls.silent(batch)
        order = given.argsort(axis=1, kind="stable")
        ordered = given.take(order + np.arange(0, batch * n, n)[:, None])
        # NaN sorts behind everything, so a sample's extremes tell whether all of it is right.
        if not (ordered[:, 0].min() >= 0.0 and ordered[:, -1].max() >= 0.0):
            refuse_first(
                given, ~(given >= 0.0), "times", ("sample", "unit"), "zero or more, or inf"
            )
        present = ordered < np.inf
        offsets = np.zeros(batch + 1, dtype=np.int64)
        np.add.accumulate(np.add.reduce(present, axis=1), out=offsets[1:])
        return cls.trusted(ordered[present], order[present].astype(_UNIT), offsets)

    @classmethod
    def from_events(cls, events: Iterable[Iterable[tuple[float, int]]]) -> Spikes:
        """Make spikes from a list of ``(time, unit)`` pairs for each sample.

        Parameters
        ----------
        events : iterable of iterables of (float, int)
            For each sample its events, sorted by time (unit s); equal times keep their order.
            A sample may also be an array of shape (k, 2).

        Raises
        ------
        ArrayError
            If a row is no pair, a time is unsorted, negative, infinite or NaN, or a unit is
            negative or not an integer. The message names the sample and the row.
        ArrayTypeError
            If the events are not numbers.

        Examples
        --------
        >>> Spikes.from_events([[(0.001, 2), (0.003, 0)], []]).offsets
        array([0, 2, 2])
        """
        times, units, offsets = flatten_events(events)
        check_rows(times, units, offsets, "events", "events")
        return cls.trusted(times, units.astype(_UNIT), offsets)

    @classmethod
    def concatenate(cls, parts: Sequence[Spikes]) -> Spikes:
        """Join batches, one behind the other.

        Examples
        --------
        >>> one = Spikes.from_events([[(0.001, 0)]])
        >>> Spikes.concatenate([one, Spikes.silent(1), one]).offsets
        array([0, 1, 1, 2])
        """
        parts = list(parts)
        for position, part in enumerate(parts):
            if not isinstance(part, Spikes):
                raise ArrayTypeError(
                    f"parts[{position}] must be Spikes, got {type(part).__name__}",
                    argument="parts",
                )
        if not parts:
            return cls.silent(0)
        counts = np.concatenate([np.diff(part.offsets) for part in parts])
        return cls.trusted(
            np.concatenate([part.times for part in parts]),
            np.concatenate([part.units for part in parts]),
            offsets_of(counts),
        )

    @property
    def batch(self) -> int:
        """Number of samples."""
        return self.offsets.size - 1

    @property
    def n_spikes(self) -> int:
        """Number of spikes in all samples together."""
        return self.times.size

    @property
    def samples(self) -> IntArray:
        """Sample of each spike, shape (n_spikes,)."""
        return np.repeat(np.arange(self.batch), self.offsets[1:] - self.offsets[:-1])

    def first_times(self, n: int) -> FloatArray:
        """Return the first spike time of each of `n` units, shape (batch, n), ``inf`` if silent.

        Raises
        ------
        ArrayError
            If a unit is not below `n`.
        """
        flat = self._flat(n)
        first = np.full(self.batch * n, np.inf)
        np.minimum.at(first, flat, self.times)
        return first.reshape(self.batch, n)

    def counts(self, n: int) -> IntArray:
        """Return how often each of `n` units spiked, shape (batch, n).

        Raises
        ------
        ArrayError
            If a unit is not below `n`.
        """
        flat = self._flat(n)
        return np.bincount(flat, minlength=self.batch * n).reshape(self.batch, n)

    def rates(self, n: int, t_end: float, *, t_start: float = 0.0) -> FloatArray:
        """Return the mean rate of each of `n` units in Hz, shape (batch, n): spikes by time.

        Parameters
        ----------
        n : int
            Number of units.
        t_end, t_start : float, unit s
            The window, to which both its ends belong.

        Raises
        ------
        ArrayError
            If a unit is not below `n`, or the window is not one of positive length from 0 on.

        Examples
        --------
        >>> Spikes.from_events([[(0.01, 0), (0.03, 0)]]).rates(2, t_end=0.1)
        array([[20.,  0.]])
        """
        start, end = checked_window(t_start, t_end)
        flat = self._flat(n)[(self.times >= start) & (self.times <= end)]
        return np.bincount(flat, minlength=self.batch * n).reshape(self.batch, n) / (end - start)

    def sample(self, b: int) -> tuple[FloatArray, UnitArray]:
        """Return times and units of sample `b`; a negative `b` counts from the end.

        Examples
        --------
        >>> times, units = Spikes.from_events([[(0.001, 2)], []]).sample(0)
        >>> times, units
        (array([0.001]), array([2], dtype=int32))
        """
        index = whole_number(b)
        if index is None or not -self.batch <= index < self.batch:
            raise ArrayError(f"b must be a sample of {self.batch}, got {b!r}", argument="b")
        start, stop = self.offsets[index % self.batch], self.offsets[index % self.batch + 1]
        return self.times[start:stop], self.units[start:stop]

    def select(self, indices: object) -> Spikes:
        """Return the samples at `indices`, in that order, as a batch of its own.

        Parameters
        ----------
        indices : array_like of int, shape (k,), or of bool, shape (batch,)
            Samples to take, also repeatedly; negative ones count from the end.

        Raises
        ------
        ArrayError
            If an index is out of range, or a mask has another length.

        Examples
        --------
        >>> spikes = Spikes.from_events([[(0.001, 0)], [(0.002, 1)], []])
        >>> spikes.select([1, 1, 2]).times
        array([0.002, 0.002])
        """
        chosen = _chosen(indices, self.batch)
        counts = self.offsets[chosen + 1] - self.offsets[chosen]
        offsets = offsets_of(counts)
        rows = np.arange(offsets[-1]) + np.repeat(self.offsets[chosen] - offsets[:-1], counts)
        return Spikes.trusted(self.times[rows], self.units[rows], offsets)

    def check_units(self, n: int, argument: str) -> None:
        """Raise `ArrayError`, naming sample and row, if a unit is not below `n`."""
        if self.units.size and greatest(self.units) >= n:
            row = int(np.argmax(self.units >= n))
            raise ArrayError(
                f"{argument} has unit {self.units[row]}{row_place(self.offsets, row)}, "
                f"expected units from 0 to {n - 1}",
                argument=argument,
            )

    def __len__(self) -> int:
        return self.batch

    def __getitem__(self, part: slice) -> Spikes:
        if not isinstance(part, slice):
            raise ArrayTypeError(
                f"a batch of spikes is sliced, as in spikes[0:8], got {part!r}; "
                "spikes.sample(b) gives times and units of one sample, "
                "spikes.select(indices) any selection",
                argument="part",
            )
        start, stop, step = part.indices(self.batch)
        if step != 1:
            return self.select(np.arange(start, stop, step))
        stop = max(start, stop)
        first, last = self.offsets[start], self.offsets[stop]
        return Spikes.trusted(
            self.times[first:last],
            self.units[first:last],
            self.offsets[start : stop + 1] - first,
        )

    def __array__(self, dtype: object = None, copy: object = None) -> NoReturn:
        raise ArrayTypeError(
            "Spikes are none: their times, units and offsets are, and first_times(n) makes one",
            argument="dtype",
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spikes):
            return NotImplemented
        return (
            np.array_equal(self.offsets, other.offsets)
            and np.array_equal(self.times, other.times)
            and np.array_equal(self.units, other.units)
        )

    def __repr__(self) -> str:
        if not self.n_spikes:
            return f"Spikes(batch={self.batch}, n_spikes=0)"
        return (
            f"Spikes(batch={self.batch}, n_spikes={self.n_spikes}, "
            f"times {self.times.min():.6g} to {self.times.max():.6g} s, "
            f"units {self.units.min()} to {self.units.max()})"
        )

    def _flat(self, n: int) -> IntArray:
        """Return ``sample * n + unit`` of each spike."""
        size = whole_number(n)
        if size is None or size < 0:
            raise ArrayError(f"n must be an integer of at least 0, got {n!r}", argument="n")
        self.check_units(size, "spikes")
        flat: IntArray = self.samples * size + self.units
        return flat


def _fill(spikes: Spikes, times: FloatArray, units: UnitArray, offsets: IntArray) -> None:
    for array in (times, units, offsets):
        array.setflags(write=False)
    keep = object.__setattr__
    keep(spikes, "times", times)
    keep(spikes, "units", units)
    keep(spikes, "offsets", offsets)


def _chosen(indices: object, batch: int) -> IntArray:
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
