"""What code generation is given: a network's structure, without sizes and values."""

from __future__ import annotations

from dataclasses import dataclass

from saltation.codegen.options import Solver
from saltation.symbolic.observation import ObservedSystem


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerStructure:
    """A population: its model with what is observed of it, and the numbers of what it observes.

    Attributes
    ----------
    observed : ObservedSystem
        The model; its maxima, integrals and samples in the order of the three index tuples.
    own_parameters : bool
        Whether neurons have values of their own for some parameter.
    maxima, integrals, samples : tuple of int
        The indices of these observations in the network.
    """

    observed: ObservedSystem
    own_parameters: bool = False
    maxima: tuple[int, ...] = ()
    integrals: tuple[int, ...] = ()
    samples: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WireStructure:
    """A projection.

    Attributes
    ----------
    source, target, port : int
        The source (input ``k``: ``-1 - k``), the target population and its port.
    apart : bool
        Whether neurons do not share its arrivals: weights are sparse, or each synapse has a delay.
    """

    source: int
    target: int
    port: int
    apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkStructure:
    """What a translation unit is generated for.

    Attributes
    ----------
    inputs, observations : int
        How many there are.
    layers : tuple of LayerStructure
        One per population.
    wires : tuple of WireStructure
        One per projection.
    order : tuple of int
        The populations in the order of simulation.
    cycles : tuple of tuple of int
        Those that are simulated together, as each depends on the others, or one on itself: each a
        stretch of `order`.
    solver : Solver
        How flows are computed.
    """

    inputs: int
    layers: tuple[LayerStructure, ...]
    wires: tuple[WireStructure, ...]
    order: tuple[int, ...]
    observations: int
    cycles: tuple[tuple[int, ...], ...] = ()
    solver: Solver = Solver.AUTO

    def apart(self, layer: int) -> bool:
        """Tell whether the neurons of a population have arrivals of their own."""
        return any(wire.apart for wire in self.wires if wire.target == layer)

    @property
    def any_apart(self) -> bool:
        """Whether a network has lists for neurons with arrivals of their own."""
        return bool(self.cycles) or any(wire.apart for wire in self.wires)

    def stretches(self) -> tuple[tuple[int, ...], ...]:
        """Cut the order of populations into cycles and single populations."""
        starts = {cycle[0]: cycle for cycle in self.cycles}
        found: list[tuple[int, ...]] = []
        first = 0
        while first < len(self.order):
            found.append(starts.get(self.order[first], self.order[first : first + 1]))
            first += len(found[-1])
        return tuple(found)
