"""Warnings that point at the user's own line."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from saltation.symbolic.errors import SaltationWarning


def warn_user(found: Iterable[SaltationWarning]) -> None:
    """Give warnings at the first caller outside this package."""
    for each in found:
        warnings.warn(each, stacklevel=_level_of_user())


def _level_of_user() -> int:
    """Return the stack level of the first caller outside this package, seen from `warn_user`.

    A command has none but the library that reads the command line: it is the caller itself.
    """
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and _is_inside(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    return level


def _is_inside(module: str) -> bool:
    return module.startswith("saltation.") and not module.startswith("saltation.commands.")
