"""What the pages of text show is what happens: code runs, output matches, files exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from saltation.__main__ import main
from saltation.commands.loading import Target
from saltation.symbolic.neuron import Neuron

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page: language and content."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def printed(code: str, folder: Path) -> str:
    """Run code that warns of nothing in a folder, and give what it prints."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_readmes_code_prints_what_it_shows(tmp_path: Path) -> None:
    shown = blocks((ROOT / "README.md").read_text())
    pairs = [
        (code, after[1])
        for (language, code), after in zip(shown, [*shown[1:], ("", "")], strict=True)
        if language == "python" and after[0] == "text"
    ]
    assert len(pairs) == sum(language == "python" for language, _ in shown) > 0
    for code, output in pairs:
        assert printed(code, tmp_path) == output


def test_the_page_on_own_models_declares_a_file_that_its_script_and_the_commands_use(
    tmp_path: Path,
) -> None:
    """Numbers may differ: they are drawn by NumPy, whose streams its versions may change."""
    shown = blocks((ROOT / "docs" / "own_models.md").read_text())
    [model, *scripts] = [code for language, code in shown if language == "python"]
    # Each goes on from the one before.
    script = "".join(scripts)
    output = "".join(text for language, text in shown if language == "text")
    [commands] = [text for language, text in shown if language == "sh"]
    assert model.startswith("# my_models.py\n")
    (tmp_path / "my_models.py").write_text(model)
    assert re.sub(r"\d+", "#", printed(script, tmp_path)) == re.sub(r"\d+", "#", output)
    for command in commands.splitlines():
        program, name, target, *options = command.partition("#")[0].split()
        assert program == "saltation"
        assert Target(str(tmp_path / target)).find(Neuron, "neuron").keys() == {"resting"}
        known = {option for each in main.commands[name].params for option in each.opts}
        assert {option for option in options if option.startswith("--")} <= known


def test_the_page_on_recordings_finds_what_they_were_made_with(tmp_path: Path) -> None:
    shown = blocks((ROOT / "docs" / "recordings.md").read_text())
    [script] = [code for language, code in shown if language == "python"]
    [output] = [text for language, text in shown if language == "text"]
    for lines in (printed(script, tmp_path).splitlines(), output.splitlines()):
        table = [line.split() for line in lines[2:]]
        assert [row[0] for row in table] == [
            "axon->cell.weight",
            "cell.c_m",
            "cell.tau_th",
            "cell.d_th",
        ]
        for _, start, _, found, true in table:
            assert float(found) == pytest.approx(float(true), rel=1e-3)
            assert float(start) != pytest.approx(float(true), rel=0.1)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_that_is_named_exists(page: str) -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    named = re.findall(r"\bmake ([a-z]+)", (ROOT / page).read_text())
    assert named
    assert set(named) <= set(targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_files_that_are_named_exist(page: Path) -> None:
    text = page.read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    files = re.findall(r"\b(?:tests|symbolic|codegen|templates|docs)/[\w/]+\.[\w.]*\w", text)
    missing = [link for link in links if not (page.parent / link).exists()]
    missing += [name for name in files if not (ROOT / name).is_file()]
    assert missing == []


def test_the_version_is_the_same_everywhere() -> None:
    [version] = re.findall(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.M)
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert re.search(rf"^## {re.escape(version)}\b", (ROOT / "CHANGELOG.md").read_text(), re.M)


def test_figures_of_exported_code_are_those_of_its_table() -> None:
    """Of a Cortex-M4F in single precision: instructions for a spike, and bytes of code."""
    lines = (ROOT / "benchmarks/embedded.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    chosen = [row for row in rows if row[:1] == ["Cortex-M4F"] and row[2] == "single"]
    measured = {row[8] for row in chosen} | {f"{int(row[4]):,}" for row in chosen}
    readme = (ROOT / "README.md").read_text("utf-8")
    row = next(line for line in readme.splitlines() if "benchmarks/embedded.py" in line)
    export = (ROOT / "docs/export.md").read_text("utf-8").split("## Measured")[1].split("##")[0]
    assert set(re.findall(r"\d+,\d{3}", row)) == measured
    assert set(re.findall(r"\d+,\d{3}", export)) <= measured
