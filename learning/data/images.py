"""Images of digits: MNIST from its original files, and the small set that scikit-learn ships.

Source of MNIST: LeCun, Cortes and Burges, The MNIST database of handwritten digits; the format is
described with the files.
"""

from __future__ import annotations

import gzip
import math
import zlib
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saltation.learning.arguments import check_whole
from saltation.learning.data.samples import Labelled
from saltation.learning.encoders import check_time, check_unit_range, latency, numbers_of
from saltation.learning.protocols import FloatArray
from saltation.runtime.arguments import check_number
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, DataError, ToolchainError
from saltation.symbolic.words import counted

_FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
_WHERE = (
    "get the four gzipped files of MNIST, for example from "
    "https://storage.googleapis.com/cvdf-datasets/mnist/, and name their folder"
)
_CHUNK = 4096
"""Images encoded at once, so that the sorting of 55,000 does not fill the memory."""

_UNSIGNED_BYTE = 8
"""The code of the element type in the files' magic number."""


def load_mnist(folder: str | PathLike[str], held_out: int = 5000) -> dict[str, Labelled]:
    """Read MNIST from its original files, gzipped or not.

    Parameters
    ----------
    folder : path-like
        Holds ``train-images-idx3-ubyte.gz``, ``train-labels-idx1-ubyte.gz`` and the same for
        ``t10k``; the files may be unpacked.
    held_out : int
        How many of the last training images become the validation split.

    Returns
    -------
    dict of str to Labelled
        The splits ``"train"``, ``"validation"`` and ``"test"``: ``samples`` of shape (size, 784)
        are pixels from 0 (background) to 1, row by row; ``labels`` are the digits.

    Raises
    ------
    DataError
        If a file is missing, which says where to get it, or damaged.
    ArrayError
        If there are not more training images than are to be held out.
    """
    check_whole(held_out, 0, "held_out", "held_out")
    splits = {name: _read_split(Path(folder), *files) for name, files in _FILES.items()}
    samples, labels = splits["train"]
    kept = len(labels) - held_out
    if kept <= 0:
        raise ArrayError(
            f"held_out is {held_out}, expected a number from 0 to below {len(labels)}, the number "
            f"of training images",
            argument="held_out",
        )
    return {
        "train": Labelled(samples[:kept], labels[:kept]),
        "validation": Labelled(samples[kept:], labels[kept:]),
        "test": splits["test"],
    }


def digits(seed: int = 0) -> dict[str, Labelled]:
    """Give the 1,797 images of 8 x 8 pixels that come with scikit-learn.

    Parameters
    ----------
    seed : int
        Of the order before the split.

    Returns
    -------
    dict of str to Labelled
        The splits ``"train"`` (1,197 images), ``"validation"`` (300) and ``"test"`` (300):
        ``samples`` of shape (size, 64) are pixels from 0 (background) to 1.

    Raises
    ------
    ToolchainError
        If scikit-learn is not installed.
    ArrayError
        If the seed is negative, or no integer.
    """
    check_whole(seed, 0, "seed", "seed")
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ToolchainError(
            "the digits come with scikit-learn, which is not installed: "
            "pip install 'saltation[digits]'"
        ) from error
    loaded = load_digits()
    order = np.random.default_rng(seed).permutation(len(loaded.target))
    samples = (loaded.data / 16.0).astype(np.float64)[order]
    labels = loaded.target.astype(np.int64)[order]
    parts = {"train": slice(None, -600), "validation": slice(-600, -300), "test": slice(-300, None)}
    return {name: Labelled(samples[part], labels[part]) for name, part in parts.items()}


def encode_images(pixels: FloatArray, t_max: float = 20e-3, floor: float = 1.5 / 255.0) -> Spikes:
    """Encode each pixel as one spike, the earlier the brighter; dark ones stay silent.

    The pixel ``p`` becomes a spike at ``(1 - p) t_max``.

    Parameters
    ----------
    pixels : ndarray, shape (size, n)
        Pixels in [0, 1].
    t_max : float
        Time of a black pixel, in s; white ones are at 0.
    floor : float
        Pixels below this stay silent. The default leaves out the grey levels 0 and 1 of 255, as
        Wunderlich and Pehle (2021) do.

    Returns
    -------
    Spikes
        At most one spike of each pixel in each sample.

    Raises
    ------
    ArrayError
        If the pixels have another shape or range, or the time is negative.
    ArrayTypeError
        If something is no number.

    Examples
    --------
    >>> encode_images(np.array([[0.0, 0.25, 1.0]])).times
    array([0.   , 0.015])
    """
    numbers = numbers_of(pixels, "pixels")
    if numbers.ndim != 2:
        raise ArrayError(
            f"pixels have shape {numbers.shape}, expected (size, n): one image in each row",
            argument="pixels",
        )
    check_unit_range(numbers, "pixels", ("sample", "pixel"))
    check_time(t_max, "t_max")
    if math.isnan(check_number(floor, "floor", "floor")):
        raise ArrayError("floor is nan, expected a number", argument="floor")
    parts = [
        latency(np.where(part < floor, np.inf, part), t_min=t_max, t_max=0.0)
        for part in (numbers[k : k + _CHUNK] for k in range(0, max(len(numbers), 1), _CHUNK))
    ]
    return Spikes.concatenate(parts)


def _read_split(folder: Path, images: str, labels: str) -> Labelled:
    """Read the images and the labels of one split."""
    pixels, classes = _read_idx(folder, images, 3), _read_idx(folder, labels, 1)
    if len(pixels) != len(classes):
        raise DataError(
            f"{folder}: {images} has {counted(len(pixels), 'image')}, but {labels} has "
            f"{counted(len(classes), 'label')}"
        )
    flat = pixels.reshape(len(pixels), -1) / 255.0
    return Labelled(flat, classes.astype(np.int64))


def _read_idx(folder: Path, name: str, dimensions: int) -> NDArray[np.uint8]:
    """Read an array in the idx format: a magic number, the sizes, then bytes."""
    packed, plain = folder / f"{name}.gz", folder / name
    try:
        content = gzip.decompress(packed.read_bytes()) if packed.exists() else plain.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"there is no {packed}: {_WHERE}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{packed} cannot be read: {error}; {_WHERE}") from error
    start = 4 * (1 + dimensions)
    # A file shorter than its header has zeros there, which are no valid code.
    header = np.frombuffer(content[:start].ljust(start, b"\0"), dtype=">u4")
    body = np.frombuffer(content[start:], dtype=np.uint8)
    sizes = tuple(int(size) for size in header[1:])
    if header[0] != _UNSIGNED_BYTE << 8 | dimensions or body.size != np.prod(sizes):
        raise DataError(
            f"{packed if packed.exists() else plain} is not an idx file of {dimensions} "
            f"dimensions, or is cut off; {_WHERE}"
        )
    return body.reshape(sizes)
