"""Turn the status of a call of generated code into Python's errors."""

from __future__ import annotations

import warnings
from typing import Any

from saltation.codegen.result_codes import MESSAGES, ResultCode
from saltation.runtime.network import Network
from saltation.symbolic.errors import (
    BlowUpError,
    GrazingError,
    GrazingWarning,
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


def raise_for_status(status: Any, net: Network) -> None:
    """Raise the error that a status stands for, with the place; return if it is fine."""
    if status.code == ResultCode.OK:
        return
    code = ResultCode(status.code)
    if code is ResultCode.MEMORY:
        raise MemoryError(MESSAGES[code])
    population = list(net.populations)[status.population]
    raise _ERRORS.get(code, SimulationError)(
        f"population {population!r}, neuron {status.unit}, sample {status.sample}, at "
        f"{status.time:.9g} s: {MESSAGES[code]}{_HERE.get(code, '')}"
    )


def report_grazing(status: Any, net: Network, policy: str, stacklevel: int) -> None:
    """Warn or raise where guards hardly rose when they reached zero, as the policy says.

    Raises
    ------
    GrazingError
        If the policy is ``"raise"``.
    """
    graze = status.graze
    if graze.count == 0 or policy == "clip":
        return
    population = list(net.populations)[graze.population]
    more = f" and {graze.count - 1} more events" if graze.count > 1 else ""
    message = (
        f"population {population!r}, neuron {graze.unit}, sample {graze.sample}, at "
        f"{graze.time:.9g} s{more}: the guard reaches zero with a slope of {graze.slope:.3g}/s, of "
        f"terms that sum to {graze.scale:.3g}/s. The gradient there is as large as that ratio and "
        "exact to fewer digits; grazing='clip' bounds it, grazing='raise' stops"
    )
    if policy == "raise":
        raise GrazingError(message)
    warnings.warn(message, GrazingWarning, stacklevel=stacklevel)
