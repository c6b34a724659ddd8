"""The HTML page of a derivation."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from mathml_core import is_core
from proofs import printed_with_seeds

from saltation.symbolic.derivation import derive, derive_observed
from saltation.symbolic.details import Figure
from saltation.symbolic.models import lif, lif_refractory
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.observation import ObservedSystem
from saltation.symbolic.references import SOURCES, runs, sources

from .derived_models import MODELS, NONLINEAR

named = pytest.mark.parametrize("neuron", MODELS, ids=lambda n: n.name)

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr", "col"}


def tree(page: str) -> ElementTree.Element:
    """Parse a page as XML, which wants every element closed and every sign escaped."""
    head, _, rest = page.partition("\n")
    assert head == "<!DOCTYPE html>"
    return ElementTree.fromstring(rest)


def said(element: ElementTree.Element) -> str:
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


class Balance(HTMLParser):
    """Follows a page as HTML: only void and foreign elements may close themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        if tag not in VOID and not {"math", "svg"} & set(self.open):
            self.wrong.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")


@named
def test_a_page_is_well_formed_for_both_parsers(neuron: Neuron) -> None:
    page = neuron.derive().html()
    assert tree(page).tag == "html"
    balance = Balance()
    balance.feed(page)
    assert balance.open == balance.wrong == []


@named
def test_a_page_shows_every_equation_once_with_its_number(neuron: Neuron) -> None:
    derivation = neuron.derive()
    rows = [row for row in tree(derivation.html()).iter("tr") if "id" in row.attrib]
    shown = {row.attrib["id"]: said(row[-1]) for row in rows}
    assert len(rows) == len(shown) == len(derivation.equations)
    assert shown == {f"eq-{e.number}": e.tag for e in derivation.equations}
    for row, equation in zip(rows, derivation.equations, strict=True):
        left, sign, right, _ = row
        assert said(sign) == equation.relation.value
        assert said(left)
        assert said(right)


@named
def test_links_lead_somewhere_and_anchors_are_unique(neuron: Neuron) -> None:
    page = tree(neuron.derive().html())
    ids = [e.attrib["id"] for e in page.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids))
    links = [a.attrib["href"] for a in page.iter("a")]
    assert len(links) > len(MODELS)
    assert {link for link in links if link[1:] not in ids or link[0] != "#"} == set()


@named
def test_a_page_loads_nothing_and_runs_nothing(neuron: Neuron) -> None:
    page = neuron.derive().html()
    assert not re.search(r"https?:|//[a-z]|url\(|@import|@font-face|<script|<link|<img|src=", page)
    assert "default-src 'none'" in page


@named
def test_mathematics_is_mathml_core(neuron: Neuron) -> None:
    formulas = list(tree(neuron.derive().html()).iter("math"))
    assert len(formulas) > 3 * len(neuron.derive().equations)
    assert all(is_core(formula) for formula in formulas)


def test_parameters_are_listed_with_values_units_and_where_their_gradients_are() -> None:
    page = tree(lif_refractory.derive().html())
    rows = {said(row[1]): [said(cell) for cell in row] for row in page.iter("tr") if len(row) == 5}
    derivation = lif_refractory.derive()
    places = ("integral", "on", "tau_s"), ("integral", "refractory", "tau_s")
    tags = ", ".join(derivation.tag(*key) for key in places)
    assert rows["tau_s"][1:] == ["tau_s", "0.005", "s", tags]
    assert rows["t_r"][1:] == ["t_r", "0.002", "s", derivation.tag("event_gradient", 1, "t_r")]


def test_values_are_left_out_where_only_the_system_is_known() -> None:
    heads = [said(cell) for cell in tree(derive(lif.system).html()).iter("th")]
    assert "Default" not in heads
    assert "Default" in [said(cell) for cell in tree(lif.derive().html()).iter("th")]


def test_words_of_the_declaration_are_escaped() -> None:
    neuron = Neuron(
        "leak", dynamics={"v": "-v/tau"}, parameters={"tau": 3.5e-9}, citation="A & B, <2001>"
    )
    page = neuron.derive().html(remark="because 1 < 2")
    assert "A &amp; B, &lt;2001&gt;" in page
    assert "because 1 &lt; 2" in page
    assert "3.5·10−9" in said(tree(page))


def test_a_name_of_the_mathematics_that_the_model_uses_has_its_prime() -> None:
    page = tree(NONLINEAR.derive().html())
    signs = [said(row[0]) for row in page.iter("tr") if len(row) == 2]
    assert {"σ′", "e′", "h′", "g"} <= set(signs)


def test_long_sums_are_broken_into_lines() -> None:
    rows = list(tree(lif.derive().html()).iter("tr"))
    more = [row for row in rows if row.find(".//span[@class='more']") is not None]
    assert more
    assert all(said(row.find(".//span[@class='more']"))[0] in "+−" for row in more)  # type: ignore[arg-type]


def test_observations_have_their_sections() -> None:
    v, i = lif.system.states
    observed = derive_observed(ObservedSystem(lif.system, maxima=(v,), samples=(i,)))
    page = tree(observed.html())
    assert [said(h) for h in page.iter("h2")][-2:] == ["Observed: maximum 0", "Observed: sample 0"]


def test_figures_and_remarks_are_shown_in_a_section_of_their_own() -> None:
    figure = Figure(svg='<svg viewBox="0 0 1 1"></svg>', caption="The adjoint `nu_x = dL/dx`.")
    page = tree(lif.derive().html([figure]))
    section = page.find(".//section[@id='example']")
    assert section is not None
    assert len(list(section.iter("svg"))) == 1
    assert said(section.find(".//figcaption")) == "The adjoint νx=dL/dx."  # type: ignore[arg-type]
    assert tree(lif.derive().html()).find(".//section[@id='example']") is None


def test_an_equation_follows_from_those_that_it_is_made_of() -> None:
    derivation = lif_refractory.derive()
    found = sources(derivation, derivation.find("sensitivity", 0))
    keys = {e.key for e in found}
    assert ("dynamics", "on", "v") in keys
    assert ("dynamics", "refractory", "c") in keys
    assert ("pulled", 0, "i") in keys
    assert not any(e.key[0] == "pulled" and e.key[1] == 1 for e in found)
    (first,) = runs(derivation.find("dynamics", "on"))
    assert [e.key[-1] for e in first] == ["v", "c"]


def test_every_kind_of_equation_that_has_sources_finds_some() -> None:
    v = lif.system.states[0]
    derivations = [neuron.derive() for neuron in MODELS]
    derivations += [
        derive_observed(ObservedSystem(neuron.system, maxima=(neuron.system.states[0],)))
        for neuron in (lif, NONLINEAR)
    ]
    assert v in derivations[-2].names
    kinds = {str(e.key[0]) for derivation in derivations for e in derivation.equations}
    assert set(SOURCES) <= kinds
    for derivation in derivations:
        for equation in derivation.equations:
            if equation.key[0] in SOURCES:
                assert sources(derivation, [equation])


def test_the_page_does_not_depend_on_the_seed_of_hashes() -> None:
    code = "from saltation.symbolic.models import *; print(adaptive_lif.derive().html())"
    pages = printed_with_seeds(code, "1", "2")
    assert len(pages) == 1
    assert pages.pop().startswith("<!DOCTYPE html>")
