"""Derivations as text, LaTeX and Markdown."""

from __future__ import annotations

import re

import pytest
from matplotlib.mathtext import MathTextParser
from sympy import ImmutableMatrix, Symbol, exp, tanh

from saltation.symbolic.derivation_latex import Typesetter
from saltation.symbolic.formulas import formula_latex
from saltation.symbolic.models import hodgkin_huxley, lif
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.notation import latex_name
from saltation.symbolic.plain_printer import plain

from .derived_models import MODELS, NONLINEAR, RESONATOR

named = pytest.mark.parametrize("neuron", MODELS, ids=lambda n: n.name)


@named
def test_text_is_plain_and_fits_a_hundred_columns(neuron: Neuron) -> None:
    text = str(neuron.derive())
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 100
    assert not any(line != line.rstrip() for line in text.splitlines())


@named
def test_text_shows_every_equation_once(neuron: Neuron) -> None:
    derivation = neuron.derive()
    tags = re.findall(r"^ +\((\d+)\)  ", str(derivation), re.MULTILINE)
    assert tags == [str(e.number) for e in derivation.equations]


def test_text_of_lif_reads_like_the_paper() -> None:
    text = str(lif.derive())
    for line in (
        "(1)  dv/dt = (i - v)/tau_m",
        "(3)  v(h) = v(0) exp(-h/tau_m) + i(0) E(h; -1/tau_m, -1/tau_s)/tau_m",
        "(9)  dL/dtau_m += int_0^h nu_v (v - i)/tau_m^2 dt",
        "(26)  sigma = nu_v^+ (v_r - i)/tau_m + e",
        "(27)  nu_v^- = -sigma/gdot",
        "(35)  dL/dw += nu_i^+",
        "The backward pass keeps i of the state.",
    ):
        assert re.sub(r"\s+", " ", line) in re.sub(r"\s+", " ", text)


def test_a_name_that_the_model_uses_itself_gets_a_prime() -> None:
    text = re.sub(r"\s+", " ", str(NONLINEAR.derive()))
    assert "sigma' = " in text
    assert "without a prime a meaning: e', h', sigma', theta'." in text


@pytest.mark.parametrize(
    "dynamics",
    [
        {"v": "v*v - h*v + i", "h": "-h/tau", "i": "-i/tau"},
        {"v": "h - v/tau", "h": "-h/tau", "i": "-i/tau"},
        {"v": "i - h", "h": "v - h", "i": "-i/tau"},
    ],
    ids=["numerical", "triangular", "coupled"],
)
def test_the_length_and_fraction_of_a_step_are_told_from_names_of_the_model(
    dynamics: dict[str, str],
) -> None:
    neuron = Neuron(
        "gated",
        dynamics=dynamics,
        threshold="v - theta",
        reset={"v": "0"},
        receive={"i": "i + w"},
        parameters={"theta": 1.0, **({"tau": 0.02} if "tau" in str(dynamics) else {})},
    )
    derivation = neuron.derive()
    for text in (str(derivation), derivation.latex(), derivation.markdown()):
        assert not re.search(r"\(h[);]|\(\\?theta\)|c_k h\b(?!')|theta h|/dh +=", text)
        assert re.search(r"h'[);]", text)
    if dynamics["v"].startswith("v*v"):
        assert "x(theta' h') = sum_(k<=p) theta'^k X_k" in re.sub(r" +", " ", str(derivation))
        assert "at the fraction theta' of its length" in re.sub(r"\s+", " ", str(derivation))
        own = "without a prime a meaning: h', theta'."
        assert own in re.sub(r"\s+", " ", str(derivation))
    assert derivation.html().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-a + x", "x - a"),
        ("-n*(a + x)/t**2", "-n (a + x)/t^2"),
        ("x/(2*a*t)", "x/(2 a t)"),
        ("2*x/3 - 1", "2 x/3 - 1"),
        ("(a + x)**2", "(a + x)^2"),
        ("a**(x + 1)", "a^(x + 1)"),
        ("1/(a + x)", "1/(a + x)"),
        ("sqrt(a)/x", "sqrt(a)/x"),
        ("exp(-x/t)", "exp(-x/t)"),
        ("0.25*x", "0.25 x"),
        ("(-x)**2*a", "a x^2"),
        ("(a*x)**t", "(a x)^t"),
        ("x**a**t", "x^(a^t)"),
        ("(x**a)**t", "(x^a)^t"),
    ],
)
def test_plain_mathematics_means_what_the_expression_means(text: str, expected: str) -> None:
    symbols = {name: Symbol(name, real=True) for name in "antx"}
    from sympy import sqrt

    assert plain(eval(text, {"exp": exp, "sqrt": sqrt}, symbols)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("v", "v"),
        ("tau_m", r"\tau_{\mathrm{m}}"),
        ("i1", "i_{1}"),
        ("gain", r"\mathrm{gain}"),
        ("Delta_T", r"\Delta_{\mathrm{T}}"),
        ("g_exc_2", r"g_{\mathrm{exc},2}"),
        ("tau_theta", r"\tau_{\theta}"),
        ("beta2", r"\beta_{2}"),
        ("v_", "v"),
    ],
)
def test_names_are_typeset_as_the_field_writes_them(name: str, expected: str) -> None:
    assert latex_name(name) == expected


