"""The record of a training: one row of numbers for each epoch."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
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
    population_spikes : mapping of str to float
        Those of each population; in columns and tables ``"NAME.spikes_per_sample"``.
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
    population_spikes: Mapping[str, float] = field(default_factory=dict, hash=False)
    silent_neurons: float = 0.0
    clipped_steps: float = 0.0
    seconds: float

    def numbers(self) -> dict[str, float | None]:
        """Give all numbers by the names of their columns.

        Returns
        -------
        dict of str to float or None
            Those of each population behind the others.
        """
        row = {name: getattr(self, name) for name in _NUMBERS}
        return row | {_of(name): count for name, count in self.population_spikes.items()}


_NUMBERS = tuple(each.name for each in fields(EpochRecord) if each.name != "population_spikes")
"""The quantities of an epoch that are one number."""


def _of(population: str) -> str:
    """Name the column of a population's spikes, as the keys of its values are named."""
    return f"{population}.spikes_per_sample"


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
            A field of :class:`EpochRecord`, or ``"hidden.spikes_per_sample"`` for the spikes of the
            population ``"hidden"``.

        Returns
        -------
        ndarray, shape (epochs,)
            NaN where it was not measured.

        Raises
        ------
        UnknownNameError
            If there is no such column.
        """
        if name in _NUMBERS:  # every epoch asks for some of them, of all epochs before
            values = [getattr(record, name) for record in self.records]
        elif name in (names := self._columns()):
            values = [record.numbers().get(name) for record in self.records]
        else:
            raise UnknownNameError(
                f"the history has no column {name!r}, expected one of {', '.join(names)}"
            )
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    def rows(self) -> list[dict[str, Any]]:
        """Give the records as plain dicts, for JSON or a data frame.

        Returns
        -------
        list of dict
            One for each epoch, all with the same keys: the names of the columns. None is what was
            not measured.
        """
        names, rows = self._columns(), [record.numbers() for record in self.records]
        return [{name: row.get(name) for name in names} for row in rows]

    def _columns(self) -> list[str]:
        """Name all columns; epochs before a resumed checkpoint may lack some."""
        found = dict.fromkeys(_NUMBERS)
        for record in self.records:
            found |= dict.fromkeys(record.numbers())
        return list(found)

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
                table = csv.DictWriter(file, self._columns())
                table.writeheader()
                table.writerows(self.rows())
