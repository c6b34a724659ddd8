"""What a pass needs of numbers that depend on an interval's duration only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPart:
    """Some fields of a mode's step: routines that find them, and each one's place and name.

    `alone` finds those of a single interval, `set` those of several.
    """

    doc: str
    alone: str
    set: str
    get: str
    fields: tuple[tuple[int, str], ...]


def step_parts(
    fields: Sequence[str], code: str, set_step: str, set_flow: str
) -> tuple[StepPart, StepPart]:
    """Return all fields, as a run forward needs them, and those that the flow's `code` reads.

    They are found by `set_step` and `set_flow`. The rest serves the test whether an event is
    possible, which nothing asks on the way back.
    """
    read = set(re.findall(r"\bs->(\w+)", code))
    every = tuple(enumerate(fields))
    flow = tuple((place, name) for place, name in every if name in read)
    return (
        StepPart(doc="", alone=set_step, set="set_steps", get="step_of", fields=every),
        StepPart(
            doc=": what its flow needs",
            alone=set_flow,
            set="set_flows",
            get="back_step_of",
            fields=flow,
        ),
    )
