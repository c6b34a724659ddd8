"""The prefix of an export's names, which names its files and its CMake target, too."""

from __future__ import annotations

import keyword
import re

from saltation.symbolic.checks.names import LONGEST_NAME
from saltation.symbolic.errors import NetworkError

_NAME = re.compile(r"[a-z][a-z0-9_]*")

_HEADERS = """
assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdarg
stdbool stddef stdint stdio stdlib string tgmath time wchar wctype
"""

_TARGETS = "all clean depend edit_cache help install package preinstall rebuild_cache test"

_RESERVED = {
    **dict.fromkeys(_TARGETS.split(), "a target of CMake's own"),
    **dict.fromkeys(_HEADERS.split(), "a header of the C library"),
    **dict.fromkeys(keyword.kwlist, "a reserved word"),
}


def check_prefix(name: object) -> None:
    """Refuse what cannot be the prefix of names in C, the name of files and of a target.

    Raises
    ------
    NetworkError
        If it is no short lower-case name, or stands for something else.
    """
    if isinstance(name, str) and name in _RESERVED:
        raise NetworkError(
            f"export: {name!r} is {_RESERVED[name]}: choose another prefix of names in C"
        )
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise NetworkError(
            f"export: {name!r} cannot be the prefix of names in C: use letters a-z, digits and "
            "underscores, not starting with a digit"
        )
    if len(name) > LONGEST_NAME:
        raise NetworkError(
            f"export: {name[:20]!r}... cannot be the prefix of names in C: it has {len(name)} "
            f"characters, and at most {LONGEST_NAME} are allowed"
        )
