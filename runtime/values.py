"""The flat dict of a network's numbers: weights, delays, parameters, initial states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from saltation.runtime.arrays import (
    FloatArray,
    all_finite,
    axes_of,
    can_change,
    check_finite,
    check_nonnegative,
    check_shape,
    is_known,
    real_array,
)
from saltation.runtime.naming import unknown_name
from saltation.runtime.population import Population
from saltation.runtime.projection import Projection
from saltation.symbolic.errors import ArrayTypeError

_SYNAPSES = ((), ("nnz",), ("n_pre", "n_post"))
_NEURONS = ((), ("n",))


def default_values(
    projections: Mapping[str, Projection], populations: Mapping[str, Population]
) -> dict[str, FloatArray]:
    """Return every array of the network under its key, in the order that is promised.

    The arrays are the network's own, which cannot be written to.
    """
    values: dict[str, FloatArray] = {}
    for name, projection in projections.items():
        values[f"{name}.weight"] = projection.weight
        values[f"{name}.delay"] = projection.delay
    for name, population in populations.items():
        for parameter, array in population.parameters.items():
            values[f"{name}.{parameter}"] = array
        for state, array in population.initial.items():
            values[f"{name}.initial.{state}"] = array
    return values


class CheckedValues(dict[str, FloatArray]):
    """All values of a network, checked: what cannot change need not be checked again.

    Parameters
    ----------
    values : mapping of str to numpy.ndarray
        The values.
    network : mapping of str to Projection
        The network's projections, which also stand for it.
    changed : iterable of str, optional
        The keys under which these are not the network's own.
    unseen : iterable of str, optional
        Those of them under which numbers were not looked at.
    """

    def __init__(
        self,
        values: Mapping[str, FloatArray],
        network: Mapping[str, Projection],
        changed: Iterable[str] = (),
        unseen: Iterable[str] = (),
    ) -> None:
        super().__init__(values)
        self._network = network
        self.changed, self.unseen = tuple(changed), tuple(unseen)
        self._seen = {key: self[key] for key in self.changed}

    def knows(self, key: str, array: object, network: object) -> bool:
        """Tell whether this very array was checked for a network, and is as it was."""
        seen = self._seen.get(key)
        if seen is None or seen is not array or network is not self._network:
            return False
        return not can_change(seen)

    def look(self) -> None:
        """Refuse numbers in `unseen` that are not finite, and delays that are negative.

        Raises
        ------
        ArrayError
            Names the first.
        """
        for key in self.unseen:
            look_at(self[key], key, self._network)


def merged_values(
    given: Mapping[str, object] | None,
    defaults: Mapping[str, FloatArray],
    projections: Mapping[str, Projection],
    look: bool = True,
) -> CheckedValues:
    """Merge `given` over `defaults`, checking what was given.

    This stands before every run of a training, so an array that is as it should be costs a
    few microseconds, and is not copied.

    Parameters
    ----------
    given : mapping of str to array_like, or None
        New values under the network's keys; any part of them.
    defaults : mapping of str to numpy.ndarray
        The network's own values.
    projections : mapping of str to Projection
        The projections, whose delays must not be negative.
    look : bool, optional
        Whether to look at the numbers of weights and delays. Else they are listed in `unseen`, if
        they were not looked at before, for generated code to look at.

    Returns
    -------
    CheckedValues
        Every key of `defaults`, in that order; float64, C-contiguous.

    Raises
    ------
    UnknownNameError
        If a key is none of the network's.
    ArrayError
        If a shape is another than the network's, a number is not finite, or a delay negative.
    ArrayTypeError
        If `given` is no mapping, or a value does not hold real numbers.
    """
    values, changed, unseen = dict(defaults), [], []
    if given is None:
        return CheckedValues(values, projections)
    if not isinstance(given, Mapping):
        raise ArrayTypeError(
            f"values must be a mapping such as net.values(), got {type(given).__name__}",
            argument="values",
        )
    checked = given if isinstance(given, CheckedValues) else None
    for key, value in given.items():
        default = defaults.get(key)
        if default is None:
            raise unknown_name("value", key, defaults, "values")
        if value is default:
            continue
        changed.append(key)
        if checked is not None and checked.knows(key, value, projections):
            values[key] = checked[key]
            continue
        values[key] = array = real_array(value, key)
        if array.shape != default.shape:
            _refuse(array, default.shape, key, projections)
        if look or not key.endswith((".weight", ".delay")):  # reserved: no parameter is called so
            look_at(array, key, projections)
        elif not is_known(array):
            unseen.append(key)
    return CheckedValues(values, projections, changed, unseen)


def look_at(array: FloatArray, key: str, projections: Mapping[str, Projection]) -> None:
    """Refuse a value of the right shape if a number is not finite, or a delay negative."""
    if not all_finite(array):
        _refuse(array, array.shape, key, projections)
    if key.endswith(".delay"):
        check_nonnegative(array, key, axes_of(array))


def _refuse(
    array: FloatArray, shape: tuple[int, ...], key: str, projections: Mapping[str, Projection]
) -> None:
    """Raise the error for an array that has another shape, or is not finite."""
    synapses = key.rpartition(".")[0] in projections
    axes = _SYNAPSES[len(shape)] if synapses else _NEURONS[len(shape)]
    advice = _advice(bool(array.shape), bool(shape), shape, synapses)
    check_shape(array, shape, key, axes, advice)
    check_finite(array, key, axes_of(array) if synapses else ("neuron",)[: array.ndim])


def _advice(many: bool, declared_many: bool, shape: tuple[int, ...], synapses: bool) -> str:
    """Say what to do where one value was given for many, or many for one."""
    if many == declared_many:
        return ""
    if declared_many:
        return f": one value for all is numpy.full({shape}, value) here"
    each, example = (
        ("synapse", "connect(..., delay=array)")
        if synapses
        else ("neuron", "add_population(..., parameters={name: array})")
    )
    return f": it was declared as one value for all; one for each {each} takes {example}"


def keep_changed(values: CheckedValues) -> None:
    """Copy what the caller could still change: a run's gradient is that of its own values."""
    for key in values.changed:
        if can_change(values[key]):
            values[key] = values[key].copy()
