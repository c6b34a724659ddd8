"""The functions of a network: a quick library's at first, where the optimised one takes long.

Compiling without optimisation takes a tenth of the work, and its code gives the same bits. Where
the cache has no library such a one serves until a process of its own (`builder`) has made the
optimised one. A thread waits for that process. It then puts the optimised functions in place, and
tells the quick library to end the calls in progress, which are repeated: none waits for what the
quick library has left to do.

Both libraries are of the same text, so that one reads what the other made, such as a run's handle.
Neither is ever unloaded, as handles are freed by them.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from saltation.codegen.text import GeneratedCode
from saltation.runtime import build
from saltation.runtime.arrays import FloatArray
from saltation.runtime.cache import scratch_folder
from saltation.runtime.declarations import make_ffi
from saltation.runtime.forks import prepare_threads
from saltation.runtime.interruption import Interruption
from saltation.runtime.meanwhile import meanwhile
from saltation.runtime.pools import Pools
from saltation.runtime.recipe import Recipe, recipe_for
from saltation.symbolic.errors import ToolchainError

_under_way: dict[str, Library] = {}
"""Libraries that are being optimised, by their keys: simulators of the same text share one."""


class Library:
    """The functions of a network.

    Attributes
    ----------
    ffi : cffi.FFI
        What knows their types.
    functions : cffi library
        The functions.
    path : pathlib.Path or None
        The optimised library, if these are its functions.
    """

    def __init__(self, ffi: Any, functions: Any, path: Path | None) -> None:
        self.ffi, self.functions, self.path = ffi, functions, path
        self.succession: Succession | None = None
        self._interruption = Interruption(ffi)

    def forward(self, problem: Any, status: Any, pools: Pools) -> Any:
        """Run a problem forward; returns a handle that frees itself, and in `status` how it went.

        Raises
        ------
        BaseException
            What a signal's handler raised meanwhile, such as KeyboardInterrupt.
        """
        functions = self._prepare(problem)
        problem.pool = pool = pools.take(functions)
        handle = functions.sal_forward(problem, status)
        pools.give_back(pool)
        if handle != self.ffi.NULL:
            handle = self.ffi.gc(handle, functions.sal_free)
        if status.code and self._ended_early(functions, status):
            return self.forward(problem, status, pools)
        return handle

    def backward(
        self,
        problem: Any,
        handle: Any,
        request: Any,
        status: Any,
        gradients: Iterable[FloatArray],
        pools: Pools,
    ) -> None:
        """Run a problem backward; adds to the gradients, zeros to which `request` points.

        Raises
        ------
        BaseException
            What a signal's handler raised meanwhile, such as KeyboardInterrupt.
        """
        functions = self._prepare(problem)
        request.pool = pool = pools.take(functions)
        functions.sal_backward(problem, handle, request, status)
        pools.give_back(pool)
        if status.code and self._ended_early(functions, status):
            for gradient in gradients:
                gradient.fill(0.0)
            self.backward(problem, handle, request, status, gradients, pools)

    def optimised(self) -> Path:
        """Wait until the functions are optimised, and return their library.

        Raises
        ------
        ToolchainError
            If the compiler fails.
        """
        while self.path is None:
            succession = self.succession
            if succession is not None:
                succession.wait()
        return self.path

    def _prepare(self, problem: Any) -> Any:
        """Make a problem ready to be run, and return the best functions that there are."""
        succession = self.succession
        if succession is not None:
            succession.look()
        prepare_threads(problem)
        self._interruption.prepare(problem)
        return self.functions

    def _ended_early(self, functions: Any, status: Any) -> bool:
        """Tell whether a call that failed is to be repeated, with other functions."""
        self._interruption.raise_what_came()
        return functions is not self.functions and _was_stopped(status)


class Succession:
    """The change of a library from quick to optimised functions.

    Parameters
    ----------
    library : Library
        The library, with quick functions.
    recipe : Recipe
        How the optimised one is made.

    Raises
    ------
    OSError
        If no process can be started that makes it.
    """

    def __init__(self, library: Library, recipe: Recipe) -> None:
        # Only here, as what is in the cache needs none of it.
        from saltation.runtime.builder import Builder

        self._library, self._quick, self._recipe = library, library.functions, recipe
        self._builder = Builder(recipe)
        self._thread = self._follow()

    def look(self) -> None:
        """See to it that the change comes about, without waiting for a builder that is at work.

        Raises
        ------
        ToolchainError
            If the builder ended without a library, and the compiler fails here as well.
        """
        if self._thread.is_alive() or self._library.succession is None:
            return
        if self._builder.is_running():
            # The thread is that of the process from which this one was forked.
            self._thread = self._follow()
        else:
            self._adopt(self._recipe.find() or self._recipe.make())

    def wait(self) -> None:
        """Wait until the builder ended; raises what `look` raises."""
        self.look()
        self._thread.join()

    def _follow(self) -> threading.Thread:
        thread = threading.Thread(target=self._await, name="saltation-library", daemon=True)
        thread.start()
        return thread

    def _await(self) -> None:
        """Wait for the builder; what went wrong is said to the next call."""
        self._builder.wait()
        path = self._recipe.find()
        if path is not None:
            with contextlib.suppress(ToolchainError):
                self._adopt(path)

    def _adopt(self, path: Path) -> None:
        library = self._library
        functions = build.open_library(library.ffi, path)
        # In this order: a call that is told to end finds the other functions.
        library.functions, library.path = functions, path
        self._quick.sal_supersede()
        library.succession = None
        _under_way.pop(self._recipe.key, None)


def find_or_build(code: GeneratedCode) -> Library:
    """Return the library of a network's text.

    Parameters
    ----------
    code : GeneratedCode
        The text.

    Returns
    -------
    Library
        From the cache, or quick if it can become the optimised one later, or else optimised.

    Raises
    ------
    ToolchainError
        If there is no compiler, it fails, or the cache folder cannot be written to.
    """
    recipe = recipe_for(code.source, build.DEFAULT_FLAGS, code.parts)
    path = recipe.find()
    if path is None:
        library = _under_way.get(recipe.key) or _quick_library(recipe, code.declarations)
        if library is not None:
            return library
        path = recipe.make()
    return Library(*build.load(path, code.declarations), path)


def quick_recipe(recipe: Recipe) -> Recipe | None:
    """Return how a quick library is made; None if optimisation is not what takes long."""
    flags = tuple("-O0" if flag.startswith("-O") else flag for flag in recipe.flags)
    if flags == recipe.flags:
        return None
    return recipe._replace(flags=(*flags, "-DSAL_QUICK"), parts=1)


def _quick_library(recipe: Recipe, declarations: str) -> Library | None:
    """Return a library that becomes the optimised one; None if there can be none."""
    from saltation.runtime.builder import can_start

    quick = quick_recipe(recipe)
    # One at a time, or a loop over networks would have a compiler at work for each.
    if quick is None or _under_way or not can_start():
        return None
    # Not among temporary files, whose folder need not allow programs.
    with scratch_folder(recipe.folder) as place:
        with meanwhile(make_ffi, declarations):
            path, complaint = quick.compile_in(place)
        if complaint is not None:
            return None
        ffi = make_ffi(declarations)
        with build.waiting_briefly():
            library = Library(ffi, build.open_library(ffi, path), None)
    try:
        library.succession = Succession(library, recipe)
    except OSError:
        return None
    _under_way[recipe.key] = library
    return library


def _was_stopped(status: Any) -> bool:
    """Tell whether a call ended because it was told to."""
    from saltation.codegen.result_codes import ResultCode

    return bool(status.code == ResultCode.STOPPED)
