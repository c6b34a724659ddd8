"""Bad declarations, and good neighbours of theirs: expressions."""

from __future__ import annotations

import sympy

from bad_models.changes import Case, V, flow, guard, values, whole
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelWarning

W = ModelWarning

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
        [flow("1/v"), flow("log(v)"), flow("sqrt(v - 1)")],
        [flow("1/(v + 1)"), flow("1/v") | {"initial": {"v": 0.5}}],
        W,
    ),
]
