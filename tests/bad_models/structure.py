"""Bad declarations, and good neighbours of theirs: structure and values."""

from __future__ import annotations

import numpy as np
import sympy

from bad_models.changes import LIF, Case, clocked, flow, simple, values
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelTypeError, ModelWarning
from saltation.symbolic.neuron import Event, Mode

W, T = ModelWarning, ModelTypeError
ON, OFF = Mode({"v": "-v", "u": "-u"}), Mode({"v": "-v"})

CASES = [
    Case(
        Code.ARGUMENT_TYPE,
        [
            {"dynamics": 3},
            {"receive": "i + w"},
            {"parameters": [1]},
            {"units": "V"},
            simple(modes={"on": {"v": "-v"}}),
            lambda: Mode({"v": "-v"}, ["v - 1"]),
            lambda: Mode({"v": "-v"}, [{"guard": "v - 1"}]),
            lambda: Mode({"v": "-v"}, Event("v - 1")),
            lambda: Mode({"v": "-v"}, "v - 1"),
            {"reset": "v = v_r"},
            {"receive": {"exc": {"i": "i + w"}, "inh": {}}, "reset": ["v"]},
            simple(Event("v - 1", ["v"])),
            simple(Event("v-1", spike=1)),
            {"receive": {"exc": {"i": "i + w"}}, "citation": 3},
            simple(modes=[ON]),
        ],
        [{"receive": {"exc": {"i": "i + w"}}}, simple(Event("v - 1", {"v": "0"}))],
        T,
    ),
    Case(
        Code.ARGUMENT_COMBINATION,
        [
            {"modes": {"on": ON}},
            {"dynamics": None, "threshold": None, "reset": None},
            {"threshold": None},
            simple(modes={}),
        ],
        [{"threshold": None, "reset": None, **flow("theta*v_r")}],
    ),
    Case(
        Code.NO_STATE,
        [{"dynamics": {}}, simple(modes={"on": Mode({})})],
        [simple(modes={"on": Mode({"v": "-v/tau"})})],
    ),
    Case(
        Code.STATE_WITHOUT_DYNAMICS,
        [
            simple(modes={"on": ON, "off": OFF}),
            simple(modes={"on": OFF, "off": ON}),
            {"initial": {"u": 1.0}},
        ],
        [clocked(), {"initial": {"v": 0.5}}],
    ),
    Case(
        Code.NOT_A_STATE,
        [
            {"reset": {"theta": "0"}},
            {"reset": {"vv": "0"}},
            {"receive": {"tau_s": "tau_s + w"}},
            {"receive": {"w": "w"}},
            {"reset": {"t": "0"}},
            {"initial": {"theta": 1.0}},
        ],
        [{"reset": {"v": "v_r", "i": "0"}}],
    ),
    Case(
        Code.UNKNOWN_MODE,
        [simple(Event("v - 1", {"v": "0"}, to="of")), simple(Event("v-1", {"v": "0"}, to=[1]))],
        [simple(Event("v - 1", {"v": "0"}, to="on"))],
    ),
    Case(
        Code.VALUE_TYPE,
        [values(theta=bad) for bad in (None, "1", True, 1j, object())],
        [values(theta=good) for good in (1, np.float32(1), sympy.Rational(1, 2))],
        T,
    ),
    Case(
        Code.VALUE_FINITE,
        [values(theta=bad) for bad in (np.inf, -np.inf, np.nan, 10**400)]
        + [{"initial": {"v": np.nan}}],
        [values(theta=1e300)],
    ),
    Case(
        Code.VALUE_SHAPE,
        [values(theta=bad) for bad in ([1.0], (1.0,), np.ones(2), np.ones(()))],
        [values(theta=np.float64(2.0))],
        T,
    ),
    Case(
        Code.PORT_FORM,
        [{"receive": {"i": "i + w", "exc": {"i": "i + w"}}}],
        [{"receive": {"exc": {"i": "i + w"}, "inh": {"i": "i - w"}}}],
    ),
    Case(Code.INITIAL_CONSTANT, [{"initial": {"v": "v_r"}}], [{"initial": {"v": "1/2"}}]),
    Case(
        Code.UNUSED_STATE,
        [
            {"dynamics": {**LIF["dynamics"], "u": "-u/tau_m"}},
            {"dynamics": {**LIF["dynamics"], "u": "1"}},
        ],
        [{"dynamics": {**LIF["dynamics"], "u": "(v - u)/tau_m"}}],
        W,
    ),
    Case(Code.UNUSED_PARAMETER, [values(tau=1.0)], [flow("tau", tau=1.0)], W),
    Case(
        Code.UNUSED_WEIGHT,
        [{"receive": {"i": "i + 1"}}, {"receive": {"exc": {}}}],
        [{"receive": {"i": "i + 1*w"}}],
        W,
    ),
    Case(
        Code.UNREACHABLE_MODE,
        [simple(modes={"on": Mode({"v": "-v/tau"}), "off": OFF})],
        [clocked()],
        W,
    ),
]
