"""Processes that were forked from one whose runs had threads.

A fork has one thread, and an OpenMP library that waits for others which are not there any more.
"""

from __future__ import annotations

import os
from typing import Any


class _Threads:
    """Whether runs of this process had several threads, and whether those were lost in a fork."""

    def __init__(self) -> None:
        self.used = self.lost = False

    def lose(self) -> None:
        self.lost = self.used


_threads = _Threads()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_threads.lose)


def prepare_threads(problem: Any) -> None:
    """Let a problem have one thread where the others were lost; its results are the same bits.

    Parameters
    ----------
    problem : cffi pointer to sal_problem
        A problem that is about to be run.
    """
    if problem.threads == 1:
        return
    if _threads.lost:
        problem.threads = 1
    else:
        _threads.used = True
