"""Which states are conductances: quantities that a negative weight must not take below zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import diff

from saltation.symbolic.exact import sign, substituted
from saltation.symbolic.place import Place
from saltation.symbolic.system import WEIGHT
from saltation.symbolic.units import read_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from saltation.symbolic.model import ParsedModel, ParsedPort

_UNITS = ("S", "S/m**2")


def lowered_conductances(
    model: ParsedModel, units: Mapping[str, str], port: ParsedPort
) -> Iterator[tuple[str, str]]:
    """Yield the conductances that an arrival of negative weight lowers, with the reason.

    A state is a conductance if its unit says so, or if it multiplies another state's leak: in
    ``dv/dt = (g*(e - v) - ...)/c`` the state `v` decays faster with `g`, and a negative `g` would
    drive it away from `e`.
    """
    defaults = {model.parameters[name]: value for name, value in model.defaults.items()}
    for name, equation in port.jump.items():
        if sign(substituted(diff(equation.expression, WEIGHT), defaults)) != 1:
            continue
        if name in units and _is_conductance(units[name], model.name):
            yield name, f"its unit is {units[name]}"
            continue
        for other, symbol in model.states.items():
            for mode in model.modes.values():
                flow = mode.flow[other].expression
                leak = diff(flow, symbol, model.states[name])
                if other != name and sign(substituted(leak, defaults)) == -1:
                    yield name, f"it is a leak of {other}"
                    break
            else:
                continue
            break


def _is_conductance(unit: str, model: str) -> bool:
    place = Place(model=model, equation="units", text=unit)
    return read_unit(unit, place) in [read_unit(each, place) for each in _UNITS]
