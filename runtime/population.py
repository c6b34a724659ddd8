"""Inputs and populations of a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from saltation.runtime.arrays import FloatArray, check_finite, frozen_copy, real_array, whole_number
from saltation.runtime.frozen import FrozenArrays, FrozenDict
from saltation.runtime.naming import check_known
from saltation.symbolic.errors import ArrayError, NetworkError, NetworkTypeError
from saltation.symbolic.neuron import Neuron

_SIZE_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Input:
    """Units whose spikes a run is given."""

    name: str
    """Name of the input."""

    size: int
    """Number of units."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population(FrozenArrays):
    """Neurons of one model."""

    name: str
    """Name of the population."""

    neuron: Neuron
    """The model."""

    size: int
    """Number of neurons."""

    parameters: FrozenDict[str, FloatArray]
    """Every parameter of the model, in its order: shape () if shared, or (size,)."""

    initial: FrozenDict[str, FloatArray]
    """The initial value of every declared state: shape () if shared, or (size,)."""


def make_input(name: str, size: object) -> Input:
    """Return an input of `size` units."""
    return Input(name=name, size=_checked_size(size, f"input {name!r}"))


def make_population(
    name: str,
    neuron: object,
    size: object,
    parameters: Mapping[str, object] | None,
    initial: Mapping[str, object] | None,
) -> Population:
    """Return a population, with `parameters` and `initial` merged over the model's own values.

    Raises
    ------
    NetworkTypeError
        If `neuron` is no `Neuron`.
    NetworkError
        If `size` is not a positive integer.
    UnknownNameError
        If the model has no such parameter or state.
    ArrayError
        If a value is neither one finite number nor one for each neuron.
    """
    if not isinstance(neuron, Neuron):
        raise NetworkTypeError(
            f"population {name!r}: neuron must be a sal.Neuron, got {_shown(neuron)}. Declare one, "
            "as in sal.Neuron('lif', dynamics=...), or take a shipped one, such as sal.models.lif"
        )
    count = _checked_size(size, f"population {name!r}")
    names = [symbol.name for symbol in neuron.system.parameters]
    defaults = {key: neuron.parameters[key] for key in names}
    return Population(
        name=name,
        neuron=neuron,
        size=count,
        parameters=_merged(defaults, parameters, f"{name}", "parameter", neuron, count),
        initial=_merged(neuron.initial, initial, f"{name}.initial", "state", neuron, count),
    )


def _merged(
    defaults: Mapping[str, float],
    given: Mapping[str, object] | None,
    prefix: str,
    kind: str,
    neuron: Neuron,
    size: int,
) -> FrozenDict[str, FloatArray]:
    """Return all values of one kind as arrays, the given ones before the defaults."""
    given = {} if given is None else given
    if not isinstance(given, Mapping):
        what = "initial" if kind == "state" else "parameters"
        raise NetworkError(
            f"{prefix}: {what} must be a mapping of names to values, "
            f"as in {{'{next(iter(defaults), 'tau_m')}': 0.02}}; got {type(given).__name__}"
        )
    for name in given:
        check_known(name, defaults, f"{kind} of model {neuron.name!r} called", prefix)
    return FrozenDict(
        {
            name: _per_neuron(given.get(name, default), f"{prefix}.{name}", size)
            for name, default in defaults.items()
        }
    )


def _per_neuron(value: object, argument: str, size: int) -> FloatArray:
    array = real_array(value, argument)
    if array.shape not in ((), (size,)):
        raise ArrayError(
            f"{argument} must be one number, or have shape [n] = ({size},), got {array.shape}",
            argument=argument,
        )
    check_finite(array, argument, ("neuron",)[: array.ndim])
    return frozen_copy(array)


def _shown(other: object) -> str:
    """Name what was given for a neuron; text with its content, as it may be a model's name."""
    return f"str {other!r}" if isinstance(other, str) else type(other).__name__


def _checked_size(size: object, what: str) -> int:
    count = whole_number(size)
    if count is None or not 0 < count <= _SIZE_LIMIT:
        raise NetworkError(f"{what}: size must be an integer of at least 1, got {size!r}")
    return count
