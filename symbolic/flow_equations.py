"""The equations of a mode: dynamics, flow map, adjoint, parameter sensitivities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sympy import Expr, Integer, Integral, MatAdd, MatMul, Symbol, exp, expand

from saltation.symbolic.adjoint import adjoint_symbols
from saltation.symbolic.equations import Equation, Relation
from saltation.symbolic.exponentials import DIVIDED_DIFFERENCE
from saltation.symbolic.flow import DURATION, FlowKind, LinearFlow
from saltation.symbolic.headings import Heading
from saltation.symbolic.notation import Notation
from saltation.symbolic.numerical_equations import step_equations
from saltation.symbolic.parts import ModePart
from saltation.symbolic.system import TIME

_KINDS = {
    FlowKind.TRIANGULAR: "The flow is linear and triangular: its rates are real and its map is a "
    "closed form.",
    FlowKind.COUPLED: "The flow is linear and coupled: its map is a matrix exponential, and its "
    "rates may be complex.",
    FlowKind.NONLINEAR: "The flow is nonlinear: its map has no closed form here and is computed "
    "numerically.",
}

_LINEAR_TOO = (
    "The flow is linear, but another mode's is not, and all modes are computed numerically."
)

_WHOLE = {"power_exp": False, "power_base": False}
"""Options of `expand` that leave an exponential of a sum whole."""


def mode_equations(
    part: ModePart, notation: Notation, numerical: bool, maxima: Sequence[Expr] = ()
) -> Iterator[Equation]:
    """Yield the equations of a mode's flow, in closed form or as it is computed numerically.

    `maxima` are the expressions of which the maximum is observed.
    """
    states = notation.system.states
    name, section = part.mode.name, f"Mode {part.mode.name}"
    forced = numerical and part.kind is not FlowKind.NONLINEAR
    dynamics = Heading(section, "Dynamics", _LINEAR_TOO if forced else _KINDS[part.kind])
    for x, f in zip(states, part.mode.flow, strict=True):
        yield dynamics.write(("dynamics", name, x.name), notation.rate(x), f)
    flow = None if numerical else part.flow
    triangular = flow is not None and flow.kind is FlowKind.TRIANGULAR
    if flow is not None:
        yield from (
            _triangular_map(flow, notation, name, section)
            if triangular
            else _coupled_map(part, flow, notation, section)
        )
    yield from _adjoint_equations(part, notation, section)
    if flow is not None:
        yield from _adjoint_map(flow, notation, name, section)
    yield from _parameter_equations(part, notation, section)
    if flow is not None and triangular:
        yield from _closed_gradients(part, flow, notation, section)
    if numerical:
        yield from step_equations(part.mode, notation, section, maxima)


def _triangular_map(
    flow: LinearFlow, notation: Notation, mode: str, section: str
) -> Iterator[Equation]:
    assert flow.propagator is not None
    assert flow.shift is not None
    h = notation.quantity("h", "h", positive=True)
    heading = Heading(
        section,
        "Flow map",
        notation.free(f"Over a stretch of flow of length `h`. {DIVIDED_DIFFERENCE}"),
    )
    for i, x in enumerate(notation.system.states):
        total: Expr = flow.shift[i]
        for j, y in enumerate(notation.system.states):
            total += flow.propagator[i, j] * notation.at(y, "0")
        yield heading.write(
            ("flow", mode, x.name), notation.at(x, notation.end), total.xreplace({DURATION: h})
        )


def _coupled_map(
    part: ModePart, flow: LinearFlow, notation: Notation, section: str
) -> Iterator[Equation]:
    mode, n = part.mode.name, flow.matrix.rows
    h = notation.quantity("h", "h", positive=True)
    s = notation.quantity("s", "s")
    names = ", ".join(x.name for x in notation.system.states)
    driven = any(value != 0 for value in flow.drive)
    heading = Heading(
        section,
        "Flow map",
        f"Over a stretch of flow of length `{notation.end}`; the rows are those of `{names}`.",
    )
    a = notation.matrix("A", "A", n, n)
    b = notation.matrix("b", "b", n, 1)
    phi = notation.matrix(notation.free("Phi(h)"), notation.free(r"\Phi(h)"), n, n)
    psi = notation.matrix(notation.free("psi(h)"), notation.free(r"\psi(h)"), n, 1)
    before = notation.matrix("x(0)", "x(0)", n, 1)
    after = notation.matrix(notation.free("x(h)"), notation.free("x(h)"), n, 1)
    yield heading.write(("matrix", mode), a, flow.matrix)
    if driven:
        yield heading.write(("drive", mode), b, flow.drive)
    moved = MatMul(phi, before)
    yield heading.write(("flow", mode), after, MatAdd(moved, psi) if driven else moved)
    yield heading.write(("propagator", mode), phi, exp(a * h))
    if driven:
        within = notation.matrix("Phi(s)", r"\Phi(s)", n, n)
        integral = Integral(MatMul(within, b), (s, 0, h))
        yield heading.write(("shift", mode), psi, integral)
    yield from _block_equations(part, notation, section)


def _block_equations(part: ModePart, notation: Notation, section: str) -> Iterator[Equation]:
    states = notation.system.states
    h = notation.quantity("h", "h", positive=True)
    for block in part.blocks:
        pair = tuple(states[k] for k in block.states)
        names = ",".join(x.name for x in pair)
        indices = ",".join(notation.latex[x] for x in pair)
        heading = Heading(
            section,
            f"The coupled pair {pair[0].name}, {pair[1].name}",
            notation.free(
                "Its rates are `m +- sqrt(D)`: real for `D > 0`, an oscillation for `D < 0`. "
                "`cosh(sqrt(D) h)` and `sinh(sqrt(D) h)/sqrt(D)` are entire functions of `D`."
            ),
        )
        mean = notation.quantity(f"m_{names}", f"m_{{{indices}}}")
        discriminant = notation.quantity(f"D_{names}", f"D_{{{indices}}}")
        key = (part.mode.name, *(x.name for x in pair))
        yield heading.write(("mean", *key), mean, block.mean)
        yield heading.write(("discriminant", *key), discriminant, block.discriminant)
        exponential = block.exponential(mean, discriminant).xreplace({DURATION: h})
        for i, x in enumerate(pair):
            for j, y in enumerate(pair):
                entry = notation.quantity(
                    f"Phi_{x.name},{y.name}({notation.end})",
                    rf"\Phi_{{{notation.latex[x]},{notation.latex[y]}}}({notation.end})",
                )
                yield heading.write(
                    ("exponential", part.mode.name, x.name, y.name), entry, exponential[i, j]
                )


def _adjoint_equations(part: ModePart, notation: Notation, section: str) -> Iterator[Equation]:
    states, mode = notation.system.states, part.mode.name
    own = _own_adjoints(notation)
    heading = Heading(
        section, "Adjoint", "`nu_x = dL/dx` along the flow; it is followed backwards in time."
    )
    for x, change in zip(states, part.adjoint, strict=True):
        yield heading.write(
            ("adjoint", mode, x.name), notation.adjoint_rate(x), change.xreplace(own)
        )


def _adjoint_map(
    flow: LinearFlow, notation: Notation, mode: str, section: str
) -> Iterator[Equation]:
    states = notation.system.states
    heading = Heading(
        section, "Adjoint flow map", "The transpose of the flow map, from the end to the start."
    )
    if flow.kind is FlowKind.COUPLED:
        n = len(states)
        phi = notation.matrix(notation.free("Phi(h)"), notation.free(r"\Phi(h)"), n, n)
        before = notation.matrix("nu(0)", r"\nu(0)", n, 1)
        after = notation.matrix(notation.free("nu(h)"), notation.free(r"\nu(h)"), n, 1)
        yield heading.write(("adjoint_map", mode), before, MatMul(phi.T, after))
        return
    assert flow.propagator is not None
    h = notation.quantity("h", "h", positive=True)
    for j, x in enumerate(states):
        total: Expr = Integer(0)
        for i, y in enumerate(states):
            total += flow.propagator[i, j] * notation.adjoint_at(y, notation.end)
        yield heading.write(
            ("adjoint_map", mode, x.name),
            notation.adjoint_at(x, "0"),
            total.xreplace({DURATION: h}),
        )


def _parameter_equations(part: ModePart, notation: Notation, section: str) -> Iterator[Equation]:
    own, mode = _own_adjoints(notation), part.mode.name
    h = notation.quantity("h", "h", positive=True)
    heading = Heading(
        section,
        "Parameters",
        "What a stretch of flow adds to the gradient; states and adjoints are those along it.",
    )
    for p, share in part.parameters.items():
        integral = Integral(share.xreplace(own), (TIME, 0, h))
        yield heading.write(
            ("integral", mode, p.name), notation.gradient(p), integral, Relation.ADDS
        )


def _closed_gradients(
    part: ModePart, flow: LinearFlow, notation: Notation, section: str
) -> Iterator[Equation]:
    mode = part.mode.name
    h = notation.quantity("h", "h", positive=True)
    heading = Heading(
        section,
        "Parameters, in closed form",
        notation.free(
            "The same integrals: `nu(h)` times the derivative of the flow map. A rate that is "
            "repeated in `E` stands for a derivative by it."
        ),
    )
    for p in part.parameters:
        yield heading.write(
            ("gradient", mode, p.name),
            notation.gradient(p),
            _closed_form(flow, notation, p).xreplace({DURATION: h}),
            Relation.ADDS,
        )


def _closed_form(flow: LinearFlow, notation: Notation, p: Symbol) -> Expr:
    """Return ``nu(h)^T dx(h)/dp``."""
    assert flow.propagator is not None
    assert flow.shift is not None
    total: Expr = Integer(0)
    for i, y in enumerate(notation.system.states):
        change: Expr = expand(flow.shift[i].diff(p), **_WHOLE)
        for j, x in enumerate(notation.system.states):
            change += expand(flow.propagator[i, j].diff(p) * notation.at(x, "0"), **_WHOLE)
        total += notation.adjoint_at(y, notation.end) * change
    return total


def _own_adjoints(notation: Notation) -> dict[Symbol, Symbol]:
    states = notation.system.states
    return {
        nu: notation.adjoint(x)
        for nu, x in zip(adjoint_symbols(notation.system), states, strict=True)
    }
