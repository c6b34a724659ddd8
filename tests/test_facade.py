"""The facade: what it lists, where it finds it, and what type checkers are told."""

import ast
import re
import subprocess
import sys

import pytest

import saltation

NAMES = [name for name in saltation.__all__ if name != "__version__"]


def told_to_type_checkers():
    """The public names imported under TYPE_CHECKING, with their modules."""
    with open(saltation.__file__, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.asname: (node.module, alias.name) for node in imports for alias in node.names}


def test_type_checkers_see_the_names_that_are_loaded():
    told = told_to_type_checkers()
    assert sorted(told) == sorted(NAMES)
    for name, home in saltation._HOMES.items():
        assert told[name] == (f"saltation.{home}", name)
    for name, home in saltation._MODULES.items():
        assert ".".join(told[name]) == f"saltation.{home}"


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_loads(name):
    assert getattr(saltation, name) is not None
    assert name in dir(saltation)


def test_only_public_names_are_listed():
    assert dir(saltation) == sorted(saltation.__all__)


def test_the_help_begins_with_a_map_of_the_public_names():
    listed = saltation.__doc__.partition("say more::")[2].partition("are modules")[0]
    assert set(NAMES) <= set(re.findall(r"\w+", listed))


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        saltation.nonsense  # noqa: B018 - the access is what is tested


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, saltation\n"
        "print([name for name in ('numpy', 'sympy', 'matplotlib') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout == "[]\n", result.stderr


@pytest.mark.parametrize(
    ("name", "made_by"),
    [
        ("Simulator", "compile"),
        ("Export", "export"),
        ("GradientCheck", "check_gradient"),
        ("FitResult", "fit"),
        ("Evaluation", "evaluate"),
        ("Checkpoint", "load_checkpoint"),
    ],
)
def test_what_a_public_function_returns_is_public(name, made_by):
    told = getattr(saltation, made_by).__annotations__["return"]
    assert told == name
    assert getattr(saltation, name).__name__ == name


def test_what_a_simulator_and_a_training_give_is_public():
    returned = saltation.Simulator.run.__annotations__["return"]
    assert getattr(saltation, returned).__name__ == "Run"
    kept = saltation.FitResult.__annotations__["history"]
    assert getattr(saltation, kept).__name__ == "History"
    (missed,) = re.findall(r"\w*Miss", str(saltation.near_misses.__annotations__["return"]))
    assert getattr(saltation, missed).__name__ == "NearMiss"
