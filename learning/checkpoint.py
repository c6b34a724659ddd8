"""Checkpoints: the state of a training in one file, from which it goes on bit for bit.

A checkpoint is an ``.npz`` archive of plain arrays and one JSON text: nothing in it can run code.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from saltation.learning.arguments import unreadable
from saltation.learning.history import EpochRecord, History
from saltation.learning.protocols import BoolArray, FloatArray
from saltation.learning.settings import IDENTITY, setting_differences, value_differences
from saltation.runtime.destinations import trouble
from saltation.symbolic.errors import CheckpointError, CheckpointWarning
from saltation.symbolic.notices import warn_user
from saltation.symbolic.words import counted

_FORMAT = 1
_META = "meta"
"""The array that only checkpoints have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state of a training after a number of epochs.

    Attributes
    ----------
    values : dict of str to ndarray
        All of the network's values.
    best : dict of str to ndarray
        Those after the epoch ``history.best_epoch``.
    optimiser : dict of str to ndarray
        The optimiser's state.
    generator : dict
        The state of the random generator.
    history : History
        One record for each epoch done.
    settings : dict
        What a training must have in common with this one to go on from here.
    silent : dict of str to ndarray of bool
        The neurons of each population that were silent in the last epoch.
    """

    values: dict[str, FloatArray]
    best: dict[str, FloatArray]
    optimiser: dict[str, FloatArray]
    generator: dict[str, Any]
    history: History
    settings: dict[str, Any]
    silent: dict[str, BoolArray] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Sum the training up, whose arrays have thousands of numbers."""
        return f"Checkpoint({self.history.summary()}; values of {counted(len(self.values), 'key')})"


def save_checkpoint(path: str | os.PathLike[str], checkpoint: Checkpoint) -> None:
    """Write a checkpoint, replacing an older one in a single step.

    Parameters
    ----------
    path : path-like
        The file. Its folder is made if there is none.
    checkpoint : Checkpoint
        The state to be saved.

    Raises
    ------
    CheckpointError
        If the file cannot be written.
    """
    target = Path(path)
    check_writable(target)
    meta = {
        "format": _FORMAT,
        "generator": checkpoint.generator,
        "history": [asdict(record) for record in checkpoint.history],
        "settings": checkpoint.settings,
    }
    arrays = {
        _META: np.array(json.dumps(meta)),
        **{f"values/{key}": array for key, array in checkpoint.values.items()},
        **{f"best/{key}": array for key, array in checkpoint.best.items()},
        **{f"optimiser/{key}": array for key, array in checkpoint.optimiser.items()},
        **{f"silent/{name}": array for name, array in checkpoint.silent.items()},
    }
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_atomically(target, arrays)
    except OSError as error:
        raise CheckpointError(f"checkpoint {target} cannot be written: {error}") from error


def check_writable(path: Path) -> None:
    """Look whether a checkpoint can be written, without writing it.

    Parameters
    ----------
    path : pathlib.Path
        The file. One that is there is replaced, so that its folder is what counts.

    Raises
    ------
    CheckpointError
        If it cannot; says why, and what to do.
    """
    if path.is_dir():
        raise CheckpointError(f"checkpoint {path} {trouble(path, folder=False)}")
    found = trouble(path.parent, folder=True)
    if found:
        raise CheckpointError(
            f"checkpoint {path} cannot be written: its folder '{path.parent}' {found}"
        )


