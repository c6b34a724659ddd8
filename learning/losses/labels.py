"""Class labels, and what the first spikes say about them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.protocols import FloatArray, IntArray
from saltation.symbolic.errors import ArrayError, ArrayTypeError
from saltation.symbolic.words import counted

NO_PREDICTION = -1
"""The predicted class of a sample in which no output neuron spiked."""


def first_to_spike(first_spikes: FloatArray) -> IntArray:
    """Give the index of the neuron that spikes first, in each sample.

    Parameters
    ----------
    first_spikes : ndarray, shape (batch, n)
        First spike times in s, ``inf`` where silent.

    Returns
    -------
    ndarray of int, shape (batch,)
        The lowest index among the earliest; -1 where no neuron spikes.

    Examples
    --------
    >>> first_to_spike(np.array([[3.0, 1.0, 1.0], [np.inf, np.inf, np.inf]]))
    array([ 1, -1])
    """
    winners: IntArray = first_spikes.argmin(axis=1)
    # The earliest time of a sample is infinite only where every neuron is silent.
    winners[np.isinf(first_spikes[np.arange(len(winners)), winners])] = NO_PREDICTION
    return winners


def accuracy(first_spikes: ArrayLike, labels: ArrayLike) -> float:
    """Share of samples whose label neuron is the first to spike.

    Parameters
    ----------
    first_spikes : array_like, shape (batch, n)
        First spike times in s, ``inf`` where silent.
    labels : array_like of int, shape (batch,)
        The class of each sample.

    Returns
    -------
    float
        In [0, 1]. A sample without any output spike is wrong; of neurons that spike at the same
        time the one with the lowest index counts.

    Raises
    ------
    ArrayError
        If the labels do not fit the times, or there is no sample.

    Examples
    --------
    >>> accuracy([[1.0, 2.0], [np.inf, np.inf]], [0, 0])
    0.5
    """
    first = np.asarray(first_spikes, dtype=np.float64)
    classes = checked_labels(labels, first.shape)
    if not len(classes):
        raise ArrayError("accuracy of an empty batch", argument="first_spikes")
    return float(np.mean(first_to_spike(first) == classes))


def labels_by_hand(labels: ArrayLike | None) -> Any:
    """Give labels as `fit` does, where a loss is called on a list of them.

    Parameters
    ----------
    labels : array_like or None
        The labels; None if the loss looks at none.

    Returns
    -------
    ndarray or None
        Integers as int64. Of a list ``labels == 1`` would be one False, and no error.
    """
    if labels is None:
        return None
    array: Any = np.asarray(labels)
    return array.astype(np.int64, copy=False) if array.dtype.kind in "iu" else array


def checked_labels(
    labels: ArrayLike,
    shape: tuple[int, ...],
    wanted: str = "a class",
    since: str = "the output has {neurons}",
) -> IntArray:
    """Check class labels against outputs of shape ``(batch, n)``.

    Parameters
    ----------
    labels : array_like of int
        The class of each sample.
    shape : tuple of int
        The shape ``(batch, n)`` of the outputs.
    wanted, since : str
        What a label is, and what there are `n` of.

    Returns
    -------
    ndarray of int64, shape (batch,)
        The labels.

    Raises
    ------
    ArrayError
        If their number is not the batch's, or one is outside ``0 .. n - 1``.
    ArrayTypeError
        If they are not integers.
    """
    array: Any = np.asarray(labels)
    if array.dtype.kind not in "iu":
        raise ArrayTypeError(
            f"labels have dtype {array.dtype}, expected integers (class indices)",
            argument="labels",
        )
    if array.shape != shape[:1]:
        raise ArrayError(
            f"labels have shape {array.shape}, expected ({shape[0]},): one for each sample",
            argument="labels",
        )
    if array.size and not (array.min() >= 0 and array.max() < shape[1]):
        row = int(np.flatnonzero((array < 0) | (array >= shape[1]))[0])
        raise ArrayError(
            f"labels[{row}] is {array[row]}, expected {wanted} in 0 .. {shape[1] - 1}: "
            f"{since.format(size=shape[1], neurons=counted(shape[1], 'neuron'))}",
            argument="labels",
        )
    return array.astype(np.int64, copy=False)  # type: ignore[no-any-return]
