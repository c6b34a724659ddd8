"""Bad declarations, and good neighbours of theirs: texts and names."""

from __future__ import annotations

from bad_models.changes import FREE, RESERVED, Case, V, flow, guard, named, values
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelTypeError, ModelWarning

W, T = ModelWarning, ModelTypeError

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
            {"name": "a__b"},
            {"name": "ä"},
            {"name": "a" * 65},
            flow("v", **{"τ": 1.0}),
            {"receive": {"a-b": {"i": "i + w"}}},
            {"name": "a\n"},
        ],
        [{"name": "a_b2_"}, {"name": "a" * 64}],
    ),
    Case(
        Code.NAME_RESERVED,
        [named(name) for name in RESERVED.split()] + [{"name": "int"}],
        [named(name) for name in FREE.split()],
    ),
    Case(Code.NAME_DUPLICATE, [flow("v", v=1.0)], [flow("v*u", u=1.0)]),
    Case(Code.NAME_CASE, [flow("V", V=1.0), flow("Theta", Theta=1.0)], [flow("V_0", V_0=1.0)]),
]
