"""What code generation makes."""

from __future__ import annotations

from typing import NamedTuple


class GeneratedCode(NamedTuple):
    """The C text of a network's structure."""

    source: str
    """One C99 translation unit."""

    declarations: str
    """The declarations of its types and functions, for cffi."""

    parts: int
    """In how many parts it can be compiled: with ``-DSAL_PART=k`` only part `k` of it is made."""
