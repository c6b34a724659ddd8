"""How a library is made: of which text, by which compiler, with which flags."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from saltation.runtime.cache import (
    cache_folder,
    find_library,
    scratch_folder,
    store_library,
    write_atomically,
)
from saltation.runtime.digest import blake2
from saltation.runtime.toolchain import SUFFIX, Toolchain, compile_library, find_toolchain
from saltation.symbolic.errors import ToolchainError


class Recipe(NamedTuple):
    """All that a library depends on."""

    source: str
    """A C translation unit."""

    flags: tuple[str, ...]
    """What the compiler is told, and accepts."""

    toolchain: Toolchain
    """The compiler."""

    parts: int
    """How many compilers may work on it at the same time."""

    folder: Path
    """The cache folder."""

    @property
    def key(self) -> str:
        """The library's address in the cache."""
        flags, toolchain = self.flags, self.toolchain
        settings = repr((flags, toolchain.version, toolchain.identity, self.parts))
        return blake2(f"{settings}\n{self.source}".encode())

    def find(self) -> Path | None:
        """Return the library from the cache; None if it is not there, or damaged."""
        return find_library(self.folder, self.key, SUFFIX)

    def make(self) -> Path:
        """Compile the library and store it in the cache.

        Raises
        ------
        ToolchainError
            If the compiler fails, or the cache folder cannot be written to.
        """
        text = self.source.encode()
        with scratch_folder() as place:
            library, complaint = self.compile_in(place)
            if complaint is None:
                return store_library(self.folder, self.key, text, library.read_bytes(), SUFFIX)
        kept = self.folder / f"failed-{self.key[:16]}.c"
        write_atomically(kept, text)
        import shlex  # only here, as it is seldom needed

        raise ToolchainError(
            f"the C compiler failed: {complaint}\n"
            f"  command: {shlex.join((*self.toolchain.command, *self.flags))}\n"
            f"  C text kept in: {kept}\n"
            "The text is generated, so this is a fault of Saltation or of the compiler's "
            "installation: please report it with that file"
        )

    def compile_in(self, place: Path) -> tuple[Path, str | None]:
        """Compile the library in a folder; return its path, and the compiler's complaint if any."""
        c_file, library = place / "network.c", place / f"network{SUFFIX}"
        c_file.write_bytes(self.source.encode())
        return library, compile_library(self.toolchain, self.flags, c_file, library, self.parts)


def recipe_for(source: str, flags: Sequence[str], parts: int = 1) -> Recipe:
    """Return how to make a library with the compiler that there is.

    Parameters
    ----------
    source : str
        A C translation unit.
    flags : sequence of str
        Compiler flags; those of `OPTIONAL_FLAGS` are left out where the compiler rejects them.
    parts : int, optional
        How many compilers may work on it at the same time, if there is optimisation.

    Raises
    ------
    ToolchainError
        If there is no compiler or no cache folder.
    """
    folder = cache_folder()
    toolchain = find_toolchain(folder)
    accepted = toolchain.accepted(flags)
    # Without optimisation compilers keep functions that nothing in their part calls.
    return Recipe(source, accepted, toolchain, 1 if "-O0" in accepted else parts, folder)
