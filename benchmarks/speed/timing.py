"""Clocks, and measurements that take turns.

Other work on the machine slows whatever runs at that moment. So times are processor times, the
variants of a measurement take turns (A B C A B C ...), what is quoted is the median, and a ratio is
the median of the ratios within each round.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Key = TypeVar("Key", bound=Hashable)


class Stopwatch:
    """Gives the seconds since it was last asked, by the processor and by the clock on the wall."""

    def __init__(self) -> None:
        self._last = self._now()

    def lap(self) -> NDArray[np.float64]:
        """Return processor seconds (of all threads) and seconds since the last call."""
        now = self._now()
        passed = now - self._last
        self._last = self._now()
        return passed

    @staticmethod
    def _now() -> NDArray[np.float64]:
        return np.array([time.process_time(), time.perf_counter()])


Turn = Callable[[], Mapping[str, NDArray[np.float64]]]
"""Does the work once; returns, for each of its parts, what `Stopwatch.lap` gave."""


@dataclass(frozen=True)
class Measured(Generic[Key]):
    """What all variants took in each round: ``parts[variant][part]`` has shape (rounds, 2)."""

    parts: Mapping[Key, Mapping[str, NDArray[np.float64]]]

    def seconds(self, variant: Key, *names: str, wall: bool = False) -> float:
        """Return the median time of these parts together (all parts if none is named)."""
        return float(np.median(self._rounds(variant, names, wall)))

    def ratio(self, variant: Key, other: Key, *names: str, wall: bool = False) -> float:
        """Return how many times longer one variant takes than another, from paired rounds."""
        pairs = self._rounds(variant, names, wall) / self._rounds(other, names, wall)
        return float(np.median(pairs))

    def _rounds(self, variant: Key, names: tuple[str, ...], wall: bool) -> NDArray[np.float64]:
        chosen = self.parts[variant]
        total = sum(chosen[name][:, int(wall)] for name in names or chosen)
        return np.asarray(total, dtype=np.float64)


def take_turns(turns: Mapping[Key, Turn], rounds: int) -> Measured[Key]:
    """Measure all variants in turn, after a round that does not count.

    Parameters
    ----------
    turns : mapping of hashable to Turn
        The variants.
    rounds : int
        How often each is measured.

    Returns
    -------
    Measured
        The times of each round.
    """
    kept: dict[Key, list[Mapping[str, NDArray[np.float64]]]] = {key: [] for key in turns}
    for k in range(-1, rounds):
        for key, turn in turns.items():
            gc.collect()
            laps = turn()
            if k >= 0:
                kept[key].append(laps)
    return Measured(
        {
            key: {name: np.array([laps[name] for laps in rows]) for name in rows[0]}
            for key, rows in kept.items()
        }
    )
