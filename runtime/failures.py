"""The errors that statuses of generated code stand for."""

from __future__ import annotations

from typing import Any

from saltation.codegen.result_codes import MESSAGES, ResultCode
from saltation.runtime.network import Network
from saltation.symbolic.errors import (
    BlowUpError,
    GrazingError,
    NonFiniteError,
    RunawayError,
    SimulationError,
    StiffnessError,
    ZenoError,
)

_ERRORS = {
    ResultCode.ZENO: ZenoError,
    ResultCode.NON_FINITE: NonFiniteError,
    ResultCode.GRAZING: GrazingError,
    ResultCode.BLOW_UP: BlowUpError,
    ResultCode.STIFF: StiffnessError,
    ResultCode.RUNAWAY: RunawayError,
}

_HERE = {
    ResultCode.RUNAWAY: " max_events of compile sets how many are allowed, or else memory does.",
    ResultCode.GRAZING: " grazing='clip' bounds it.",
}
"""What can be done in Python besides; the messages are also those of exported C."""


def failure(status: Any, net: Network) -> Exception:
    """Return the error that a status stands for, with the place."""
    code = ResultCode(status.code)
    if code is ResultCode.MEMORY:
        return MemoryError(MESSAGES[code])
    population = list(net.populations)[status.population]
    return _ERRORS.get(code, SimulationError)(
        f"population {population!r}, neuron {status.unit}, sample {status.sample}, at "
        f"{status.time:.9g} s: {MESSAGES[code]}{_HERE.get(code, '')}"
    )
