"""The error tree: builtins, data attributes, layout, pickling."""

from __future__ import annotations

import pickle

import pytest

from saltation.symbolic import errors
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelWarning
from saltation.symbolic.notices import warn_user

PAIRS = [
    (errors.ModelError, ValueError),
    (errors.ExpressionError, errors.ModelError),
    (errors.ModelTypeError, TypeError),
    (errors.UnsupportedModelError, NotImplementedError),
    (errors.NetworkError, ValueError),
    (errors.NetworkTypeError, TypeError),
    (errors.UnknownNameError, KeyError),
    (errors.UnsupportedNetworkError, NotImplementedError),
    (errors.ArrayError, ValueError),
    (errors.ArrayTypeError, TypeError),
    (errors.ToolchainError, RuntimeError),
    (errors.SimulationError, RuntimeError),
    (errors.ZenoError, errors.SimulationError),
    (errors.NonFiniteError, ArithmeticError),
    (errors.NonFiniteLossError, errors.NonFiniteError),
    (errors.NonFiniteLossError, errors.ArrayError),
    (errors.GradientError, RuntimeError),
    (errors.AbsentSpikeError, ValueError),
    (errors.GrazingError, ArithmeticError),
    (errors.CheckpointError, ValueError),
    (errors.DestinationError, OSError),
    (errors.DataError, ValueError),
]


@pytest.mark.parametrize(("kind", "builtin"), PAIRS)
def test_every_error_is_ours_and_a_builtin(kind: type[Exception], builtin: type[Exception]) -> None:
    assert issubclass(kind, errors.SaltationError)
    assert issubclass(kind, builtin)
    with pytest.raises(builtin, match="a sentence"):
        raise kind("a sentence")


@pytest.mark.parametrize("kind", [kind for kind, _ in PAIRS])
def test_every_error_reads_as_a_sentence(kind: type[Exception]) -> None:
    assert str(kind("no 'hiden' here")) == "no 'hiden' here"


def test_a_model_error_shows_place_text_caret_and_hint() -> None:
    error = errors.ModelError(
        "wrong",
        code="S999-x",
        model="lif",
        equation="reset of 'v'",
        text="a + b",
        position=4,
        hint="Do this.",
    )
    assert str(error).splitlines() == [
        "[S999-x] model 'lif', reset of 'v': wrong",
        "    a + b",
        "        ^",
        "  Do this.",
    ]


@pytest.mark.parametrize("position", [0, 100, 499])
def test_the_caret_points_at_the_same_character_in_a_long_text(position: int) -> None:
    text = "".join(chr(ord("a") + index % 26) for index in range(500))
    line, caret = errors.describe("m", text=text, position=position).splitlines()[1:3]
    assert len(line) < 120
    assert line[caret.index("^")] == text[position]


@pytest.mark.parametrize(
    "error",
    [
        errors.ExpressionError("m", code="S1", model="a", equation="b", text="c", position=0),
        errors.ArrayError("m", argument="times"),
        errors.UnknownNameError("m"),
        errors.ModelWarning("m", code="S1", symbol="v"),
    ],
)
def test_errors_survive_pickling_with_their_data(error: Exception) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert back.__dict__ == error.__dict__


def test_a_warning_of_a_command_points_at_the_command() -> None:
    """Its caller is the library that reads the command line, which says nothing to the user."""
    source = "def command():\n    inner()\n"
    inner: dict[str, object] = {"__name__": "saltation.runtime.inner", "warn_user": warn_user}
    exec(compile("def inner():\n    warn_user([warning])\n", "inner.py", "exec"), inner)
    inner["warning"] = ModelWarning("odd", code=Code.MAGNITUDE, model="m")
    outer = {"__name__": "saltation.commands.outer", "inner": inner["inner"]}
    exec(compile(source, "outer.py", "exec"), outer)
    with pytest.warns(ModelWarning) as caught:
        outer["command"]()  # type: ignore[operator]
    assert caught[0].filename == "outer.py"
