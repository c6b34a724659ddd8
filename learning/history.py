"""The record of a training: one row of numbers for each epoch."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from os import PathLike
from typing import Any, overload

import numpy as np

from saltation.learning.protocols import FloatArray
from saltation.runtime.destinations import check_file, writing
from saltation.symbolic.errors import UnknownNameError
from saltation.symbolic.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRecord:
    """What one epoch came to.

    Attributes
    ----------
    epoch : int
        Counted from 1: the number of epochs done.
    rate : float
        The learning rate.
    loss, accuracy : float
        Means over the training samples, each seen with the values of its batch.
    validation_loss, validation_accuracy : float or None
        With the values at the end of the epoch; None without validation samples.
    silent_labels : float
        Share of training samples that the loss ignored, their label neuron being silent.
    spikes_per_sample : float
        Spikes of all populations for one training sample.
    silent_neurons : float
        Share of neurons, of all populations that can spike, that no training sample made spike.
    clipped_steps : float
        Share of steps whose gradient was scaled down to ``clip_norm``.
    seconds : float
        Wall time of the training, without the validation.
    """

    epoch: int
    rate: float
    loss: float
    accuracy: float
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    silent_labels: float
    spikes_per_sample: float
    silent_neurons: float = 0.0
    clipped_steps: float = 0.0
    seconds: float


@dataclass(frozen=True, slots=True, repr=False)
class History(Sequence[EpochRecord]):
    """The records of all epochs, in order.

    Parameters
    ----------
    records : tuple of EpochRecord
        One for each epoch.
    stopped_by : str, optional
        The name of the callback that ended the training before its last epoch, if one did.

    Notes
    -----
    ``history[3]`` is a record, ``history[:3]`` the history of the first epochs, and
    ``history["loss"]`` one quantity over the epochs, as :meth:`column` gives it.
    """

    records: tuple[EpochRecord, ...] = ()
    stopped_by: str | None = None

    def __repr__(self) -> str:
        """Sum the training up."""
        return f"History({self.summary()})"

    @overload
    def __getitem__(self, index: int) -> EpochRecord: ...
    @overload
    def __getitem__(self, index: slice) -> History: ...
    @overload
    def __getitem__(self, index: str) -> FloatArray: ...
    def __getitem__(self, index: int | slice | str) -> EpochRecord | History | FloatArray:
        """Give one record, a part of the history, or, by a name, the column of it."""
        if isinstance(index, str):
            return self.column(index)
        if isinstance(index, slice):
            return History(self.records[index])
        return self.records[index]

    def __len__(self) -> int:
        """Count the epochs."""
        return len(self.records)

    def __iter__(self) -> Iterator[EpochRecord]:
        """Iterate over the records."""
        return iter(self.records)

    @property
    def best_epoch(self) -> int:
        """The epoch of the highest validation accuracy, of equals that of the lowest loss.

        Without accuracies, the loss predicting no classes, that of the lowest validation loss.
        Counted from 1; without validation it is the last epoch, without any epoch 0.
        """
        if not self.records or self.records[-1].validation_accuracy is None:
            return len(self.records)
        accuracies, losses = self.column("validation_accuracy"), self.column("validation_loss")
        # A loss that predicts nothing has accuracies of NaN, which all sort alike.
        return int(np.lexsort((losses, -accuracies))[0]) + 1

    def summary(self) -> str:
        """Tell in a line how many epochs there were, the losses, and what stopped the training.

        Returns
        -------
        str
            Without a full stop.
        """
        stop = [f"stopped by {self.stopped_by}"] * bool(self.stopped_by)
        if not self.records:
            return "; ".join(["no epochs", *stop])
        last, best = self.records[-1], self.records[self.best_epoch - 1]
        parts = [counted(len(self), "epoch"), *stop, f"last loss {last.loss:.4g}"]
        if best.validation_loss is not None:
            accuracy = best.validation_accuracy
            known = accuracy is not None and accuracy == accuracy
            parts.append(
                f"best validation in epoch {best.epoch}: loss {best.validation_loss:.4g}"
                + (f", accuracy {accuracy:.4g}" if known else "")
            )
        return "; ".join(parts)

    def with_record(self, record: EpochRecord) -> History:
        """Append a record.

        Parameters
        ----------
        record : EpochRecord
            Of the next epoch.

        Returns
        -------
        History
            A new history; this one is unchanged.
        """
        return History((*self.records, record))

    def column(self, name: str) -> FloatArray:
        """Give one quantity over the epochs.

        Parameters
        ----------
        name : str
            A field of :class:`EpochRecord`.

        Returns
        -------
        ndarray, shape (epochs,)
            NaN where it was not measured.

        Raises
        ------
        UnknownNameError
            If there is no such field.
        """
        names = [column.name for column in fields(EpochRecord)]
        if name not in names:
            raise UnknownNameError(
                f"the history has no column {name!r}, expected one of {', '.join(names)}"
            )
        values = [getattr(record, name) for record in self.records]
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    def rows(self) -> list[dict[str, Any]]:
        """Give the records as plain dicts, for JSON or a data frame.

        Returns
        -------
        list of dict
            One for each epoch.
        """
        return [asdict(record) for record in self.records]

    def to_csv(self, path: str | PathLike[str]) -> None:
        """Write the records as a table.

        Parameters
        ----------
        path : path-like
            The file, which is overwritten. Its folder is made if there is none.

        Raises
        ------
        DestinationError
            If the file cannot be written. It is an OSError.
        """
        target = check_file(path, "to_csv", "path")
        with writing(target, "to_csv"):
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "w", newline="", encoding="utf-8") as file:
                table = csv.DictWriter(file, [column.name for column in fields(EpochRecord)])
                table.writeheader()
                table.writerows(self.rows())
