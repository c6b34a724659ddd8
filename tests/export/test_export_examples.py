"""The embedded examples: classification with the desktop's bits, and learning on the device."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from proofs import fully_optimised

BOARD = "Cortex-M4F"


@pytest.fixture
def example(
    request: pytest.FixtureRequest,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
    require_tool: Callable[[str], str],
) -> ModuleType:
    """A script of the folder, with the tools it needs."""
    monkeypatch.syspath_prepend(str(repository / "examples" / "embedded"))
    for tool in importlib.import_module("emulate").BOARDS[BOARD].tools:
        require_tool(tool)
    return importlib.import_module(request.param)


@pytest.mark.parametrize("example", ["classify"], indirect=True)
def test_the_device_has_the_accuracy_and_the_bits_of_the_desktop(
    example: ModuleType, tmp_path: Path
) -> None:
    with fully_optimised():
        results = example.classify(tmp_path, hidden=20, epochs=3, size=100, board=BOARD)
    assert results["desktop"] == results[BOARD]
    right, checksum = results[BOARD]
    assert right > 60
    assert checksum != 0


@pytest.mark.parametrize("example", ["learn"], indirect=True)
def test_the_device_learns(example: ModuleType, tmp_path: Path) -> None:
    with fully_optimised():
        before, after = example.learn(
            tmp_path, epochs=10, turned=20.0, lessons=1500, size=300, board=BOARD
        )
    assert after > before + 15
