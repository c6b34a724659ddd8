"""The equations of what is observed of a neuron: maxima and samples."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr

from saltation.symbolic.crossing import lie_derivative
from saltation.symbolic.equations import Equation, Relation
from saltation.symbolic.flow_equations import Heading
from saltation.symbolic.notation import Notation
from saltation.symbolic.observation import ObservedSystem
from saltation.symbolic.simplification import tidy


def observation_equations(observed: ObservedSystem, notation: Notation) -> Iterator[Equation]:
    """Yield the equations of the maxima and samples; integrals are states like any other."""
    for k, expression in enumerate(observed.maxima):
        yield from _observation(f"maximum {k}", k, expression, notation)
        heading = Heading(
            f"Observed: maximum {k}",
            "Slope",
            "A peak is where it falls through zero.",
        )
        for mode in notation.system.modes:
            slope = tidy(lie_derivative(expression, notation.system, mode))
            left = notation.quantity(f"dM_{k}/dt", rf"\dot{{M}}_{{{k}}}")
            yield heading.write(("maximum_slope", k, mode.name), left, slope)
    for k, expression in enumerate(observed.samples):
        yield from _observation(f"sample {k}", k, expression, notation)


def _observation(
    what: str, k: int, expression: Expr, notation: Notation
) -> Iterator[Equation]:
    kind = what.split()[0]
    letter = kind[0].upper()
    heading = Heading(
        f"Observed: {what}",
        "Value and adjoint",
        "`c` is the derivative of the loss by the observed value.",
    )
    yield heading.write(
        (kind, k), notation.quantity(f"{letter}_{k}", f"{letter}_{{{k}}}"), expression
    )
    c = notation.quantity("c", "c")
    for x in notation.system.states:
        if expression.diff(x) != 0:
            yield heading.write(
                (f"{kind}_adjoint", k, x.name),
                notation.adjoint(x),
                c * expression.diff(x),
                Relation.ADDS,
            )
    for p in notation.system.parameters:
        if expression.diff(p) != 0:
            yield heading.write(
                (f"{kind}_gradient", k, p.name),
                notation.gradient(p),
                c * expression.diff(p),
                Relation.ADDS,
            )
