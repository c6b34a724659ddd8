r"""The equations of a flow that is computed numerically: Runge-Kutta steps and their adjoint.

A step of the explicit scheme with coefficients ``a``, ``b`` maps ``x(0)`` to ``x(h)``. Its adjoint
is the derivative of that map, transposed: exact for the computed trajectory at any tolerance. The
length of a segment enters through the length of its last step alone, which ends at the event, so
``F = dx(h)/dh`` of that step takes the place of ``f(x^-)`` in the rule for jumps.

References
----------
C. Tsitouras, "Runge-Kutta pairs of order 5(4) satisfying only the first column simplifying
assumption", Computers & Mathematics with Applications 62, 770-775 (2011).
E. Hairer, S. P. Norsett and G. Wanner, Solving Ordinary Differential Equations I, section II.6.
J. M. Sanz-Serna, "Symplectic Runge-Kutta schemes for adjoint equations, automatic differentiation,
optimal control, and more", SIAM Review 58, 3-33 (2016).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sympy import Expr, Integer, MatAdd, MatMul, MatrixSymbol, Symbol, Transpose

from saltation.symbolic.driving_equations import driving_equations
from saltation.symbolic.equations import Equation, Relation
from saltation.symbolic.flow import driving_states
from saltation.symbolic.headings import Heading
from saltation.symbolic.notation import Notation
from saltation.symbolic.parts import EventPart, PortPart
from saltation.symbolic.quantity import Quantity
from saltation.symbolic.sums import StageSum, StageVectorSum
from saltation.symbolic.system import SystemMode

_STEP = (
    "The flow is computed in steps by the Runge-Kutta pair 5(4) of Tsitouras (2011), with "
    "coefficients `a_kj` and `b_k`. `h` is the length of a step; `err`, the difference to the "
    "embedded order 4, controls it. The last step of a segment is cut to end at the jump."
)
_DENSE = "Inside a step, at the fraction `theta` of its length; the weights are polynomials."
_ADJOINT = (
    "The adjoint of the step itself, from its end to its start, so that the gradient is exact for "
    "the computed trajectory at any tolerance. `J_k` is the matrix in the adjoint equations above."
)
_RATE = (
    "The derivative of the step map by the length of the step. A segment's length changes that of "
    "its last step only; the lengths of the others are taken as given."
)
_HANDED = (
    "The derivative of the loss by a segment's length, with `F` of its last step; it goes to the "
    "jump at the segment's start, as that jump's `rho^+`."
)
POLYNOMIAL = (
    "Inside a step, with `gdot` at its stages. The first crossing of the polynomial is isolated "
    "first; the step is then shortened until `g = 0` holds at its end."
)

_COMPUTED_EVENT = (
    "`F` of the last step, which ends at the event, takes the place of `f(x^-)`, and `rho^+` of "
    "the segment after the event that of `(nu^+)^T f(x^+)`."
)
_COMPUTED_ARRIVAL = _COMPUTED_EVENT.replace("the event", "the arrival")
_ZERO = Integer(0)


@dataclass(frozen=True, slots=True)
class _Step:
    """The symbols of a step."""

    notation: Notation

    def vector(self, name: str, latex: str) -> MatrixSymbol:
        return self.notation.matrix(name, latex, len(self.notation.system.states), 1)

    def jacobian(self, name: str, latex: str) -> MatrixSymbol:
        n = len(self.notation.system.states)
        return self.notation.matrix(name, latex, n, n)

    @property
    def length(self) -> Quantity:
        return self.notation.quantity("h", "h", positive=True)

    def coefficient(self, indices: str) -> Quantity:
        return self.notation.quantity(f"a_{indices}", f"a_{{{indices}}}")

    @property
    def weight(self) -> Quantity:
        return self.notation.quantity("b_k", "b_{k}")

    @property
    def error_weight(self) -> Expr:
        return self.weight - self.notation.quantity("bhat_k", r"\hat{b}_{k}")

    @property
    def dense_weight(self) -> Quantity:
        return self.notation.quantity("b_k(theta)", r"b_{k}(\theta)")

    def slope(self, index: str) -> MatrixSymbol:
        return self.vector(f"K_{index}", f"K_{{{index}}}")

    def slope_rate(self, index: str) -> MatrixSymbol:
        return self.vector(f"dK_{index}/dh", rf"\frac{{dK_{{{index}}}}}{{dh}}")

    @property
    def stage(self) -> MatrixSymbol:
        return self.vector("X_k", "X_{k}")

    @property
    def stage_rate(self) -> MatrixSymbol:
        return self.vector("dX_k/dh", r"\frac{dX_{k}}{dh}")

    @property
    def stage_jacobian(self) -> MatrixSymbol:
        return self.jacobian("J_k", "J_{k}")

    def pulled(self, index: str) -> MatrixSymbol:
        return self.vector(f"Xi_{index}", rf"\Xi_{{{index}}}")

    @property
    def share(self) -> MatrixSymbol:
        return self.vector("Lambda_k", r"\Lambda_{k}")


def step_equations(
    mode: SystemMode, notation: Notation, section: str, maxima: Sequence[Expr]
) -> Iterator[Equation]:
    """Yield the equations of one numerical step in a mode: the map, its adjoint, its rate."""
    yield from _step_map(mode.name, notation, section)
    yield from _step_adjoint(mode.name, notation, section)
    yield from _step_rate(mode, notation, section)
    watched = [*(event.guard for event in mode.events), *maxima]
    driving = driving_states(notation.system, mode, watched)
    yield from driving_equations(mode, driving, notation, section)
    yield from _handed(mode, notation, section)


def _step_map(mode: str, notation: Notation, section: str) -> Iterator[Equation]:
    s = _Step(notation)
    heading = Heading(section, "A step of the flow", _STEP)
    start, end = s.vector("x(0)", "x(0)"), s.vector("x(h)", "x(h)")
    inner = StageVectorSum(MatMul(s.coefficient("kj"), s.slope("j")), "j<k")
    yield heading.write(("step", mode, "stage"), s.stage, MatAdd(start, MatMul(s.length, inner)))
    yield heading.write(("step", mode, "slope"), s.slope("k"), s.vector("f(X_k)", "f(X_{k})"))
    total = StageVectorSum(MatMul(s.weight, s.slope("k")), "k")
    yield heading.write(("step", mode, "end"), end, MatAdd(start, MatMul(s.length, total)))
    estimate = StageVectorSum(MatMul(s.error_weight, s.slope("k")), "k")
    error = s.vector("err", r"\mathrm{err}")
    yield heading.write(("step_error", mode), error, MatMul(s.length, estimate))
    heading = Heading(section, "Between the ends of a step", _DENSE)
    dense = StageVectorSum(MatMul(s.dense_weight, s.slope("k")), "k")
    inside = s.vector("x(theta h)", r"x(\theta h)")
    yield heading.write(("step_dense", mode), inside, MatAdd(start, MatMul(s.length, dense)))


def _step_adjoint(mode: str, notation: Notation, section: str) -> Iterator[Equation]:
    s = _Step(notation)
    heading = Heading(section, "Adjoint of a step", _ADJOINT)
    end, start = s.vector("nu(h)", r"\nu(h)"), s.vector("nu(0)", r"\nu(0)")
    later = StageVectorSum(MatMul(s.coefficient("jk"), s.pulled("j")), "j>k")
    yield heading.write(
        ("step_adjoint", mode, "share"),
        s.share,
        MatMul(s.length, MatAdd(MatMul(s.weight, end), later)),
    )
    yield heading.write(
        ("step_adjoint", mode, "jacobian"),
        s.stage_jacobian,
        s.jacobian("df/dx(X_k)", r"\frac{\partial f}{\partial x}(X_{k})"),
    )
    yield heading.write(
        ("step_adjoint", mode, "pulled"),
        s.pulled("k"),
        MatMul(Transpose(s.stage_jacobian), s.share),
    )
    yield heading.write(
        ("step_adjoint", mode, "start"), start, MatAdd(end, StageVectorSum(s.pulled("k"), "k"))
    )
    if not notation.system.parameters:
        return
    p = len(notation.system.parameters)
    by_parameter = notation.matrix(
        "df/dp(X_k)", r"\frac{\partial f}{\partial p}(X_{k})", len(notation.system.states), p
    )
    yield heading.write(
        ("step_adjoint", mode, "gradient"),
        notation.matrix("dL/dp", r"\frac{dL}{dp}", p, 1),
        StageVectorSum(MatMul(Transpose(by_parameter), s.share), "k"),
        Relation.ADDS,
    )


def _step_rate(mode: SystemMode, notation: Notation, section: str) -> Iterator[Equation]:
    s, name = _Step(notation), mode.name
    heading = Heading(section, "Rate of a step by its length", _RATE)

    def moved(index: str) -> MatAdd:
        return MatAdd(s.slope(index), MatMul(s.length, s.slope_rate(index)))

    yield heading.write(
        ("step_rate", name, "stage"),
        s.stage_rate,
        StageVectorSum(MatMul(s.coefficient("kj"), moved("j")), "j<k"),
    )
    yield heading.write(
        ("step_rate", name, "slope"), s.slope_rate("k"), MatMul(s.stage_jacobian, s.stage_rate)
    )
    yield heading.write(
        ("step_rate", name, "end"),
        s.vector("F", "F"),
        StageVectorSum(MatMul(s.weight, moved("k")), "k"),
    )


def _handed(mode: SystemMode, notation: Notation, section: str) -> Iterator[Equation]:
    heading = Heading(section, "What a segment hands back", _HANDED)
    total = sum(
        (
            notation.adjoint(x, "-") * rate
            for x, rate in zip(notation.system.states, end_rates(mode, notation), strict=True)
        ),
        _ZERO,
    )
    yield heading.write(("handed", mode.name), notation.quantity("rho", r"\rho"), total)


def end_rates(mode: SystemMode, notation: Notation) -> tuple[Expr, ...]:
    """Return ``F = dx(h)/dh``, per state: a constant flow is its own rate."""
    states = notation.system.states
    return tuple(
        f if not f.free_symbols & set(states) else _end_rate(x, notation)
        for x, f in zip(states, mode.flow, strict=True)
    )


def _end_rate(x: Symbol, notation: Notation) -> Quantity:
    return notation.quantity(f"F_{x.name}", f"F_{{{notation.latex[x]}}}")


def guard_polynomial(part: EventPart, notation: Notation, section: str) -> Iterator[Equation]:
    """Yield the guard of an event along the dense output of a step."""
    heading = Heading(section, "Guard inside a step", POLYNOMIAL)
    start = notation.quantity("g(x(0))", "g(x(0))")
    yield heading.write(
        ("guard_polynomial", part.index),
        notation.quantity("G(theta)", r"G(\theta)"),
        polynomial(start, _slope(notation), notation),
    )


def step_event_equations(part: EventPart, notation: Notation, section: str) -> Iterator[Equation]:
    """Yield the slope of an event's guard, and its sensitivity, as the steps give them."""
    k, states = part.index, notation.system.states
    rates = end_rates(part.mode, notation)
    heading = Heading(section, "The same, as computed", _COMPUTED_EVENT)
    slope = sum((g * rate for g, rate in zip(part.adjoint.gradient, rates, strict=True)), _ZERO)
    yield heading.write(("step_slope", k), _slope(notation), slope)
    pulled = [
        notation.pulled(x) if value != 0 else _ZERO
        for x, value in zip(states, part.adjoint.jump.pulled, strict=True)
    ]
    sensitivity = _step_sensitivity(pulled, part.mode, notation) + notation.quantity("e", "e")
    yield heading.write(("step_sensitivity", k), _sigma(notation), sensitivity)


