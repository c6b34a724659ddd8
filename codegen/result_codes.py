"""The result codes of generated code: one table gives the C constants and Python's messages."""

from __future__ import annotations

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


MESSAGES: dict[ResultCode, str] = {
    ResultCode.OK: "The call succeeded.",
    ResultCode.MEMORY: "There is not enough memory. Try a smaller batch.",
    ResultCode.ZENO: (
        "A neuron fired over 100 times at one instant. Check that its reset takes the guard below "
        "zero."
    ),
    ResultCode.RUNAWAY: (
        "A neuron fired over a million times between two arrivals, or its population more often in "
        "this sample than max_events of compile allows (if not given: than memory holds). Check "
        "that spikes do not cause ever more spikes, and that the reset takes a neuron well below "
        "threshold."
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
        "The flow is too stiff: the solver took over a million steps between two arrivals. Loosen "
        "rtol, or take a slow approximation of the fastest states."
    ),
    ResultCode.GRAZING: (
        "A guard has no slope where it reaches zero: the gradient does not exist there. Move the "
        "parameters, or clip the gradient."
    ),
}
"""One sentence for what happened, and one for what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultCodeView:
    """A result code as the templates read it."""

    symbol: str
    value: int
    message: str


def result_code_views() -> tuple[ResultCodeView, ...]:
    """Return the table in the order of the codes."""
    return tuple(
        ResultCodeView(symbol=f"SAL_{code.name}", value=int(code), message=MESSAGES[code])
        for code in ResultCode
    )
