"""What code generation makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class GeneratedCode(NamedTuple):
    """The C text of a network's structure."""

    source: str
    """One C99 translation unit."""

    declarations: str
    """The declarations of its types and functions, for cffi."""

    parts: int
    """In how many parts it can be compiled: with ``-DSAL_PART=k`` only part `k` of it is made."""


def nested(factors: Sequence[str], variable: str) -> str:
    """Return a polynomial by Horner's rule, its factors from the constant one on.

    Examples
    --------
    >>> nested(["1.0", "0.5", "0.2"], "z")
    '1.0 + z * (0.5 + z * (0.2))'
    """
    *lower, text = factors
    for factor in reversed(lower):
        text = f"{factor} + {variable} * ({text})"
    return text
