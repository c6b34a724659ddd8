"""The C text of a network's structure, generated once and kept in the cache.

Deriving and printing the equations of a network takes about a second in a new process, most of it
for loading what does so. The text depends only on the structure, the precision, and the files that
generate it, so it is stored under a hash of these: ``code-K.json``.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import pickle
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import sympy

from saltation.codegen.structure import GeneratedCode, NetworkStructure
from saltation.runtime.cache import cache_folder, read_text, write_atomically
from saltation.runtime.toolchain import finding_toolchain
from saltation.symbolic.errors import ToolchainError

if TYPE_CHECKING:
    from saltation.codegen.options import Precision

_GENERATORS = ("saltation.symbolic", "saltation.codegen", "saltation.templates")


def generated_code(structure: NetworkStructure, precision: Precision) -> GeneratedCode:
    """Return the C text of a structure, from the cache if it is there.

    Parameters
    ----------
    structure : NetworkStructure
        The structure.
    precision : Precision
        The floating-point type.

    Raises
    ------
    ToolchainError
        If there is no cache folder.
    """
    folder = cache_folder()
    path = folder / f"code-{_key(structure, precision)}.json"
    found = _verified(path)
    if found is None:
        # What is compiled next needs a compiler, so that it is asked meanwhile.
        with finding_toolchain(folder):
            # Only here, because it imports all that derives and prints.
            from saltation.codegen.network import generate_network

            found = generate_network(structure, precision)
        # A folder that can only be read costs the time of generation, and nothing else.
        with contextlib.suppress(ToolchainError):
            write_atomically(path, _written(found))
    return found


def _key(structure: NetworkStructure, precision: Precision) -> str:
    # A pickle holds every digit of a constant; printed expressions hold fifteen.
    parts = (_generators(), precision.value.encode(), pickle.dumps(structure))
    return hashlib.sha256(b"\n".join(parts)).hexdigest()[:32]


@functools.cache
def _generators() -> bytes:
    """Return a hash of all files on which the text depends: of sizes and times, as Python's own.

    Reading the two hundred files takes longer than all else of a compilation that finds its text.
    """
    digest = hashlib.sha256(sympy.__version__.encode())
    for name in _GENERATORS:
        for folder in import_module(name).__path__:
            for path, entry in sorted(_files(folder)):
                state = entry.stat()
                digest.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.digest()


def _files(folder: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """List the sources and templates in a folder and those below."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path)
            elif entry.name.endswith((".py", ".j2")):
                yield entry.path, entry


def _written(code: GeneratedCode) -> bytes:
    parts = [code.source, code.declarations, str(code.parts)]
    return json.dumps([_digest(parts), *parts]).encode()


def _verified(path: Path) -> GeneratedCode | None:
    """Return the stored text; None if there is none, or it is damaged."""
    try:
        digest, *parts = json.loads(read_text(path) or "")
        if digest != _digest(parts):
            return None
        return GeneratedCode(source=parts[0], declarations=parts[1], parts=int(parts[2]))
    except (ValueError, TypeError, IndexError):
        return None


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
