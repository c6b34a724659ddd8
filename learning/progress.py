"""A progress bar with the loss and, where there are any, the accuracies."""

from __future__ import annotations

import math
import time
from typing import Any

from saltation.learning.callbacks import BatchReport, Callback, EpochReport
from saltation.learning.history import EpochRecord, History

_REFRESH_SECONDS, _REFRESH_SECONDS_IN_FILES = 0.1, 30.0
"""A file keeps all that a bar ever showed: there every epoch, and a sign of life in long ones."""

_FORMAT = "{desc} |{bar}| {percentage:3.0f}% [{elapsed}<{remaining}]{postfix}"


class ProgressBar(Callback):
    """Shows how far a training is, on the terminal or in a notebook."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._epochs = 0
        self._validation = ""
        self._pause = _REFRESH_SECONDS
        self._refreshed = 0.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def fit_started(self, history: History, epochs: int, batches: int) -> None:
        """Open the bar; see :class:`Callback`."""
        from tqdm.auto import tqdm

        self._epochs = epochs
        self._validation = _validation_text(history[-1]) if history else ""
        self._bar = tqdm(
            total=epochs * batches,
            initial=len(history) * batches,
            bar_format=_FORMAT,
            dynamic_ncols=True,
            desc=f"epoch {len(history)}/{epochs}",
        )
        self._pause = _REFRESH_SECONDS if _is_live(self._bar) else _REFRESH_SECONDS_IN_FILES
        self._refreshed = time.monotonic()

    def batch_ended(self, report: BatchReport) -> None:
        """Advance the bar; see :class:`Callback`."""
        self._bar.n += 1
        # The last batch is shown with the epoch, whose validation is still to come.
        if report.batch < report.batches and time.monotonic() - self._refreshed >= self._pause:
            self._show(report.epoch, report.loss, report.accuracy)
            self._bar.refresh()
            self._refreshed = time.monotonic()

    def epoch_ended(self, report: EpochReport) -> None:
        """Show the epoch's numbers; see :class:`Callback`."""
        record = report.record
        self._validation = _validation_text(record)
        self._show(record.epoch, record.loss, record.accuracy)
        if record.epoch < self._epochs:  # closing shows the last one
            self._bar.refresh()
            self._refreshed = time.monotonic()

    def fit_ended(self, history: History) -> None:
        """Close the bar; see :class:`Callback`."""
        if history.stopped_by:
            stop = [self._bar.postfix] * bool(self._bar.postfix)
            stop.append(f"stopped by {history.stopped_by}")
            self._bar.set_postfix_str(", ".join(stop), refresh=False)
        self._bar.close()

    def _show(self, epoch: int, loss: float, accuracy: float) -> None:
        self._bar.set_description_str(f"epoch {epoch}/{self._epochs}", refresh=False)
        self._bar.set_postfix_str(_text(loss, accuracy) + self._validation, refresh=False)


def _is_live(bar: Any) -> bool:
    """Tell a bar that replaces what it showed, in a terminal or a notebook, from one in a file."""
    return bool(bar.gui or (hasattr(bar.fp, "isatty") and bar.fp.isatty()))


def _text(loss: float, accuracy: float) -> str:
    """Give the loss, and the accuracy of a loss that predicts classes."""
    if math.isnan(accuracy):
        return f"loss {loss:.6g}"
    return f"loss {loss:.4f}, accuracy {accuracy:.2%}"


def _validation_text(record: EpochRecord) -> str:
    """Give the validation accuracy of an epoch, if there is one, else its validation loss."""
    if record.validation_loss is None or record.validation_accuracy is None:
        return ""
    if math.isnan(record.validation_accuracy):
        return f", validation loss {record.validation_loss:.6g}"
    return f", validation {record.validation_accuracy:.2%}"
