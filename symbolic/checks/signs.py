"""Signs of parameters whose unit says that they cannot be below zero, such as a capacitance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Pow, diff

from saltation.symbolic.codes import Code
from saltation.symbolic.place import Place
from saltation.symbolic.units import read_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sympy import Symbol

    from saltation.symbolic.errors import ModelWarning
    from saltation.symbolic.model import ParsedModel

_NAMES = {
    "s": "time constant",
    "F": "capacitance",
    "F/m**2": "capacitance",
    "ohm": "resistance",
    "ohm*m**2": "resistance",
    "S": "conductance",
    "S/m**2": "conductance",
}


def check_signs(model: ParsedModel, units: Mapping[str, str]) -> Iterator[ModelWarning]:
    """Warn of quantities below zero that have no sense there."""
    for name, what in positive_quantities(model, units):
        value = model.defaults[name]
        if value < 0.0:
            yield model.place(f"parameter {name!r}").warning(
                Code.NEGATIVE_QUANTITY,
                f"with {model.values} the {what} {name} is {value:g} {units[name]}, below zero",
                symbol=name,
                hint=f"Give a {what} above zero; what it should turn around has a sign of its own "
                "in the equation.",
            )


def positive_quantities(model: ParsedModel, units: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the parameters that are never below zero by their units, with what they are.

    A time is one if something is divided by it: others, such as an offset, may have any sign. A
    conductance is one if it is part of the rate of a state by itself, as that of a leak is: one
    that couples a current to a voltage, such as that of a subthreshold adaptation, may be negative.
    """
    kinds = {read_unit(unit, Place(model=model.name)): what for unit, what in _NAMES.items()}
    leaks, divisors = _leaks(model), _divisors(model)
    for name, symbol in model.parameters.items():
        if name not in units:
            continue
        what = kinds.get(read_unit(units[name], Place(model=model.name)))
        if what == _NAMES["s"] and symbol not in divisors:
            continue
        if what is not None and (what != _NAMES["S"] or symbol in leaks):
            yield name, what


def _divisors(model: ParsedModel) -> set[Symbol]:
    """Return what the denominators of the equations contain."""
    powers = (power for each in model.equations() for power in each.expression.atoms(Pow))
    return {
        symbol
        for power in powers
        if power.exp.could_extract_minus_sign()
        for symbol in power.base.free_symbols
    }


def _leaks(model: ParsedModel) -> set[Symbol]:
    """Return what the rates of states by themselves contain."""
    return {
        symbol
        for mode in model.modes.values()
        for name, equation in mode.flow.items()
        for symbol in diff(equation.expression, model.states[name]).free_symbols
    }
