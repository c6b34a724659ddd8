"""One step of a flow: polynomials of states and of expressions of them, long as can be.

The flow ``dx/dt = f(x)`` is expanded over the time that remains until something is due; where the
series has not decayed to the last digit by then, the step is shortened so that it has.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saltation.runtime.interpreter.arithmetic import Arithmetic, Number, is_finite
from saltation.runtime.interpreter.polynomial import derivative, value
from saltation.runtime.interpreter.series import BoundTape, Series
from saltation.symbolic.errors import NonFiniteError

_WINDOW = 4  # so many coefficients in a row must be negligible
_SHORTEST = 1e-15  # part of the wanted length: no model that can be run is stiffer
_LOG_ZERO = -1e12  # below the logarithm of every number that occurs


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stretch of flow of length `length`, in ``s = (time - start) / length`` of [0, 1]."""

    length: Number
    whole: bool
    states: list[Series]
    others: list[Series]

    def at(self, s: Number) -> list[Number]:
        """Return the states at `s`."""
        return [value(series, s) for series in self.states]


def take_step(
    tape: BoundTape, dimension: int, x: Sequence[Number], length: Number, arithmetic: Arithmetic
) -> Step:
    """Expand the flow from `x` over at most `length`.

    The first `dimension` outputs of `tape` are the flow, the others what to expand along it.

    Raises
    ------
    NonFiniteError
        If no step is short enough: the solution leaves the real numbers or blows up.
    """
    try:
        converged = _expand(tape, dimension, x, length, arithmetic)
        factor = arithmetic.number(1.0 if converged else _shrinkage(tape, dimension, arithmetic))
        while factor > _SHORTEST:
            step = _scaled(tape, dimension, length, factor, converged)
            end = step.at(arithmetic.number(1))
            if _satisfied(tape, step, end, dimension, arithmetic):
                return step
            # Coefficients that vanish are no decay where later ones do not: take all of them.
            converged = _expand(tape, dimension, x, length, arithmetic, complete=True)
            shrunk = arithmetic.number(_shrinkage(tape, dimension, arithmetic))
            factor = min(factor / 2, shrunk)
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise NonFiniteError(f"the flow is not finite: {error}") from error
    raise NonFiniteError("the flow cannot be continued: it blows up or leaves the real numbers")


def _expand(
    tape: BoundTape,
    dimension: int,
    x: Sequence[Number],
    length: Number,
    arithmetic: Arithmetic,
    *,
    complete: bool = False,
) -> bool:
    """Compute series until they have decayed over `length`; say whether they have.

    If `complete`, compute all coefficients, and leave the question to `_shrinkage`.
    """
    tape.start(x)
    flows = tape.outputs[:dimension]
    watched = [*tape.variables, *tape.outputs[dimension:]]
    tolerance = 10.0**-arithmetic.digits
    for k in range(int(1.4 * arithmetic.digits)):
        factor = length / (k + 1)
        for state, flow in zip(tape.variables, flows, strict=True):
            state.append(flow[k] * factor)
        tape.extend(k + 1)
        if complete or k % _WINDOW != _WINDOW - 1:
            continue
        if all(_decayed(series, tolerance) for series in watched):
            return True
    return False


def _decayed(series: Series, tolerance: float) -> bool:
    """Say whether the last coefficients of a series are negligible beside its largest."""
    sizes = [abs(float(coefficient)) for coefficient in series]
    return max(sizes[-_WINDOW:]) <= tolerance * max(sizes) < math.inf


def _shrinkage(tape: BoundTape, dimension: int, arithmetic: Arithmetic) -> float:
    """Return by what factor the step must be shorter for all series to decay.

    With ``L_k = log |c_k|`` the series has decayed over the part `r` of the step where
    ``L_k + k log r`` of the last coefficients is below its largest value by all the digits.
    """
    factor = 0.0
    for series in [*tape.variables, *tape.outputs[dimension:]]:
        if not is_finite(series[-1]):
            return 0.25
        logs = _logs(series, arithmetic)
        orders = np.arange(len(logs))
        tail, behind = logs[-_WINDOW:], orders[-_WINDOW:]
        for _ in range(30):
            largest = np.max(logs + orders * factor)
            wanted = float(np.min((largest - arithmetic.digits * math.log(10.0) - tail) / behind))
            if wanted >= factor - 1e-3:
                break
            factor = wanted
    return math.exp(factor)


def _logs(series: Series, arithmetic: Arithmetic) -> NDArray[np.float64]:
    """Return the logarithms of all coefficients, those of zeros far below any other."""
    sizes = np.abs(np.array([float(coefficient) for coefficient in series]))
    ordinary = (sizes > 1e-300) & (sizes < 1e300)
    logs: NDArray[np.float64] = np.log(np.where(ordinary, sizes, 1.0))
    log = arithmetic.functions["log"]
    for k in np.flatnonzero(~ordinary):
        logs[k] = float(log(abs(series[k]))) if series[k] != 0 else _LOG_ZERO
    return logs


def _scaled(tape: BoundTape, dimension: int, length: Number, factor: Number, whole: bool) -> Step:
    def scaled(series: Series) -> Series:
        if whole:
            return list(series)
        power, result = factor**0, []
        for coefficient in series:
            result.append(coefficient * power)
            power *= factor
        return result

    return Step(
        length=length * factor,
        whole=whole,
        states=[scaled(series) for series in tape.variables],
        others=[scaled(series) for series in tape.outputs[dimension:]],
    )


def _satisfied(
    tape: BoundTape, step: Step, end: Sequence[Number], dimension: int, arithmetic: Arithmetic
) -> bool:
    """Say whether the polynomials satisfy the differential equation at the end of the step.

    Where a rate is the small difference of large terms, as at rest, its rounding can be large
    beside the state. It is enough if the slope is the rate at a state that differs from the end by
    a tolerance.
    """
    if not all(map(is_finite, end)):
        return False
    one = arithmetic.number(1)
    tolerance = arithmetic.number(10.0) ** (-4 * arithmetic.digits // 5)
    flows = tape.values(end)[:dimension]
    beside: Sequence[Number] | None = None
    for k, (series, flow) in enumerate(zip(step.states, flows, strict=True)):
        slope = derivative(series)
        defect = value(slope, one) - step.length * flow
        scale = max(max(map(abs, slope)), max(map(abs, series)))
        if abs(defect) <= tolerance * scale:
            continue
        if beside is None:
            # Each state by its own amount, so that differences of states change too.
            moved = [x * (1 + (j + 1) * tolerance) for j, x in enumerate(end)]
            beside = tape.values(moved)[:dimension]
        if not abs(defect) <= step.length * abs(beside[k] - flow):
            return False
    return True
