"""Words of messages and summaries."""

from __future__ import annotations


def counted(count: int, what: str) -> str:
    """Give a number with what it counts.

    Examples
    --------
    >>> counted(1, "epoch"), counted(0, "input spike")
    ('1 epoch', '0 input spikes')
    """
    return f"{count} {what}{'' if count == 1 else 's'}"