def step_arrival_equations(part: PortPart, notation: Notation, section: str) -> Iterator[Equation]:
    """Yield the sensitivity to the time of an arrival as the steps give it, in every mode."""
    for mode in notation.system.modes:
        where = f", in mode {mode.name}" if len(notation.system.modes) > 1 else ""
        heading = Heading(section, f"The same, as computed{where}", _COMPUTED_ARRIVAL)
        before = [
            notation.adjoint(x, "-") if value != 0 else _ZERO
            for x, value in zip(
                notation.system.states, part.adjoints[mode.name].pulled, strict=True
            )
        ]
        yield heading.write(
            ("step_time", part.port.name, mode.name),
            _sigma(notation),
            _step_sensitivity(before, mode, notation),
        )


def polynomial(start: Quantity, slope: Quantity, notation: Notation) -> Expr:
    """Return ``start + h sum_k b_k(theta) slope(X_k)``: a function of the state inside a step."""
    s = _Step(notation)
    at_stage = notation.quantity(f"{slope.name}(X_k)", f"{notation.latex[slope]}(X_{{k}})")
    return start + s.length * StageSum(s.dense_weight * at_stage, "k")


def _step_sensitivity(adjoints: Sequence[Expr], mode: SystemMode, notation: Notation) -> Expr:
    """Return ``nu^T F - rho^+``."""
    rates = end_rates(mode, notation)
    moved = sum((nu * rate for nu, rate in zip(adjoints, rates, strict=True)), _ZERO)
    return moved - notation.quantity("rho^+", r"\rho^{+}")


def _sigma(notation: Notation) -> Quantity:
    return notation.quantity("sigma", r"\sigma")


def _slope(notation: Notation) -> Quantity:
    return notation.quantity("gdot", r"\dot{g}")
