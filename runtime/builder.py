"""A process that makes a library while this one goes on, and that outlives it.

It has a session of its own, so that no signal from a terminal reaches it, and reads its recipe
from a file without a name. Its standard output is a pipe to which it writes nothing: that closes
when it ends, however it does, and also processes see it that were forked after it was started.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

from saltation.runtime.recipe import Recipe
from saltation.symbolic.errors import ToolchainError

_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); import saltation.runtime.builder as b; b.main()"
)


def can_start() -> bool:
    """Tell whether this system and this Python can start such a process.

    A program with Python inside would start itself once more.
    """
    program = os.path.basename(sys.executable or "").lower()
    return os.name == "posix" and "python" in program and not getattr(sys, "frozen", False)


class Builder:
    """A process that makes a library.

    Parameters
    ----------
    recipe : Recipe
        How to make it.

    Attributes
    ----------
    pid : int
        The number of the process.

    Raises
    ------
    OSError
        If it cannot be started.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._read, write = os.pipe()
        self._identity = _identity(self._read)
        try:
            process = _start(recipe, write)
        finally:
            os.close(write)
        self.pid = process.pid
        self._process: subprocess.Popen[bytes] | None = process

    def is_running(self) -> bool:
        """Tell whether it is still at work; also in processes that were forked since."""
        return not self._ended(0)

    def wait(self) -> None:
        """Wait until it has ended."""
        process, self._process = self._process, None
        self._ended(None)
        if process is not None:
            process.wait()

    def _ended(self, timeout: float | None) -> bool:
        import select  # only here, as what is in the cache needs no builder

        # A process that became a daemon has closed the pipe, and may have something else there.
        if _identity(self._read) != self._identity:
            return True
        pipe = select.poll()
        pipe.register(self._read, select.POLLIN)
        return bool(pipe.poll(timeout))

    def __del__(self) -> None:
        if _identity(self._read) == self._identity:
            os.close(self._read)


def _identity(descriptor: int) -> tuple[int, int] | None:
    """Return which file a descriptor stands for, None if it is closed."""
    try:
        state = os.fstat(descriptor)
    except OSError:
        return None
    return state.st_dev, state.st_ino


def _start(recipe: Recipe, output: int) -> subprocess.Popen[bytes]:
    package = str(Path(next(iter(sys.modules["saltation"].__path__))).parent)
    # Nothing but the standard library and this package is needed: no site-packages, which take
    # longer to find than all else.
    command = [sys.executable, "-I", "-S", "-B", "-c", _PROGRAM, package]
    with tempfile.TemporaryFile() as handed:
        pickle.dump(recipe, handed)
        handed.seek(0)
        return subprocess.Popen(
            command,
            cwd="/",
            stdin=handed,
            stdout=output,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def main() -> None:
    """Make the library whose recipe comes from the standard input; this is the process."""
    recipe: Recipe = pickle.load(sys.stdin.buffer)
    # Who waits for it finds no library, makes it once more, and says what is wrong.
    with contextlib.suppress(ToolchainError):
        recipe.make()