def load_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a checkpoint.

    Parameters
    ----------
    path : path-like
        A file that ``fit(checkpoint=...)`` wrote.

    Returns
    -------
    Checkpoint
        The state that was saved, bit for bit.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, or of another kind.
    """
    with _opened(path) as archive:
        if _META not in archive.files:
            raise CheckpointError(_of_values(path, archive.files))
        return _checkpoint(path, archive)


def load_best(path: str | os.PathLike[str]) -> dict[str, FloatArray]:
    """Read the best values of a training, from its checkpoint or from an archive of arrays.

    Parameters
    ----------
    path : path-like
        A file that ``fit(checkpoint=...)`` or ``np.savez(path, **result.best)`` wrote.

    Returns
    -------
    dict of str to ndarray
        The values, by key. Whether a network has such keys is not looked at.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, of another kind, or of a training without any epoch.
    """
    with _opened(path) as archive:
        if _META not in archive.files:
            return _part(archive, "")
        saved = _checkpoint(path, archive)
    if not saved.history:
        raise CheckpointError(
            f"checkpoint {path} has no epoch: it holds the values that the training started from "
            f"(sal.load_checkpoint(path).values), and none is the best; go on with fit"
        )
    return saved.best


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[Any]:
    """Open an archive of arrays, and say of a file that is none what is wrong with it."""
    try:
        # Opened here, since np.load leaves the file open when it finds no archive in it.
        with open(path, "rb") as file:
            archive = np.load(file, allow_pickle=False)
            if isinstance(archive, np.ndarray):
                raise ValueError("it holds one array, not an archive of several")
            with archive:
                yield archive
    except FileNotFoundError as error:
        raise CheckpointError(f"there is no checkpoint {path}") from error
    except CheckpointError:
        raise
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        # NumPy's advice is not to be read in the traceback either.
        raise CheckpointError(
            f"{path} is damaged, or not a checkpoint of Saltation ({unreadable(error)}): name "
            f"another file"
        ) from None


def _checkpoint(path: str | os.PathLike[str], archive: Any) -> Checkpoint:
    """Read what `save_checkpoint` wrote."""
    meta = json.loads(str(archive[_META]))
    if meta["format"] != _FORMAT:
        raise CheckpointError(
            f"checkpoint {path} has format {meta['format']}, expected {_FORMAT}: "
            f"another version of Saltation wrote it"
        )
    return Checkpoint(
        values=_part(archive, "values/"),
        best=_part(archive, "best/"),
        optimiser=_part(archive, "optimiser/"),
        generator=meta["generator"],
        history=History(tuple(EpochRecord(**row) for row in meta["history"])),
        settings=meta["settings"],
        silent=_part(archive, "silent/"),
    )


def _of_values(path: str | os.PathLike[str], names: list[str]) -> str:
    """Tell what an archive is that holds arrays alone, and how to use it."""
    arrays = ", ".join(map(repr, names[:3])) + ", ..." * (len(names) > 3)
    return (
        f"{path} is not a checkpoint that fit wrote: it holds "
        f"{f'the arrays {arrays}' if names else 'no arrays'}, and no state of a training. If these "
        f"are values of a network, read them by dict(np.load(path)) and start from them by values= "
        f"of fit; to keep a training, give fit another file as checkpoint="
    )


def resumable(
    path: Path, settings: Mapping[str, Any], fixed: Mapping[str, FloatArray]
) -> Checkpoint | None:
    """Read the checkpoint that a training is to go on from.

    Parameters
    ----------
    path : pathlib.Path
        The checkpoint.
    settings : mapping
        Those of the call.
    fixed : mapping of str to ndarray
        The values that the call does not train.

    Returns
    -------
    Checkpoint or None
        None if it is of another training that has not done an epoch: there is nothing in it to be
        lost, and a first try that failed is not to obstruct the second.

    Raises
    ------
    CheckpointError
        If the file is missing or damaged, or the settings or values that are not trained differ;
        it lists every difference.

    Warns
    -----
    CheckpointWarning
        If an older version wrote it, which did not record all of the settings.
    """
    saved = load_checkpoint(path)
    unrecorded = [name for name in IDENTITY if name in settings and name not in saved.settings]
    known = {name: value for name, value in settings.items() if name not in unrecorded}
    differences = setting_differences(saved.settings, known)
    moved = value_differences(saved.values, fixed, saved.settings)
    if not differences and not moved:
        if unrecorded:
            _warn_of_unrecorded(path, unrecorded)
        return saved
    if not saved.history:
        return None
    own = f" To go on with its values, give values=sal.load_checkpoint({str(path)!r}).values."
    raise CheckpointError(
        f"checkpoint {path} belongs to another training:\n"
        + "\n".join([*differences, *moved])
        + "\nUse the same settings, name another file, or start anew with resume=False."
        + own * bool(moved)
    )


def _warn_of_unrecorded(path: Path, names: list[str]) -> None:
    """Say what of an older checkpoint cannot be compared."""
    message = (
        f"fit: checkpoint {path} was written before checkpoints recorded what a training depends "
        f"on besides its own settings ({', '.join(names)}): whether these are the same now cannot "
        f"be told. The training goes on, and records them; if they are not, start anew with "
        f"resume=False"
    )
    warn_user([CheckpointWarning(message)])


def warn_of_other_start(path: Path, saved: Checkpoint, given: Mapping[str, FloatArray]) -> None:
    """Warn that what was interrupted in its first epoch starts again from what it started from.

    Parameters
    ----------
    path : pathlib.Path
        The checkpoint.
    saved : Checkpoint
        Its contents.
    given : mapping of str to ndarray
        The values to start from, as of the call.

    Warns
    -----
    CheckpointWarning
        If there is no epoch yet, and the values differ; names the keys.
    """
    others = [key for key, array in given.items() if not np.array_equal(array, saved.values[key])]
    if saved.history or not others:
        return
    message = (
        f"fit: checkpoint {path} has no epoch, and the training goes on from the values it started "
        f"from, not from those given: they differ in {', '.join(map(repr, others))}. To start from "
        f"those given, resume=False"
    )
    warn_user([CheckpointWarning(message)])


def _part(archive: Any, prefix: str) -> dict[str, Any]:
    """Collect the arrays whose name starts with a prefix, in their order in the file."""
    return {name[len(prefix) :]: archive[name] for name in archive.files if name.startswith(prefix)}


def _write_atomically(target: Path, arrays: Mapping[str, Any]) -> None:
    """Write beside the target, then rename: a reader sees the old file or the new one."""
    # The process's number keeps two trainings that share a name from writing into each other.
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
