"""What one kernel is made for: the system, its derivation, and where its routines are collected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from saltation.codegen.options import Precision
from saltation.codegen.workshop import Workshop
from saltation.symbolic.adjoint import EventAdjoint
from saltation.symbolic.crossing import CrossingChain
from saltation.symbolic.derivation import derive_observed
from saltation.symbolic.flow import LinearFlow
from saltation.symbolic.observation import ObservedSystem, touches
from saltation.symbolic.system import HybridSystem, SystemEvent, SystemMode


@dataclass(slots=True)
class KernelModel:
    """A model with what is observed of it, and the workshop that makes its routines.

    Attributes
    ----------
    system : HybridSystem
        The system with its integrals as states.
    flows : list of LinearFlow
        One per mode, if all have closed forms.
    adjoints : dict of int to EventAdjoint
        By the event's number over all modes.
    chains : dict of int to CrossingChain
        Of guards along triangular flows, by the event's number over all modes.
    kept : tuple of int
        The states that an event's record keeps for the backward pass.
    """

    observed: ObservedSystem
    prefix: str
    precision: Precision
    system: HybridSystem = field(init=False)
    shop: Workshop = field(init=False)
    flows: list[LinearFlow] = field(init=False)
    adjoints: dict[int, EventAdjoint] = field(init=False)
    chains: dict[int, CrossingChain] = field(init=False)
    kept: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.system = self.observed.with_integrals()
        derivation = derive_observed(self.observed)
        self.shop = Workshop(
            system=self.system,
            prefix=self.prefix,
            precision=self.precision,
            derivation=derivation,
        )
        self.flows = [part.flow for part in derivation.modes if part.flow is not None]
        self.adjoints = {part.index: part.adjoint for part in derivation.events}
        self.chains = {
            part.index: part.chain for part in derivation.events if part.chain is not None
        }
        self.kept = self._kept()

    def events(self) -> list[tuple[SystemMode, SystemEvent]]:
        """Return all events with their modes, in the order of their numbers."""
        return [(mode, event) for mode in self.system.modes for event in mode.events]

    def flow_parameters(self, modes: Iterable[SystemMode]) -> tuple[int, ...]:
        """Return the parameters of flows, by their places: their gradients need states there."""
        found = set().union(*(f.free_symbols for mode in modes for f in mode.flow))
        return tuple(k for k, p in enumerate(self.system.parameters) if p in found)

    def liftable(self, mode: SystemMode, event: SystemEvent) -> bool:
        """Tell whether another jump at the same instant can fire an event."""
        states = self.system.states
        if any(touches(port.jump, event.guard, states) for port in self.system.ports):
            return True
        for other_mode, other in self.events():
            if self.system.modes[other.target] is not mode:
                continue
            if other is event:
                landed = event.guard.subs(
                    dict(zip(states, event.reset, strict=True)), simultaneous=True
                )
                guard = next(
                    a.on_guard for k, a in self.adjoints.items() if self.events()[k][1] is event
                )
                if landed.subs(guard).expand().free_symbols & set(states):
                    return True
            elif other_mode is not mode or touches(other.reset, event.guard, states):
                return True
        return False

    def _kept(self) -> tuple[int, ...]:
        needed = set()
        for k, (mode, event) in enumerate(self.events()):
            adjoint = self.adjoints[k]
            needed |= set(adjoint.kept)
            if self.liftable(mode, event):
                for value in (
                    *adjoint.jump.pulled,
                    adjoint.jump.sensitivity,
                    *adjoint.jump.parameters.values(),
                ):
                    needed |= value.free_symbols
        return tuple(k for k, x in enumerate(self.system.states) if x in needed)
