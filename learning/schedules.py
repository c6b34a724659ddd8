"""Learning rates as functions of the epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Schedule(Protocol):
    """A learning rate for each epoch, counted from 0."""

    def __call__(self, epoch: int, /) -> float:
        """Give the learning rate of an epoch."""


@dataclass(frozen=True, slots=True)
class ConstantRate:
    """The same learning rate in every epoch.

    Parameters
    ----------
    rate : float
        The learning rate.
    """

    rate: float

    def __call__(self, epoch: int) -> float:
        """Give the learning rate of an epoch."""
        return self.rate


@dataclass(frozen=True, slots=True)
class ExponentialDecay:
    """A learning rate that falls by the same factor each epoch.

    Parameters
    ----------
    initial : float
        The learning rate of epoch 0.
    factor : float
        What each further epoch multiplies it with.

    Examples
    --------
    >>> schedule = ExponentialDecay(1e-2, 0.5)
    >>> [schedule(epoch) for epoch in range(3)]
    [0.01, 0.005, 0.0025]
    """

    initial: float
    factor: float

    def __call__(self, epoch: int) -> float:
        """Give the learning rate of an epoch."""
        return self.initial * self.factor**epoch
