"""Ctrl-C, and other signals, during a call of C.

Python handles signals between its own instructions, in the main thread, and so not before a call of
C is over. Generated code therefore calls back now and then: what handlers raise ends the call.
"""

from __future__ import annotations

import contextlib
import threading
from types import TracebackType
from typing import Any


class Interruption:
    """What generated code asks in the main thread, about once a second.

    Parameters
    ----------
    ffi : cffi.FFI
        What knows the type of the question.

    Attributes
    ----------
    raised : BaseException or None
        What a signal's handler raised during the present call.
    """

    def __init__(self, ffi: Any) -> None:
        self.raised: BaseException | None = None
        self._question = ffi.NULL
        # A machine may refuse memory that is written and run: then calls end by themselves.
        with contextlib.suppress(MemoryError):
            self._question = ffi.callback("int(void)", _look, error=1, onerror=self._keep)
        self._none = ffi.NULL

    def prepare(self, problem: Any) -> None:
        """Let a call of the main thread ask, and no other: only that one handles signals."""
        problem.interrupted = self._question if _in_main_thread() else self._none

    def raise_what_came(self) -> None:
        """Raise what a handler raised during a call of this thread, once."""
        raised = self.raised
        if raised is not None and _in_main_thread():
            self.raised = None
            raise raised

    def _keep(
        self,
        kind: type[BaseException],
        raised: BaseException,
        traceback: TracebackType | None,
    ) -> None:
        self.raised = raised


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _look() -> int:
    """Say that a call may go on; Python handles signals before it comes here."""
    return 0
