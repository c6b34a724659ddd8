"""Logs: the numbers of a training, written while it runs."""

from __future__ import annotations

from os import PathLike
from typing import Any

from saltation.learning.callbacks import Callback, EpochReport
from saltation.learning.history import History
from saltation.runtime.destinations import check_file, check_folder
from saltation.symbolic.errors import ToolchainError


class CsvLog(Callback):
    """Writes the history to a table after every epoch.

    Parameters
    ----------
    path : path-like
        The file; its folder is made if there is none. It holds all epochs, those before a resumed
        checkpoint included, so an interruption leaves neither gaps nor repetitions.

    Raises
    ------
    DestinationError
        If there can be no such file.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = check_file(path, "CsvLog", "path")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(path={str(self.path)!r})"

    def epoch_ended(self, report: EpochReport) -> None:
        """Write the table; see :class:`Callback`."""
        report.history.to_csv(self.path)


class TensorBoardLog(Callback):
    """Writes the history for TensorBoard (needs tensorboardX).

    Parameters
    ----------
    folder : path-like
        Where the event files go; show them with ``tensorboard --logdir FOLDER``.

    Raises
    ------
    DestinationError
        If there can be no such folder.
    ToolchainError
        If tensorboardX is not installed.
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        try:
            from tensorboardX import SummaryWriter
        except ImportError as error:
            raise ToolchainError(
                "logs for TensorBoard need tensorboardX, which is not installed: "
                "pip install 'saltation[tensorboard]'"
            ) from error
        self._open = SummaryWriter
        self.folder = check_folder(folder, "TensorBoardLog", "folder")
        self._writer: Any = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(folder={str(self.folder)!r})"

    def fit_started(self, history: History, epochs: int, batches: int) -> None:
        """Open the file; see :class:`Callback`."""
        # Steps after a resumed checkpoint replace those an interrupted training wrote.
        self._writer = self._open(str(self.folder), purge_step=len(history) + 1)

    def epoch_ended(self, report: EpochReport) -> None:
        """Write one number for each quantity; see :class:`Callback`."""
        record = report.record
        for name, value in record.numbers().items():
            if name != "epoch" and value is not None:
                self._writer.add_scalar(name, value, record.epoch)
        self._writer.flush()

    def fit_ended(self, history: History) -> None:
        """Close the file; see :class:`Callback`."""
        self._writer.close()
