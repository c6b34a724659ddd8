"""Samples and their classes."""

from __future__ import annotations

from typing import NamedTuple

from saltation.learning.protocols import FloatArray, IntArray


class Labelled(NamedTuple):
    """Samples and their classes.

    Attributes
    ----------
    samples : ndarray, shape (size, n)
        One sample in each row.
    labels : ndarray of int64, shape (size,)
        The class of each sample.
    """

    samples: FloatArray
    labels: IntArray
