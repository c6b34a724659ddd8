"""A neuron model together with what is observed of it.

An integral over time is a further state, whose flow is the integrand and which no jump changes, so
that simulation and adjoint need nothing of their own for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr, Integer, Symbol

from saltation.symbolic.system import HybridSystem


@dataclass(frozen=True, slots=True)
class ObservedSystem:
    """A hybrid system and the expressions of its state that are observed.

    Attributes
    ----------
    system : HybridSystem
        The declared system, without integrals.
    maxima, integrals, samples : tuple of Expr
        Expressions in the states and parameters.
    """

    system: HybridSystem
    maxima: tuple[Expr, ...] = ()
    integrals: tuple[Expr, ...] = ()
    samples: tuple[Expr, ...] = ()

    def with_integrals(self) -> HybridSystem:
        """Return the system with one further state per integral, at the end."""
        system = self.system
        extra = tuple(Symbol(f"sal_integral_{k}", real=True) for k in range(len(self.integrals)))
        if not extra:
            return system
        modes = tuple(
            replace(
                mode,
                flow=mode.flow + self.integrals,
                events=tuple(replace(e, reset=e.reset + extra) for e in mode.events),
            )
            for mode in system.modes
        )
        ports = tuple(replace(p, jump=p.jump + extra) for p in system.ports)
        return replace(system, states=system.states + extra, modes=modes, ports=ports)

    @property
    def declared_states(self) -> int:
        """How many states have an initial value of their own (explicit time has none)."""
        return len(self.system.states) - (self.system.time is not None)


def touches(jump: tuple[Expr, ...], function: Expr, states: tuple[Symbol, ...]) -> bool:
    """Tell whether a jump can change a function of the state."""
    after = function.subs(dict(zip(states, jump, strict=True)), simultaneous=True)
    return bool((after - function).expand() != Integer(0))
