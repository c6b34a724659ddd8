"""What the template of a kernel needs of neurons that pass arrivals at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftView:
    """What an arrival adds to a watched function: a routine, and how many terms it gives."""

    routine: str
    terms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietView:
    """Routines for neurons without events, all arrivals of a stretch of time at once."""

    respond: str
    """What differences of the states become."""
    slope: str
    """How they change."""
    tests: tuple[str, ...]
    """For each function watched in the first mode, whether it may reach zero."""
    lifts: tuple[LiftView, ...]
    """Port by port, for each of these functions."""
    gradients: tuple[str, ...]
    """For each port, what flows of what pulses added add to gradients; empty if there are none."""
    slopes: tuple[int, ...]
    """The parameters of these gradients."""

    @property
    def terms(self) -> int:
        """The most terms of one of them; C has no empty arrays."""
        return max([1, *(lift.terms for lift in self.lifts)])
