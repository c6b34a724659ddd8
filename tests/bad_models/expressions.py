"""Bad declarations, and good neighbours of theirs: expressions."""

from __future__ import annotations

from typing import Any

import sympy

from bad_models.changes import Case, V, alone, flow, guard, values, whole
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelWarning

W = ModelWarning
AWAY: dict[str, Any] = {"reset": {"v": "0.5 + v_r"}}
SILENT: dict[str, Any] = {"threshold": None, "reset": None, "receive": {"i": "i + theta*v_r*w"}}

CASES = [
    Case(
        Code.COMPLEX,
        [
            flow("1j"),
            flow("sqrt(-v**2)"),
            flow(sympy.I * V),
            flow("(-1)**v"),
            flow("sqrt(theta - 2)"),
            flow("(-8)**(1/3)"),
        ],
        [flow("sqrt(theta + 2)"), whole("i*theta*v_r - v/tau_m"), flow("J", J=1.0)],
    ),
    Case(
        Code.NOT_REAL_SYMBOL,
        [whole(sympy.Symbol("v", imaginary=True)), whole(sympy.Symbol("v", commutative=False))],
        [whole(-sympy.Symbol("v", positive=True))],
    ),
    Case(
        Code.UNDEFINED_VALUE, [flow("log(0)"), flow("asin(2)"), whole(sympy.oo)], [flow("log(2)")]
    ),
    Case(
        Code.DIVISION_BY_ZERO,
        [flow("1/0"), flow("1/(v - v)"), values(tau_m=0.0), values(tau_m=0)],
        [flow("1/2"), values(tau_m=1)],
    ),
    Case(
        Code.UNPRINTABLE,
        [
            whole(sympy.Integral(V, V)),
            whole(sympy.Function("f")(V)),
            whole(sympy.LambertW(V)),
            whole(sympy.O(V)),
            whole(sympy.DiracDelta(V)),
        ],
        [whole(-sympy.tanh(V))],
    ),
    Case(Code.RELATION, [flow("(v > 1)"), flow("(1 if v else 0)"), whole(V > 1)], [flow("v - 1")]),
    Case(
        Code.KINK,
        [
            flow("abs(v)"),
            flow("max(v, 0)"),
            flow("min(v, 1)"),
            flow("sqrt(v**2)"),
            flow("abs(theta)"),
            guard("abs(v) - theta"),
            {"receive": {"i": "i + abs(w)"}},
        ],
        [flow("v**2")],
    ),
    Case(
        Code.JUMP_FUNCTION,
        [
            flow("floor(v)"),
            flow("ceil(v)"),
            flow("sign(v)"),
            flow("Mod(v, 1)"),
            flow("heaviside(v)"),
            flow("floor(theta)"),
            {"reset": {"v": "floor(v) - 3"}},
        ],
        [flow("tanh(v)")],
    ),
    Case(
        Code.SIZE,
        [whole(sympy.Add(*(sympy.sin(n * V) for n in range(1, 3000))))],
        [whole(sympy.Add(*(sympy.sin(n * V) for n in range(1, 30))))],
    ),
    Case(
        Code.NON_FINITE_START,
        [
            flow("1/v") | AWAY,
            flow("log(v)") | AWAY,
            flow("sqrt(v - 0.1)") | AWAY,
            guard("v - theta + 0*i - 0.1/v") | AWAY,
        ],
        [flow("1/(v + 1)"), flow("1/v") | AWAY | {"initial": {"v": 0.5}}],
        W,
    ),
    Case(
        Code.DOMAIN_CROSSED,
        [
            flow("1/(v - 0.5)"),
            flow("log(0.9 - v)"),
            flow("sqrt(0.9 - v)"),
            flow("acos(2*v)"),
            flow("(0.5 - v)**theta"),
            flow("1/(v - 1)"),
        ],
        [
            flow("1/(v + 0.5)"),
            flow("1/(v - 1.5)"),
            flow("log(1.1 - v)"),
            flow("sqrt(v + 0.01)"),
            flow("1/(1 + exp(-v))"),
            flow("1/(v**2 + 1)"),
        ],
        W,
    ),
    Case(
        Code.REMOVABLE_SINGULARITY,
        [
            flow("(v + 1)/(exp(v + 1) - 1)"),
            flow("expm1(v + 1)/(v + 1)"),
            flow("0.1*(v + 40)/(1 - exp(-(v + 40)/10))"),
            flow("(exp(-a*v) - exp(-b*v))/(a - b)", a=1.0, b=2.0),
            {"receive": {"i": "i + w*(v + 3)/(exp(v/theta + 3/theta) - 1)"}},
            flow("(v + 2*theta)/(exp((v + 2*theta)/theta) - 1)"),
        ],
        [
            flow("-1/exprel(v + 1)"),
            flow("(v + 1)/(exp(v) + 1)"),
            flow("(v + 1)/(exp(v + 2) - 1)"),
            flow("(v + 1)/(theta + tau_m)"),
            flow("exp(-a*v)/(a - b)", a=2.0, b=1.0),
        ],
        W,
    ),
    Case(
        Code.GROWING,
        [
            {"dynamics": {"v": "(i + v)/tau_m", "i": "-i/tau_s"}},
            values(tau_s=-5e-3),
            {"dynamics": {"v": "i/tau_s + v/tau_m", "i": "-v/tau_s"}},
            {"dynamics": {"v": "i/tau_s", "i": "v/tau_m"}},
            {**flow("-v**3"), **values(tau_s=-5e-3)},
            {"dynamics": {"v": "-i*v/tau_m - v/tau_m", "i": "-i/tau_s"}, **values(tau_m=-20e-3)},
            {
                "dynamics": {"v": "(i - v - v**3)/tau_m", "i": "(v - i)/tau_s"},
                **values(tau_s=-5e-3),
            },
        ],
        [
            {"dynamics": {"v": "i/tau_s", "i": "-v/tau_m"}},
            {"dynamics": {"v": "i/tau_s - v/tau_m", "i": "-v/tau_s"}},
            {"dynamics": {"v": "(i - v)/tau_m", "i": "-i/tau_m + 0*tau_s*v"}}
            | {"receive": {"i": "i + w*tau_s"}},
            {"dynamics": {"v": "i/tau_m", "i": "0"}, "receive": {"i": "i + w*tau_s"}},
            {"dynamics": {"v": "(i + v + v**3)/tau_m", "i": "(v - i)/tau_s"}},
            {"dynamics": {"v": "-i*v/tau_m", "i": "-i/tau_s"}},
            {"dynamics": {"v": "(i - 1)*v/tau_m", "i": "-i/tau_s"}},
            {"dynamics": {"v": "sin(t + 1)*v/tau_m", "i": "-i/tau_s"}},
        ],
        W,
    ),
    Case(
        Code.BLOW_UP,
        [
            flow("v**2/tau_m") | SILENT,
            flow("exp(v/theta)/tau_m") | SILENT,
            alone(dynamics={"v": "-drive - tau_m*v**2"}),
            flow("v**2/tau_m - i*v - i") | {"threshold": "i - theta"},
            flow("v**3") | SILENT,
        ],
        [
            flow("v**3"),
            flow("-v**2/tau_m"),
            flow("-(1 + v)*v/tau_m") | SILENT,
            flow("v**2/tau_m"),
            flow("exp(v/theta)/tau_m"),
            flow("-v**3/tau_m") | SILENT,
            flow("exp(-v/theta)/tau_m") | SILENT,
            flow("-i*v**2") | SILENT,
            flow("tanh(v)") | SILENT,
        ],
        W,
    ),
    Case(
        Code.STIFF,
        [flow("-v**3 - v/tau", tau=1e-11), {**flow("-v**3"), **values(tau_s=1e-10)}],
        [
            flow("-v**3 - v/tau", tau=1e-6),
            values(tau_s=1e-11),
            flow("-v**3"),
            {**flow("-v**3"), **values(tau_s=1e6)},
        ],
        W,
    ),
]
