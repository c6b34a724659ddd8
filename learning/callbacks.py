"""Callbacks: what may happen along a training."""

from __future__ import annotations

from dataclasses import dataclass

from saltation.learning.history import EpochRecord, History
from saltation.learning.protocols import Values


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """The state of an epoch after one of its batches.

    Attributes
    ----------
    epoch, batch : int
        Counted from 1.
    batches : int
        Batches in an epoch.
    loss, accuracy : float
        Means over the samples of this epoch so far.
    """

    epoch: int
    batch: int
    batches: int
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochReport:
    """The state of a training after an epoch.

    Attributes
    ----------
    record : EpochRecord
        The epoch's numbers.
    history : History
        Those of all epochs so far, this one included.
    values : mapping of str to ndarray
        The network's values. Copy what is to be kept and changed.
    """

    record: EpochRecord
    history: History
    values: Values


class Callback:
    """Base of callbacks: each method does nothing until a subclass says otherwise.

    Examples
    --------
    >>> class StopAt(Callback):
    ...     def __init__(self, accuracy: float) -> None:
    ...         self.accuracy = accuracy
    ...
    ...     def epoch_ended(self, report: EpochReport) -> bool:
    ...         return report.record.accuracy >= self.accuracy
    """

    def fit_started(self, history: History, epochs: int, batches: int) -> bool | None:
        """Note that training starts, or resumes after ``len(history)`` epochs.

        Parameters
        ----------
        history : History
            The epochs done before.
        epochs : int
            The epochs there are to be in the end.
        batches : int
            Batches in an epoch.

        Returns
        -------
        bool or None
            True ends the training before its next epoch.
        """
        return None

    def batch_ended(self, report: BatchReport) -> None:
        """Note that a batch has been learnt.

        Parameters
        ----------
        report : BatchReport
            The state of the epoch.
        """

    def epoch_ended(self, report: EpochReport) -> bool | None:
        """Note that an epoch has ended (its checkpoint is written).

        Parameters
        ----------
        report : EpochReport
            The state of the training.

        Returns
        -------
        bool or None
            True ends the training here.
        """
        return None

    def fit_ended(self, history: History) -> None:
        """Note that training has ended, be it by an error or an interrupt.

        Parameters
        ----------
        history : History
            The epochs done.
        """
