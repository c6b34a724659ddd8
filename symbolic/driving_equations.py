"""The equations of states that drive a numerical flow and follow a closed form themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sympy import Expr, MatAdd, MatMul, Transpose

from saltation.symbolic.equations import Equation, Relation
from saltation.symbolic.exponentials import DIVIDED_DIFFERENCE, ExpDifference, exprel_form
from saltation.symbolic.flow import DURATION, driving_flow
from saltation.symbolic.headings import Heading
from saltation.symbolic.notation import Notation
from saltation.symbolic.system import SystemMode


def driving_equations(
    mode: SystemMode, driving: Sequence[int], notation: Notation, section: str
) -> Iterator[Equation]:
    """Yield the exact flow of driving states, and what it does to a step and its adjoint."""
    if not driving:
        return
    system, name = notation.system, mode.name
    names = ", ".join(system.states[k].name for k in driving)
    one = len(driving) == 1
    propagator, shift = driving_flow(system, mode, driving)
    about = f"`{names}` {'follows' if one else 'follow'} a linear flow of "
    about += f"{'its' if one else 'their'} own, in closed form."
    if any(not exprel_form(e) for m in (propagator, shift) for e in m.atoms(ExpDifference)):
        about += f" {notation.free(DIVIDED_DIFFERENCE)}"
    heading = Heading(section, "What drives the flow", about)
    h = notation.quantity("h", "h", positive=True)
    for k in driving:
        total: Expr = shift[k]
        for j in driving:
            total += propagator[k, j] * notation.at(system.states[j], "0")
        yield heading.write(
            ("step_drive_flow", name, system.states[k].name),
            notation.at(system.states[k], notation.end),
            total.xreplace({DURATION: h}),
        )
    shifted = any(shift[k] != 0 for k in driving)
    yield from _exact_equations(name, len(driving), shifted, notation, section)


@dataclass(frozen=True, slots=True)
class _Driving:
    """The symbols of `n` driving states."""

    notation: Notation
    n: int

    def vector(self, name: str, latex: str) -> Expr:
        free = self.notation.free
        return self.notation.matrix(free(name), free(latex), self.n, 1)

    def flow_map(self, when: str) -> Expr:
        own = self.notation.free(when)
        return self.notation.matrix(f"Phi({own})", rf"\Phi({own})", self.n, self.n)


def _exact_equations(
    mode: str, n: int, shifted: bool, notation: Notation, section: str
) -> Iterator[Equation]:
    """Yield what driving states `y` do in a step, instead of the equations of a step."""
    added = ", to which they add `psi(h)`" if shifted else ""
    heading = Heading(
        section,
        "What drives the flow, in a step",
        notation.free(
            f"Those states are `y` here, and `Phi(h)` is the matrix by which they follow from "
            f"`y(0)`{added}. This replaces their rows of `x(h)`; the others see their coefficients."
        ),
    )
    y = _Driving(notation, n)
    moved = MatMul(y.flow_map("h"), y.vector("y(0)", "y(0)"))
    psi = y.vector("psi(h)", r"\psi(h)")
    yield heading.write(
        ("step_drive", mode, "flow"),
        y.vector("y(h)", "y(h)"),
        MatAdd(moved, psi) if shifted else moved,
    )
    yield from _backwards(mode, n, notation, section)


def _backwards(mode: str, n: int, notation: Notation, section: str) -> Iterator[Equation]:
    """Yield the adjoint of driving states, and their rates by the length of a step."""
    heading = Heading(
        section,
        "What drives the flow, backwards",
        notation.free(
            "`Xi_0,y` are the rows of `Xi_0` for `y`, in which `nu(h)` has none for `y`; `f_y` is "
            "the rate of `y`, and `F_y` are its rows of `F`."
        ),
    )
    y, p = _Driving(notation, n), len(notation.system.parameters)
    pulled = y.vector("Xi_0,y", r"\Xi_{0,y}")
    end = y.vector("nu_y(h)", r"\nu_{y}(h)")
    yield heading.write(
        ("step_drive", mode, "adjoint"),
        y.vector("nu_y(0)", r"\nu_{y}(0)"),
        MatAdd(MatMul(Transpose(y.flow_map("h")), end), pulled),
    )
    if p:
        by_end = notation.matrix(
            notation.free("dy(h)/dp"), notation.free(r"\frac{\partial y(h)}{\partial p}"), n, p
        )
        yield heading.write(
            ("step_drive", mode, "gradient"),
            notation.matrix("dL/dp", r"\frac{dL}{dp}", p, 1),
            MatMul(Transpose(by_end), end),
            Relation.ADDS,
        )
    yield heading.write(
        ("step_drive", mode, "end"), y.vector("F_y", "F_{y}"), y.vector("f_y(y(h))", "f_{y}(y(h))")
    )
