"""The errors that statuses of generated code stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from saltation.codegen.result_codes import MESSAGES, ResultCode
from saltation.runtime.arrays import FloatArray
from saltation.runtime.network import Network
from saltation.runtime.undefined import Undefined, undefined_at
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


_FAR = 1e3
"""How many times its initial value, or the weights onto it, a state must be to have grown far."""


def failure(status: Any, net: Network, values: Mapping[str, FloatArray]) -> Exception:
    """Return the error that a status stands for, with the place, in a run with these values."""
    code = ResultCode(status.code)
    if code is ResultCode.MEMORY:
        return MemoryError(MESSAGES[code])
    population = list(net.populations)[status.population]
    if code is ResultCode.BLOW_UP and (found := _undefined(status, net, population, values)):
        model = net.populations[population].neuron.name
        return NonFiniteError(f"model {model!r}, {_place(status, population)}: {found}")
    grown = _grown(status, net, population, values) if code is ResultCode.STIFF else ""
    return _ERRORS.get(code, SimulationError)(
        f"{_place(status, population)}: {MESSAGES[code]}{_HERE.get(code, '')}{grown}"
    )


def _place(status: Any, population: str) -> str:
    return (
        f"population {population!r}, neuron {status.unit}, sample {status.sample}, at "
        f"{status.time:.9g} s"
    )


def _undefined(
    status: Any, net: Network, population: str, values: Mapping[str, FloatArray]
) -> Undefined | None:
    """Find a right-hand side that has no value in the state where the steps failed."""
    system = net.populations[population].neuron.system
    parameters = {
        symbol.name: _of_unit(values[f"{population}.{symbol.name}"], status.unit)
        for symbol in system.parameters
    }
    return undefined_at(system, status.mode, status.state, parameters, status.time)


def _grown(status: Any, net: Network, population: str, values: Mapping[str, FloatArray]) -> str:
    """Name the states that are far above their initial values and the weights that lift them."""
    found = []
    neuron = net.populations[population].neuron
    for state, value in zip(neuron.initial, status.state, strict=False):
        sizes = [abs(_of_unit(values[f"{population}.initial.{state}"], status.unit))]
        for name, projection in net.projections.items():
            if projection.post == population and state in neuron.lifted(projection.port):
                sizes.append(float(np.abs(values[f"{name}.weight"]).max(initial=0.0)))
        if abs(value) > _FAR * max(sizes) > 0.0:
            found.append(
                f"{state} = {value:.3g} ({abs(value) / max(sizes):.2g} times what it "
                "started from and the weights that lift it)"
            )
    if not found:
        return ""
    return f" Grown far: {', '.join(found)}. Check the signs of the time constants."


def _of_unit(array: FloatArray, unit: int) -> float:
    return float(array[unit] if array.ndim else array)
