"""Models whose exported C would need the C library: refused, by the equations that need it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sympy import Expr

from saltation.codegen.lowering import primitive
from saltation.codegen.options import Precision
from saltation.codegen.printer import print_c
from saltation.codegen.views import KernelView
from saltation.symbolic.errors import UnsupportedModelError
from saltation.symbolic.reading import DEFAULT
from saltation.symbolic.system import HybridSystem, SystemMode

OWN = {"fabs": "sal_fabs", "fabsf": "sal_fabs", "sqrt": "sal_sqrt", "sqrtf": "sal_sqrt"}
"""Functions that compilers have built in, and their names in exported C."""

CALL = re.compile(r"\b([A-Za-z_]\w*)\(")

_WITHOUT: Mapping[str, str] = MappingProxyType(
    {
        "tanh": "tanh(x) as 1 - 2/(1 + exp(2*x))",
        "sinh": "sinh(x) as (exp(x) - exp(-x))/2",
        "cosh": "cosh(x) as (exp(x) + exp(-x))/2",
    }
)
"""What to write instead of a function that exponentials can express."""


def refuse_library(kernel: KernelView, system: HybridSystem, precision: Precision) -> None:
    """Refuse a model that calls the C library: its bits would differ from machine to machine.

    Raises
    ------
    UnsupportedModelError
        Names the functions, and the equations of the declaration that use them.
    """
    called = {name for routine in kernel.routines for name in _library("\n".join(routine.lines))}
    if not called:
        return
    users: dict[Expr, tuple[str, list[str]]] = {}
    for place, expression in _equations(system):
        used = _library(print_c(primitive(expression), precision))
        if used:
            users.setdefault(expression, (place, _names(used, precision)))
    # Only derivatives need it where no equation does.
    first, *others = users.values() or [("derivatives of its equations", _names(called, precision))]
    also = "".join(f"; {place} uses {_listed(names)}" for place, names in others)
    raise UnsupportedModelError(
        f"it uses {_listed(first[1])} of the C library, which exported C does without{also}",
        model=system.name,
        equation=first[0],
        hint=_way_out({name for _, names in (first, *others) for name in names}),
    )


def _library(text: str) -> set[str]:
    """Return the functions of the C library that C text calls."""
    return {
        name
        for name in CALL.findall(text)
        if not (name.startswith("sal_") or name in OWN or name in ("memcpy", "sizeof"))
    }


def _names(functions: set[str], precision: Precision) -> list[str]:
    """Return functions as a declaration spells them, without the precision's suffix."""
    return sorted(name.removesuffix(precision.suffix) for name in functions)


def _listed(names: list[str]) -> str:
    return " and ".join(names)


def _way_out(names: set[str]) -> str:
    instead = [_WITHOUT[name] for name in sorted(names) if name in _WITHOUT]
    written = f"Write {', '.join(instead)}. " if instead else ""
    return (
        f"{written}What is exported may use +, -, *, /, powers up to eight, exp, expm1, exprel and "
        "sqrt; what depends on parameters only can be computed beforehand and be a parameter."
    )


def _equations(system: HybridSystem) -> Iterator[tuple[str, Expr]]:
    """Run over every equation of a model with its place, named as its declaration's errors do."""
    states = [state.name for state in system.states]
    for mode in system.modes:
        inside = "" if mode.name == DEFAULT else f"mode {mode.name!r}, "
        for state, rate in zip(states, mode.flow, strict=True):
            yield f"{inside}dynamics of {state!r}", rate
        yield from _event_equations(mode, inside, states)
    for port in system.ports:
        where = "receive" if port.name == DEFAULT else f"receive at port {port.name!r}"
        for state, value in zip(states, port.jump, strict=True):
            yield f"{where} of {state!r}", value


def _event_equations(
    mode: SystemMode, inside: str, states: list[str]
) -> Iterator[tuple[str, Expr]]:
    for number, event in enumerate(mode.events, start=1):
        where = f"{inside}event {number}, " if inside else ""
        yield f"{where}guard" if where else "threshold", event.guard
        for state, value in zip(states, event.reset, strict=True):
            yield f"{where}reset of {state!r}", value
