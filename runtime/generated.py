"""The C text of a network's structure, generated once and kept in the cache.

Deriving and printing the equations of a network takes about a second in a new process, most of it
for loading what does so. The text depends only on the structure, the precision, and the files that
generate it, so it is stored under a hash of these: ``code-K.txt``, whose first
line holds the BLAKE2 digest of the rest.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pickle
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import sympy

from saltation.codegen.text import GeneratedCode
from saltation.runtime.cache import cache_folder, write_atomically
from saltation.runtime.digest import blake2
from saltation.runtime.meanwhile import meanwhile
from saltation.runtime.structure import Plan, structure_of
from saltation.runtime.toolchain import find_toolchain
from saltation.symbolic.errors import ToolchainError

if TYPE_CHECKING:
    from saltation.codegen.options import Precision

_GENERATORS = ("saltation.symbolic", "saltation.codegen", "saltation.templates")


def generated_code(plan: Plan, precision: Precision) -> GeneratedCode:
    """Return the C text of a structure, from the cache if it is there.

    Parameters
    ----------
    plan : Plan
        The network's structure.
    precision : Precision
        The floating-point type.

    Raises
    ------
    ToolchainError
        If there is no cache folder.
    """
    folder = cache_folder()
    path = folder / f"code-{_key(plan, precision)}.txt"
    found = _verified(path)
    if found is None:
        # What is compiled next needs a compiler, so that it is asked meanwhile.
        with meanwhile(find_toolchain, folder):
            # Only here, because it imports all that derives and prints.
            from saltation.codegen.network import generate_network

            found = generate_network(structure_of(plan), precision)
        # A folder that can only be read costs the time of generation, and nothing else.
        with contextlib.suppress(ToolchainError):
            write_atomically(path, _written(found))
    return found


def _key(plan: Plan, precision: Precision) -> str:
    # A pickle holds every digit of a constant; printed expressions hold fifteen.
    parts = (_generators(), precision.value.encode(), pickle.dumps(plan))
    return blake2(b"\n".join(parts))[:32]


@functools.cache
def _generators() -> bytes:
    """Return a hash of all files on which the text depends: of sizes and times, as Python's own.

    Reading the two hundred files takes longer than all else of a compilation that finds its text.
    """
    found: list[object] = [sympy.__version__]
    for name in _GENERATORS:
        for folder in import_module(name).__path__:
            found.append((folder, sorted(_states(folder))))
    return blake2(repr(found).encode()).encode()


def _states(folder: str) -> Iterator[tuple[str, int, int]]:
    """Give the name, size and time of each source and template in a folder and those below."""
    with _opened(folder) as place, os.scandir(place) as entries:
        for entry in entries:
            if entry.name.endswith((".py", ".j2")):
                state = entry.stat()
                yield entry.name, state.st_size, state.st_mtime_ns
            elif entry.is_dir():
                for below, size, time in _states(os.path.join(folder, entry.name)):
                    yield f"{entry.name}/{below}", size, time


@contextlib.contextmanager
def _opened(folder: str) -> Iterator[str | int]:
    """Open a folder, so that what it holds is found without following its path for each file."""
    if os.scandir not in os.supports_fd:
        yield folder
        return
    place = os.open(folder, os.O_RDONLY)
    try:
        yield place
    finally:
        os.close(place)


def _written(code: GeneratedCode) -> bytes:
    head = f"{code.parts} {len(code.declarations)}"
    content = f"{head}\n{code.declarations}{code.source}".encode()
    return b"\n".join((blake2(content).encode(), content))


def _verified(path: Path) -> GeneratedCode | None:
    """Return the stored text; None if there is none, or it is damaged."""
    try:
        digest, _, content = path.read_bytes().partition(b"\n")
        if digest != blake2(content).encode():
            return None
        head, _, text = content.decode().partition("\n")
        parts, length = map(int, head.split())
    except (OSError, ValueError):
        return None
    return GeneratedCode(source=text[length:], declarations=text[:length], parts=parts)
