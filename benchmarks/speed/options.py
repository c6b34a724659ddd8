"""What the user chose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to measure.

    Attributes
    ----------
    quick : bool
        Small sizes and few rounds: to see that it runs.
    instructions : bool
        Count instructions with callgrind, where it is installed.
    data : pathlib.Path or None
        The folder of MNIST.
    output : pathlib.Path
        Where tables and pictures are written.
    environments : pathlib.Path
        The folder of the peers' virtual environments.
    events : float
        How many synaptic events W3 simulates at most, about.
    """

    quick: bool
    instructions: bool
    data: Path | None
    output: Path
    environments: Path
    events: float

    @property
    def rounds(self) -> int:
        """How often each variant is measured."""
        return 1 if self.quick else 5
