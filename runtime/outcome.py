"""Turn the status of a call of generated code into Python's errors."""

from __future__ import annotations

from typing import Any

from saltation.codegen.result_codes import MESSAGES, ResultCode
from saltation.runtime.network import Network
from saltation.symbolic.errors import GrazingError, NonFiniteError, SimulationError, ZenoError

_ERRORS = {
    ResultCode.ZENO: ZenoError,
    ResultCode.NON_FINITE: NonFiniteError,
    ResultCode.GRAZING: GrazingError,
}


def raise_for_status(status: Any, net: Network) -> None:
    """Raise the error that a status stands for, with the place; return if it is fine."""
    code = ResultCode(status.code)
    if code is ResultCode.OK:
        return
    if code is ResultCode.MEMORY:
        raise MemoryError(MESSAGES[code])
    population = list(net.populations)[status.population]
    raise _ERRORS.get(code, SimulationError)(
        f"population {population!r}, neuron {status.unit}, sample {status.sample}, at "
        f"{status.time:.9g} s: {MESSAGES[code]}"
    )
