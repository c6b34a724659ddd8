"""BLAKE2 without OpenSSL, which `hashlib` loads: that takes longer than all that is hashed here.

The standard library's `random` takes its SHA-256 likewise. BLAKE2 is as safe and takes a third of
its time, where Python does not use the processor's own instructions for either.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def _find() -> Any:
    # Where CPython keeps its own; other Pythons need not have it.
    try:
        return import_module("_blake2").blake2b
    except (ImportError, AttributeError):
        return import_module("hashlib").blake2b


_BLAKE2 = _find()


def blake2(content: bytes) -> str:
    """Return the BLAKE2b digest of some bytes, 32 bytes long, as hexadecimal digits.

    Examples
    --------
    >>> blake2(b"abc")[:16]
    'bddd813c63423972'
    """
    return str(_BLAKE2(content, digest_size=32).hexdigest())
