"""Run generated code backward: cotangents in, a dictionary of gradients out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saltation.runtime.arrays import (
    FLOAT,
    FloatArray,
    all_finite,
    check_finite,
    check_shape,
    real_array,
)
from saltation.runtime.naming import chosen_names, unknown_name
from saltation.runtime.outcome import raise_for_status, report_grazing
from saltation.runtime.problem import Memory
from saltation.symbolic.errors import (
    AbsentSpikeError,
    ArrayError,
    ArrayTypeError,
    GradientError,
    NonFiniteError,
    StructuralZeroWarning,
)
from saltation.symbolic.notices import warn_user

if TYPE_CHECKING:
    from saltation.runtime.network import Network
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
    wanted = _wanted_keys(run, wrt)
    _check_mapping(spike_times, "spike_times", net.populations)
    _check_mapping(observations, "observations", net.observations)
    if spike_times is None and observations is None and net.populations:
        raise _nothing_to_derive(net)
    spike_times, observations = spike_times or {}, observations or {}
    if wrt is not None:
        _report_zeros(run, wanted, spike_times, observations)
    memory = Memory(simulator._library.ffi, simulator.real)
    gradients = {key: np.zeros(_shape(run, key), memory.real) for key in wanted}
    request = memory.new(
        "sal_request *",
        {
            "spike": memory.pointers(_spike_cotangents(run, spike_times)),
            "observation": memory.pointers(_observation_cotangents(run, observations)),
            "grazing": GRAZING_SHARE[simulator.precision],
            "clip": grazing == "clip",
            **simulator._outline.targets(memory, gradients),
        },
    )
    status = memory.ffi.new("sal_status *")
    simulator._library.backward(run._problem, run._handle, request, status, gradients.values())
    raise_for_status(status, net, run.values)
    report_grazing(status, net, grazing, stacklevel=4)
    require_finite(_unknown(gradients, run) if status.finite else gradients)
    if memory.real == FLOAT:
        return gradients
    return {key: value.astype(np.float64) for key, value in gradients.items()}


def _unknown(gradients: Mapping[str, NDArray[Any]], run: Run) -> dict[str, NDArray[Any]]:
    """Leave out the gradients by weights, which generated code found finite."""
    known = run.simulator._outline.weights
    return {key: gradient for key, gradient in gradients.items() if key not in known}


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


def _check_mapping(given: object, argument: str, known: Collection[str]) -> None:
    """Refuse derivatives that do not say by what they are."""
    if given is not None and not isinstance(given, Mapping):
        name = next(reversed(list(known)), "name")
        raise ArrayTypeError(
            f"gradient: {argument} is {type(given).__name__}, expected a mapping of names to "
            f"arrays: {argument}={{{name!r}: array}}",
            argument=argument,
        )


def _nothing_to_derive(net: Network) -> GradientError:
    """Return the error for a gradient without a loss."""
    ways = [
        f"spike_times={{{name!r}: dL_dt}}, one number for each time in run.spikes[{name!r}].times "
        "or an array of shape (batch, n) for first spikes"
        for name in list(net.populations)[-1:]
    ]
    ways += [
        f"observations={{{name!r}: dL_do}}, in the shape of run.observations[{name!r}]"
        for name in list(net.observations)[:1]
    ]
    return GradientError(
        "gradient: of what? Give the derivatives of a loss L by what came out of the run: "
        + "; or ".join(ways)
    )


def _wanted_keys(run: Run, wrt: Iterable[str] | None) -> Collection[str]:
    known = run.simulator._outline.places
    return known if wrt is None else chosen_names(wrt, known, "value", "wrt")


def _shape(run: Run, key: str) -> tuple[int, ...]:
    value = run.values.get(key)
    return run.inputs[key.removesuffix(".times")].times.shape if value is None else value.shape


def _report_zeros(
    run: Run,
    wanted: Iterable[str],
    spike_times: Mapping[str, Any],
    observations: Mapping[str, Any],
) -> None:
    """Warn of keys that were asked for by name and on which no output depends."""
    zeros = run.simulator.structural_zeros(spike_times, observations)
    if not zeros.keys().isdisjoint(wanted):
        from saltation.runtime.structural import explained

        warn_user([StructuralZeroWarning(explained(zeros, wanted))])


def _spike_cotangents(run: Run, given: Mapping[str, Any]) -> list[NDArray[Any] | None]:
    populations = run.simulator.net.populations
    for name in given:
        if name not in populations:
            raise unknown_name("population", name, populations, "spike_times")
    return [
        _spike_cotangent(run, name, given[name]) if name in given else None for name in populations
    ]


def _spike_cotangent(run: Run, name: str, given: Any) -> FloatArray:
    argument = f"spike_times[{name!r}]"
    array = real_array(given, argument)
    times = run.spikes[name].times
    if array.shape == times.shape and all_finite(array):
        return array
    if array.ndim == 1:
        check_shape(array, times.shape, argument, ("spike",))
        check_finite(array, argument, ("spike",))
    rows = run._first(name)[1]
    if array.shape != rows.shape:
        raise ArrayError(
            f"{argument} must have shape {times.shape}, as the spikes, or {rows.shape} for first "
            f"spikes, got {array.shape}",
            argument=argument,
        )
    check_finite(array, argument, ("sample", "unit"))
    silent = rows < 0
    if array[silent].any():
        sample, unit = (int(axis) for axis in np.argwhere(silent & (array != 0.0))[0])
        raise AbsentSpikeError(
            f"{argument} is {array[sample, unit]} for sample {sample}, unit {unit}, which did not "
            "spike. A loss cannot depend on the time of a spike that does not exist: give 0 there"
        )
    # One place more than there are spikes: the row of a silent neuron, -1, is the last.
    result = np.zeros(times.size + 1)
    result[rows] = array
    return result[:-1]


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
        shape = run.observations[name].shape
        axes = ("sample", "unit") if len(shape) == 2 else ("sample", "time", "unit")
        check_shape(array, shape, argument, axes)
        check_finite(array, argument, axes)
        cotangents.append(array)
    return cotangents
