"""The equations of states that drive a numerical flow and follow a closed form themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sympy import Expr, MatAdd, MatMul, Transpose

from saltation.symbolic.equations import Equation, Relation
from saltation.symbolic.flow import DURATION, driving_flow
from saltation.symbolic.headings import Heading
from saltation.symbolic.notation import Notation
from saltation.symbolic.sums import StageVectorSum
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
    heading = Heading(
        section,
        "What drives the flow",
        f"`{names}` {'follows' if one else 'follow'} a linear flow of "
        f"{'its' if one else 'their'} own, in closed form.",
    )
    h = notation.quantity("h", "h", positive=True)
    propagator, shift = driving_flow(system, mode, driving)
    for k in driving:
        total: Expr = shift[k]
        for j in driving:
            total += propagator[k, j] * notation.at(system.states[j], "0")
        yield heading.write(
            ("step_drive_flow", name, system.states[k].name),
            notation.at(system.states[k], "h"),
            total.xreplace({DURATION: h}),
        )
    shifted = any(shift[k] != 0 for k in driving)
    yield from _stage_equations(name, len(driving), shifted, notation, section)


def _stage_equations(
    mode: str, n: int, shifted: bool, notation: Notation, section: str
) -> Iterator[Equation]:
    """Yield what driving states `y` do at the stages, instead of the equations of a step."""
    heading = Heading(
        section,
        "What drives the flow, at the stages",
        "Those states are `y` here. At a stage they are taken after the share `c_k` of the step; "
        "these equations replace their rows in those of a step, and they have no `Lambda_k`.",
    )

    def vector(name: str, latex: str) -> Expr:
        return notation.matrix(name, latex, n, 1)

    def flow_map(when: str) -> Expr:
        return notation.matrix(f"Phi({when})", rf"\Phi({when.replace('c_k', 'c_{k}')})", n, n)

    start, stage = vector("y(0)", "y(0)"), vector("Y_k", "Y_{k}")
    moved = MatMul(flow_map("c_k h"), start)
    psi = vector("psi(c_k h)", r"\psi(c_{k} h)")
    yield heading.write(
        ("step_drive", mode, "stage"), stage, MatAdd(moved, psi) if shifted else moved
    )
    pulled = vector("Xi_k,y", r"\Xi_{k,y}")
    end = vector("nu_y(h)", r"\nu_{y}(h)")
    back = StageVectorSum(MatMul(Transpose(flow_map("c_k h")), pulled), "k")
    yield heading.write(
        ("step_drive", mode, "adjoint"),
        vector("nu_y(0)", r"\nu_{y}(0)"),
        MatAdd(MatMul(Transpose(flow_map("h")), end), back),
    )
    p = len(notation.system.parameters)
    if p:
        by_end = notation.matrix("dy(h)/dp", r"\frac{\partial y(h)}{\partial p}", n, p)
        by_stage = notation.matrix("dY_k/dp", r"\frac{\partial Y_{k}}{\partial p}", n, p)
        yield heading.write(
            ("step_drive", mode, "gradient"),
            notation.matrix("dL/dp", r"\frac{dL}{dp}", p, 1),
            MatAdd(
                MatMul(Transpose(by_end), end),
                StageVectorSum(MatMul(Transpose(by_stage), pulled), "k"),
            ),
            Relation.ADDS,
        )
    c = notation.quantity("c_k", "c_{k}")
    yield heading.write(
        ("step_drive", mode, "rate"),
        vector("dY_k/dh", r"\frac{dY_{k}}{dh}"),
        MatMul(c, vector("f_y(Y_k)", "f_{y}(Y_{k})")),
    )
    yield heading.write(
        ("step_drive", mode, "end"), vector("F_y", "F_{y}"), vector("f_y(y(h))", "f_{y}(y(h))")
    )
