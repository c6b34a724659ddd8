"""Templates hold layout: short, without decisions of their own, strict about names."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, UndefinedError, nodes

from saltation.codegen import render
from saltation.codegen.goldens import expected
from saltation.codegen.options import Precision

FOLDER = Path(__file__).parents[2] / "templates"
TEMPLATES = sorted(FOLDER.glob("*.j2"))

STATEMENTS = (
    nodes.Output,
    nodes.TemplateData,
    nodes.For,
    nodes.If,
    nodes.Include,
    nodes.Macro,
    nodes.FromImport,
)
FILTERS = {"join", "length", "map", "max", "reverse"}
CALLS = {"range", "routine"}


def offences(source: str) -> Iterator[str]:
    """What a template does beyond for, a boolean if, include and macro."""
    template = Environment(autoescape=False).parse(source)
    for node in template.find_all(nodes.Stmt):
        if not isinstance(node, STATEMENTS):
            yield f"line {node.lineno}: {type(node).__name__}"
    for node in template.find_all((nodes.If, nodes.CondExpr)):
        if not is_flag(node.test):
            yield f"line {node.lineno}: a condition that is not a flag"
    for node in template.find_all(nodes.Filter):
        if node.name not in FILTERS:
            yield f"line {node.lineno}: filter {node.name}"
    for node in template.find_all(nodes.Call):
        if not (isinstance(node.node, nodes.Name) and node.node.name in CALLS):
            yield f"line {node.lineno}: a call"


def is_flag(test: nodes.Node) -> bool:
    """Tell whether a condition only reads: a value, its absence, or whether there are several."""
    if isinstance(test, nodes.Not | nodes.Test):
        return isinstance(test, nodes.Not) or test.name == "none" if is_flag(test.node) else False
    if isinstance(test, nodes.Compare):
        several = [(op.op, op.expr) for op in test.ops] == [("gt", nodes.Const(1))]
        return several and isinstance(test.expr, nodes.Filter) and test.expr.name == "length"
    while isinstance(test, nodes.Getattr | nodes.Getitem):
        test = test.node
    return isinstance(test, nodes.Name)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_under_150_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 150


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_decides_nothing(path: Path) -> None:
    assert list(offences(path.read_text())) == []


@pytest.mark.parametrize(
    "source",
    [
        "{% set x = 1 %}",
        "{% if name == 'lif' %}{% endif %}",
        "{% if a and b %}{% endif %}",
        "{% if k.modes | length > 2 %}{% endif %}",
        "{% if x is defined %}{% endif %}",
        "{{ 'a' if n > 3 else 'b' }}",
        "{{ name | replace('a', 'b') }}",
        "{{ name.upper() }}",
        "{% block body %}{% endblock %}",
    ],
)
def test_a_decision_in_a_template_is_found(source: str) -> None:
    assert list(offences(source))


def test_a_missing_name_is_an_error_and_not_empty_text() -> None:
    with pytest.raises(UndefinedError, match="'title' is undefined"):
        render.render("banner.j2", Precision.DOUBLE, digest="", precision_name="double")


def test_nothing_of_a_template_survives_in_the_c() -> None:
    for name, text in expected().items():
        assert not re.search(r"\{\{|\}\}(?!;)|\{%|%\}|\{#|#\}", text), name
        assert "Undefined" not in text, name
        assert not re.search(r"\bNone\b|\bTrue\b|\bFalse\b", text), name


def uncommented(text: str) -> list[str]:
    """Functions of a C text that have no comment on the lines before them."""
    lines = text.splitlines()
    found = []
    for number, line in enumerate(lines):
        starts = re.match(r"(static |int |void |size_t )", line) and "(" in line
        ends = next((k for k in range(number, len(lines)) if lines[k][-1:] in "{;"), number)
        if starts and lines[ends] == "{" and not lines[number - 1].endswith("*/"):
            found.append(line)
    return found


def test_a_routine_without_a_comment_is_found() -> None:
    assert uncommented(
        "/* Adds. */\nint f(int x)\n{\n}\n\nstatic int g(int x,\n   int y)\n{\n}"
    ) == ["static int g(int x,"]


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.parent.glob("generated/*.c")))
def test_every_routine_has_a_comment(name: str) -> None:
    assert uncommented(expected()[name]) == []
