"""Augmentation: input spikes changed at random, anew in every epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

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
        kept = generator.random(spikes.n_spikes) >= self.rate
        before = np.concatenate([[0], np.cumsum(kept)])
        return Spikes.trusted(spikes.times[kept], spikes.units[kept], before[spikes.offsets])
