"""Statements that tell where a step is too long for the derivatives along it.

The series of the states limit a step, those of derivatives do not: of what a factor of zero
multiplies, no state shows a term. So the last terms of each sum of the adjoint are compared with
what is summed. Polynomials of few powers are as good as the states in them.

Each sum has loops of its own over the lanes, which GCC then makes vectors of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr, Poly, Symbol, expand

from saltation.codegen.series_steps import Linear
from saltation.symbolic.system import HybridSystem

_POWERS = 3
"""Up to which degree the series of a polynomial is as good as those of the states in it; one power
of a state with an exact flow, whose terms limit no step."""


@dataclass(frozen=True, slots=True)
class Derivative:
    """A rate's derivative: its series, and whether the states' series are no measure for it."""

    series: Linear
    steep: bool


def is_steep(rate: Expr, variable: Symbol, system: HybridSystem, driving: Sequence[int]) -> bool:
    """Tell whether the states' series are no measure for that of a rate's derivative."""
    expression = rate.diff(variable)
    if expand(variable * expression + rate) == 0:
        return False  # the variable divides the rate, whose series is that of its state
    states = [x for x in system.states if expression.has(x)]
    if not states:
        return False
    if not expression.is_polynomial(*states):
        return True
    exact = {system.states[k] for k in driving}
    powers = Poly(expression, *states).monoms()
    of_exact = (sum(n for x, n in zip(states, each, strict=True) if x in exact) for each in powers)
    return max(map(sum, powers)) > _POWERS or max(of_exact) > 1


def compared(sizes: str, derivatives: Sequence[Derivative], one: str) -> list[str]:
    """Return statements that compare the last terms of a sum with what it adds to.

    Parameters
    ----------
    sizes : str
        C text of the size of what is summed, in lane `l`.
    derivatives : sequence of Derivative
        Those whose series are summed, in the order of the rates.
    one : str
        The literal of one.
    """
    lines = []
    for i, derivative in enumerate(derivatives):
        for row, factor in derivative.series.terms:
            if derivative.steep:
                of = f"series, {row}U, share, {i}U, {factor or one}"
                lines.append(f"sal_compare({of}, order, lanes, bound, coarse);")
    if not lines:
        return []
    return [*in_lanes([f"bound[l] = most * {sizes};"]), *lines]


def checked_gradient(
    place: str, value: str, parameter: str, derivatives: Sequence[Derivative], one: str
) -> list[str]:
    """Return statements that add a value to a parameter's gradient, and look at its last terms.

    Parameters
    ----------
    place, value, parameter : str
        C text: where the gradient is, and the parameter's own value.
    derivatives : sequence of Derivative
        Those of the rates by the parameter.
    one : str
        The literal of one.
    """
    sizes = f"sal_sizes(own[l], total[{place}], {parameter})"
    checks = compared(sizes, derivatives, one)
    if not checks:
        return in_lanes([f"out[{place}] += {value};"])
    kept = in_lanes([f"own[l] = {value};", f"out[{place}] += own[l];"])
    declared = "sal_real own[SAL_NODES], bound[SAL_NODES];"
    return ["{", *indented([declared, *kept, *checks]), "}"]


def in_lanes(lines: Sequence[str]) -> list[str]:
    """Return statements for every lane `l`."""
    return ["for (l = 0U; l < lanes; l++) {", *indented(lines), "}"]


def indented(lines: Sequence[str]) -> list[str]:
    """Return statements one block deeper."""
    return [f"    {line}" for line in lines]
