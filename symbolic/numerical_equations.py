r"""The equations of a flow that is computed numerically: Taylor steps and their adjoint.

A step of length ``h`` from ``x(0)`` follows the Taylor polynomial of the solution, whose
coefficients a recurrence gives: the next one is the present coefficient of ``f`` along the
polynomial. Its adjoint is the derivative of that map, transposed: exact for the computed trajectory
at any tolerance. The derivative of a coefficient of ``f`` by an earlier one of ``x`` is a
coefficient of the Jacobian along the polynomial. The length of a segment enters through the length
of its last step alone, which ends at the event, so ``F = dx(h)/dh`` of that step takes the place of
``f(x^-)`` in the rule for jumps.

References
----------
A. Griewank and A. Walther, Evaluating Derivatives, second edition, chapter 13 (2008).
A. Jorba and M. Zou, "A software package for the numerical integration of ODEs by means of
high-order Taylor methods", Experimental Mathematics 14, 99-117 (2005).
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
from saltation.symbolic.sums import TermSum, VectorSum
from saltation.symbolic.system import SystemMode

_STEP = (
    "The flow is computed in steps by its Taylor series. `h` is the length of a step, `X_k` the "
    "coefficient of the `k`-th power of the fraction `theta` of it, `f_k` that of `f` along the "
    "series up to `X_k`. The order is `p`; the last terms control `h`. The last step of a segment "
    "is cut to end at the jump."
)
_ADJOINT = (
    "The adjoint of the step itself, from its end to its start, so that the gradient is exact for "
    "the computed trajectory at any tolerance. `J_k` is a coefficient of `J`, the matrix in the "
    "adjoint equations above, along the series (Griewank and Walther 2008, section 13.3)."
)
_RATE = (
    "The derivative of the step map by the length of the step, by which events are located. A "
    "segment's length changes that of its last step only; those of the others are taken as given."
)
_HANDED = (
    "The derivative of the loss by a segment's length, with `F` of its last step; it goes to the "
    "jump at the segment's start, as that jump's `rho^+`."
)
_POLYNOMIAL = (
    "Inside a step, at the fraction `theta` of its length, with the coefficients `g_k` of `g` "
    "along the series. The first crossing of the polynomial is isolated first; the step is then "
    "shortened until `g = 0` holds at its end."
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
        free = self.notation.free
        return self.notation.matrix(free(name), free(latex), len(self.notation.system.states), 1)

    def jacobian(self, name: str, latex: str) -> MatrixSymbol:
        free, n = self.notation.free, len(self.notation.system.states)
        return self.notation.matrix(free(name), free(latex), n, n)

    @property
    def length(self) -> Quantity:
        return self.notation.quantity("h", "h", positive=True)

    @property
    def fraction(self) -> Quantity:
        free = self.notation.free
        return self.notation.quantity(free("theta^k"), free(r"\theta^{k}"))

    @property
    def number(self) -> Quantity:
        free = self.notation.free
        return self.notation.quantity(free("k"), free("k"), positive=True)

    @property
    def part(self) -> Expr:
        return self.length / (self.number + 1)

    def term(self, index: str) -> MatrixSymbol:
        return self.vector(f"X_{index}", f"X_{{{index.strip('()')}}}")

    def jacobian_term(self, index: str) -> MatrixSymbol:
        return self.jacobian(f"J_({index})", f"J_{{{index}}}")

    def pulled(self, index: str) -> MatrixSymbol:
        return self.vector(f"Xi_{index}", rf"\Xi_{{{index.strip('()')}}}")

    def share(self, index: str) -> MatrixSymbol:
        return self.vector(f"Lambda_{index}", rf"\Lambda_{{{index}}}")


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
    heading = Heading(section, "A step of the flow", notation.free(_STEP))
    start, end = s.vector("x(0)", "x(0)"), s.vector("x(h)", "x(h)")
    yield heading.write(("step", mode, "coefficient", "first"), s.term("0"), start)
    yield heading.write(
        ("step", mode, "coefficient", "next"),
        s.term("(k+1)"),
        MatMul(s.part, s.vector("f_k", "f_{k}")),
    )
    yield heading.write(("step", mode, "end"), end, VectorSum(s.term("k"), "k<=p"))
    inside = s.vector("x(theta h)", r"x(\theta h)")
    yield heading.write(
        ("step_dense", mode), inside, VectorSum(MatMul(s.fraction, s.term("k")), "k<=p")
    )


def _step_adjoint(mode: str, notation: Notation, section: str) -> Iterator[Equation]:
    s = _Step(notation)
    heading = Heading(section, "Adjoint of a step", _ADJOINT)
    end, start = s.vector("nu(h)", r"\nu(h)"), s.vector("nu(0)", r"\nu(0)")
    yield heading.write(
        ("step_adjoint", mode, "share"), s.share("k"), MatMul(s.part, s.pulled("(k+1)"))
    )
    pulled = VectorSum(MatMul(Transpose(s.jacobian_term("m-k")), s.share("m")), "k<=m<p")
    yield heading.write(("step_adjoint", mode, "pulled"), s.pulled("k"), MatAdd(end, pulled))
    yield heading.write(
        ("step_adjoint", mode, "jacobian"),
        s.jacobian("sum_k J_k theta^k", r"\sum_{k} J_{k} \theta^{k}"),
        s.jacobian("df/dx(x(theta h))", r"\frac{\partial f}{\partial x}(x(\theta h))"),
    )
    yield heading.write(("step_adjoint", mode, "start"), start, s.pulled("0"))
    if not notation.system.parameters:
        return
    p = len(notation.system.parameters)
    by_parameter = notation.matrix(
        "(df/dp)_k",
        r"\left(\frac{\partial f}{\partial p}\right)_{k}",
        len(notation.system.states),
        p,
    )
    yield heading.write(
        ("step_adjoint", mode, "gradient"),
        notation.matrix("dL/dp", r"\frac{dL}{dp}", p, 1),
        VectorSum(MatMul(Transpose(by_parameter), s.share("k")), "k<p"),
        Relation.ADDS,
    )


def _step_rate(mode: SystemMode, notation: Notation, section: str) -> Iterator[Equation]:
    s, name = _Step(notation), mode.name
    heading = Heading(section, "Rate of a step by its length", _RATE)
    yield heading.write(
        ("step_rate", name, "end"),
        s.vector("F", "F"),
        VectorSum(MatMul(s.number / s.length, s.term("k")), "k<=p"),
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
    """Yield the guard of an event along the series of a step."""
    heading = Heading(section, "Guard inside a step", notation.free(_POLYNOMIAL))
    yield heading.write(
        ("guard_polynomial", part.index),
        notation.quantity(notation.free("G(theta)"), notation.free(r"G(\theta)")),
        polynomial("g", "g", notation),
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


def polynomial(name: str, latex: str, notation: Notation) -> Expr:
    """Return ``sum_k g_k theta^k``: a function of the state inside a step, by its coefficients."""
    s = _Step(notation)
    coefficient = notation.quantity(notation.free(f"{name}_k"), notation.free(f"{latex}_{{k}}"))
    return TermSum(s.fraction * coefficient, "k<=p")


def _step_sensitivity(adjoints: Sequence[Expr], mode: SystemMode, notation: Notation) -> Expr:
    """Return ``nu^T F - rho^+``."""
    rates = end_rates(mode, notation)
    moved = sum((nu * rate for nu, rate in zip(adjoints, rates, strict=True)), _ZERO)
    return moved - notation.quantity("rho^+", r"\rho^{+}")


def _sigma(notation: Notation) -> Quantity:
    return notation.quantity("sigma", r"\sigma")


def _slope(notation: Notation) -> Quantity:
    return notation.quantity("gdot", r"\dot{g}")
