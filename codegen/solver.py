"""Decide how a model's flows are computed: in closed form, or by Taylor series."""

from __future__ import annotations

from collections.abc import Iterator

from saltation.codegen.options import Solver
from saltation.symbolic.crossing import is_affine, lie_derivative
from saltation.symbolic.derivation import Derivation, derive_observed
from saltation.symbolic.errors import UnsupportedModelError
from saltation.symbolic.flow import linear_flow
from saltation.symbolic.observation import ObservedSystem
from saltation.symbolic.parts import ModePart


def is_numerical(observed: ObservedSystem, solver: Solver) -> bool:
    """Tell whether a model's flows are computed numerically.

    All modes are, as soon as one of them has no closed form or one of its guards or maxima is not
    affine in the states.

    Raises
    ------
    UnsupportedModelError
        If only closed forms are asked for, and there is none.
    """
    if solver is Solver.TAYLOR:
        return True
    obstacle = next(_obstacles(observed, derive_observed(observed)), None)
    if obstacle is not None and solver is Solver.CLOSED_FORM:
        raise obstacle
    return obstacle is not None


def _obstacles(observed: ObservedSystem, derivation: Derivation) -> Iterator[UnsupportedModelError]:
    for part in derivation.modes:
        if part.flow is None:
            yield _nonlinear(observed, part)
    system = derivation.system
    for part in derivation.modes:
        watched = [("guard", event.event.guard) for event in part.events]
        watched += [
            ("slope of an observed maximum", lie_derivative(expression, system, part.mode))
            for expression in observed.maxima
        ]
        for what, function in watched:
            if not is_affine(function, system):
                yield UnsupportedModelError(
                    f"the {what} is not affine in the states, so that its crossings have no "
                    "closed form",
                    model=system.name,
                    equation=f"mode {part.mode.name!r}, {what}",
                    text=str(function),
                    hint="choose solver='auto' or 'taylor'",
                )


def _nonlinear(observed: ObservedSystem, part: ModePart) -> UnsupportedModelError:
    """Name the integral that makes a linear flow nonlinear, or the flow itself."""
    declared = observed.system
    mode = next(m for m in declared.modes if m.name == part.mode.name)
    if linear_flow(declared, mode) is not None:
        expression = next(e for e in observed.integrals if not is_affine(e, declared))
        return UnsupportedModelError(
            "the integral over time has a closed form only for an expression that is affine in "
            "the states",
            model=declared.name,
            equation="observation of kind 'integral'",
            text=str(expression),
            hint="choose solver='auto' or 'taylor'",
        )
    return UnsupportedModelError(
        "the flow is not linear in the states with constant coefficients",
        model=declared.name,
        equation=f"mode {part.mode.name!r}, dynamics",
        hint="choose solver='auto' or 'taylor'",
    )
