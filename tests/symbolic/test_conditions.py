"""Every code: declarations that give it, neighbours that do not, the page that lists it."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelError, ModelTypeError, ModelWarning
from saltation.symbolic.neuron import Event, Mode, Neuron

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
    """Changes of the LIF that give a code, and neighbours that give none."""

    code: Code
    invalid: list[dict[str, Any]]
    valid: list[dict[str, Any]]
    kind: type[Exception] = ModelError


W, T = ModelWarning, ModelTypeError
ON, OFF = Mode({"v": "-v", "u": "-u"}), Mode({"v": "-v"})

CASES = [
    Case(
        Code.UNKNOWN_SYMBOL,
        [
            flow("q"),
            guard("v - thetta"),
            {"reset": {"v": "vr"}},
            {"receive": {"i": "i + W"}},
            flow("w"),
            {"units": {"vv": "V"}},
        ],
        [flow("q", q=1.0), flow("sin(t)")],
    ),
    Case(Code.SYNTAX, [flow("*"), flow("(v"), {"threshold": ""}], [flow("(v)")]),
    Case(Code.EXPRESSION_TYPE, [flow(None), flow(True), flow([1])], [flow("1")], T),
    Case(
        Code.TEXT_SIZE,
        [flow("exp(" * 150 + "v" + ")" * 150), flow("-" * 150 + "v")],
        [flow("exp(" * 50 + "v" + ")" * 50)],
    ),
    Case(
        Code.NUMBER,
        [flow("1e309"), flow("10**10**10"), flow("v**2000")],
        [flow("1e300"), flow("v**20")],
    ),
    Case(Code.OPERATOR, [flow("v^2"), flow("v % 1")], [flow("v**2")]),
    Case(Code.UNKNOWN_FUNCTION, [flow("relu(v)"), flow("np.exp(v)")], [flow("exp(v)")]),
    Case(Code.FUNCTION_ARGUMENTS, [flow("exp()"), flow("exp(v, i)")], [flow("pow(v, 3)")]),
    Case(Code.IMPLICIT_PRODUCT, [flow("2v"), flow("v(i)"), flow("v i")], [flow("2*v*i")]),
    Case(Code.NON_ASCII, [flow("τ"), flow("v\N{MIDDLE DOT}i")], [flow("v*i")]),
    Case(
        Code.NAME_TYPE,
        [{"dynamics": {V: "-v"}}, values(**{"theta": 1.0}) | {"name": 3}, {"parameters": {1: 2.0}}],
        [{"name": "LIF_2"}],
        T,
    ),
    Case(
        Code.NAME_FORM,
        [
            {"name": "a b"},
            {"name": ""},
            {"name": "2a"},
            {"name": "_a"},
            {"name": "a_"},
            {"name": "a__b"},
            {"name": "ä"},
            {"name": "a" * 65},
            flow("v", **{"τ": 1.0}),
            {"receive": {"a-b": {"i": "i + w"}}},
            {"name": "a\n"},
        ],
        [{"name": "a_b2"}, {"name": "a" * 64}],
    ),
    Case(
        Code.NAME_RESERVED,
        [named(name) for name in RESERVED.split()] + [{"name": "int"}],
        [named(name) for name in FREE.split()],
    ),
    Case(Code.NAME_DUPLICATE, [flow("v", v=1.0)], [flow("v*u", u=1.0)]),
    Case(Code.NAME_CASE, [flow("V", V=1.0), flow("Theta", Theta=1.0)], [flow("V_0", V_0=1.0)]),
    Case(
        Code.ARGUMENT_TYPE,
        [
            {"dynamics": 3},
            {"receive": "i + w"},
            {"parameters": [1]},
            {"units": "V"},
            simple(modes={"on": {"v": "-v"}}),
            simple("v - 1"),
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
    Case(Code.MODE_LEFT_AT_ONCE, [clocked("2 - c"), clocked("c")], [clocked("c - 2")], W),
    Case(
        Code.UNIT_TEXT,
        [{"units": {"v": bad}} for bad in ("mV", "volt", "V +", "2*V", "V+V", "")],
        [{"units": {**UNITS, "v": "kg*m**2/(s**3*A)"}}],
    ),
    Case(
        Code.UNIT_MISMATCH,
        [
            {"units": {**UNITS, "i": "A"}},
            {"units": {**UNITS, "tau_m": "V"}},
            {"units": {**UNITS, "v_r": "s"}},
            {"units": {**UNITS, "w": "A"}},
            {"units": {**UNITS, "theta": "1"}},
            {"units": {"v": "V", "v_r": "A"}},
        ],
        [
            {"units": UNITS},
            {"units": {"v": "V"}},
            {"units": {}},
            {"units": UNITS, "reset": {"v": "v_r - 0.07"}},
        ],
    ),
    Case(
        Code.UNIT_ARGUMENT,
        [{"units": UNITS, **flow("theta*exp(v)/tau_m")}, {"units": UNITS, **flow("2**v")}],
        [{"units": UNITS, **flow("theta*exp(v/theta)/tau_m")}],
    ),
]


def declare(changes: dict[str, Any]) -> list[ModelError | ModelWarning]:
    """Return every remark about a declaration."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            Neuron(**{**LIF, **changes})
        except ModelError as error:
            return [error]
    return [each.message for each in caught if isinstance(each.message, ModelWarning)]


