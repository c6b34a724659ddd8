"""Projections: the synapses from one population to another."""

from __future__ import annotations

from dataclasses import dataclass

from saltation.runtime.arrays import (
    FloatArray,
    axes_of,
    check_finite,
    check_nonnegative,
    check_shape,
    frozen_copy,
    real_array,
)
from saltation.runtime.frozen import FrozenArrays
from saltation.runtime.naming import check_known
from saltation.runtime.negative_weights import negative_conductances
from saltation.runtime.population import Input, Population
from saltation.runtime.sparse import SparsePattern, compress, is_sparse, same_pattern
from saltation.symbolic.errors import ArrayError, NetworkError
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.notices import warn_user
from saltation.symbolic.words import counted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Projection(FrozenArrays):
    """Synapses from the units of one input or population to the neurons of a population."""

    name: str
    """Name of the projection, ``"pre->post"`` unless another was given."""

    pre: str
    """Name of the sending input or population."""

    post: str
    """Name of the receiving population."""

    port: int
    """Index into the ports of the receiving model."""

    weight: FloatArray
    """Weights, shape (pre_size, post_size), or (nnz,) in the order of `pattern`."""

    delay: FloatArray
    """Delays, shape (), or as `weight`; unit s."""

    pattern: SparsePattern | None
    """Which synapses there are; None for all of them."""

    pre_size: int
    """Number of sending units."""

    post_size: int
    """Number of receiving neurons."""


def make_projection(
    name: str,
    pre: Input | Population,
    post: Population,
    weight: object,
    delay: object,
    port: object,
) -> Projection:
    """Return a projection, with weights and delays checked against the two sizes.

    Raises
    ------
    NetworkError
        If the receiving model has no port, or several and `port` names none.
    UnknownNameError
        If `port` is no port of the receiving model.
    ArrayError
        If weights or delays have another shape or pattern, or are not finite, or a delay is
        negative.

    Warns
    -----
    ModelWarning
        If a negative weight takes a conductance below zero.
    """
    shape = (pre.size, post.size)
    weights, pattern = _synapses(weight, shape, f"{name}.weight")
    check_finite(weights, f"{name}.weight", axes_of(weights))
    index = _port_index(name, post.name, post.neuron, port)
    warn_user(negative_conductances(f"{name}.weight", weights, post.neuron, index))
    return Projection(
        name=name,
        pre=pre.name,
        post=post.name,
        port=index,
        weight=frozen_copy(weights),
        delay=_checked_delay(delay, shape, pattern, f"{name}.delay"),
        pattern=pattern,
        pre_size=pre.size,
        post_size=post.size,
    )


def _synapses(
    value: object, shape: tuple[int, int], argument: str
) -> tuple[FloatArray, SparsePattern | None]:
    """Return the values of all synapses, and the pattern if they are a sparse matrix."""
    if is_sparse(value):
        return compress(value, shape, argument)
    array = real_array(value, argument)
    if array.ndim == 0:
        raise ArrayError(
            f"{argument} must have shape [n_pre, n_post] = {shape}, got one number; "
            f"for equal values give np.full({shape}, {array.item()!r})",
            argument=argument,
        )
    check_shape(array, shape, argument, ("n_pre", "n_post"))
    return array, None


def _checked_delay(
    value: object, shape: tuple[int, int], pattern: SparsePattern | None, argument: str
) -> FloatArray:
    if is_sparse(value):
        delays = _sparse_delay(value, shape, pattern, argument)
    else:
        delays = real_array(value, argument)
        if delays.ndim and pattern is not None:
            raise ArrayError(
                f"{argument} must be one number or a sparse matrix with the pattern of the "
                f"weights, which are sparse; got an array of shape {delays.shape}",
                argument=argument,
            )
        if delays.ndim:
            check_shape(delays, shape, argument, ("n_pre", "n_post"))
    check_finite(delays, argument, axes_of(delays))
    check_nonnegative(delays, argument, axes_of(delays))
    return frozen_copy(delays)


def _sparse_delay(
    value: object, shape: tuple[int, int], pattern: SparsePattern | None, argument: str
) -> FloatArray:
    if pattern is None:
        raise ArrayError(
            f"{argument} is sparse but the weights are dense: give a number, or an array of "
            f"shape [n_pre, n_post] = {shape}",
            argument=argument,
        )
    delays, own = compress(value, shape, argument, duplicates=False)
    if not same_pattern(own, pattern):
        raise ArrayError(
            f"{argument} must have an entry exactly where the weights have one: "
            f"{counted(own.indices.size, 'entry', 'entries')}, the weights {pattern.indices.size}. "
            "A matrix made from a dense array has lost its zeros: take the weights' matrix "
            "and replace its data",
            argument=argument,
        )
    return delays


def _port_index(projection: str, population: str, neuron: Neuron, port: object) -> int:
    ports = neuron.ports
    if not ports:
        raise NetworkError(
            f"connect {projection!r}: model {neuron.name!r} of population {population!r} has no "
            "port: declare what an arriving spike does with receive={...}"
        )
    if port is None:
        if len(ports) > 1:
            raise NetworkError(
                f"connect {projection!r}: model {neuron.name!r} of population {population!r} has "
                f"several ports: give port= one of {', '.join(map(repr, ports))}"
            )
        return 0
    check_known(port, ports, f"port of model {neuron.name!r} called", f"connect {projection!r}")
    return ports.index(str(port))
