"""The parser: what it accepts means what Python means; all else is an error of ours."""

from __future__ import annotations

import fractions
import math
import time

import numpy as np
import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sympy import Float, Integer, Rational, Symbol

from saltation.symbolic.errors import ExpressionError, ModelTypeError, SaltationError
from saltation.symbolic.parser import parse

NAMES = {name: Symbol(name, real=True) for name in ("v", "i", "tau_m", "beta", "I", "E", "S", "N")}
V, CURRENT, TAU = NAMES["v"], NAMES["i"], NAMES["tau_m"]


def read(text: object, guard: bool = False) -> sympy.Expr:
    return parse(text, names=NAMES, model="m", where="dynamics of 'v'", guard=guard)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(i - v)/tau_m", (CURRENT - V) / TAU),
        ("-v**2", -(V**2)),
        ("2**-1", Rational(1, 2)),
        ("1/3", Rational(1, 3)),
        ("+v", V),
        ("v - i - v", -CURRENT),
        ("v/i/2", V / CURRENT / 2),
        ("2**3**2", Integer(512)),
        ("expm1(v)", sympy.exp(V) - 1),
        ("ln(v)", sympy.log(V)),
        ("pow(v, 3)", V**3),
        ("sqrt(4)", Integer(2)),
        ("exp(0)", Integer(1)),
        ("  v\n  + i", V + CURRENT),
        (V + CURRENT, V + CURRENT),
        (3, Integer(3)),
        (fractions.Fraction(7, 1), Integer(7)),
        (np.int64(3), Integer(3)),
        (np.float64(0.1), Float(0.1)),
        (0.1, Float(0.1)),
        ("I*E*S*N*beta", math.prod(NAMES[name] for name in ("I", "E", "S", "N", "beta"))),
    ],
)
def test_accepted_expressions_mean_what_python_means(text: object, expected: sympy.Expr) -> None:
    assert read(text) == expected


def test_decimals_are_the_doubles_they_denote() -> None:
    assert read("0.1").is_Float
    assert read("0.1")._mpf_ == Float(0.1)._mpf_
    assert read("1.5e-3*v").coeff(V)._mpf_ == Float(1.5e-3)._mpf_


@pytest.mark.parametrize("text", ["exp(1)", "sqrt(2)", "log(3)", "10**0.5", "tanh(1)", "log10(7)"])
def test_constants_fold_to_the_double_that_c_would_compute(text: str) -> None:
    value = read(text)
    assert value.is_Float
    assert float(value) == eval(text, {name: getattr(math, name) for name in dir(math)})


@pytest.mark.parametrize("number", [sympy.pi, sympy.E, sympy.GoldenRatio, Float("0.1", 50)])
def test_sympy_numbers_of_other_precision_become_doubles(number: sympy.Expr) -> None:
    value = read(number * V).coeff(V)
    assert value.is_Float
    assert value._prec == 53
    assert float(value) == float(number)


@pytest.mark.parametrize(
    "symbol",
    [Symbol("v"), Symbol("v", positive=True), Symbol("v", integer=True), sympy.Dummy("v")],
)
def test_sympy_symbols_are_matched_by_name_and_made_real(symbol: Symbol) -> None:
    assert read(2 * symbol) == 2 * V


