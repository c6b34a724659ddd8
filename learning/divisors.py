"""Trained parameters that a model divides by: a step must not take one of them to or through zero.

Beyond zero the model has values again, so no run fails: a negative time constant makes states grow,
and what was trained means nothing. A step that falls just short of zero does the same harm: one of
about the value's size may end anywhere around it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from saltation.learning.protocols import TrainableNetwork, Values
from saltation.symbolic.errors import SimulationError
from saltation.symbolic.hazards import Domain
from saltation.symbolic.neuron import Neuron

_LEFT = 1e-6
"""A step leaves more of a parameter than this share."""


def parameter_keys(net: TrainableNetwork, trainable: tuple[str, ...]) -> dict[str, Neuron]:
    """Find the trained values that are parameters of neurons.

    Parameters
    ----------
    net : TrainableNetwork
        The network.
    trainable : tuple of str
        Keys of the values that are trained.

    Returns
    -------
    dict of str to Neuron
        The model, by key.
    """
    found: dict[str, Neuron] = {}
    for key in trainable:
        name, _, parameter = key.partition(".")
        neuron = net.populations[name].neuron if name in net.populations else None
        if isinstance(neuron, Neuron) and parameter in neuron.parameters:
            found[key] = neuron
    return found


def divisor_keys(net: TrainableNetwork, trainable: tuple[str, ...]) -> dict[str, str]:
    """Find the trained parameters that some equation of their model divides by.

    Parameters
    ----------
    net : TrainableNetwork
        The network.
    trainable : tuple of str
        Keys of the values that are trained; only models with parameters among them are looked at.

    Returns
    -------
    dict of str to str
        The name of the model, by key.
    """
    found: dict[str, str] = {}
    divisors: dict[str, set[str]] = {}
    for key, neuron in parameter_keys(net, trainable).items():
        name, _, parameter = key.partition(".")
        if name not in divisors:
            divisors[name] = _divisors(neuron)
        if parameter in divisors[name]:
            found[key] = neuron.name
    return found


def _divisors(neuron: Neuron) -> set[str]:
    """Return the parameters that make a division by zero if they are 0, whatever else is."""
    return {
        symbol.name
        for each in neuron.requirements()
        if each.domain is Domain.NONZERO
        for symbol in each.expression.free_symbols
        if symbol.name in neuron.parameters and each.expression.subs(symbol, 0) == 0
    }


def check_sides(divisors: Mapping[str, str], before: Values, after: Values, where: str) -> None:
    """Refuse a step that takes a parameter from one side of zero to it, almost, or to the other.

    Parameters
    ----------
    divisors : mapping of str to str
        From `divisor_keys`.
    before, after : mapping of str to ndarray
        Values around the step. One that was 0 before has no side to leave.
    where : str
        The epoch and the batch.

    Raises
    ------
    SimulationError
        Names the parameter, its values and what to do.
    """
    for key, model in divisors.items():
        old, new = before[key], after[key]
        if old.shape != new.shape:
            continue  # the network refuses it
        crossed = ((old > 0.0) & (new <= _LEFT * old)) | ((old < 0.0) & (new >= _LEFT * old))
        if not crossed.any():
            continue
        index = tuple(int(axis) for axis in np.argwhere(crossed)[0]) if old.ndim else ()
        side = "above" if old[index] > 0.0 else "below"
        place = f" at index {index}" if index else ""
        raise SimulationError(
            f"{where}: the step of the optimiser moved {key!r}{place} from {old[index]:.6g} to "
            f"{new[index]:.6g}, and model {model!r} divides by it: it has to stay well {side} "
            f"zero. Keep it there by bounds={{{key!r}: (least, most)}} of fit, and let it take "
            f"smaller steps by Adam(scales={{{key!r}: ...}})"
        )
