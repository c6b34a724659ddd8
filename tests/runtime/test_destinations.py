"""Files and folders that results cannot be written to are refused, with what is wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import saltation as sal
from saltation.runtime import export as exporting
from saltation.runtime.destinations import check_file, check_folder
from saltation.symbolic.errors import ArrayTypeError, DestinationError

SPIKES = sal.Spikes.from_events([[(0.001, 2)]])


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    """Return a file that has something else in it."""
    path = tmp_path / "taken"
    path.write_text("a thesis")
    return path


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no network be compiled or run for an export."""

    def worked(*_arguments: Any, **_keywords: Any) -> None:
        raise AssertionError("work was done for nothing")

    monkeypatch.setattr(exporting, "drawn_spikes", worked)
    monkeypatch.setattr(exporting, "network_of", worked)


def export_to(path: object) -> None:
    sal.export(sal.models.lif, path, 0.05)  # type: ignore[arg-type]


def save_to(path: object) -> None:
    sal.save_spikes(path, SPIKES)  # type: ignore[arg-type]


@pytest.mark.usefixtures("no_work")
def test_an_export_into_a_file_is_refused_before_its_work(taken: Path) -> None:
    message = f"export: directory '{taken}' is a file, expected a folder: name another"
    with pytest.raises(DestinationError, match=message):
        export_to(taken)
    message = f"'{taken}/c/deep' cannot be made, as '{taken}' is a file: name another"
    with pytest.raises(DestinationError, match=message):
        export_to(taken / "c" / "deep")
    assert taken.read_text() == "a thesis"


def test_spikes_are_not_saved_as_a_folder_or_below_a_file(taken: Path) -> None:
    message = f"save_spikes: path '{taken.parent}' is a folder, expected a file: name one in it"
    with pytest.raises(DestinationError, match=message):
        save_to(taken.parent)
    with pytest.raises(DestinationError, match=f"cannot be made, as '{taken}' is a file"):
        save_to(taken / "spikes.npz")
    assert taken.read_text() == "a thesis"


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("path", [None, 5, b"bytes", ["a"]])
@pytest.mark.parametrize("write", [export_to, save_to])
def test_what_is_no_path_is_told(write: Callable[[object], None], path: object) -> None:
    with pytest.raises(ArrayTypeError, match=r"expected a path, as text or a pathlib\.Path"):
        write(path)


@pytest.mark.parametrize(("check", "name"), [(check_file, "a/b"), (check_folder, "a/b")])
def test_nothing_is_made_by_looking(
    check: Callable[..., Path], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check(tmp_path / name, "call", "path") == tmp_path / name
    assert not list(tmp_path.iterdir())
    monkeypatch.chdir(tmp_path)
    assert check(name, "call", "path") == Path(name)
    assert check("plain", "call", "path") == Path("plain")


def test_what_is_there_may_be_written_to_again(taken: Path) -> None:
    assert check_file(str(taken), "call", "path") == taken
    assert check_folder(taken.parent, "call", "path") == taken.parent
    assert check_file(os.devnull, "call", "path") == Path(os.devnull)


def test_a_link_that_leads_nowhere_is_no_folder(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "gone")
    with pytest.raises(DestinationError, match=f"'{link}' cannot be made, as '{link}' is a link"):
        check_folder(link, "call", "path")
    with pytest.raises(DestinationError, match=f"cannot be made, as '{link}' is a link that leads"):
        check_file(link / "file", "call", "path")
    assert check_file(link, "call", "path") == link  # writing makes what it leads to


def test_a_folder_without_permission_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is root may write everywhere, so that what the system says is put in its mouth."""
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    message = f"'{tmp_path}/new' cannot be written: there is no permission to write to '{tmp_path}'"
    for check in (check_file, check_folder):
        with pytest.raises(DestinationError, match=message):
            check(tmp_path / "new", "call", "path")


def test_what_fails_only_when_it_is_written_is_an_error_of_ours(tmp_path: Path) -> None:
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population("out", sal.models.lif, 1)
    net.connect("in", "out", weight=[[9.0]])
    (tmp_path / "Makefile").mkdir()
    with pytest.raises(DestinationError, match=r"Makefile' cannot be written: Is a directory"):
        sal.export(net, tmp_path, 0.05)
    with pytest.raises(DestinationError, match="cannot be written: File name too long"):
        save_to(tmp_path / ("x" * 300))
