"""The Yin-Yang data set: made by its published rule, or read from its published files.

Points of a disc, in three classes: the two halves of the Yin-Yang sign, and its two dots. Small,
quick to learn and not linearly separable, it is the usual first test of a spiking classifier.

Source: Kriener, Göltz and Petrovici, The Yin-Yang dataset, NICE 2022,
https://github.com/lkriener/yin_yang_data_set (whose files are ``publication_data/*.npy``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from saltation.learning.arguments import check_whole, unreadable
from saltation.learning.data.samples import Labelled
from saltation.learning.encoders import check_unit_range, latency, numbers_of
from saltation.learning.protocols import FloatArray
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, DataError

YIN_YANG_CLASSES = ("yin", "yang", "dot")
"""Names of the classes 0, 1 and 2, as in the published program."""

YIN_YANG_SEEDS = {"train": 42, "validation": 41, "test": 40}
"""The seeds of the published splits, of 5,000, 1,000 and 1,000 samples."""

_BIG, _SMALL = 0.5, 0.1
"""Radius of the sign, and of each dot."""


def yin_yang(size: int, seed: int) -> Labelled:
    """Make Yin-Yang samples by the published generator's rule.

    For each sample a class is drawn, each with the same chance, and then points of the square until
    one lies in the sign and in that class.

    Parameters
    ----------
    size : int
        Number of samples.
    seed : int
        Seed of the random stream. The seeds 42, 41 and 40 with 5,000, 1,000 and 1,000 samples give
        the published training, validation and test splits, bit for bit.

    Returns
    -------
    Labelled
        ``samples`` of shape (size, 4) hold ``(x, y, 1 - x, 1 - y)``, all in [0, 1]; ``labels`` are
        in {0, 1, 2}.

    Raises
    ------
    ArrayError
        If size or seed is negative, or no integer, or the seed has more than 32 bits.

    Examples
    --------
    >>> samples, labels = yin_yang(2, seed=42)
    >>> samples[:, :2].round(3), labels
    (array([[0.68 , 0.45 ],
           [0.098, 0.684]]), array([2, 1]))
    """
    size = check_whole(size, 0, "size", "size")
    seed = check_whole(seed, 0, "seed", "seed", below=2**32)
    # The published files come of this generator's stream, which NumPy keeps as it is.
    stream = np.random.RandomState(seed)
    points = np.empty((size, 2))
    labels = np.empty(size, dtype=np.int64)
    for index in range(size):
        labels[index] = stream.randint(3)
        points[index] = _point_of(int(labels[index]), stream.random_sample)
    return Labelled(np.column_stack([points, 1.0 - points]), labels)


def yin_yang_class(x: float, y: float) -> int | None:
    """Give the class of a point.

    Parameters
    ----------
    x, y : float
        The point; the sign is the disc of radius 0.5 around (0.5, 0.5).

    Returns
    -------
    int or None
        0 or 1 for the two halves, 2 for a dot; None outside the sign.

    Examples
    --------
    >>> yin_yang_class(0.25, 0.5), yin_yang_class(0.5, 0.9), yin_yang_class(0.0, 0.0)
    (2, 1, None)
    """
    if _distance(x, y, _BIG) > _BIG:
        return None
    right, left = _distance(x, y, 1.5 * _BIG), _distance(x, y, 0.5 * _BIG)
    if right < _SMALL or left < _SMALL:
        return 2
    # The upper half, without the right bulge of the lower one and with the left bulge.
    return int(left <= 0.5 * _BIG or (y > _BIG and right > 0.5 * _BIG))


def load_yin_yang(folder: str | PathLike[str]) -> dict[str, Labelled]:
    """Read the published splits.

    Parameters
    ----------
    folder : path-like
        Holds ``train_samples.npy``, ``train_labels.npy`` and the same for ``validation`` and
        ``test``: the folder ``publication_data`` of the data set's repository.

    Returns
    -------
    dict of str to Labelled
        The splits ``"train"``, ``"validation"`` and ``"test"``, as :func:`yin_yang` gives them.

    Raises
    ------
    DataError
        If a file is missing, or does not hold such samples.
    """
    return {split: _read_split(Path(folder), split) for split in YIN_YANG_SEEDS}


def encode_yin_yang(
    samples: FloatArray, t_max: float = 30e-3, bias_time: float | None = 0.0
) -> Spikes:
    """Encode samples as spikes of five inputs: x, y, 1 - x, 1 - y and a bias.

    Parameters
    ----------
    samples : ndarray, shape (size, 4)
        As of :func:`yin_yang`, all in [0, 1].
    t_max : float
        Time of the value 1, in s; the value 0 is at 0.
    bias_time : float or None
        Time of the bias spike, in s; None for four inputs without it.

    Returns
    -------
    Spikes
        One spike of each input in each sample.

    Raises
    ------
    ArrayError
        If the samples have another shape or range, or a time is negative.
    """
    numbers = numbers_of(samples, "samples")
    if numbers.ndim != 2 or numbers.shape[1] != 4:
        raise ArrayError(
            f"samples have shape {numbers.shape}, expected (size, 4), as yin_yang gives them",
            argument="samples",
        )
    check_unit_range(numbers, "samples", ("sample", "coordinate"))
    return latency(numbers, t_max, bias_time=bias_time)


def _point_of(label: int, draw: Callable[[int], Any]) -> tuple[float, float]:
    """Draw points of the square until one has this class."""
    while True:
        x, y = (draw(2) * 2.0 * _BIG).tolist()
        if yin_yang_class(x, y) == label:
            return x, y


def _distance(x: float, y: float, centre: float) -> float:
    """Distance of a point from ``(centre, 0.5)``, on the sign's horizontal diameter."""
    return math.sqrt((x - centre) ** 2 + (y - _BIG) ** 2)


def _read_split(folder: Path, split: str) -> Labelled:
    """Read and check the two files of a split."""
    samples = _read_array(folder / f"{split}_samples.npy")
    labels = _read_array(folder / f"{split}_labels.npy")
    good = (
        samples.ndim == 2
        and samples.shape[1] == 4
        and labels.shape == samples.shape[:1]
        and labels.dtype.kind in "iu"
        and bool(np.all((samples >= 0.0) & (samples <= 1.0)))
        and bool(np.all((labels >= 0) & (labels <= 2)))
    )
    if not good:
        raise DataError(
            f"{folder}: the {split} split has samples of shape {samples.shape} and labels of shape "
            f"{labels.shape}, expected (size, 4) in [0, 1] and (size,) in {{0, 1, 2}}"
        )
    return Labelled(samples.astype(np.float64), labels.astype(np.int64))


def _read_array(path: Path) -> Any:
    """Read one ``.npy`` file."""
    try:
        return np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise DataError(
            f"there is no {path}; get the published splits from "
            f"https://github.com/lkriener/yin_yang_data_set (folder publication_data), or make "
            f"them with yin_yang(5000, seed=42)"
        ) from error
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path} cannot be read as an array: {unreadable(error)}") from None
