"""Classify the flow of a mode and write its flow map in closed form.

A flow ``dx/dt = A x + b`` with constant coefficients is *triangular* if its states can be ordered
so that each one depends on itself and later ones only; then every entry of ``exp(A h)`` is a sum,
over the paths from one state to another, of products of couplings times a divided difference of
the exponential at the rates along the path. Any other linear flow is *coupled* (its rates may be
complex) and is evaluated as a matrix exponential.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from sympy import Expr, ImmutableMatrix, Integer, Matrix, Symbol, expand

from saltation.symbolic.exponentials import exp_difference
from saltation.symbolic.quantity import Quantity
from saltation.symbolic.simplification import canonical
from saltation.symbolic.system import HybridSystem, SystemMode

DURATION = Quantity("h", real=True, nonnegative=True)
"""The length of a stretch of flow, in seconds."""


class FlowKind(Enum):
    """What is known of a mode's flow, from the most to the least special."""

    TRIANGULAR = "linear, triangular: real rates, closed form"
    COUPLED = "linear, coupled: matrix exponential"
    NONLINEAR = "nonlinear: no closed form"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearFlow:
    """The coefficients of ``dx/dt = A x + b`` and, if triangular, its flow map.

    Attributes
    ----------
    kind : FlowKind
        ``TRIANGULAR`` or ``COUPLED``.
    matrix, drive : ImmutableMatrix
        ``A``, shape (n, n), unit 1/s times the ratio of the states' units; ``b``, shape (n, 1).
    order : tuple of int
        A triangular flow's states sorted so that each depends on itself and later ones only.
    propagator, shift : ImmutableMatrix or None
        ``x(h) = propagator x(0) + shift``, shapes (n, n) and (n, 1); None for a coupled flow.
    """

    kind: FlowKind
    matrix: ImmutableMatrix
    drive: ImmutableMatrix
    order: tuple[int, ...]
    propagator: ImmutableMatrix | None
    shift: ImmutableMatrix | None

    @property
    def rates(self) -> tuple[Expr, ...]:
        """The diagonal of ``A``: the rates of a triangular flow, one per state."""
        return tuple(self.matrix[k, k] for k in range(self.matrix.rows))


def linear_flow(system: HybridSystem, mode: SystemMode) -> LinearFlow | None:
    """Return the linear flow of a mode, or None if it is nonlinear."""
    coefficients = _coefficients(system, mode)
    if coefficients is None:
        return None
    matrix, drive = coefficients
    order = _triangular_order(matrix)
    if order is None:
        return LinearFlow(
            kind=FlowKind.COUPLED,
            matrix=matrix,
            drive=drive,
            order=(),
            propagator=None,
            shift=None,
        )
    propagator, shift = _flow_map(matrix, drive)
    return LinearFlow(
        kind=FlowKind.TRIANGULAR,
        matrix=matrix,
        drive=drive,
        order=order,
        propagator=propagator,
        shift=shift,
    )


def driving_states(
    system: HybridSystem, mode: SystemMode, watched: Iterable[Expr] = ()
) -> tuple[int, ...]:
    """Return the states that drive a nonlinear flow and follow a linear one of their own.

    These are states such as a synapse that decays exponentially: their own flow is linear and
    triangular, and depends on no other state. Those that `watched` functions contain are left out
    unless their rate is constant, as that of a clock, and all where there is neither a state that
    they could drive nor a clock that is watched.
    """
    states = system.states
    read = set().union(*(function.free_symbols for function in watched))
    inside = [
        k
        for k, (x, rate) in enumerate(zip(states, mode.flow, strict=True))
        if x not in read or not rate.free_symbols & set(states)
    ]
    while True:
        kept = [k for k in inside if _is_linear(system, mode.flow[k], [states[j] for j in inside])]
        if kept == inside:
            break
        inside = kept
    matrix = Matrix(
        len(inside), len(inside), lambda i, j: mode.flow[inside[i]].diff(states[inside[j]])
    )
    undriven = len(inside) == len(states) and not read & set(states)
    if undriven or _triangular_order(ImmutableMatrix(matrix)) is None:
        return ()
    return tuple(inside)


def _is_linear(system: HybridSystem, rate: Expr, allowed: Sequence[Symbol]) -> bool:
    outside = set(system.states) - set(allowed)
    slopes = [canonical(rate.diff(x)) for x in allowed]
    return not rate.free_symbols & outside and not any(
        slope.free_symbols & set(system.states) for slope in slopes
    )


def driving_flow(
    system: HybridSystem, mode: SystemMode, driving: Sequence[int]
) -> tuple[ImmutableMatrix, ImmutableMatrix]:
    """Return the propagator and the shift of driving states; zero for all others."""
    states, n = system.states, len(system.states)
    matrix, drive = Matrix.zeros(n, n), Matrix.zeros(n, 1)
    for k in driving:
        rate = expand(mode.flow[k])
        drive[k] = rate.subs({x: 0 for x in states})
        for j in driving:
            matrix[k, j] = canonical(rate.diff(states[j]))
    propagator, shift = _flow_map(ImmutableMatrix(matrix), ImmutableMatrix(drive))
    kept = Matrix(n, n, lambda i, j: propagator[i, j] if i in driving else Integer(0))
    return ImmutableMatrix(kept), shift


def _coefficients(
    system: HybridSystem, mode: SystemMode
) -> tuple[ImmutableMatrix, ImmutableMatrix] | None:
    states = Matrix(system.states)
    flow = Matrix([expand(f) for f in mode.flow])
    matrix = flow.jacobian(states).applyfunc(expand)
    if matrix.free_symbols & set(system.states):
        matrix = flow.jacobian(states).applyfunc(canonical)
        if matrix.free_symbols & set(system.states):
            return None
    drive = flow.subs({state: 0 for state in system.states})
    return ImmutableMatrix(matrix), ImmutableMatrix(drive)


def _triangular_order(matrix: ImmutableMatrix) -> tuple[int, ...] | None:
    remaining = list(range(matrix.rows))
    order: list[int] = []
    while remaining:
        free = [
            k for k in remaining if all(matrix[j, k] == 0 for j in remaining if j != k)
        ]  # nothing that remains depends on k
        if not free:
            return None
        order.append(free[0])
        remaining.remove(free[0])
    return tuple(order)


def _paths(matrix: ImmutableMatrix, start: int) -> Iterator[tuple[int, ...]]:
    """Yield every path ``start <- ... <- end`` of the couplings, the trivial one included."""
    stack: list[tuple[int, ...]] = [(start,)]
    while stack:
        path = stack.pop()
        yield path
        stack.extend(
            (*path, k) for k in range(matrix.rows) if k != path[-1] and matrix[path[-1], k] != 0
        )


def _flow_map(
    matrix: ImmutableMatrix, drive: ImmutableMatrix
) -> tuple[ImmutableMatrix, ImmutableMatrix]:
    n = matrix.rows
    propagator, shift = Matrix.zeros(n, n), Matrix.zeros(n, 1)
    for i in range(n):
        for path in _paths(matrix, i):
            gain: Expr = Integer(1)
            for target, source in pairwise(path):
                gain *= matrix[target, source]
            rates = [matrix[k, k] for k in path]
            propagator[i, path[-1]] += gain * exp_difference(DURATION, *rates)
            if drive[path[-1]] != 0:
                constant = exp_difference(DURATION, *rates, Integer(0))
                shift[i] += gain * drive[path[-1]] * constant
    return ImmutableMatrix(propagator), ImmutableMatrix(shift)
