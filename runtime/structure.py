"""Reduce a network to the structure that code is generated for."""

from __future__ import annotations

from saltation.codegen.options import Solver
from saltation.codegen.structure import LayerStructure, NetworkStructure, WireStructure
from saltation.runtime.network import Network
from saltation.runtime.observation import Observation
from saltation.symbolic.observation import ObservedSystem


def network_structure(net: Network, solver: Solver = Solver.AUTO) -> NetworkStructure:
    """Return a network's structure: models, ports, who feeds whom, what is observed."""
    inputs = {name: -1 - k for k, name in enumerate(net.inputs)}
    populations = {name: k for k, name in enumerate(net.populations)}
    sources = inputs | populations
    wires = tuple(
        WireStructure(
            source=sources[p.pre],
            target=populations[p.post],
            port=p.port,
            apart=p.pattern is not None or p.delay.ndim > 0,
        )
        for p in net.projections.values()
    )
    return NetworkStructure(
        inputs=len(inputs),
        layers=tuple(_layer(net, name) for name in populations),
        wires=wires,
        order=tuple(populations[name] for name in net.order()),
        cycles=tuple(tuple(populations[name] for name in cycle) for cycle in net.cycles()),
        observations=len(net.observations),
        solver=solver,
    )


def _layer(net: Network, population: str) -> LayerStructure:
    found: dict[str, list[tuple[int, Observation]]] = {"max": [], "integral": [], "sample": []}
    for index, observation in enumerate(net.observations.values()):
        if observation.population == population:
            found[observation.kind].append((index, observation))
    return LayerStructure(
        observed=ObservedSystem(
            net.populations[population].neuron.system,
            maxima=tuple(o.expression for _, o in found["max"]),
            integrals=tuple(o.expression for _, o in found["integral"]),
            samples=tuple(o.expression for _, o in found["sample"]),
        ),
        maxima=tuple(k for k, _ in found["max"]),
        integrals=tuple(k for k, _ in found["integral"]),
        samples=tuple(k for k, _ in found["sample"]),
    )
