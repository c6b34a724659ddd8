"""Messages and documentation offer the functions that a model may use, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sympy import Symbol, erf

from saltation.symbolic.errors import ExpressionError
from saltation.symbolic.functions import FUNCTIONS, USABLE
from saltation.symbolic.parser import Expression, parse

ROOT = Path(__file__).parents[2]
V = Symbol("v", real=True)


def call(name: str) -> str:
    """A call with as few arguments as the function takes."""
    return f"{name}({', '.join(['v', '0.5'][: FUNCTIONS[name].arguments[0]])})"


def hint_of(expression: Expression) -> str:
    with pytest.raises(ExpressionError) as caught:
        parse(expression, names={"v": V}, model="m", where="dynamics of 'v'")
    return str(caught.value.hint)


def functions_in(text: str) -> list[str]:
    return re.findall(r"\b([A-Za-z]\w*)\b", text)


def test_every_function_is_either_usable_or_refused_with_its_reason() -> None:
    codes = {}
    for name in FUNCTIONS:
        try:
            parse(call(name), names={"v": V}, model="m", where="dynamics of 'v'")
        except ExpressionError as error:
            codes[name] = error.code
    refused = set(codes)
    assert set(codes.values()) == {"S307-kink", "S308-jump-function"}
    assert set(USABLE) == set(FUNCTIONS) - refused
    assert {"abs", "min", "max", "sign", "floor", "heaviside"} <= refused


@pytest.mark.parametrize("unknown", ["foo(v)", "np.foo(v)", "np.abs(v)", erf(V)])
def test_the_hint_lists_what_a_model_may_use(unknown: Expression) -> None:
    _, _, listed = hint_of(unknown).partition(": ")
    assert sorted(functions_in(listed)) == sorted(USABLE)


def test_no_function_is_suggested_that_would_be_refused() -> None:
    assert "Did you mean" not in hint_of("abss(v)")
    assert "Did you mean 'sqrt'?" in hint_of("sqt(v)")


def test_the_table_of_the_documentation_is_that_of_the_parser() -> None:
    text = (ROOT / "docs" / "own_models.md").read_text()
    section = text.partition("### Functions\n")[2].partition("\nThe commands")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = re.findall(r"`(\w+)\(([^)]*)\)`", "".join(rows))
    assert sorted(name for name, _ in named) == sorted(USABLE)
    for name, arguments in named:
        least, most = FUNCTIONS[name].arguments
        assert least <= len(arguments.split(",")) <= most
    assert "own_models.md#functions" in (ROOT / "docs" / "conditions.md").read_text()
