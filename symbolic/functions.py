"""The fixed table of functions that an expression may call.

Each entry knows how to build its SymPy form and how to compute its value in double precision, so
that a call with constant arguments becomes a number before SymPy ever sees it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import sympy
from sympy import Expr

from saltation.symbolic.exponentials import exprel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function of real arguments."""

    build: Callable[..., Expr]
    """Makes the SymPy expression of symbolic arguments."""

    value: Callable[..., float]
    """Computes the value in double precision; raises ValueError outside the domain."""

    arguments: tuple[int, int] = (1, 1)
    """Smallest and largest number of arguments."""

    smooth: bool = True
    """Whether it has a derivative everywhere; a model may only use those that have."""


def _sign(x: float) -> float:
    return float((x > 0) - (x < 0))


def _heaviside(x: float, at_zero: float = 0.5) -> float:
    return at_zero if x == 0 else float(x > 0)


def _function(
    build: Callable[..., Expr], value: Callable[..., float], least: int = 1, most: int = 1
) -> Function:
    return Function(build=build, value=value, arguments=(least, most))


def _refused(
    build: Callable[..., Expr], value: Callable[..., float], least: int = 1, most: int = 1
) -> Function:
    return Function(build=build, value=value, arguments=(least, most), smooth=False)


MOST_ARGUMENTS = 16
"""Most arguments of ``min`` and ``max``: SymPy compares every pair."""

_ABS = _refused(sympy.Abs, abs)
_CEIL = _refused(sympy.ceiling, math.ceil)
_LOG = _function(sympy.log, math.log)
_MIN = _refused(sympy.Min, min, 2, MOST_ARGUMENTS)
_MAX = _refused(sympy.Max, max, 2, MOST_ARGUMENTS)
_MOD = _refused(sympy.Mod, lambda x, y: x % y, 2, 2)
_HEAVISIDE = _refused(sympy.Heaviside, _heaviside, 1, 2)

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "exp": _function(sympy.exp, math.exp),
        "expm1": _function(lambda x: sympy.exp(x) - 1, math.expm1),
        "exprel": _function(exprel, lambda x: math.expm1(x) / x if x else 1.0),
        "log": _LOG,
        "ln": _LOG,
        "log1p": _function(lambda x: sympy.log(1 + x), math.log1p),
        "log2": _function(lambda x: sympy.log(x) / sympy.Float(math.log(2.0)), math.log2),
        "log10": _function(lambda x: sympy.log(x) / sympy.Float(math.log(10.0)), math.log10),
        "sqrt": _function(sympy.sqrt, math.sqrt),
        "pow": _function(sympy.Pow, math.pow, 2, 2),
        "sin": _function(sympy.sin, math.sin),
        "cos": _function(sympy.cos, math.cos),
        "tan": _function(sympy.tan, math.tan),
        "asin": _function(sympy.asin, math.asin),
        "acos": _function(sympy.acos, math.acos),
        "atan": _function(sympy.atan, math.atan),
        "sinh": _function(sympy.sinh, math.sinh),
        "cosh": _function(sympy.cosh, math.cosh),
        "tanh": _function(sympy.tanh, math.tanh),
        "abs": _ABS,
        "Abs": _ABS,
        "sign": _refused(sympy.sign, _sign),
        "floor": _refused(sympy.floor, math.floor),
        "ceil": _CEIL,
        "ceiling": _CEIL,
        "min": _MIN,
        "Min": _MIN,
        "max": _MAX,
        "Max": _MAX,
        "Mod": _MOD,
        "heaviside": _HEAVISIDE,
        "Heaviside": _HEAVISIDE,
    }
)
"""Every function by the names that may call it. Those with a kink or a jump are here so that the
refusal can say what they are and what to write instead."""

USABLE = tuple(name for name, function in FUNCTIONS.items() if function.smooth)
"""The functions that a model may use; ``docs/own_models.md`` has a table of them."""

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "Piecewise": "Declare one mode for each piece, with events that switch between them.",
        "where": "Declare one mode for each case, with events that switch between them.",
        "clip": "Declare one mode for each piece, with events that switch between them.",
        "clamp": "Declare one mode for each piece, with events that switch between them.",
        "relu": "Declare one mode for each piece, with events that switch between them.",
        "sigmoid": "Write 1/(1 + exp(-x)).",
        "softplus": "Write log(1 + exp(x)).",
        "linoid": "Write 1/exprel(x) for x/(exp(x) - 1).",
        "vtrap": "Write y/exprel(x/y) for x/(exp(x/y) - 1).",
        "square": "Write x**2.",
        "power": "Write x**y.",
        "arcsin": "Write asin.",
        "arccos": "Write acos.",
        "arctan": "Write atan.",
        "diff": "Right-hand sides contain no derivatives: solve for the rate first.",
        "rand": "Models are deterministic: noise can arrive as input spikes.",
        "randn": "Models are deterministic: noise can arrive as input spikes.",
        "int": "A state cannot be rounded: declare an event and a mode instead.",
        "round": "A state cannot be rounded: declare an event and a mode instead.",
    }
)
"""What to write instead of functions that people look for and that are not in the table."""
