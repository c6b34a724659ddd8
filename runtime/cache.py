"""The cache folder of compiled libraries.

An entry of key `K` is three files: ``K.c``, the source, for people to read; ``K-D.so``, a library
whose BLAKE2 digest starts with `D`; ``K.digest``, which holds the whole digest. Libraries are named
by their content and each file appears at once under its final name, so processes that build the
same entry at the same time cannot disturb each other: the last one's ``K.digest`` counts, and the
library that it speaks of is there.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from saltation.runtime.digest import blake2
from saltation.symbolic.errors import ToolchainError

_DIGEST_SHOWN = 16


def cache_folder() -> Path:
    """Return the folder for compiled libraries, made if it is missing.

    It is ``$SALTATION_CACHE`` if that is set, or else ``saltation`` in the user's cache folder.

    Raises
    ------
    ToolchainError
        If the folder cannot be made or written to.
    """
    chosen = os.environ.get("SALTATION_CACHE")
    folder = Path(chosen).expanduser().absolute() if chosen else _usual_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from error
    return folder


def _usual_folder() -> Path:
    # Only here, because it is not needed where the folder is named.
    import platformdirs

    return Path(platformdirs.user_cache_dir("saltation", appauthor=False))


def find_library(folder: Path, key: str, suffix: str) -> Path | None:
    """Return the library stored under `key`; None if there is none, or it is damaged."""
    digest = read_text(folder / f"{key}.digest")
    if digest is None:
        return None
    path = _library_path(folder, key, digest, suffix)
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return path if blake2(content) == digest else None


def store_library(folder: Path, key: str, source: bytes, library: bytes, suffix: str) -> Path:
    """Store a library and its source under `key`, and return the path of the library.

    Raises
    ------
    ToolchainError
        If the folder cannot be written to.
    """
    digest = blake2(library)
    path = _library_path(folder, key, digest, suffix)
    write_atomically(folder / f"{key}.c", source)
    write_atomically(path, library)
    write_atomically(folder / f"{key}.digest", digest.encode())
    return path


@contextlib.contextmanager
def scratch_folder(parent: Path | None = None) -> Iterator[Path]:
    """Give a folder for a compiler to work in, and remove it afterwards.

    Parameters
    ----------
    parent : pathlib.Path, optional
        The folder in which it is made; the system's for temporary files if not given.

    Raises
    ------
    ToolchainError
        If it cannot be made or written to.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="saltation-", dir=parent) as name:
            yield Path(name)
    except OSError as error:
        if parent is not None:
            raise _unusable(parent, error) from error
        raise ToolchainError(
            f"cannot use the folder for temporary files, $TMPDIR or /tmp: {error}. "
            "Set TMPDIR to a folder that can be written to"
        ) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file such that every other process sees all of it or nothing.

    Raises
    ------
    ToolchainError
        If the folder cannot be written to.
    """
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise _unusable(path.parent, error) from error


def read_text(path: Path) -> str | None:
    """Return the content of a small file, None if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _library_path(folder: Path, key: str, digest: str, suffix: str) -> Path:
    return folder / f"{key}-{digest[:_DIGEST_SHOWN]}{suffix}"


def _unusable(folder: Path, error: OSError) -> ToolchainError:
    return ToolchainError(
        f"cannot write to the cache folder {folder}: {error.strerror or error}. "
        "Set SALTATION_CACHE to a folder that can be written to"
    )