@pytest.mark.parametrize(
    ("text", "position", "code"),
    [
        ("(i - v)/tua_m", 8, "S101-unknown-symbol"),
        ("  v +  q", 7, "S101-unknown-symbol"),
        ("v\n + q", 5, "S101-unknown-symbol"),
        ("v + exp", 4, "S101-unknown-symbol"),
        ("v + 2i", 5, "S109-implicit-product"),
        ("v + 2 i", 6, "S109-implicit-product"),
        ("v i", 2, "S109-implicit-product"),
        ("v + i(3)", 4, "S109-implicit-product"),
        ("v + (i)(v)", 4, "S109-implicit-product"),
        ("v + 2(i)", 4, "S109-implicit-product"),
        ("v + i^2", 5, "S106-operator"),
        ("v + i // 2", 6, "S106-operator"),
        ("v + ~i", 4, "S106-operator"),
        ("v + foo(i)", 4, "S107-unknown-function"),
        ("v + np.exp(i)", 4, "S107-unknown-function"),
        ("v + exp(i, v)", 4, "S108-function-arguments"),
        ("v + exp(x=i)", 4, "S108-function-arguments"),
        ("v + exp(*i)", 4, "S108-function-arguments"),
        ("v + 1j", 4, "S301-complex"),
        ("v + sqrt(-1)", 4, "S303-undefined-value"),
        ("v + log(0)", 4, "S303-undefined-value"),
        ("v + (-8)**(1/3)", 4, "S301-complex"),
        ("v + (-2)**i", 4, "S301-complex"),
        ("v + i/0", 6, "S304-division-by-zero"),
        ("v + i/(v - v)", 7, "S304-division-by-zero"),
        ("v + 0**(-1)", 4, "S304-division-by-zero"),
        ("v + 1e999", 4, "S105-number"),
        ("v + 10**10**10", 4, "S105-number"),
        ("v + 10**-10**10", 4, "S105-number"),
        ("v + exp(exp(100))", 4, "S105-number"),
        ("v + i**2000", 4, "S105-number"),
        ("v + (10**300*i)**900", 4, "S105-number"),
        ("v = i", 2, "S102-syntax"),
        ("v + # i", 4, "S102-syntax"),
        ("v + \0", 4, "S102-syntax"),
        ("v + [i]", 4, "S102-syntax"),
        ("v + i.real", 4, "S102-syntax"),
        ("v + True", 4, "S102-syntax"),
        ("v + 'i'", 4, "S102-syntax"),
        ("v + (lambda: i)", 5, "S102-syntax"),
        ("v + i[0]", 4, "S102-syntax"),
        ("v + τ", 4, "S110-non-ascii"),
        ("v \N{MINUS SIGN} i", 2, "S110-non-ascii"),
        ("v + (i > 0)", 5, "S306-relation"),
        ("v + (i if v else 1)", 5, "S306-relation"),
        ("v + abs(i)", 4, "S307-kink"),
        ("v + max (i, 0)", 4, "S307-kink"),
        ("v + floor(i)", 4, "S308-jump-function"),
    ],
)
def test_errors_name_the_column(text: str, position: int, code: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        read(text)
    error = caught.value
    assert (error.code, error.position) == (code, position)
    assert (error.model, error.equation, error.text) == ("m", "dynamics of 'v'", text)
    assert str(error).splitlines()[2].index("^") == position + 4


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("(i - v)/tua_m", "Did you mean 'tau_m'? Known here: v, i, tau_m"),
        ("v^2", "Use ** for powers."),
        ("2v", "Write 2*v."),
        ("v(i - 3)", "Write a product with *: v*(i - 3)."),
        ("(v + 1)(i - 3)", "Write a product with *: (v + 1)*(i - 3)."),
        ("(lambda: 1)()", "A model's text is no Python"),
        ("(lambda x: x)(v)", "A model's text is no Python"),
        ("[x for x in (1, 2)][0]", "A model's text is no Python"),
        ("v()", "A model's text is no Python"),
        ("f'v'", "A model's text is no Python"),
        ("v \N{MULTIPLICATION SIGN} i", "Write *."),
        ("np.exp(v)", "Write exp(x)."),
        ("expp(v)", "Did you mean 'exp'?"),
        ("sigmoid(v)", "Write 1/(1 + exp(-x))."),
        ("w + v", "only 'receive' may use it"),
        ("pi*v", "write 3.141592653589793"),
        ("dv = 3", "Write the right-hand side only."),
    ],
)
def test_errors_say_what_to_write_instead(text: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        read(text)
    assert hint in str(caught.value.hint)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("v > 1", "v - 1"),
        ("v >= i + 1", "v - (i + 1)"),
        ("v < i", "i - v"),
        ("v == i", "An equality has no direction"),
        ("v > 1 and i > 0", "Declare one Event for each part of an 'or'"),
        ("not v > 1", "Declare one Event for each part of an 'or'"),
        ("0 < v < 1", "Declare one Event for each part of an 'or'"),
        (V > 1, "Write the difference that rises through zero"),
    ],
)
def test_a_condition_as_a_guard_is_told_how_to_become_one(text: object, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        read(text, guard=True)
    assert caught.value.code == "S401-guard-relation"
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("tree", "code"),
    [
        (sympy.I * V, "S301-complex"),
        (sympy.sqrt(-(V**2)), "S301-complex"),
        (Symbol("v", imaginary=True), "S302-not-real-symbol"),
        (Symbol("v", commutative=False), "S302-not-real-symbol"),
        (sympy.oo, "S303-undefined-value"),
        (sympy.nan, "S303-undefined-value"),
        (sympy.zoo, "S303-undefined-value"),
        (sympy.Integral(V, V), "S305-unprintable"),
        (sympy.Derivative(sympy.Function("f")(V), V), "S305-unprintable"),
        (sympy.Function("v")(Symbol("t")), "S305-unprintable"),
        (sympy.LambertW(V), "S305-unprintable"),
        (sympy.DiracDelta(V), "S305-unprintable"),
        (sympy.O(V), "S305-unprintable"),
        (sympy.re(Symbol("v")), "S305-unprintable"),
        (V > 1, "S306-relation"),
        (sympy.true, "S306-relation"),
        (sympy.Piecewise((V, V > 0), (0, True)), "S306-relation"),
        (sympy.sqrt(V**2), "S307-kink"),
        (sympy.sign(V), "S308-jump-function"),
        (Symbol("q"), "S101-unknown-symbol"),
        (Integer(10) ** 5000, "S105-number"),
        (sympy.exp(sympy.exp(sympy.exp(100))), "S105-number"),
        (sympy.Add(*(sympy.sin(n * V) for n in range(1, 6000))), "S309-size"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_sympy_trees_pass_the_same_whitelist(tree: sympy.Basic, code: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        read(tree)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "thing",
    [
        None,
        True,
        1j,
        [1],
        (1,),
        {},
        b"v",
        object(),
        lambda: 1,
        np.zeros(2),
        sympy.Matrix([V]),
        sympy.Tuple(V),
        sympy.Interval(0, 1),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_things_that_are_no_expression_are_type_errors(thing: object) -> None:
    with pytest.raises(ModelTypeError) as caught:
        read(thing)
    assert caught.value.code == "S103-expression-type"


@pytest.mark.parametrize(
    "number",
    [math.inf, -math.inf, math.nan, np.float64("nan"), 10**400, fractions.Fraction(10**400, 3)],
)
def test_numbers_out_of_range_are_refused(number: object) -> None:
    with pytest.raises(ExpressionError) as caught:
        read(number)
    assert caught.value.code == "S105-number"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000 + "v" + ")" * 3000,
        "-" * 5000 + "v",
        "v" + "**v" * 2000,
        "exp(" * 150 + "v" + ")" * 150,
        "v" + "+v" * 12_000,
        "v" * 30_000,
        "v" * 19_990 + " 3",
        "3" * 2000 + " v",
        "v " * 9_000,
        "9" * 6000,
        "[" * 5000,
    ],
    ids=lambda text: text[:8],
)
def test_absurd_texts_fail_at_once(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(SaltationError):
        read(text)
    assert time.perf_counter() - start < 5


def test_a_tree_of_astronomic_size_fails_at_once() -> None:
    tree = V
    for n in range(60):
        tree = sympy.sin(tree + n) * sympy.cos(tree)
    with pytest.raises(ExpressionError) as caught:
        read(tree)
    assert caught.value.code == "S309-size"


def test_a_long_sum_is_not_absurd() -> None:
    assert read("+".join(f"{n}*v" for n in range(1, 151))) == 11325 * V


ALPHABET = st.text(
    alphabet="vitau_m0123456789.eE+-*/()^ ,=<>!&|~%:'\"[]{}#\\\n\t\x00τ²", max_size=40
)
WORDS = """v i tau_m q w t 0 1 2 3.5 1e300 1e-300 7e5 10 + - * / ** ( ) , exp( log( sqrt( sin( tanh(
abs( max( floor( asin( pow( Mod( > < and or not if else lambda ^ // % 1j . ="""
TOKENS = st.lists(st.sampled_from([*WORDS.split(), " "]), max_size=25).map("".join)


def outcome(text: object) -> sympy.Expr | SaltationError:
    try:
        return read(text)
    except SaltationError as error:
        return error


@settings(max_examples=300, deadline=2000)
@given(st.one_of(st.text(max_size=60), ALPHABET, TOKENS))
@example("1e308*10")
@example("max(v,i,v)**-1")
def test_any_text_is_an_expression_or_an_error_of_ours(text: str) -> None:
    value = outcome(text)
    if isinstance(value, SaltationError):
        assert isinstance(value, ExpressionError)
        assert value.code
        assert str(value)
    else:
        assert isinstance(value, sympy.Expr)
        assert value.free_symbols <= set(NAMES.values())
        assert not value.has(sympy.I, sympy.nan, sympy.zoo, sympy.oo)


def _combine(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(children, st.sampled_from(["+", "-", "*", "/"]), children).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        st.tuples(children, st.sampled_from(["2", "3", "-1"])).map(lambda p: f"({p[0]})**{p[1]}"),
        children.map(lambda inner: f"-{inner}"),
        st.tuples(st.sampled_from(["sin", "cos", "tanh", "atan", "exp"]), children).map(
            lambda parts: f"{parts[0]}({parts[1]})"
        ),
    )


SMOOTH = st.recursive(
    st.one_of(
        st.sampled_from(["v", "i", "tau_m"]),
        st.integers(0, 9).map(str),
        st.floats(0.01, 9).map(lambda value: f"{value:.3g}"),
    ),
    _combine,
    max_leaves=8,
)


@settings(max_examples=100, deadline=2000)
@given(SMOOTH)
def test_values_agree_with_pythons_own_arithmetic(text: str) -> None:
    point = {"v": 0.37, "i": 1.21, "tau_m": 0.83}
    functions = {name: getattr(math, name) for name in ("sin", "cos", "tanh", "atan", "exp")}
    try:
        expected = eval(text, {**functions, **point})
        nearby = eval(text, {**functions, **{name: x * (1 + 1e-12) for name, x in point.items()}})
    except (ZeroDivisionError, OverflowError):
        return
    value = outcome(text)
    if isinstance(value, ExpressionError):
        # Zero or overflow after cancellation, which Python's rounding or order hides.
        assert value.code in ("S304-division-by-zero", "S105-number", "S303-undefined-value")
        return
    got = value.evalf(50, subs={NAMES[name]: Float(x, 60) for name, x in point.items()})
    scale = max(abs(expected), 1.0)
    if abs(nearby - expected) < 1e-8 * scale:  # else rounding decides, as in 1/(v - 0.37)
        assert abs(float(got) - expected) < 1e-6 * scale
