"""How much memory a process holds, and held at most."""

from __future__ import annotations

import ctypes
import gc
from pathlib import Path


class _Mallinfo2(ctypes.Structure):
    """What glibc's ``mallinfo2`` returns."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


def allocated() -> int | None:
    """Return the bytes that ``malloc`` has given out and not got back.

    None where the C library has no ``mallinfo2`` (it is glibc's, from 2.33 on).
    """
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallinfo2"):
        return None
    library.mallinfo2.restype = _Mallinfo2
    gc.collect()
    info = library.mallinfo2()
    return int(info.uordblks + info.hblkhd)


def reset_peak() -> None:
    """Give free memory back to the system, and let `peak` start from what is left (Linux)."""
    gc.collect()
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)
    command = Path("/proc/self/clear_refs")
    if command.exists():
        command.write_text("5")


def peak() -> int | None:
    """Return the most bytes of memory this process has held since `reset_peak` (Linux)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return 1024 * int(line.split()[1])
