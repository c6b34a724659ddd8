"""Negative weights of conductances: arrivals that lower what cannot be below zero."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from saltation.runtime.arrays import FloatArray, axes_of, place
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelWarning
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.notices import warn_user

if TYPE_CHECKING:
    from saltation.runtime.population import Population
    from saltation.runtime.projection import Projection


class ConductanceWatch:
    """Warns, once for each projection, of negative weights that a run was given.

    Parameters
    ----------
    projections : mapping of str to Projection
        The projections of a network. What is negative in their own weights was warned of before.
    populations : mapping of str to Population
        Its populations.
    """

    def __init__(
        self, projections: Mapping[str, Projection], populations: Mapping[str, Population]
    ) -> None:
        lowered: dict[tuple[Neuron, int], dict[str, str]] = {}
        self._watched: dict[str, tuple[Neuron, int]] = {}
        for name, projection in projections.items():
            neuron, port = populations[projection.post].neuron, projection.port
            if (neuron, port) not in lowered:
                lowered[neuron, port] = neuron.lowered_conductances(port)
            if lowered[neuron, port] and not _is_negative(projection.weight):
                self._watched[f"{name}.weight"] = (neuron, port)

    def warn(self, values: Mapping[str, FloatArray], changed: Iterable[str]) -> None:
        """Warn of what is negative among the values under the `changed` keys.

        This stands before every run of a training: a network without conductances pays a look-up.
        """
        watched = self._watched
        if watched and not watched.keys().isdisjoint(changed):
            for key in watched.keys() & set(changed):
                if _is_negative(values[key]):
                    warn_user(negative_conductances(key, values[key], *watched.pop(key)))


def negative_conductances(
    key: str, weights: FloatArray, neuron: Neuron, port: int
) -> Iterator[ModelWarning]:
    """Yield a warning for each conductance that negative weights take below zero."""
    if not _is_negative(weights):
        return
    index = tuple(int(axis) for axis in np.unravel_index(int(np.argmin(weights)), weights.shape))
    for state, reason in neuron.lowered_conductances(port).items():
        yield ModelWarning(
            f"{key} is negative, such as {weights[index]:g}{place(index, axes_of(weights))}, and "
            f"{state} is a conductance: {reason}. Arrivals lower it below zero",
            code=Code.NEGATIVE_CONDUCTANCE,
            model=neuron.name,
            equation=f"receive at port {neuron.ports[port]!r}",
            symbol=state,
            hint="Give inhibition a port and a conductance of its own, with a reversal potential "
            "below rest; its weights are then positive, and stay so in a training with "
            f"bounds={{{key!r}: (0, numpy.inf)}}.",
        )


def _is_negative(weights: FloatArray) -> bool:
    return weights.size > 0 and bool(weights.min() < 0.0)
