"""Stopping a training that gets no better."""

from __future__ import annotations

from saltation.learning.arguments import check_whole
from saltation.learning.callbacks import Callback, EpochReport
from saltation.learning.history import History


class EarlyStopping(Callback):
    """Ends a training when the validation samples have not been done better for some epochs.

    Better is a higher accuracy, or the same with a lower loss; a lower loss where there are no
    accuracies, as the loss predicts no classes or no two samples share a target train: see
    ``History.best_epoch``. The values of the best epoch are those in ``FitResult.best``, and
    ``FitResult.stopped_by`` says whether a training was ended so. One without validation samples
    could never be, and is refused.

    Parameters
    ----------
    patience : int
        How many epochs to wait for a better one.

    Notes
    -----
    Whether to stop follows from the history alone, so that a training resumed from its checkpoint
    stops where an uninterrupted one does. To go on after that, resume it without this callback, or
    with more patience.

    Raises
    ------
    ArrayError
        If `patience` is no positive integer.
    """

    needs_validation = True

    def __init__(self, patience: int = 10) -> None:
        self.patience = check_whole(patience, 1, "EarlyStopping: patience", "patience")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(patience={self.patience})"

    def fit_started(self, history: History, epochs: int, batches: int) -> bool:
        """Say whether a resumed training had ended; see :class:`Callback`."""
        return self._ends(history)

    def epoch_ended(self, report: EpochReport) -> bool:
        """Say whether to stop; see :class:`Callback`."""
        return self._ends(report.history)

    def _ends(self, history: History) -> bool:
        """Say whether the best epoch is too long ago."""
        return len(history) - history.best_epoch >= self.patience