def spread(which: str) -> list[Any]:
    return [
        pytest.param(case, changes, id=f"{case.code}-{number}")
        for case in CASES
        for number, changes in enumerate(getattr(case, which))
    ]


@pytest.mark.parametrize(("case", "changes"), spread("invalid"))
def test_a_bad_declaration_gets_its_code(case: Case, changes: dict[str, Any]) -> None:
    remarks = {remark.code: remark for remark in declare(changes)}
    assert case.code in remarks
    remark = remarks[case.code]
    assert isinstance(remark, case.kind)
    assert str(remark).startswith(f"[{case.code}] ")


@pytest.mark.parametrize(("case", "changes"), spread("valid"))
def test_its_neighbour_gets_none(case: Case, changes: dict[str, Any]) -> None:
    assert [str(remark) for remark in declare(changes)] == []


def test_every_code_has_a_bad_declaration_and_a_good_one() -> None:
    assert [case.code for case in CASES] == list(Code)
    assert all(case.invalid and case.valid for case in CASES)


def test_the_page_lists_exactly_these_codes_with_their_kinds() -> None:
    page = (Path(__file__).parents[2] / "docs" / "conditions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(S\d+-[a-z-]+)` \| (error|warning) \| .+ \| .+ \|$", page, re.M)
    kinds = {
        str(case.code): "warning" if issubclass(case.kind, ModelWarning) else "error"
        for case in CASES
    }
    assert rows == list(kinds.items())


def test_codes_are_unique_and_well_formed() -> None:
    numbers = [code.split("-")[0] for code in Code]
    assert len(set(numbers)) == len(numbers)
    assert numbers == sorted(numbers)
    assert all(re.fullmatch(r"S\d{3}-[a-z]+(-[a-z]+)*", code) for code in Code)


@pytest.mark.parametrize(
    ("changes", "symbol", "equation", "text"),
    [
        (guard("v - thetta"), "thetta", "threshold", "v - thetta"),
        (flow("tau_q"), "tau_q", "dynamics of 'v'", "(i - v)/tau_m + tau_q"),
        ({"reset": {"v": "vr"}}, "vr", "reset of 'v'", "vr"),
        ({"receive": {"exc": {"i": "i + x"}}}, "x", "receive at port 'exc' of 'i'", "i + x"),
        (clocked("d - 2"), "d", "mode 'off', event 1, guard", "d - 2"),
        (values(tau=1.0), "tau", "parameter 'tau'", None),
        (flow("floor(v)"), "floor", "dynamics of 'v'", "(i - v)/tau_m + floor(v)"),
    ],
)
def test_remarks_name_symbol_equation_and_text(
    changes: dict[str, Any], symbol: str, equation: str, text: str | None
) -> None:
    (remark,) = declare(changes)
    assert (remark.symbol, remark.equation, remark.text) == (symbol, equation, text)
    assert remark.hint


def test_a_spike_that_is_detected_and_not_reset_is_legal() -> None:
    assert declare({"reset": {}, **values(v_r=0.0), "receive": {"i": "i + w*v_r"}}) == []


def test_the_reachability_bound_is_reported() -> None:
    (remark,) = declare(alone(parameters={**alone()["parameters"], "drive": 0.75}))
    assert "v approaches 0.75, where the guard is -0.25" in str(remark)
