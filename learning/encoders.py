"""Encoders: numbers as input spikes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.protocols import FloatArray
from saltation.runtime.arguments import check_number
from saltation.runtime.arrays import any_array, real_array, refuse_first
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError


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
