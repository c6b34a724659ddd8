"""The result codes of generated code: one table gives the C constants and Python's messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class ResultCode(IntEnum):
    """How a call of generated code ended."""

    OK = 0
    MEMORY = 1
    ZENO = 2
    NON_FINITE = 3
    GRAZING = 4
    RUNAWAY = 5
    BLOW_UP = 6
    STIFF = 7
    STOPPED = 8
    FULL = 20
    ORDER = 21
    RANGE = 22
    EMPTY = 23
    NOT_RUN = 24


MESSAGES: dict[ResultCode, str] = {
    ResultCode.OK: "The call succeeded.",
    ResultCode.MEMORY: "There is not enough memory. Try a smaller batch.",
    ResultCode.ZENO: (
        "A neuron fired over 100 times at one instant. Check that its reset takes the guard below "
        "zero."
    ),
    ResultCode.RUNAWAY: (
        "A neuron fired over a million times between two arrivals, or its population more often in "
        "this sample than is allowed. Check that spikes do not cause ever more spikes, and that "
        "the reset takes a neuron well below threshold."
    ),
    ResultCode.NON_FINITE: (
        "A state is not finite. Check for flows that grow without bound and for extreme values."
    ),
    ResultCode.BLOW_UP: (
        "A state grows without bound in finite time: the solver's steps fell far below the "
        "rounding of the time. Give the model a guard that catches it, such as a spike with a "
        "reset."
    ),
    ResultCode.STIFF: (
        "The flow is too stiff, or nothing arrives for too long: the solver took over a million "
        "steps between two arrivals. Loosen rtol, or take a slow approximation of the fastest "
        "states; an input whose weight is zero makes a long silence shorter."
    ),
    ResultCode.GRAZING: (
        "A guard has no slope where it reaches zero: the gradient does not exist there. Move the "
        "parameters, or do without this sample."
    ),
    ResultCode.STOPPED: (
        "The call ended early, as its caller asked, or as an optimised library of the same text is "
        "there. Repeat it with that one."
    ),
    ResultCode.FULL: (
        "A buffer is full: the spike was not taken, or the simulation stopped at one. Poll or "
        "advance more often, or export with more capacity."
    ),
    ResultCode.ORDER: (
        "A time lies before what was handed over or simulated already, or is no finite number. "
        "Push and advance in the order of time."
    ),
    ResultCode.RANGE: (
        "There is no such input, population, unit, projection or spike. Use the header's constants."
    ),
    ResultCode.EMPTY: "There is no spike to be taken. Advance, then poll again.",
    ResultCode.NOT_RUN: (
        "There is no sample to go back through. Run one with a single advance, and go back once."
    ),
}
"""One sentence for what happened, and one for what to do."""

EXPORTED = (
    ResultCode.OK,
    ResultCode.ZENO,
    ResultCode.NON_FINITE,
    ResultCode.GRAZING,
    ResultCode.RUNAWAY,
    ResultCode.BLOW_UP,
    ResultCode.STIFF,
    ResultCode.FULL,
    ResultCode.ORDER,
    ResultCode.RANGE,
    ResultCode.EMPTY,
    ResultCode.NOT_RUN,
)
"""The codes of exported C, whose memory is fixed and whose caller hands over single spikes."""

NUMERICAL = frozenset({ResultCode.BLOW_UP, ResultCode.STIFF})
"""Those of them that only a numerical flow returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultCodeView:
    """A result code as the templates read it."""

    symbol: str
    value: int
    message: str


def result_code_views(codes: Iterable[ResultCode] | None = None) -> tuple[ResultCodeView, ...]:
    """Return the table in the order of the codes; if none are given, those of a simulator."""
    chosen = [code for code in ResultCode if code < ResultCode.FULL] if codes is None else codes
    return tuple(
        ResultCodeView(symbol=f"SAL_{code.name}", value=int(code), message=MESSAGES[code])
        for code in chosen
    )
