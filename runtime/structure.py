"""Reduce a network to the structure that code is generated for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from saltation.codegen.options import Solver
from saltation.runtime.network import Network

if TYPE_CHECKING:
    from sympy import Expr

    from saltation.codegen.structure import LayerStructure, NetworkStructure
    from saltation.runtime.population import Population
    from saltation.symbolic.system import HybridSystem


class Plan(NamedTuple):
    """All of a network's structure as plain tuples, with which no generator need be loaded."""

    inputs: int
    layers: tuple[tuple[HybridSystem, bool, dict[str, tuple[tuple[int, Expr], ...]]], ...]
    """Each population's system, whether neurons have values of their own for some parameter, and by
    kind the numbers and expressions of its observations."""

    wires: tuple[tuple[int, int, int, bool], ...]
    """Each projection's source, target and port, and whether neurons do not share arrivals."""

    order: tuple[int, ...]
    cycles: tuple[tuple[int, ...], ...]
    observations: int
    solver: Solver


def network_plan(net: Network, solver: Solver = Solver.AUTO) -> Plan:
    """Return a network's structure: models, ports, who feeds whom, what is observed."""
    inputs = {name: -1 - k for k, name in enumerate(net.inputs)}
    populations = {name: k for k, name in enumerate(net.populations)}
    sources = inputs | populations
    wires = tuple(
        (
            sources[p.pre],
            populations[p.post],
            p.port,
            p.pattern is not None or p.delay.ndim > 0,
        )
        for p in net.projections.values()
    )
    return Plan(
        inputs=len(inputs),
        layers=tuple(
            (population.neuron.system, _has_own(population), _observed(net, name))
            for name, population in net.populations.items()
        ),
        wires=wires,
        order=tuple(populations[name] for name in net.order()),
        cycles=tuple(tuple(populations[name] for name in cycle) for cycle in net.cycles()),
        observations=len(net.observations),
        solver=solver,
    )


def _has_own(population: Population) -> bool:
    """Tell whether neurons have values of their own for some parameter."""
    return any(value.ndim > 0 for value in population.parameters.values())


def _observed(net: Network, population: str) -> dict[str, tuple[tuple[int, Expr], ...]]:
    """Return the numbers and expressions of a population's observations, by kind."""
    return {
        kind: tuple(
            (number, each.expression)
            for number, each in enumerate(net.observations.values())
            if each.population == population and each.kind == kind
        )
        for kind in ("max", "integral", "sample")
    }


def structure_of(plan: Plan) -> NetworkStructure:
    """Return the structure as code generation reads it."""
    # Only here, because what is in the cache needs none of it.
    from saltation.codegen.structure import NetworkStructure, WireStructure

    return NetworkStructure(
        inputs=plan.inputs,
        layers=tuple(_layer(*layer) for layer in plan.layers),
        wires=tuple(
            WireStructure(source=source, target=target, port=port, apart=apart)
            for source, target, port, apart in plan.wires
        ),
        order=plan.order,
        cycles=plan.cycles,
        observations=plan.observations,
        solver=plan.solver,
    )


def _layer(
    system: HybridSystem, own: bool, observed: dict[str, tuple[tuple[int, Expr], ...]]
) -> LayerStructure:
    from saltation.codegen.structure import LayerStructure
    from saltation.symbolic.observation import ObservedSystem

    numbers = {kind: tuple(number for number, _ in each) for kind, each in observed.items()}
    found = {kind: tuple(expression for _, expression in each) for kind, each in observed.items()}
    return LayerStructure(
        observed=ObservedSystem(
            system, maxima=found["max"], integrals=found["integral"], samples=found["sample"]
        ),
        own_parameters=own,
        maxima=numbers["max"],
        integrals=numbers["integral"],
        samples=numbers["sample"],
    )


def network_structure(net: Network, solver: Solver = Solver.AUTO) -> NetworkStructure:
    """Return a network's structure as code generation reads it."""
    return structure_of(network_plan(net, solver))
