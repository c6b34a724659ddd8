r"""The adjoint of a hybrid system: its ODE, and its jumps at events and arrivals.

For a segment of flow that ends with the jump ``x+ = J(x-)`` at time ``s``, with the adjoint
``nu = dL/dx`` known after the jump:

.. math::
    \hat\nu &= (\partial J / \partial x)^T \nu^+ \\
    \sigma &= \hat\nu^T f(x^-) - \nu^{+T} f(x^+) + e

is the sensitivity of the loss to the time of the jump, where ``e`` is what the loss and the targets
of an emitted spike say about that time. A given time (an arrival) passes ``sigma`` on to the spike
that caused it, and ``nu- = nu^``. An implicit time (``g = 0``) follows from the implicit function
theorem:

.. math::
    \nu^- = \hat\nu - \sigma \frac{\nabla g}{\dot g}, \qquad
    \frac{dL}{dp} \mathrel{+}= \nu^{+T} \frac{\partial J}{\partial p}
        - \frac{\sigma}{\dot g} \frac{\partial g}{\partial p}, \qquad
    \dot g = \nabla g \cdot f(x^-).

References
----------
Wunderlich & Pehle (2021), "Event-based backpropagation can compute exact gradients for spiking
neural networks", Scientific Reports 11:12829.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sympy import Expr, Symbol, expand

from saltation.symbolic.crossing import lie_derivative
from saltation.symbolic.quantity import Quantity
from saltation.symbolic.simplification import canonical, tidy
from saltation.symbolic.system import HybridSystem, Port, SystemEvent, SystemMode

SPIKE_TIME = Quantity("e", real=True)
"""What the loss and the targets of an emitted spike say about its time, dL/dt in 1/s."""
SENSITIVITY = Quantity("sigma", real=True)
"""The sensitivity of the loss to the time of a jump, in 1/s."""
SLOPE = Quantity("gdot", real=True)
"""The rate of change of a guard along the flow at its crossing."""


def adjoint_symbols(system: HybridSystem, mark: str = "") -> tuple[Symbol, ...]:
    """Return the adjoints of the states, ``nu_x = dL/dx``, one symbol per state."""
    return tuple(Quantity(f"nu_{state.name}{mark}", real=True) for state in system.states)


def adjoint_flow(system: HybridSystem, mode: SystemMode) -> tuple[Expr, ...]:
    r"""Return ``dnu/dt = -(df/dx)^T nu`` along a mode's flow, one expression per state."""
    nu = adjoint_symbols(system)
    return tuple(
        tidy(-sum(n * f.diff(x) for n, f in zip(nu, mode.flow, strict=True)), nu)
        for x in system.states
    )


def parameter_flow(system: HybridSystem, mode: SystemMode) -> dict[Symbol, Expr]:
    r"""Return ``nu^T df/dp``, whose integral along the flow is its share of ``dL/dp``."""
    nu = adjoint_symbols(system)
    shares = {
        p: tidy(sum(n * f.diff(p) for n, f in zip(nu, mode.flow, strict=True)), nu)
        for p in system.parameters
    }
    return {p: share for p, share in shares.items() if share != 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class JumpAdjoint:
    """The adjoint of one jump, as expressions in ``x-``, ``nu+``, the parameters and ``e``.

    Attributes
    ----------
    pulled : tuple of Expr
        ``nu^``, per state.
    sensitivity : Expr
        ``sigma`` (with ``e`` for an event).
    parameters : Mapping of Symbol to Expr
        ``nu+^T dJ/dp`` for the parameters that the jump contains.
    weight : Expr
        ``nu+^T dJ/dw``; zero for an event.
    """

    pulled: tuple[Expr, ...]
    sensitivity: Expr
    parameters: Mapping[Symbol, Expr]
    weight: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAdjoint:
    """The adjoint of an event: its jump, and the implicit function theorem at its guard.

    Attributes
    ----------
    jump : JumpAdjoint
        The adjoint of the reset at a given time.
    gradient : tuple of Expr
        ``grad g``, per state.
    guard_parameters : Mapping of Symbol to Expr
        ``dg/dp`` for the parameters that the guard contains.
    slope : Expr
        ``gdot``.
    on_guard : Mapping of Symbol to Expr
        One state expressed by the others on ``g = 0``, where the guard allows it; else empty.
    kept : tuple of Symbol
        The states just before the event that its adjoint needs when its time is implicit.
    """

    jump: JumpAdjoint
    gradient: tuple[Expr, ...]
    guard_parameters: Mapping[Symbol, Expr]
    slope: Expr
    on_guard: Mapping[Symbol, Expr]
    kept: tuple[Symbol, ...]


def arrival_adjoint(system: HybridSystem, mode: SystemMode, port: Port) -> JumpAdjoint:
    """Return the adjoint of a spike's arrival at a port while the mode is active."""
    return _jump_adjoint(system, mode, mode, port.jump)


def event_adjoint(system: HybridSystem, mode: SystemMode, event: SystemEvent) -> EventAdjoint:
    """Return the adjoint of an event of a mode."""
    jump = _jump_adjoint(system, mode, system.modes[event.target], event.reset)
    gradient = tuple(event.guard.diff(x) for x in system.states)
    guard_parameters = _nonzero({p: event.guard.diff(p) for p in system.parameters})
    slope = tidy(lie_derivative(event.guard, system, mode))
    on_guard = _solve_guard(system, event.guard)
    needed: set[Symbol] = set()
    terms = (
        *jump.pulled,
        jump.sensitivity,
        *jump.parameters.values(),
        slope,
        *gradient,
        *guard_parameters.values(),
    )
    for expression in terms:
        needed |= canonical(expression.subs(on_guard)).free_symbols
    return EventAdjoint(
        jump=jump,
        gradient=gradient,
        guard_parameters=guard_parameters,
        slope=slope,
        on_guard=on_guard,
        kept=tuple(x for x in system.states if x in needed),
    )


def _jump_adjoint(
    system: HybridSystem, before: SystemMode, after: SystemMode, jump: tuple[Expr, ...]
) -> JumpAdjoint:
    nu = adjoint_symbols(system)
    pulled = tuple(
        tidy(sum(n * j.diff(x) for n, j in zip(nu, jump, strict=True)), nu) for x in system.states
    )
    landing = dict(zip(system.states, jump, strict=True))
    handed = sum(
        n * f.subs(landing, simultaneous=True) for n, f in zip(nu, after.flow, strict=True)
    )
    moved = sum(n * f for n, f in zip(pulled, before.flow, strict=True))
    weight = sum(n * j.diff(system.weight) for n, j in zip(nu, jump, strict=True))
    parameters = {
        p: tidy(sum(n * j.diff(p) for n, j in zip(nu, jump, strict=True)), nu)
        for p in system.parameters
    }
    return JumpAdjoint(
        pulled=pulled,
        sensitivity=tidy(moved - handed, nu),
        parameters=_nonzero(parameters),
        weight=tidy(weight, nu),
    )


def _solve_guard(system: HybridSystem, guard: Expr) -> dict[Symbol, Expr]:
    """Express one state by the others on the guard's surface, if it enters with factor one."""
    for state in system.states:
        factor = guard.diff(state)
        if factor in (1, -1):
            return {state: expand(state - factor * guard)}
    return {}


def _nonzero(expressions: Mapping[Symbol, Expr]) -> dict[Symbol, Expr]:
    return {symbol: value for symbol, value in expressions.items() if value != 0}
