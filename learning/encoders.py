"""Encoders: numbers as input spikes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.arguments import check_whole
from saltation.learning.protocols import FloatArray
from saltation.runtime.arguments import check_number
from saltation.runtime.arrays import (
    any_array,
    check_finite,
    check_nonnegative,
    real_array,
    refuse_first,
)
from saltation.runtime.rows import offsets_of
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError

_MOST_DRAWN = 2**31
"""So many spikes and more are not drawn at once."""


def latency(
    values: ArrayLike,
    t_max: float,
    *,
    t_min: float = 0.0,
    bias_time: float | None = None,
) -> Spikes:
    """Encode each number as one spike, the later the larger it is.

    The number ``x`` becomes a spike at ``t_min + x (t_max - t_min)``.

    Parameters
    ----------
    values : array_like, shape (batch, n)
        Numbers in [0, 1]; ``inf`` where a unit is to stay silent.
    t_max, t_min : float
        Times of 1 and of 0, in s. With ``t_max < t_min`` larger numbers spike earlier.
    bias_time : float, optional
        Adds a unit ``n`` that spikes at this time (in s) in every sample.

    Returns
    -------
    Spikes
        Of `n` units, or ``n + 1`` with a bias.

    Raises
    ------
    ArrayError
        If the numbers have another shape or range, or a time is negative.
    ArrayTypeError
        If something is no number.

    Examples
    --------
    >>> spikes = latency([[0.5, 0.0]], 30e-3, bias_time=0.0)
    >>> spikes.times, spikes.units
    (array([0.   , 0.   , 0.015]), array([1, 2, 0], dtype=int32))
    """
    numbers = numbers_of(values, "values")
    if numbers.ndim != 2:
        raise ArrayError(
            f"values have shape {numbers.shape}, expected (batch, n)", argument="values"
        )
    outside = ~((numbers >= 0.0) & (numbers <= 1.0) | np.isposinf(numbers))
    if outside.any():
        row, unit = np.argwhere(outside)[0]
        raise ArrayError(
            f"values[{row}, {unit}] is {numbers[row, unit]}, expected a number in [0, 1], or inf "
            f"for no spike",
            argument="values",
        )
    for name, time in (("t_max", t_max), ("t_min", t_min), ("bias_time", bias_time)):
        if time is not None:
            check_time(time, name)
    silent = np.isposinf(numbers)
    times = np.where(silent, np.inf, t_min + np.where(silent, 0.0, numbers) * (t_max - t_min))
    if bias_time is not None:
        times = np.column_stack([times, np.full(len(times), bias_time)])
    return Spikes.from_first_times(times)


def poisson(rates: ArrayLike, t_end: float, *, t_start: float = 0.0, seed: int = 0) -> Spikes:
    """Draw spikes of independent Poisson processes with given rates.

    A unit of rate ``r`` spikes ``Poisson(r (t_end - t_start))`` times, at times that are drawn
    evenly. For images of pixels in [0, 1] multiply by the rate of white: ``60.0 * pixels``.

    Parameters
    ----------
    rates : array_like, shape (batch, n) or (batch, n, bins)
        Rates in 1/s; with bins, each holds for an equal part of the time.
    t_end, t_start : float
        When the processes end and start, in s.
    seed : int
        Of the random numbers. The same seed draws the same spikes from the same rates.

    Returns
    -------
    Spikes
        Of `n` units.

    Raises
    ------
    ArrayError
        If the rates have another shape, one is negative, infinite or NaN, or `t_end` is not
        after `t_start`.
    ArrayTypeError
        If something is no number.

    Examples
    --------
    One sample of 100 units at 20 Hz, then one whose rates rise from 0 to 40 Hz:

    >>> constant = poisson(np.full((1, 100), 20.0), 0.5)
    >>> rising = poisson(np.tile(np.linspace(0.0, 40.0, 50), (1, 100, 1)), 0.5, seed=1)
    >>> Spikes.concatenate([constant, rising]).batch
    2
    """
    numbers = numbers_of(rates, "rates")
    if numbers.ndim not in (2, 3):
        raise ArrayError(
            f"rates have shape {numbers.shape}, expected (batch, n) or (batch, n, bins); of one "
            f"sample they are rates[None]",
            argument="rates",
        )
    axes = ("sample", "unit", "bin")[: numbers.ndim]
    check_finite(numbers, "rates", axes)
    check_nonnegative(numbers, "rates", axes)
    check_time(t_start, "t_start")
    check_time(t_end, "t_end")
    if not t_end > t_start:
        raise ArrayError(
            f"t_end is {t_end!r}, expected a time after t_start, {t_start!r}", argument="t_end"
        )
    generator = np.random.default_rng(check_whole(seed, 0, "seed", "seed"))
    return _drawn(numbers if numbers.ndim == 3 else numbers[:, :, None], t_start, t_end, generator)


def _drawn(rates: FloatArray, start: float, end: float, generator: np.random.Generator) -> Spikes:
    """Draw how many spikes each unit has in each bin, then when."""
    _, units, bins = rates.shape
    width = (end - start) / max(bins, 1)
    expected = rates.sum() * width
    if not expected < _MOST_DRAWN:
        raise ArrayError(
            f"rates give about {expected:.3g} spikes, expected fewer than {_MOST_DRAWN:,}: rates "
            f"are in 1/s, times in s",
            argument="rates",
        )
    counts = generator.poisson(rates * width)
    rows = np.repeat(np.arange(counts.size), counts.ravel())
    row, part = np.divmod(rows, max(bins, 1))
    sample, unit = np.divmod(row, max(units, 1))
    times = np.minimum(start + width * (part + generator.random(rows.size)), end)
    order = np.lexsort((times, sample))
    return Spikes(
        times[order],
        unit[order].astype(np.int32),
        offsets_of(counts.sum(axis=(1, 2))),
    )


def numbers_of(values: object, argument: str) -> FloatArray:
    """Return what is to be encoded as an array of numbers; truth values are 0 and 1."""
    array = any_array(values, argument)
    return real_array(array.astype(np.float64) if array.dtype.kind == "b" else array, argument)


def check_unit_range(numbers: FloatArray, argument: str, axes: tuple[str, ...]) -> None:
    """Refuse numbers that are not from 0 to 1, infinity and NaN among them."""
    outside = ~((numbers >= 0.0) & (numbers <= 1.0))
    if outside.any():
        refuse_first(numbers, outside, argument, axes, "in [0, 1]")


def check_time(time: object, argument: str) -> None:
    """Refuse what is no time of a spike."""
    wanted = "a time >= 0 in s"
    if not 0.0 <= check_number(time, argument, argument, wanted) < np.inf:
        raise ArrayError(f"{argument} is {time!r}, expected {wanted}", argument=argument)