def test_latex_of_lif_is_typeset_properly() -> None:
    derivation = lif.derive()
    assert derivation.equation_latex("before", 0, "v") == r"\nu_{v}^{-} = - \frac{\sigma}{\dot{g}}"
    assert derivation.equation_latex("pulled", 0, "i") == r"\hat{\nu}_{i} = \nu_{i}^{+}"
    assert derivation.equation_latex("integral", "default", "tau_m") == (
        r"\frac{dL}{d\tau_{\mathrm{m}}} \mathrel{+}= "
        r"\int_{0}^{h} \frac{\nu_{v}\,\left(v - i\right)}{\tau_{\mathrm{m}}^{2}} \, dt"
    )


@named
def test_every_equation_is_mathematics_that_an_independent_parser_reads(neuron: Neuron) -> None:
    derivation = neuron.derive()
    parser = MathTextParser("path")
    setter = Typesetter(derivation.names)
    for equation in derivation.equations:
        sides = [equation.left, equation.right]
        if isinstance(equation.right, ImmutableMatrix):
            sides = [equation.left, *equation.right]
        for side in sides:
            parser.parse(f"${setter.doprint(side)}$")


@named
def test_every_formula_in_a_sentence_is_mathematics_too(neuron: Neuron) -> None:
    parser = MathTextParser("path")
    for equation in neuron.derive().equations:
        for formula in re.findall(r"`([^`]+)`", equation.note):
            parser.parse(f"${formula_latex(formula)}$".replace(r"\mathrel{+}", "+"))


@named
def test_environments_are_complete_and_tagged(neuron: Neuron) -> None:
    derivation = neuron.derive()
    numbers = [str(e.number) for e in derivation.equations]
    for text in (derivation.latex(), derivation.markdown(), derivation._repr_latex_()):
        assert re.findall(r"\\tag\{(\d+)\}", text) == numbers
        assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") > 0
        assert len(re.findall(r"(?<!\\)\{", text)) == len(re.findall(r"(?<!\\)\}", text))
        assert text.count(r"\left(") == text.count(r"\right)")
        assert not re.search(r"\\\\\s*\\end\{align", text)


def test_words_between_the_mathematics_are_escaped() -> None:
    derivation = RESONATOR.derive()
    assert r"\section*{Derivation of resonator\_2}" in derivation.latex()
    assert r"\subsection*{Port exc\_in}" in derivation.latex()
    assert r"## Port exc\_in" in derivation.markdown()


def test_markdown_puts_equations_into_blocks() -> None:
    text = lif.derive().markdown()
    lines = text.splitlines()
    assert lines[0] == "# Derivation of lif"
    fences = [k for k, line in enumerate(lines) if line == "$$"]
    for start, end in zip(fences[::2], fences[1::2], strict=True):
        assert lines[start + 1] == r"\begin{align*}"
        assert lines[end - 1] == r"\end{align*}"


def test_a_notebook_shows_mathematics() -> None:
    derivation = lif.derive()
    assert derivation._repr_markdown_() == derivation.markdown()
    assert derivation._repr_latex_().startswith(r"\begin{align*}")
    assert repr(derivation) == "Derivation('lif': 1 mode, 1 event, 1 port, 40 equations)"


def test_a_quotient_in_a_line_has_no_doubtful_denominator() -> None:
    setter = Typesetter({})
    x, a, k = (Symbol(name, real=True) for name in "xak")
    assert setter.doprint(exp((x - a) / (10 * k))) == (
        r"\exp\left(\left(x - a\right) / \left(10\,k\right)\right)"
    )
    assert setter.doprint(tanh(-x / k) ** 2) == r"\tanh^{2}{\left(x / k \right)}"


def test_a_long_term_is_broken_between_its_factors() -> None:
    text = str(hodgkin_huxley.derive())
    assert "(m - 1)\n                   exprel'((25 + v_0/k - v/k)/10)/(10 k exprel(" in text
    assert "exprel(x) = (exp(x) - 1)/x, a smooth function" in re.sub(r"\s+", " ", text)
    assert "exprel" not in str(lif.derive())


def test_text_tells_values_units_and_source() -> None:
    text = re.sub(r"\s+", " ", str(hodgkin_huxley.derive()))
    assert "Defaults: c_m = 0.01 F/m**2, g_na = 1200 S/m**2," in text
    assert "Initial state: v = -0.065 V, m = 0.0529325," in text
    assert "Source: A. L. Hodgkin and A. F. Huxley," in text
