"""SHA-256 without OpenSSL, which `hashlib` loads: that takes longer than all that is hashed here.

The standard library's `random` does likewise.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def _find() -> Any:
    # Where CPython keeps its own; other Pythons need not have it.
    name = "_sha2" if sys.version_info >= (3, 12) else "_sha256"
    try:
        return import_module(name).sha256
    except (ImportError, AttributeError):
        return import_module("hashlib").sha256


_SHA256 = _find()


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes, as hexadecimal digits.

    Examples
    --------
    >>> sha256(b"abc")[:16]
    'ba7816bf8f01cfea'
    """
    return str(_SHA256(content).hexdigest())
