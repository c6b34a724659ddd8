"""Spike trains in files."""

from __future__ import annotations

import os
import zipfile

import numpy as np

from saltation.runtime.destinations import check_file, writing
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ArrayTypeError

_ARRAYS = ("times", "units", "offsets")


def save_spikes(path: str | os.PathLike[str], spikes: Spikes) -> None:
    """Write spike trains as a NumPy archive (.npz) of `times`, `units` and `offsets`.

    Parameters
    ----------
    path : path-like
        The file, which is overwritten. Its folder is made if there is none.
    spikes : Spikes
        The spikes of a batch.

    Raises
    ------
    ArrayTypeError
        If they are no Spikes.
    DestinationError
        If the file cannot be written. It is an OSError.

    Examples
    --------
    >>> import tempfile
    >>> spikes = Spikes.from_events([[(0.001, 2), (0.003, 0)], []])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_spikes(f"{folder}/recorded.npz", spikes)
    ...     load_spikes(f"{folder}/recorded.npz") == spikes
    True
    """
    if not isinstance(spikes, Spikes):
        raise ArrayTypeError(
            f"save_spikes: spikes must be Spikes, as run.spikes['name'] is, got "
            f"{type(spikes).__name__}",
            argument="spikes",
        )
    target = check_file(path, "save_spikes", "path")
    with writing(target, "save_spikes"):
        target.parent.mkdir(parents=True, exist_ok=True)
        # A name alone would be given the ending .npz.
        with open(target, "wb") as file:
            np.savez(file, times=spikes.times, units=spikes.units, offsets=spikes.offsets)


def load_spikes(path: str | os.PathLike[str]) -> Spikes:
    """Read spike trains that `save_spikes` wrote, or any archive of the same arrays.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    Spikes
        The same, bit for bit.

    Raises
    ------
    ArrayError
        If the file is damaged or another, or its arrays are no spike trains; names the file.
    OSError
        If it cannot be read.
    """
    with open(path, "rb") as file:
        try:
            # NumPy takes whatever is no archive for a pickle, and advises to trust it.
            if not zipfile.is_zipfile(file):
                raise ArrayError("it is no NumPy archive", argument="path")
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive:
                missing = [name for name in _ARRAYS if name not in archive]
                if missing:
                    raise ArrayError(f"it has no array {', '.join(missing)}", argument="path")
                return Spikes(*(archive[name] for name in _ARRAYS))
        except (ArrayError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise ArrayError(f"{path} holds no spike trains: {error}", argument="path") from error
