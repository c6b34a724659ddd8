"""What calls of generated code leave to the next ones of the same simulator: memory to work in."""

from __future__ import annotations

from typing import Any


class Pools:
    """Lends pools of memory to calls, each to one at a time.

    Without them every call allocates, clears and frees what its threads work with. There are as
    many as calls were ever in progress at once, in different threads of Python; generated code
    bounds the size of each, and frees them with this object.

    Parameters
    ----------
    ffi : cffi.FFI
        What knows their type.
    threads : int
        How many threads a call has.
    """

    __slots__ = ("_ffi", "_idle", "_threads")

    def __init__(self, ffi: Any, threads: int) -> None:
        self._ffi, self._threads = ffi, threads
        self._idle: list[Any] = []

    def take(self, functions: Any) -> Any:
        """Return a pool that no other call has."""
        try:
            return self._idle.pop()
        except IndexError:
            pool = functions.sal_open_pool(self._threads)
            return self._ffi.gc(pool, functions.sal_close_pool)

    def give_back(self, pool: Any) -> None:
        """Let other calls have a pool."""
        self._idle.append(pool)
