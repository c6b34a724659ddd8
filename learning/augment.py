"""Augmentation: input spikes changed at random, anew in every epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from saltation.learning.arguments import check_whole
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError


class Augmentation(Protocol):
    """Changes the input spikes of training samples."""

    def __call__(self, spikes: Spikes, generator: np.random.Generator, /) -> Spikes:
        """Give other spikes for the same samples, drawn with the generator."""


@dataclass(frozen=True, slots=True)
class InputDropout:
    """Leaves out each input spike with a certain probability.

    Parameters
    ----------
    rate : float
        The probability, in [0, 1).

    Notes
    -----
    The spikes that are left keep their weights: unlike rates, spike times have no scale that could
    make up for what is missing.

    Examples
    --------
    >>> spikes = Spikes.from_first_times([[0.001, 0.002, 0.003, 0.004]])
    >>> InputDropout(0.5)(spikes, np.random.default_rng(3)).n_spikes
    2
    """

    rate: float = 0.2

    def __post_init__(self) -> None:
        if not 0.0 <= self.rate < 1.0:
            raise ArrayError(
                f"InputDropout: rate is {self.rate!r}, expected a probability in [0, 1)",
                argument="rate",
            )

    def __call__(self, spikes: Spikes, generator: np.random.Generator) -> Spikes:
        """Draw which spikes stay.

        Parameters
        ----------
        spikes : Spikes
            The spikes of one input.
        generator : numpy.random.Generator
            Draws one number for each spike.

        Returns
        -------
        Spikes
            Those that stay.
        """
        return _chosen(spikes, spikes.units, generator.random(spikes.n_spikes) >= self.rate)


@dataclass(frozen=True, slots=True)
class ImageShift:
    """Moves each sample's image by a few pixels, up or down and to a side.

    Parameters
    ----------
    height, width : int
        Of the image; unit ``row * width + column`` of the input is the pixel of a row and column.
    most : int
        The most pixels that an image moves in each direction; every move is as likely.

    Notes
    -----
    Spikes of pixels that leave the frame are lost. Spike times, and so grey values, stay.

    Examples
    --------
    >>> image = Spikes.from_first_times([[0.001, np.inf, np.inf, np.inf]])
    >>> ImageShift(2, 2)(image, np.random.default_rng(4)).units
    array([3], dtype=int32)
    """

    height: int
    width: int
    most: int = 1

    def __post_init__(self) -> None:
        for name, least in (("height", 1), ("width", 1), ("most", 0)):
            check_whole(getattr(self, name), least, f"ImageShift: {name}", name)

    def __call__(self, spikes: Spikes, generator: np.random.Generator) -> Spikes:
        """Draw where the images move.

        Parameters
        ----------
        spikes : Spikes
            The spikes of one input of ``height * width`` units.
        generator : numpy.random.Generator
            Draws two numbers for each sample.

        Returns
        -------
        Spikes
            The images that have moved.

        Raises
        ------
        ArrayError
            If a unit is none of the image's pixels.
        """
        pixels = self.height * self.width
        if spikes.n_spikes and spikes.units.max() >= pixels:
            raise ArrayError(
                f"ImageShift: unit {spikes.units.max()} is no pixel of an image of "
                f"{self.height} x {self.width}",
                argument="spikes",
            )
        moves = generator.integers(-self.most, self.most + 1, size=(2, spikes.batch))
        down, right = np.repeat(moves, np.diff(spikes.offsets), axis=1)
        row, column = spikes.units // self.width + down, spikes.units % self.width + right
        kept = (row >= 0) & (row < self.height) & (column >= 0) & (column < self.width)
        units = (row * self.width + column).astype(np.int32)
        return _chosen(spikes, units, kept)


@dataclass(frozen=True, slots=True)
class Augmentations:
    """Several augmentations, one after the other.

    Parameters
    ----------
    parts : tuple of Augmentation
        The first is applied first.

    Examples
    --------
    >>> both = Augmentations((ImageShift(28, 28), InputDropout(0.2)))
    """

    parts: tuple[Augmentation, ...]

    def __call__(self, spikes: Spikes, generator: np.random.Generator) -> Spikes:
        """Apply all of them to the spikes of one input, with the same generator."""
        for part in self.parts:
            spikes = part(spikes, generator)
        return spikes


def _chosen(spikes: Spikes, units: NDArray[np.int32], kept: NDArray[np.bool_]) -> Spikes:
    """Keep some spikes, with these units."""
    before = np.concatenate([[0], np.cumsum(kept)])
    return Spikes.trusted(spikes.times[kept], units[kept], before[spikes.offsets])
