"""From C text to a loaded library."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from saltation.runtime.declarations import make_ffi
from saltation.runtime.recipe import recipe_for
from saltation.symbolic.errors import ToolchainError

DEFAULT_FLAGS = (
    "-std=c99",
    "-O2",
    "-fvect-cost-model=dynamic",
    "-march=native",
    "-ffp-contract=off",
    "-mno-fma",
    "-fno-tree-slp-vectorize",
    "-fno-thread-jumps",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fopenmp",
)
"""Flags that make code fast without changing a bit of its results.

No contraction: a fused multiply-add would round once where another machine rounds twice. GCC
contracts nevertheless where straight code adds one product and subtracts another, which becomes one
vector instruction; therefore no such instructions, and no vectors of straight code. Nothing of
``-ffast-math`` but ``-fno-math-errno`` and ``-fno-trapping-math``, which say only that nobody reads
``errno`` and the processor's exception flags: loops with a choice of values become vectors. With
jumps threaded a choice between a new value and the old one becomes a masked store. ``-O3``
takes nearly twice as long, for gradients a tenth faster at best: what counts is that loops
become vectors wherever the compiler expects a gain.
"""


def build(source: str, *, parts: int = 1, flags: Sequence[str] | None = None) -> Path:
    """Compile C text into a shared library, or find it in the cache.

    The cache is addressed by source, flags, compiler and processor. Several processes may build the
    same text at once, and a damaged entry is built anew.

    Parameters
    ----------
    source : str
        A C translation unit.
    parts : int, optional
        How many compilers may work on it at the same time: each is told by ``-DSAL_PART=k`` which
        part of the unit it makes. Parts are made only with optimisation, as compilers keep
        functions without it that nothing in their part calls.
    flags : sequence of str, optional
        Compiler flags, `DEFAULT_FLAGS` if not given. Those of `OPTIONAL_FLAGS` are left out where
        the compiler rejects them; what makes a library is added.

    Returns
    -------
    pathlib.Path
        The library.

    Raises
    ------
    ToolchainError
        If there is no compiler, it fails, or the cache folder cannot be written to.

    Examples
    --------
    >>> path = build("int twice(int x) { return 2 * x; }")
    >>> ffi, lib = load(path, "int twice(int x);")
    >>> lib.twice(21)
    42
    """
    recipe = recipe_for(source, DEFAULT_FLAGS if flags is None else tuple(flags), parts)
    return recipe.find() or recipe.make()


@functools.cache
def load(path: Path, cdef: str) -> tuple[Any, Any]:
    """Load a library, once for each process.

    Parameters
    ----------
    path : pathlib.Path
        The library, from `build`.
    cdef : str
        Declarations of its functions and types, as cffi reads them.

    Returns
    -------
    ffi : cffi.FFI, in its compiled form
        What makes and reads values of the types.
    lib : cffi library
        The functions.

    Raises
    ------
    ToolchainError
        If the system cannot load the library, or cffi not read the declarations.
    """
    ffi = make_ffi(cdef)
    with waiting_briefly():
        return ffi, open_library(ffi, path)


def open_library(ffi: Any, path: Path) -> Any:
    """Return the functions of a library, as cffi's object knows them.

    It is never unloaded, not even at the process's end: the OpenMP library would go with it, in
    which threads may be waiting for their next task.

    Raises
    ------
    ToolchainError
        If the system cannot load the library.
    """
    try:
        return ffi.dlopen(str(path), ffi.RTLD_NOW | getattr(ffi, "RTLD_NODELETE", 0))
    except OSError as error:
        raise ToolchainError(
            f"cannot load {path}: {error}. If its folder does not allow programs (noexec), "
            "set SALTATION_CACHE to one that does"
        ) from error


@contextlib.contextmanager
def waiting_briefly() -> Iterator[None]:
    """Let OpenMP's threads look for work for about half a millisecond, then sleep.

    The OpenMP library reads these variables once, when it is loaded, and a user may have set them.
    Its default, to look on for long, makes a program that shares its processors several times
    slower; to sleep at once makes calls of a millisecond a tenth slower.
    """
    chosen = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "10000"}
    with contextlib.ExitStack() as stack:
        if not chosen.keys() & os.environ.keys():
            for name, value in chosen.items():
                stack.enter_context(environment(name, value))
        yield


@contextlib.contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    """Set a variable of the environment, and put back what it was."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before
