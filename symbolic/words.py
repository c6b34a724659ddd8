"""Words of messages and summaries."""

from __future__ import annotations


def counted(count: int, what: str, several: str = "") -> str:
    """Give a number with what it counts, whose plural is `several` where it does not end in s.

    Examples
    --------
    >>> counted(1, "epoch"), counted(0, "input spike"), counted(2, "entry", "entries")
    ('1 epoch', '0 input spikes', '2 entries')
    """
    return f"{count} {what if count == 1 else several or f'{what}s'}"
