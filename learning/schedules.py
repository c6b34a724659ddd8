"""Learning rates as functions of the epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from saltation.learning.arguments import check_nonnegative, check_whole


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

    Raises
    ------
    ArrayError
        If the rate is not a finite number of 0 or more.
    """

    rate: float

    def __post_init__(self) -> None:
        _check_rates(self, "rate")

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

    Raises
    ------
    ArrayError
        If one of them is not a finite number of 0 or more.

    Examples
    --------
    >>> schedule = ExponentialDecay(1e-2, 0.5)
    >>> [schedule(epoch) for epoch in range(3)]
    [0.01, 0.005, 0.0025]
    """

    initial: float
    factor: float

    def __post_init__(self) -> None:
        _check_rates(self, "initial", "factor")

    def __call__(self, epoch: int) -> float:
        """Give the learning rate of an epoch."""
        return self.initial * self.factor**epoch


@dataclass(frozen=True, slots=True)
class CosineDecay:
    """A learning rate that falls along half a cosine: slowly, fast, and slowly again.

    Parameters
    ----------
    initial : float
        The learning rate of epoch 0.
    epochs : int
        The epochs in which it falls.
    final : float
        The learning rate from then on.

    Raises
    ------
    ArrayError
        If a rate is not a finite number of 0 or more, or `epochs` no such integer.

    Notes
    -----
    Source: Loshchilov and Hutter, SGDR: Stochastic gradient descent with warm restarts, ICLR 2017,
    equation 5, without restarts.

    Examples
    --------
    >>> schedule = CosineDecay(1.0, 4)
    >>> [round(schedule(epoch), 3) for epoch in range(5)]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """

    initial: float
    epochs: int
    final: float = 0.0

    def __post_init__(self) -> None:
        _check_rates(self, "initial", "final")
        check_whole(self.epochs, 0, "CosineDecay: epochs", "epochs")

    def __call__(self, epoch: int) -> float:
        """Give the learning rate of an epoch."""
        share = min(epoch / self.epochs, 1.0) if self.epochs > 0 else 1.0
        return self.final + (self.initial - self.final) * 0.5 * (1.0 + math.cos(math.pi * share))


def _check_rates(schedule: object, *names: str) -> None:
    """Refuse fields of a schedule that are not finite numbers of zero or more."""
    for name in names:
        check_nonnegative(getattr(schedule, name), f"{type(schedule).__name__}: {name}", name)
