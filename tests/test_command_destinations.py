"""Commands refuse to write where they cannot, before they run the user's file."""

import os

import pytest
from click.testing import CliRunner

from saltation.__main__ import main


@pytest.fixture
def file(tmp_path):
    """A file that tells when it is run."""
    path = tmp_path / "net.py"
    path.write_text("raise SystemExit\n")
    return path


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("export", "{file}", "--t-end", "0.1", "--output", "{bad}"), "--output"),
        (("export", "{file}", "--t-end", "0.1", "--output", "{taken}"), "--output"),
        (("derive", "{file}", "--output", "{bad}"), "--output"),
        (("derive", "{file}", "--output", "{folder}"), "--output"),
        (("derive", "{file}", "--html", "{bad}"), "--html"),
        (("derive", "{file}", "--html", "{folder}"), "--html"),
        (("generate", "{file}", "--output", "{bad}"), "--output"),
        (("generate", "{file}", "--output", "{taken}"), "--output"),
        (("generate", "--output", "{bad}"), "--output"),
        (("check", "--all", "--markdown", "{bad}"), "--markdown"),
        (("check", "--all", "--markdown", "{folder}"), "--markdown"),
        (("demo", "--output", "{bad}"), "output"),
        (("demo", "--output", "{taken}"), "--output"),
    ],
)
def test_nothing_is_done_for_results_that_cannot_be_kept(arguments, option, file, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("a thesis")
    places = {"file": file, "taken": taken, "bad": taken / "deep" / "x", "folder": tmp_path}
    result = CliRunner().invoke(main, [word.format(**places) for word in arguments])
    assert result.exit_code in (1, 2)
    assert option in result.output
    assert "exits when it is run" not in result.output
    assert "adjoint" not in result.output  # with which the demonstration begins
    assert "is a file" in result.output or "is a directory" in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.py", "taken"]
    assert taken.read_text() == "a thesis"


def test_an_export_named_after_a_file_is_refused_at_once(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "network").touch()
    result = CliRunner().invoke(main, ["export", str(file), "--t-end", "0.1"])
    assert result.exit_code == 1
    assert result.output == (
        "Error: export: --output 'network' is a file, expected a folder: name another\n"
    )


def test_a_comparison_writes_nothing_and_needs_no_permission(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda place, mode: not mode & os.W_OK)
    result = CliRunner().invoke(main, ["generate", "--check", "--output", str(tmp_path)])
    assert "permission" not in result.output
    assert "not up to date" in result.output
