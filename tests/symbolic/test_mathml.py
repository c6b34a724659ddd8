"""MathML from the LaTeX of this package."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from mathml_core import is_core
from sympy import Abs, Function, Symbol, sympify
from sympy.printing.latex import greek_letters_set

from saltation.symbolic.derivation_latex import Typesetter
from saltation.symbolic.formulas import FORMULAS
from saltation.symbolic.functions import FUNCTIONS
from saltation.symbolic.mathml import mathml
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.notation import latex_name

from .derived_models import MODELS


def inside(latex: str) -> str:
    return mathml(latex).removeprefix("<math>").removesuffix("</math>")


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        ("v", "<mi>v</mi>"),
        ("x_{1}", "<msub><mi>x</mi><mn>1</mn></msub>"),
        (r"\nu_{v}^{-}", "<msubsup><mi>ν</mi><mi>v</mi>%s</msubsup>"),
        (r"\frac{a}{b}", "<mfrac><mi>a</mi><mi>b</mi></mfrac>"),
        (r"\frac{a b}{2}", "<mfrac><mrow><mi>a</mi><mi>b</mi></mrow><mn>2</mn></mfrac>"),
        (r"\sqrt[3]{x}", "<mroot><mi>x</mi><mn>3</mn></mroot>"),
        ("h'", "<msup><mi>h</mi><mo>′</mo></msup>"),
        (r"\Phi", '<mi mathvariant="normal">Φ</mi>'),
        (r"\mathrm{gain}", "<mi>gain</mi>"),
        (r"\mathrm{m}", '<mi mathvariant="normal">m</mi>'),
        (r"\sum_{j<k} K", "<munder><mo>∑</mo><mrow><mi>j</mi><mo>&lt;</mo><mi>k</mi></mrow>%s"),
    ],
)
def test_a_formula_has_its_structure(latex: str, expected: str) -> None:
    start, _, end = expected.partition("%s")
    assert inside(latex).startswith(start)
    assert end in inside(latex)


def test_a_sign_belongs_to_what_follows_it_at_the_start_and_after_a_separator() -> None:
    assert inside("-a").startswith('<mo form="prefix">−</mo>')
    assert inside(r"E(h;\, -a)").count('form="prefix"') == 1
    assert 'form="prefix"' not in inside("a - b")


def test_fences_grow_around_what_is_tall_only() -> None:
    assert 'stretchy="false">(' in inside(r"\left(a + b\right)")
    assert 'stretchy="true">(' in inside(r"\left(\frac{a}{b}\right)")
    assert 'stretchy="true">(' in inside(r"\left(c \left(\frac{a}{b}\right)\right)")


def test_a_matrix_has_its_rows_and_cells() -> None:
    table = ElementTree.fromstring(mathml(r"\left[\begin{matrix}a & b\\c & d\end{matrix}\right]"))
    rows = [["".join(cell.itertext()) for cell in row] for row in table.iter("mtr")]
    assert rows == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize("latex", [r"\wp", r"\frac{a", "a}", r"\begin{cases}a\end{cases}", "#"])
def test_what_is_not_known_is_refused_by_name(latex: str) -> None:
    with pytest.raises(ValueError, match="no MathML form for"):
        mathml(latex)


@pytest.mark.parametrize("name", [*sorted(greek_letters_set), "Alpha", "Delta_T", "MU", "v_", "i1"])
def test_every_name_of_a_model_can_be_set(name: str) -> None:
    for each in (name, name.capitalize(), f"x_{name}"):
        assert is_core(ElementTree.fromstring(mathml(latex_name(each))))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_of_a_model_can_be_set(name: str) -> None:
    x = Symbol("x", real=True)
    for call in (f"{name}(x)", f"{name}(x, 2)"):
        try:
            expression = sympify(call, locals={"x": x, "abs": Abs})
        except (TypeError, ValueError):
            continue
        setter = Typesetter({})
        for each in (expression, expression**2, 1 / (1 + expression)):
            if each.atoms(Function) or each.free_symbols:
                assert is_core(ElementTree.fromstring(mathml(setter.doprint(each))))


@pytest.mark.parametrize("latex", FORMULAS.values())
def test_every_formula_of_a_sentence_can_be_set(latex: str) -> None:
    assert is_core(ElementTree.fromstring(mathml(latex)))


@pytest.mark.parametrize("neuron", MODELS, ids=lambda n: n.name)
def test_equations_keep_their_numbers_letters_and_fractions(neuron: Neuron) -> None:
    derivation = neuron.derive()
    setter = Typesetter(derivation.names)
    for equation in derivation.equations:
        for side in (equation.left, equation.right):
            latex = setter.doprint(side)
            root = ElementTree.fromstring(mathml(latex))
            assert is_core(root)
            assert len(list(root.iter("mfrac"))) == latex.count(r"\frac")
            numbers = re.findall(r"\d+(?:\.\d+)?", re.sub(r"\\[A-Za-z]+", " ", latex))
            assert [e.text for e in root.iter("mn")] == numbers
            commands = r"\\(?:begin|end)\{matrix\}|\\[A-Za-z]+"
            letters = re.sub(commands, " ", latex)
            shown = "".join(e.text or "" for e in root.iter("mi") if (e.text or "").isascii())
            named = re.findall(r"\\(exp|log|tanh|sinh|cosh|sin|cos)\b", latex)
            expected = sorted("".join(re.findall("[A-Za-z]", letters)) + "".join(named))
            assert sorted(shown) == expected
