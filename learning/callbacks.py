"""Callbacks: what may happen along a training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from saltation.learning.arguments import check_methods
from saltation.learning.history import EpochRecord, History
from saltation.learning.protocols import Values
from saltation.runtime.arguments import shown
from saltation.symbolic.errors import ArrayError, ArrayTypeError
from saltation.symbolic.place import nearest

_METHODS = ("fit_started", "batch_ended", "epoch_ended", "fit_ended")


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

    A subclass may have further methods, but none whose names start with ``on_``: they are those of
    other packages, such as ``on_epoch_end``, and would never be called.

    Attributes
    ----------
    needs_validation : bool
        Whether it can do nothing without validation samples: a training that has none is then
        refused before it starts.

    Examples
    --------
    >>> class StopAt(Callback):
    ...     def __init__(self, accuracy: float) -> None:
    ...         self.accuracy = accuracy
    ...
    ...     def epoch_ended(self, report: EpochReport) -> bool:
    ...         return report.record.accuracy >= self.accuracy
    """

    needs_validation: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        """Refuse methods that other packages would call, and this one never does.

        Raises
        ------
        ArrayTypeError
            If the name of a method starts with ``on_``.
        """
        super().__init_subclass__(**options)
        for name in vars(cls):
            if name.startswith("on_") and callable(getattr(cls, name)):
                raise ArrayTypeError(
                    f"{cls.__name__}.{name} would never be called: a callback has the methods "
                    f"{', '.join(_METHODS)}{_meant(name)}; methods of your own have names that do "
                    f"not start with on_",
                    argument=name,
                )

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


def _meant(name: str) -> str:
    """Guess the method that a name of another package stands for."""
    near = nearest(name.removeprefix("on_"), _METHODS, cutoff=0.6)
    return f" (did you mean {near}?)" if near else ""


def checked_callbacks(callbacks: Iterable[Any], *, validated: bool) -> tuple[Callback, ...]:
    """Check what a caller wants called along a training.

    Parameters
    ----------
    callbacks : iterable of Callback
        Anything with the methods of one.
    validated : bool
        Whether there are validation samples.

    Returns
    -------
    tuple of Callback
        The same.

    Raises
    ------
    ArrayTypeError
        If one is a class, or has not the methods of a callback.
    ArrayError
        If one needs validation samples, and there are none.
    """
    if not isinstance(callbacks, Iterable):
        raise ArrayTypeError(
            f"fit: callbacks is {shown(callbacks)}, expected a list of callbacks: [...]",
            argument="callbacks",
        )
    wanted = "a callback, such as an instance of a subclass of sal.Callback"
    kept = tuple(callbacks)
    for index, each in enumerate(kept):
        check_methods(each, _METHODS, f"fit: callbacks[{index}]", "callbacks", wanted)
        if getattr(each, "needs_validation", False) and not validated:
            raise ArrayError(
                f"fit: {type(each).__name__} needs validation samples, and there are none: give "
                f"validation=(spikes, labels), or leave it out",
                argument="validation",
            )
    return kept
