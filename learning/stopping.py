"""Stopping a training that gets no better."""

from __future__ import annotations

from saltation.learning.callbacks import Callback, EpochReport
from saltation.learning.history import History
from saltation.symbolic.errors import ArrayError


class EarlyStopping(Callback):
    """Ends a training when the validation samples have not been done better for some epochs.

    Better is a higher accuracy, or the same with a lower loss: see ``History.best_epoch``. The
    values of the best epoch are those in ``FitResult.best``. Without validation samples it never
    stops.

    Parameters
    ----------
    patience : int
        How many epochs to wait for a better one.

    Notes
    -----
    Whether to stop follows from the history alone, so that a training resumed from its checkpoint
    stops where an uninterrupted one does.

    Raises
    ------
    ArrayError
        If `patience` is not positive.
    """

    def __init__(self, patience: int = 10) -> None:
        if patience < 1:
            raise ArrayError(
                f"EarlyStopping: patience is {patience!r}, expected an integer >= 1",
                argument="patience",
            )
        self.patience = patience

    def fit_started(self, history: History, epochs: int, batches: int) -> bool:
        """Say whether a resumed training had ended; see :class:`Callback`."""
        return self._ends(history)

    def epoch_ended(self, report: EpochReport) -> bool:
        """Say whether to stop; see :class:`Callback`."""
        return self._ends(report.history)

    def _ends(self, history: History) -> bool:
        """Say whether the best epoch is too long ago."""
        return len(history) - history.best_epoch >= self.patience
