"""Something that will be needed, done while something else is."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from saltation.symbolic.errors import ToolchainError


@contextlib.contextmanager
def meanwhile(prepare: Callable[[Any], object], argument: Any) -> Iterator[None]:
    """Call a function that keeps what it finds, while something else is done.

    Nothing is said here of a compiler that is missing or fails, or of text that it cannot read: the
    call that needs the result says it.
    """

    def call() -> None:
        with contextlib.suppress(ToolchainError):
            prepare(argument)

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield
    finally:
        thread.join()
