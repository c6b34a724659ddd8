"""Run generated code backward: cotangents in, a dictionary of gradients out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saltation.runtime.arrays import (
    FLOAT,
    FloatArray,
    IntArray,
    all_finite,
    check_finite,
    check_shape,
    real_array,
)
from saltation.runtime.asked import asked_of
from saltation.runtime.naming import unknown_name
from saltation.runtime.outcome import raise_for_status, report_grazing
from saltation.runtime.problem import Memory
from saltation.symbolic.errors import (
    AbsentSpikeError,
    ArrayError,
    NonFiniteError,
    StructuralZeroWarning,
)
from saltation.symbolic.notices import warn_user

if TYPE_CHECKING:
    from saltation.runtime.run import Run

POLICIES = ("warn", "raise", "clip")
"""What can be done about grazing events."""

GRAZING_SHARE = {"double": 1e-6, "single": 1e-3}
"""A guard's slope below this share of its terms counts as grazing: that many digits are lost."""


def run_gradient(
    run: Run,
    spike_times: Mapping[str, Any] | None,
    observations: Mapping[str, Any] | None,
    wrt: Iterable[str] | None,
    grazing: str,
) -> dict[str, FloatArray]:
    """Return the gradient of a run; see :meth:`saltation.runtime.run.Run.gradient`."""
    simulator, net = run.simulator, run.simulator.net
    if grazing not in POLICIES:
        raise unknown_name("policy", grazing, POLICIES, "grazing")
    asked = asked_of(simulator, spike_times, observations, wrt)
    if asked.zeros:
        warn_user([StructuralZeroWarning(asked.zeros)])
    memory = Memory(simulator._library.ffi, simulator.real)
    gradients = {key: np.zeros(_shape(run, key), memory.real) for key in asked.wanted}
    request = simulator._outline.requests.make(memory, asked.destinations, gradients)
    request.grazing, request.clip = GRAZING_SHARE[simulator.precision], grazing == "clip"
    if spike_times:
        request.spike = memory.table(_spike_cotangents(run, memory, spike_times))
    if observations:
        request.observation = memory.pointers(_observation_cotangents(run, observations))
    status = memory.ffi.new("sal_status *")
    simulator._library.backward(
        run._problem, run._handle, request, status, gradients.values(), simulator._outline.pools
    )
    raise_for_status(status, net, run.values)
    report_grazing(status, net, grazing, stacklevel=4)
    unseen = asked.unseen if status.finite else asked.wanted
    if unseen:
        require_finite({key: gradients[key] for key in unseen})
    if memory.real == FLOAT:
        return gradients
    return {key: value.astype(np.float64) for key, value in gradients.items()}


def require_finite(gradients: Mapping[str, NDArray[Any]]) -> None:
    """Refuse a gradient that is not there, as where a derivative divides by zero.

    Raises
    ------
    NonFiniteError
        Names the first key with an entry that is infinite or NaN.
    """
    for key, gradient in gradients.items():
        if not all_finite(gradient):
            bad = ~np.isfinite(gradient)
            first = tuple(int(i) for i in np.argwhere(bad)[0])
            raise NonFiniteError(
                f"the gradient of {key!r} is not finite in {np.count_nonzero(bad)} of {bad.size} "
                f"entries, the first at index {first}; look for spikes that barely reach the "
                "threshold, for derivatives of the model that are infinite where a run passes, as "
                "that of sqrt(x) at 0, and for extreme values"
            )


def _shape(run: Run, key: str) -> tuple[int, ...]:
    value = run.values.get(key)
    return run.inputs[key.removesuffix(".times")].times.shape if value is None else value.shape


def _spike_cotangents(run: Run, memory: Memory, given: Mapping[str, Any]) -> list[Any]:
    """Return for each population a pointer to the cotangents of its spikes, null if not given."""
    null = memory.ffi.NULL
    return [
        _spike_cotangent(run, memory, index, name, given[name]) if name in given else null
        for index, name in enumerate(run.simulator.net.populations)
    ]


def _spike_cotangent(run: Run, memory: Memory, index: int, name: str, given: Any) -> Any:
    argument = f"spike_times[{name!r}]"
    array = real_array(given, argument)
    functions = run.simulator._library.functions
    total = functions.sal_spike_total(run._handle, index)
    if array.ndim == 1:
        check_shape(array, (total,), argument, ("spike",))
        check_finite(array, argument, ("spike",))
        return memory.reals(array)
    rows = run._first(name)[1]
    if array.shape != rows.shape:
        raise ArrayError(
            f"{argument} must have shape {(total,)}, as the spikes, or {rows.shape} for first "
            f"spikes, got {array.shape}",
            argument=argument,
        )
    # One place more than there are spikes, as there may be none.
    cotangents = memory.new("sal_real[]", total + 1)
    view = memory.ffi.from_buffer
    if not functions.sal_place_first(
        view("int64_t[]", rows), rows.size, view("double[]", array), cotangents
    ):
        _refuse_first(array, rows, argument)
    return cotangents


def _refuse_first(array: FloatArray, rows: IntArray, argument: str) -> None:
    """Refuse cotangents of first spikes that are not finite, or of spikes that do not exist."""
    check_finite(array, argument, ("sample", "unit"))
    bad = (rows < 0) & (array != 0.0)
    if bad.any():
        sample, unit = (int(axis) for axis in np.argwhere(bad)[0])
        raise AbsentSpikeError(
            f"{argument} is {array[sample, unit]} for sample {sample}, unit {unit}, which did not "
            "spike. A loss cannot depend on the time of a spike that does not exist: give 0 there"
        )


def _observation_cotangents(run: Run, given: Mapping[str, Any]) -> list[NDArray[Any] | None]:
    net = run.simulator.net
    cotangents: list[NDArray[Any] | None] = []
    for name in net.observations:
        if name not in given:
            cotangents.append(None)
            continue
        argument = f"observations[{name!r}]"
        array = real_array(given[name], argument)
        shape = run.observations[name].shape
        axes = ("sample", "unit") if len(shape) == 2 else ("sample", "time", "unit")
        check_shape(array, shape, argument, axes)
        check_finite(array, argument, axes)
        cotangents.append(array)
    return cotangents
