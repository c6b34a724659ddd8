"""The demonstration, with one epoch: what it prints and what it leaves behind."""

import pytest
from click.testing import CliRunner

pytest.importorskip("saltation.symbolic.derivation", exc_type=ModuleNotFoundError)

from saltation.__main__ import main
from saltation.learning.checkpoint import load_checkpoint


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, CliRunner().invoke(main, ["demo", "--epochs", "1", "--output", str(folder)])


def test_demonstration_shows_the_derivation_and_the_result(demo):
    _, result = demo
    assert result.exit_code == 0, result.output
    for part in ("adjoint", "Compiling 5-200-3 neurons", "Training on Yin-Yang", "test  "):
        assert part in result.output


def test_demonstration_leaves_a_checkpoint_and_pictures(demo):
    folder, _ = demo
    assert len(load_checkpoint(folder / "checkpoint.npz").history) == 1
    for name in ("decision_regions.png", "learning_curves.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_demonstration_goes_on_from_its_checkpoint(demo):
    folder, _ = demo
    arguments = ["demo", "--epochs", "2", "--output", str(folder), "--resume"]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert len(load_checkpoint(folder / "checkpoint.npz").history) == 2
