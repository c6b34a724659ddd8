"""The equations of what is observed of a neuron: maxima and samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sympy import Expr

from saltation.symbolic.crossing import crossing_chain, is_affine, lie_derivative
from saltation.symbolic.equations import Equation, Relation
from saltation.symbolic.flow import FlowKind
from saltation.symbolic.headings import Heading
from saltation.symbolic.notation import Notation
from saltation.symbolic.numerical_equations import polynomial
from saltation.symbolic.observation import ObservedSystem
from saltation.symbolic.parts import ModePart, computed_numerically
from saltation.symbolic.simplification import tidy

_POLYNOMIAL = (
    "Inside a step, at the fraction `theta` of its length, with the coefficients `m_k` of the "
    "slope along the series. Its changes of sign are isolated first; the step is then shortened "
    "until the slope vanishes at its end."
)


def observation_equations(
    observed: ObservedSystem, modes: Sequence[ModePart], notation: Notation
) -> Iterator[Equation]:
    """Yield the equations of the maxima and samples; integrals are states like any other."""
    for k, expression in enumerate(observed.maxima):
        yield from _observation(f"maximum {k}", k, expression, notation)
        for part in modes:
            yield from _slope_equations(k, expression, part, notation)
            if computed_numerically(modes):
                yield from _numerical_slope(k, expression, part, notation)
            else:
                yield from _slope_chain(k, expression, part, notation)
    for k, expression in enumerate(observed.samples):
        yield from _observation(f"sample {k}", k, expression, notation)


def _slope_equations(
    k: int, expression: Expr, part: ModePart, notation: Notation
) -> Iterator[Equation]:
    system, mode = notation.system, part.mode
    section = f"Observed: maximum {k}"
    heading = Heading(section, f"Slope in mode {mode.name}", "A peak is where it falls to zero.")
    slope = tidy(lie_derivative(expression, system, mode), system.states)
    left = notation.quantity(f"dM_{k}/dt", rf"\dot{{M}}_{{{k}}}")
    yield heading.write(("maximum_slope", k, mode.name), left, slope)


def _slope_chain(
    k: int, expression: Expr, part: ModePart, notation: Notation
) -> Iterator[Equation]:
    system, mode = notation.system, part.mode
    if part.flow is None or part.flow.kind is not FlowKind.TRIANGULAR:
        return
    slope = tidy(lie_derivative(expression, system, mode), system.states)
    if not is_affine(slope, system):
        return
    heading = Heading(
        f"Observed: maximum {k}",
        f"Crossing chain in mode {mode.name}",
        "The chain of minus the slope.",
    )
    chain = crossing_chain(-slope, system, mode, part.flow, slope_of=-expression)
    for j, function in enumerate(chain.functions):
        left = notation.quantity(f"L_{j}", f"L_{{{j}}}")
        yield heading.write(("slope_chain", k, mode.name, j), left, function)


def _numerical_slope(
    k: int, expression: Expr, part: ModePart, notation: Notation
) -> Iterator[Equation]:
    system, mode = notation.system, part.mode
    section = f"Observed: maximum {k}"
    heading = Heading(
        section, f"Slope inside a step in mode {mode.name}", notation.free(_POLYNOMIAL)
    )
    slope = lie_derivative(expression, system, mode)
    rate = notation.quantity(f"d2M_{k}/dt2", rf"\ddot{{M}}_{{{k}}}")
    bend = tidy(lie_derivative(slope, system, mode), system.states)
    yield heading.write(("maximum_bend", k, mode.name), rate, bend)
    left = notation.quantity(notation.free(f"P_{k}(theta)"), notation.free(rf"P_{{{k}}}(\theta)"))
    yield heading.write(("slope_polynomial", k, mode.name), left, polynomial("m", "m", notation))


def _observation(what: str, k: int, expression: Expr, notation: Notation) -> Iterator[Equation]:
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
