"""The parts of a model with what is derived for each: modes, events, ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sympy import Expr, Symbol

from saltation.symbolic.adjoint import (
    EventAdjoint,
    JumpAdjoint,
    adjoint_flow,
    arrival_adjoint,
    event_adjoint,
    parameter_flow,
)
from saltation.symbolic.blocks import CoupledBlock, coupled_blocks
from saltation.symbolic.crossing import CrossingChain, crossing_chain, is_affine
from saltation.symbolic.flow import FlowKind, LinearFlow, linear_flow
from saltation.symbolic.system import HybridSystem, Port, SystemEvent, SystemMode


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPart:
    """An event and its adjoint.

    Attributes
    ----------
    index : int
        Its number among the events of all modes, in order of declaration.
    mode : SystemMode
        The mode whose flow it ends.
    target : str
        Name of the mode that is active afterwards.
    event : SystemEvent
        Guard, reset, target and whether it emits a spike.
    adjoint : EventAdjoint
        Its jump conditions.
    chain : CrossingChain or None
        The chain of its guard; None if the flow is not triangular or the guard not affine.
    """

    index: int
    mode: SystemMode
    target: str
    event: SystemEvent
    adjoint: EventAdjoint
    chain: CrossingChain | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModePart:
    """A mode, its flow and the adjoint of that.

    Attributes
    ----------
    mode : SystemMode
        The mode.
    kind : FlowKind
        What is known of its flow.
    flow : LinearFlow or None
        The linear flow with its map, if triangular; None if nonlinear.
    blocks : tuple of CoupledBlock
        The coupled blocks of two states, whose exponential has a closed form.
    adjoint : tuple of Expr
        ``dnu/dt``, per state.
    parameters : Mapping of Symbol to Expr
        ``nu^T df/dp`` for the parameters that the flow contains.
    events : tuple of EventPart
        The events that can end the flow.
    """

    mode: SystemMode
    kind: FlowKind
    flow: LinearFlow | None
    blocks: tuple[CoupledBlock, ...]
    adjoint: tuple[Expr, ...]
    parameters: Mapping[Symbol, Expr]
    events: tuple[EventPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortPart:
    """A port and the adjoints of an arrival there.

    Attributes
    ----------
    port : Port
        The port.
    adjoints : Mapping of str to JumpAdjoint
        The adjoint of an arrival, per mode that is active then.
    """

    port: Port
    adjoints: Mapping[str, JumpAdjoint]


def computed_numerically(modes: Sequence[ModePart]) -> bool:
    """Tell whether a model is computed by Taylor steps: one nonlinear flow makes all so."""
    return any(part.kind is FlowKind.NONLINEAR for part in modes)


def derive_modes(system: HybridSystem) -> tuple[ModePart, ...]:
    """Derive flows, adjoint equations and events of every mode."""
    parts, count = [], 0
    for mode in system.modes:
        flow = linear_flow(system, mode)
        coupled = flow is not None and flow.kind is FlowKind.COUPLED
        parts.append(
            ModePart(
                mode=mode,
                kind=flow.kind if flow is not None else FlowKind.NONLINEAR,
                flow=flow,
                blocks=coupled_blocks(flow.matrix) if flow is not None and coupled else (),
                adjoint=adjoint_flow(system, mode),
                parameters=parameter_flow(system, mode),
                events=tuple(
                    _event(system, mode, event, flow, count + k)
                    for k, event in enumerate(mode.events)
                ),
            )
        )
        count += len(mode.events)
    return tuple(parts)


def _event(
    system: HybridSystem,
    mode: SystemMode,
    event: SystemEvent,
    flow: LinearFlow | None,
    index: int,
) -> EventPart:
    chain = None
    if flow is not None and flow.kind is FlowKind.TRIANGULAR and is_affine(event.guard, system):
        chain = crossing_chain(event.guard, system, mode, flow)
    return EventPart(
        index=index,
        mode=mode,
        target=system.modes[event.target].name,
        event=event,
        adjoint=event_adjoint(system, mode, event),
        chain=chain,
    )


def derive_ports(system: HybridSystem) -> tuple[PortPart, ...]:
    """Derive the adjoint of an arrival at every port, in every mode."""
    return tuple(
        PortPart(
            port=port,
            adjoints={mode.name: arrival_adjoint(system, mode, port) for mode in system.modes},
        )
        for port in system.ports
    )
