r"""Certain crossings of a guard along a triangular linear flow.

Along such a flow an affine guard ``g`` is a sum of exponentials with real rates ``l_1, ..., l_n``
(a rate repeated where states share it, zero for a constant). Dividing one exponential out and
differentiating removes its rate:

.. math::
    L_0 = g, \qquad L_j = (d/dt - l_j) L_{j-1}, \qquad L_n = 0,

so the zeros of ``L_{j-1}`` are separated by those of ``L_j`` (Rolle). Taken two at a time the
chain gives more: where ``L_2`` keeps its sign, ``exp(-l_1 h) g`` is concave or convex as a function
of ``(exp((l_2 - l_1) h) - 1) / (l_2 - l_1)``, and a tangent there bounds ``g`` from one side.
Every ``L_j`` is again an affine function of the state; nothing is divided by a difference of rates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sympy import Expr, Integer, Matrix, Poly, Rational, expand, simplify

from saltation.symbolic.flow import LinearFlow
from saltation.symbolic.simplification import tidy
from saltation.symbolic.system import HybridSystem, SystemMode

LONGEST = 4
"""The longest chain whose ``L_2`` changes its sign at most once: its two ends tell where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingChain:
    """The chain of a function of the state along a triangular flow.

    Attributes
    ----------
    functions : tuple of Expr
        ``L_0, ..., L_{n-1}``: expressions in the states; ``L_n`` is zero.
    rates : tuple of Expr
        ``l_1, ..., l_n``, unit 1/s.
    lasting : Mapping of int to Expr
        The functions that contain a constant, or a state without leak, that other states balance
        in the course of time, as the slope of a membrane with a resting potential does: of the
        states at the end of a long interval such a function has rounding only, and no sign. Each
        after a flow over :data:`DURATION`, by the states now.
    """

    functions: tuple[Expr, ...]
    rates: tuple[Expr, ...]
    lasting: Mapping[int, Expr]

    def function(self, index: int) -> Expr:
        """Return ``L_index``, zero from the end of the chain on."""
        return self.functions[index] if index < len(self.functions) else Integer(0)

    def rate(self, index: int) -> Expr:
        """Return ``l_index`` (counted from one), zero beyond the end of the chain."""
        return self.rates[index - 1] if index <= len(self.rates) else Integer(0)

    @property
    def searched(self) -> bool:
        """Whether crossings are found by steps from one end, for many neurons at once."""
        return len(self.functions) <= LONGEST

    def further_terms(self, count: int) -> list[Expr]:
        r"""Return the factors of :math:`w^3, w^4, \ldots` in a Taylor series about the start.

        It is that of :math:`\exp(-l_1 h) g` as a function of
        :math:`w = (\exp((l_2 - l_1) h) - 1) / (l_2 - l_1)`, which begins with
        :math:`L_0 + L_1 w + L_2 w^2 / 2` and goes on with :math:`(a_k L_2 + b_k L_3) w^k`, as
        :math:`L_2' = l_3 L_2 + L_3` and :math:`L_3' = l_4 L_3`.
        """
        gap = self.rate(2) - self.rate(1)
        a, b = Rational(1, 2), Integer(0)
        factors: list[Expr] = []
        for k in range(2, count + 2):
            rate = self.rate(1) + k * gap
            b = (a + b * (self.rate(4) - rate)) / (k + 1)
            a = a * ((self.rate(3) - rate) / (k + 1))
            factors.append(a * self.function(2) + b * self.function(3))
        return factors

    @property
    def levels(self) -> int:
        """How many pairs of rates must be taken until the sign of what is left is constant."""
        return max(1, len(self.functions) // 2)


def lie_derivative(expression: Expr, system: HybridSystem, mode: SystemMode) -> Expr:
    """Return the rate of change of an expression of the state along a mode's flow."""
    change: Expr = Integer(0)
    for state, flow in zip(system.states, mode.flow, strict=True):
        change += expression.diff(state) * flow
    return change


def is_affine(expression: Expr, system: HybridSystem) -> bool:
    """Tell whether an expression is affine in the states."""
    if not expression.free_symbols & set(system.states):
        return True
    if not expression.is_polynomial(*system.states):
        expression = simplify(expression)
        if not expression.is_polynomial(*system.states):
            return False
    return bool(Poly(expression, *system.states).total_degree() <= 1)


def crossing_chain(
    function: Expr,
    system: HybridSystem,
    mode: SystemMode,
    flow: LinearFlow,
    *,
    slope_of: Expr | None = None,
) -> CrossingChain:
    """Return the chain of an affine function of the state along a triangular flow.

    Parameters
    ----------
    slope_of : Expr, optional
        What the function is the rate of change of, if it is one: then it has no constant part
        unless a state has the rate zero.
    """
    reached = _reached_states(function, system, flow)
    rates = [flow.matrix[k, k] for k in flow.order if k in reached]
    driven = _is_driven(function, system, flow)
    if driven and (slope_of is None or any(rate == 0 for rate in rates)):
        rates.insert(0, Integer(0))
    functions: list[Expr] = []
    used: list[Expr] = []
    current = tidy(function, system.states)
    for rate in rates:
        if current == 0:
            break
        functions.append(current)
        used.append(rate)
        current = tidy(lie_derivative(current, system, mode) - rate * current, system.states)
    return CrossingChain(
        functions=tuple(functions),
        rates=tuple(used),
        lasting=_lasting(functions, used, system, mode, flow, slope_of),
    )


def _lasting(
    functions: Sequence[Expr],
    rates: Sequence[Expr],
    system: HybridSystem,
    mode: SystemMode,
    flow: LinearFlow,
    slope_of: Expr | None,
) -> dict[int, Expr]:
    r"""Return functions of a chain after a flow, of which at the end of a long one nothing is left.

    They are linear in how fast the states change, :math:`u = A x + b`, which follows :math:`du/dt =
    A u`: constants have no part in that, and nothing is lost beside them.
    """
    found: dict[int, Expr] = {}
    first = 1 if slope_of is None else 0
    if first and functions and rates[0] != 0:
        return found
    if not any(_is_lasting(f, system, flow) for f in functions[first:]):
        return found
    assert flow.propagator is not None
    later = flow.propagator * Matrix(mode.flow)
    factors = Matrix([functions[0] if slope_of is None else slope_of]).jacobian(system.states)
    for index in range(first, len(functions)):
        if _is_lasting(functions[index], system, flow):
            found[index] = (factors * later)[0]
        factors = (factors * flow.matrix - rates[index] * factors).applyfunc(tidy)
    return found


def _is_lasting(function: Expr, system: HybridSystem, flow: LinearFlow) -> bool:
    """Tell whether a function contains what does not decay: a constant, or a state without leak."""
    reached = _reached_states(function, system, flow)
    idle = any(flow.matrix[k, k] == 0 for k in reached)
    return idle or _is_driven(function, system, flow)


def _is_driven(function: Expr, system: HybridSystem, flow: LinearFlow) -> bool:
    """Tell whether a function contains a constant, or states that one drives."""
    constant = expand(function).subs({state: 0 for state in system.states})
    reached = _reached_states(function, system, flow)
    return constant != 0 or any(flow.drive[k] != 0 for k in reached)


def _reached_states(function: Expr, system: HybridSystem, flow: LinearFlow) -> set[int]:
    """Return the states that the function depends on, now or through the flow."""
    waiting = [k for k, state in enumerate(system.states) if function.has(state)]
    reached: set[int] = set()
    while waiting:
        k = waiting.pop()
        reached.add(k)
        waiting.extend(
            j for j in range(flow.matrix.cols) if flow.matrix[k, j] != 0 and j not in reached
        )
    return reached
