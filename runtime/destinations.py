"""Where results are written: what cannot be written to is refused before the work is done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saltation.runtime.arguments import shown
from saltation.symbolic.errors import ArrayTypeError, DestinationError


def check_file(path: object, caller: str, argument: str) -> Path:
    """Return the path of a file that is to be written, and refuse one that cannot be.

    Nothing is made or changed: folders that are missing count as fine.

    Parameters
    ----------
    path : path-like
        As a caller gives it.
    caller, argument : str
        For messages: who was given it, such as ``"save_spikes"``, and as what.

    Raises
    ------
    DestinationError
        If it is a folder, its folder cannot be made, or there is no permission.
    ArrayTypeError
        If it is no path.
    """
    return _checked(path, caller, argument, folder=False)


def check_folder(path: object, caller: str, argument: str) -> Path:
    """Return the path of a folder that is to be written to; see `check_file`."""
    return _checked(path, caller, argument, folder=True)


def checked_path(path: object, caller: str, argument: str) -> Path:
    """Return what was given as a path, without a look at what is there.

    Raises
    ------
    ArrayTypeError
        If it is none.
    """
    if not isinstance(path, str | os.PathLike):
        raise ArrayTypeError(
            f"{caller}: {argument} is {shown(path)}, expected a path, as text or a pathlib.Path",
            argument=argument,
        )
    return Path(path)


def trouble(path: Path, *, folder: bool) -> str | None:
    """Say why nothing can be written to a path; None if nothing is known against it.

    Parameters
    ----------
    path : pathlib.Path
        Of a file, or of a folder.
    folder : bool
        Which of the two.
    """
    if os.path.exists(path) and os.path.isdir(path) != folder:
        return (
            "is a file, expected a folder: name another"
            if folder
            else "is a folder, expected a file: name one in it"
        )
    present = os.path.exists(path) or (folder and os.path.lexists(path))
    place = path if present else next(each for each in path.absolute().parents if _is_there(each))
    if not os.path.isdir(place) and (folder or place != path):
        kind = "a file" if os.path.exists(place) else "a link that leads nowhere"
        return f"cannot be made, as '{place}' is {kind}: name another"
    needed = os.W_OK | os.X_OK if os.path.isdir(place) else os.W_OK
    if not os.access(place, needed):
        return (
            f"cannot be written: there is no permission to write to '{place}': name another, or "
            f"ask for it"
        )
    return None


@contextmanager
def writing(path: Path, caller: str) -> Iterator[None]:
    """Turn what the system says when a file cannot be written into an error of ours.

    Raises
    ------
    DestinationError
        Names the caller and the file.
    """
    try:
        yield
    except OSError as error:
        raise DestinationError(
            f"{caller}: '{error.filename or path}' cannot be written: {error.strerror or error}"
        ) from error


def _checked(path: object, caller: str, argument: str, *, folder: bool) -> Path:
    target = checked_path(path, caller, argument)
    found = trouble(target, folder=folder)
    if found:
        raise DestinationError(f"{caller}: {argument} '{target}' {found}")
    return target


def _is_there(path: Path) -> bool:
    """Say whether there is anything, be it a link that leads nowhere."""
    return os.path.lexists(path)
