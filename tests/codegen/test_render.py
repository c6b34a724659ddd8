"""Compiled templates are kept where they can be, and used while their text is the same."""

import sys
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from saltation.codegen.goldens import expected
from saltation.codegen.render import _CompiledTemplates


def rendered(folder: Path, text: str) -> str:
    """Render a template in a new environment."""
    environment = Environment(
        loader=DictLoader({"it": text}),
        bytecode_cache=_CompiledTemplates(str(folder), "%s.j2c"),
        autoescape=False,
    )
    return environment.get_template("it").render(n=1)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was compiled from now on; Python may write compiled modules."""
    texts: list[str] = []
    compile_text = Environment.compile

    def noted(self: Environment, source: str, *arguments: object, **named: object) -> object:
        texts.append(source)
        return compile_text(self, source, *arguments, **named)

    monkeypatch.setattr(Environment, "compile", noted)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return texts


def test_a_template_is_compiled_once_and_again_when_it_changes(
    tmp_path: Path, compiled: list[str]
) -> None:
    folder = tmp_path / "__pycache__"
    assert [rendered(folder, "a {{ n }}") for _ in range(2)] == ["a 1", "a 1"]
    assert compiled == ["a {{ n }}"]
    assert rendered(folder, "b {{ n }}") == "b 1"
    assert compiled == ["a {{ n }}", "b {{ n }}"]
    assert len(list(folder.iterdir())) == 1


def test_a_damaged_one_is_compiled_again(tmp_path: Path, compiled: list[str]) -> None:
    rendered(tmp_path, "a {{ n }}")
    (kept,) = tmp_path.iterdir()
    for bad in (b"", b"nonsense", kept.read_bytes()[:-9]):
        kept.write_bytes(bad)
        assert rendered(tmp_path, "a {{ n }}") == "a 1"
    assert len(compiled) == 4


def test_where_nothing_can_be_written_nothing_is_kept(
    tmp_path: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    obstacle = tmp_path / "file"
    obstacle.write_text("")
    assert [rendered(obstacle / "__pycache__", "a {{ n }}") for _ in range(2)] == ["a 1", "a 1"]
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert [rendered(tmp_path / "other", "a {{ n }}") for _ in range(2)] == ["a 1", "a 1"]
    assert len(compiled) == 4
    assert list(tmp_path.iterdir()) == [obstacle]


@pytest.mark.parametrize(("model", "inlined"), [("qif", True), ("hodgkin_huxley", False)])
def test_only_what_may_become_a_vector_is_always_inlined(model: str, inlined: bool) -> None:
    text = expected()[f"{model}.c"]
    assert (f"SAL_INLINE void {model}_default_rates(" in text) is inlined
