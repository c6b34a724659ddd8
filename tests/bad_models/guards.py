"""Bad declarations, and good neighbours of theirs: guards and resets."""

from __future__ import annotations

import sympy

from bad_models.changes import LIF, Case, V, alone, clocked, flow, guard, simple, values
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelWarning
from saltation.symbolic.neuron import Event, Mode

W = ModelWarning

CASES = [
    Case(
        Code.GUARD_RELATION,
        [{"threshold": bad} for bad in ("v > theta", "v == theta", "v > theta and i > 0")]
        + [{"threshold": sympy.Symbol("theta") < V}],
        [{"threshold": V - sympy.Symbol("theta")}],
    ),
    Case(Code.GUARD_CONSTANT, [guard("theta"), guard("1"), guard(0)], [guard("v - 1 - 0*i")]),
    Case(
        Code.GUARD_WITHOUT_STATE,
        [guard("t - theta"), guard("sin(t)")],
        [guard("v - theta*exp(-t)")],
    ),
    Case(
        Code.GUARD_NOT_TRANSVERSAL,
        [
            guard("(v - theta)**2"),
            guard("v**2 - 2*v*theta + theta**2"),
            guard("(v - theta)**3"),
            guard("v**2 - 0.2*v + 0.01"),
            guard("-i*(v - theta)**2"),
            guard("sqrt(v - theta)"),
        ],
        [guard("v**2 - theta - 1"), guard("(v - theta)/(1 + i**2)"), guard("exp(v) - 2")],
    ),
    Case(
        Code.GUARD_INVARIANT,
        [
            {"dynamics": {"v": "0", "i": "-i/tau_s"}, "reset": None},
            {
                "dynamics": {"v": "i", "i": "-v"},
                "threshold": "v**2 + i**2 - 1",
                "reset": None,
                "receive": None,
            },
        ],
        [
            {
                "dynamics": {"v": "0"},
                "receive": {"v": "v + w"},
                "parameters": {"theta": 1.0, "v_r": 0.0},
            }
        ],
    ),
    Case(
        Code.GUARD_INITIALLY_ABOVE,
        [{"initial": {"v": 1.0}}, {"initial": {"v": 2.0}}],
        [{"initial": {"v": 0.999}}],
        W,
    ),
    Case(
        Code.GUARD_PROPORTIONAL,
        [
            simple(Event("v - 1", {"v": "0"}), Event("2*v - 2", {"v": "-1"})),
            simple(Event("v - 1", {"v": "0"}), Event("tau*(v - 1)")),
        ],
        [
            simple(Event("v - 1", {"v": "0"}), Event("v - 0.5")),
            simple(
                Event("v - 1", {"v": "0"}),
                Event("1 - v"),
                initial={"v": 1.5},
                modes={"on": Mode({"v": "-v/tau"}, [Event("v - 2", {"v": "0"}), Event("-v - 2")])},
            ),
        ],
        W,
    ),
    Case(
        Code.GUARD_UNREACHABLE,
        [
            alone(parameters={**alone()["parameters"], "drive": 1.0}),
            alone(parameters={**alone()["parameters"], "drive": 0.5}),
            {"receive": None},
            alone(dynamics={"v": "-drive - tau_m**2"}),
        ],
        [alone(), {"receive": None, "initial": {"i": 5.0}}],
        W,
    ),
    Case(
        Code.GUARD_SIGN,
        [
            {"threshold": "theta - v"},
            alone(
                dynamics={"v": "drive + tau_m**2"}, threshold="theta - v", reset={"v": "2 + v_r"}
            ),
        ],
        [LIF],
    ),
    Case(
        Code.RESET_ABOVE,
        [
            values(v_r=1.0),
            values(v_r=2.0),
            {"reset": {"v": "v + 0.1 + v_r"}},
            {"reset": {"v": "theta + v_r"}},
        ],
        [
            {"reset": {"v": "v - theta + v_r"}},
            {"reset": {"i": "i + v_r"}},
            {"reset": {"v": "v_r - i"}},
        ],
    ),
    Case(
        Code.RESET_CASCADE,
        [
            clocked("1 - c", {"v": "2", "c": "0"}),
            simple(
                Event("v - 1", {"v": "2"}, to="b"),
                modes={
                    "a": Mode({"v": "-v/tau"}, [Event("v - 1", {"v": "2"}, to="b")]),
                    "b": Mode({"v": "-v/tau"}, [Event("v - 1", {"v": "2"}, to="a")]),
                },
            ),
        ],
        [clocked()],
    ),
    Case(
        Code.MODE_LEFT_AT_ONCE,
        [clocked("2 - c")],
        [clocked("c - 2"), clocked("c"), clocked("v + 1")],
        W,
    ),
    Case(
        Code.RESET_UNDEFINED,
        [
            flow("1/v") | {"initial": {"v": 0.5}},
            flow("v/(exp(v) - 1)") | {"initial": {"v": 0.5}},
            {"reset": {"v": "v_r - 1/(v - theta)"}},
            {"reset": {"v": "v_r - log(v - theta)"}},
            clocked("c + log(v) - 2"),
        ],
        [
            flow("1/v") | {"initial": {"v": 0.5}, "reset": {"v": "v_r + 0.1"}},
            {"reset": {"v": "v_r - 1/(v + theta)"}},
            {"reset": {"v": "v_r - 1/(1 + i**2)"}},
        ],
    ),
]
