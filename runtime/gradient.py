"""Run generated code backward: cotangents in, a dictionary of gradients out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saltation.runtime.arrays import FloatArray, check_finite, check_shape, real_array
from saltation.runtime.naming import unknown_name
from saltation.runtime.outcome import raise_for_status, report_grazing
from saltation.runtime.problem import Memory
from saltation.runtime.spikes import Spikes
from saltation.runtime.structural import explained
from saltation.symbolic.errors import AbsentSpikeError, ArrayError, StructuralZeroWarning
from saltation.symbolic.notices import warn_user

if TYPE_CHECKING:
    from saltation.runtime.simulate import Run

POLICIES = ("warn", "raise", "clip")
"""What can be done about grazing events."""

GRAZING_SHARE = {"double": 1e-6, "single": 1e-3}
"""A guard's slope below this share of its terms counts as grazing: that many digits are lost."""


def run_gradient(
    run: Run,
    spike_times: Mapping[str, Any],
    observations: Mapping[str, Any],
    wrt: Iterable[str] | None,
    grazing: str,
) -> dict[str, FloatArray]:
    """Return the gradient of a run; see :meth:`saltation.runtime.simulate.Run.gradient`."""
    simulator, net = run.simulator, run.simulator.net
    if grazing not in POLICIES:
        raise unknown_name("policy", grazing, POLICIES, "grazing")
    memory = Memory(simulator._ffi, simulator.real)
    wanted = _wanted_keys(run, wrt)
    if wrt is not None:
        _report_zeros(run, wanted, spike_times, observations)
    gradients = {key: np.zeros(shape, dtype=simulator.real) for key, shape in wanted.items()}
    request = memory.new("sal_request *")
    request.spike = _pointers(memory, _spike_cotangents(run, spike_times))
    request.observation = _pointers(memory, _observation_cotangents(run, observations))
    request.input_time = _targets(memory, gradients, [f"{name}.times" for name in net.inputs])
    request.weight = _targets(memory, gradients, [f"{name}.weight" for name in net.projections])
    request.delay = _targets(memory, gradients, [f"{name}.delay" for name in net.projections])
    parameters, initial = [], []
    for name, population in net.populations.items():
        parameters.append(
            _targets(memory, gradients, [f"{name}.{p}" for p in population.parameters])
        )
        initial.append(
            _targets(memory, gradients, [f"{name}.initial.{s}" for s in population.initial])
        )
    request.parameter = memory.new("sal_real *const *[]", parameters or [memory.ffi.NULL])
    request.initial = memory.new("sal_real *const *[]", initial or [memory.ffi.NULL])
    request.grazing = GRAZING_SHARE[simulator.precision]
    request.clip = int(grazing == "clip")
    status = memory.new("sal_status *")
    simulator._lib.sal_backward(run._problem, run._handle, request, status)
    raise_for_status(status, net)
    report_grazing(status, net, grazing, stacklevel=4)
    return {key: value.astype(np.float64, copy=False) for key, value in gradients.items()}


def _wanted_keys(run: Run, wrt: Iterable[str] | None) -> dict[str, tuple[int, ...]]:
    shapes = {key: value.shape for key, value in run.values.items()}
    shapes |= {f"{name}.times": given.times.shape for name, given in run.inputs.items()}
    if wrt is None:
        return shapes
    keys = [wrt] if isinstance(wrt, str) else list(wrt)
    for key in keys:
        if key not in shapes:
            raise unknown_name("value", key, shapes, "wrt")
    return {key: shapes[key] for key in keys}


def _report_zeros(
    run: Run,
    wanted: Iterable[str],
    spike_times: Mapping[str, Any],
    observations: Mapping[str, Any],
) -> None:
    """Warn of keys that were asked for by name and on which no output depends."""
    zeros = run.simulator.structural_zeros(spike_times, observations)
    reasons = explained(zeros, wanted)
    if reasons:
        warn_user([StructuralZeroWarning(reasons)])


def _pointers(memory: Memory, arrays: list[NDArray[Any] | None]) -> Any:
    null = memory.ffi.NULL
    made = [null if a is None else memory.reals(a) for a in arrays]
    return memory.new("sal_real *[]", made or [null])


def _targets(memory: Memory, gradients: Mapping[str, NDArray[Any]], keys: list[str]) -> Any:
    null = memory.ffi.NULL
    made = [memory.reals(gradients[key]) if key in gradients else null for key in keys]
    return memory.new("sal_real *[]", made or [null])


def _spike_cotangents(run: Run, given: Mapping[str, Any]) -> list[NDArray[Any] | None]:
    populations = run.simulator.net.populations
    for name in given:
        if name not in populations:
            raise unknown_name("population", name, populations, "spike_times")
    return [
        _spike_cotangent(run.spikes[name], population.size, given[name], name)
        if name in given
        else None
        for name, population in populations.items()
    ]


def _spike_cotangent(spikes: Spikes, size: int, given: Any, name: str) -> FloatArray:
    argument = f"spike_times[{name!r}]"
    array = real_array(given, argument)
    if array.ndim == 1:
        check_shape(array, spikes.times.shape, argument, ("spike",))
        check_finite(array, argument, ("spike",))
        return array
    if array.shape != (spikes.batch, size):
        raise ArrayError(
            f"{argument} must have shape {spikes.times.shape}, as the spikes, or "
            f"{(spikes.batch, size)} for first spikes, got {array.shape}",
            argument=argument,
        )
    check_finite(array, argument, ("sample", "unit"))
    flat = spikes.samples * size + spikes.units
    first = np.full(spikes.batch * size, -1, dtype=np.int64)
    first[flat[::-1]] = np.arange(flat.size - 1, -1, -1)
    cotangent = array.reshape(-1)
    absent = (first < 0) & (cotangent != 0)
    if absent.any():
        sample, unit = divmod(int(np.argmax(absent)), size)
        raise AbsentSpikeError(
            f"{argument} is {array[sample, unit]} for sample {sample}, unit {unit}, which did not "
            "spike. A loss cannot depend on the time of a spike that does not exist: give 0 there"
        )
    result = np.zeros(flat.size)
    present = first >= 0
    result[first[present]] = cotangent[present]
    return result


def _observation_cotangents(run: Run, given: Mapping[str, Any]) -> list[NDArray[Any] | None]:
    net = run.simulator.net
    for name in given:
        if name not in net.observations:
            raise unknown_name("observation", name, net.observations, "observations")
    cotangents: list[NDArray[Any] | None] = []
    for name in net.observations:
        if name not in given:
            cotangents.append(None)
            continue
        argument = f"observations[{name!r}]"
        array = real_array(given[name], argument)
        axes = ("sample", "unit") if array.ndim == 2 else ("sample", "time", "unit")
        check_shape(array, run.observations[name].shape, argument, axes)
        check_finite(array, argument, axes)
        cotangents.append(array)
    return cotangents
