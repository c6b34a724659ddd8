"""Units, where they are given: every sum, rate, reset and function argument must agree.

A symbol without a unit is unknown and agrees with everything. A bare number in a sum or as a whole
right-hand side is in SI units, and agrees too; as a factor it has the unit 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from saltation.symbolic.checks.structure import mapping
from saltation.symbolic.codes import Code
from saltation.symbolic.exact import exact
from saltation.symbolic.place import suggest
from saltation.symbolic.system import TIME, WEIGHT
from saltation.symbolic.units import (
    NO_DIMENSION,
    SECOND,
    Dimension,
    read_unit,
    shown,
    times,
    to_power,
)

if TYPE_CHECKING:
    from saltation.symbolic.model import Equation, ParsedModel
    from saltation.symbolic.place import Place


def check_units(model: ParsedModel, units: object) -> dict[str, str]:
    """Check every equation as far as the given units decide it; return a copy of the units."""
    given = mapping(units, "units", model.place("units"))
    if not given:
        return {}
    known = {**model.states, **model.parameters, WEIGHT.name: WEIGHT}
    dimensions: dict[Symbol, Dimension] = {TIME: SECOND}
    for name, text in given.items():
        place = model.place("units")
        if name not in known:
            raise place.error(
                Code.UNKNOWN_SYMBOL,
                f"unknown symbol {name!r}",
                symbol=str(name),
                hint=suggest(str(name), known),
            )
        dimensions[known[name]] = read_unit(text, model.place(f"unit of {name!r}", text))
    _check_equations(model, dimensions)
    return given


def _check_equations(model: ParsedModel, dimensions: Mapping[Symbol, Dimension]) -> None:
    def agree(equations: Mapping[str, Equation], per: Dimension) -> None:
        for name, equation in equations.items():
            found = _Dimensions(dimensions, equation.place).of(exact(equation.expression))
            state = dimensions.get(model.states[name])
            if found is None or state is None:
                continue
            wanted = times(state, per)
            if found != wanted:
                raise equation.place.error(
                    Code.UNIT_MISMATCH,
                    f"the right-hand side has the unit {shown(found)}, expected {shown(wanted)}",
                    symbol=name,
                    hint="A rate of change has the state's unit per second."
                    if per != NO_DIMENSION
                    else "The new value has the state's own unit.",
                )

    for mode in model.modes.values():
        agree(mode.flow, to_power(SECOND, Rational(-1)))
        for event in mode.events:
            _Dimensions(dimensions, event.guard.place).of(exact(event.guard.expression))
            agree(event.reset, NO_DIMENSION)
    for port in model.ports:
        agree(port.jump, NO_DIMENSION)


@dataclass(frozen=True, slots=True)
class _Dimensions:
    """The dimension of an expression; None where it is not known."""

    known: Mapping[Symbol, Dimension]
    place: Place

    def of(self, expression: Expr) -> Dimension | None:
        """Return the dimension of an expression; a bare number has any."""
        match expression:
            case Symbol():
                return self.known.get(expression)
            case Add():
                return self.of_sum(expression)
            case Mul():
                return self.of_product(expression)
            case Pow():
                return self.of_power(expression)
        if expression.is_Number:
            return None
        for argument in expression.args:
            self.require_none(argument, f"the argument of {expression.func.__name__}")
        return NO_DIMENSION

    def of_sum(self, expression: Expr) -> Dimension | None:
        """Require all terms of known dimension to agree."""
        first: tuple[Expr, Dimension] | None = None
        for term in expression.args:
            dimension = self.of(term)
            if dimension is None:
                continue
            if first is None:
                first = (term, dimension)
            elif first[1] != dimension:
                raise self.place.error(
                    Code.UNIT_MISMATCH,
                    f"adds {first[0]} in {shown(first[1])} and {term} in {shown(dimension)}",
                    hint="Terms of a sum have one unit.",
                )
        return first[1] if first else None

    def of_product(self, expression: Expr) -> Dimension | None:
        """Multiply the factors; one that is not known leaves the product unknown."""
        total: Dimension | None = NO_DIMENSION
        for factor in expression.args:
            dimension = NO_DIMENSION if factor.is_Number else self.of(factor)
            total = None if total is None or dimension is None else times(total, dimension)
        return total

    def of_power(self, expression: Expr) -> Dimension | None:
        """Raise to a number; any other exponent needs two pure numbers."""
        base, exponent = expression.args
        if exponent.is_Rational:
            dimension = NO_DIMENSION if base.is_Number else self.of(base)
            return None if dimension is None else to_power(dimension, exponent)
        self.require_none(exponent, "the exponent")
        self.require_none(base, "the base of a power that is not constant")
        return NO_DIMENSION

    def require_none(self, expression: Expr, what: str) -> None:
        """Require a pure number."""
        dimension = self.of(expression)
        if dimension not in (None, NO_DIMENSION):
            assert dimension is not None
            raise self.place.error(
                Code.UNIT_ARGUMENT,
                f"{what}, {expression}, has the unit {shown(dimension)}",
                hint="Divide by a quantity of the same unit to make it a pure number.",
            )
