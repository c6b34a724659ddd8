"""Declarations that differ from the leaky integrate-and-fire neuron, by what is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy

from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelError
from saltation.symbolic.neuron import Event, Mode

V = sympy.Symbol("v")
PARAMETERS = {"tau_m": 20e-3, "tau_s": 5e-3, "theta": 1.0, "v_r": 0.0}
LIF: dict[str, Any] = {
    "name": "lif",
    "dynamics": {"v": "(i - v) / tau_m", "i": "-i / tau_s"},
    "threshold": "v - theta",
    "reset": {"v": "v_r"},
    "receive": {"i": "i + w"},
    "parameters": PARAMETERS,
}
UNITS = {"v": "V", "i": "V", "tau_m": "s", "tau_s": "s", "theta": "V", "v_r": "V", "w": "V"}


def flow(text: Any, **parameters: Any) -> dict[str, Any]:
    """Change the LIF's membrane equation to itself plus a term."""
    term = f" + {text}" if isinstance(text, str) else text
    equation = f"(i - v)/tau_m{term}" if isinstance(term, str) else term
    return {
        "dynamics": {"v": equation, "i": "-i/tau_s"},
        "parameters": {**PARAMETERS, **parameters},
    }


def whole(text: Any) -> dict[str, Any]:
    """Make the membrane equation something else."""
    return {"dynamics": {"v": text, "i": "-i/tau_s - tau_m"}}


def values(**parameters: Any) -> dict[str, Any]:
    """Change default values."""
    return {"parameters": {**PARAMETERS, **parameters}}


def guard(text: Any, **more: Any) -> dict[str, Any]:
    """Change the threshold; keep every parameter in use."""
    return {"threshold": text, "receive": {"i": "i + theta*w"}, **more}


def simple(*events: Event, **more: Any) -> dict[str, Any]:
    """Declare a leaky state in one mode with these events."""
    return {
        "dynamics": None,
        "threshold": None,
        "reset": None,
        "modes": {"on": Mode({"v": "-v/tau"}, events)},
        "receive": {"v": "v + w"},
        "parameters": {"tau": 1.0},
        **more,
    }


def clocked(
    guard: str = "c - 2", leaves: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Declare a neuron with a refractory mode that ends by `guard`."""
    on = Mode({"v": "-v", "c": "0"}, [Event("v - 1", {"v": "0"}, to="off")])
    off = Mode(
        {"v": "0", "c": "1"},
        [Event(guard, {"c": "0"} if leaves is None else leaves, to="on", spike=False)],
    )
    return simple(modes={"on": on, "off": off}, parameters={}, **more)


def alone(**more: Any) -> dict[str, Any]:
    """Declare a driven membrane without ports."""
    return {
        "dynamics": {"v": "(drive - v)/tau_m"},
        "threshold": "v - theta",
        "reset": {"v": "v_r"},
        "receive": None,
        "parameters": {"tau_m": 1.0, "theta": 1.0, "v_r": 0.0, "drive": 2.0},
        **more,
    }


def named(name: str) -> dict[str, Any]:
    """Declare a model with a parameter of this name."""
    return {
        "dynamics": {"x": f"-x*{name}"},
        "threshold": None,
        "reset": None,
        "receive": {"x": "x + w"},
        "parameters": {name: 1.0},
    }


RESERVED = """lambda is None True double int exp fabs y0 abs max NAN t dt w sal_x initial weight
delay times"""
FREE = "I E S N O Q pi beta gamma zeta Chi w_0 salt lam delays"


@dataclass(frozen=True)
class Case:
    """Changes of the LIF, or calls about a network, that give a code; neighbours give none."""

    code: Code
    invalid: list[dict[str, Any] | Callable[[], object]]
    valid: list[dict[str, Any] | Callable[[], object]]
    kind: type[Exception] = ModelError
