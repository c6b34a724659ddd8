"""Who hears a spike, when, and in which order spikes that arrive together apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from saltation.runtime.interpreter.arithmetic import Number

if TYPE_CHECKING:
    from saltation.runtime.network import Network
    from saltation.runtime.projection import Projection

Values: TypeAlias = Mapping[str, Sequence[Number]]
"""All values of a network, flattened."""

Synapses: TypeAlias = list[list[tuple[int, int]]]
"""For each source unit its targets, each with the position of its weight in the flat values."""


class Emission(NamedTuple):
    """A spike at its source."""

    time: Number
    """Unit s."""

    generation: int
    """How many spikes of this instant, each caused by the one before, led to it."""

    order: int
    """How many spikes the same source emitted before."""


class Arrival(NamedTuple):
    """A spike at its target; arrivals at one neuron apply in the order of their fields."""

    time: Number
    emitted: Number
    generation: int
    projection: int
    unit: int
    order: int
    port: int
    weight: Number


class Routes:
    """The projections of a network, by source.

    Parameters
    ----------
    net : Network
        The network.
    """

    def __init__(self, net: Network) -> None:
        self._from: dict[str, list[tuple[int, Projection, Synapses]]] = {}
        for rank, projection in enumerate(net.projections.values()):
            route = (rank, projection, _synapses(projection))
            self._from.setdefault(projection.pre, []).append(route)

    def arrivals(
        self, source: str, unit: int, emission: Emission, values: Values
    ) -> Iterator[tuple[str, int, Arrival]]:
        """Return what one spike becomes: population, unit and arrival of each target."""
        for rank, projection, synapses in self._from.get(source, ()):
            weights = values[f"{projection.name}.weight"]
            delays = values[f"{projection.name}.delay"]
            shared = len(delays) == 1 and np.ndim(projection.delay) == 0
            for target, at in synapses[unit]:
                time = emission.time + delays[0 if shared else at]
                arrival = Arrival(
                    time=time,
                    emitted=emission.time,
                    generation=emission.generation if time == emission.time else 0,
                    projection=rank,
                    unit=unit,
                    order=emission.order,
                    port=projection.port,
                    weight=weights[at],
                )
                yield projection.post, target, arrival


def _synapses(projection: Projection) -> Synapses:
    pattern = projection.pattern
    if pattern is None:
        post = projection.post_size
        return [
            [(target, unit * post + target) for target in range(post)]
            for unit in range(projection.pre_size)
        ]
    bounds = np.asarray(pattern.indptr).tolist()
    targets = np.asarray(pattern.indices).tolist()
    return [
        [(targets[at], at) for at in range(bounds[unit], bounds[unit + 1])]
        for unit in range(projection.pre_size)
    ]
