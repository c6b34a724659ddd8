"""The layers: imports go one way, the package list matches the folders, files stay small."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("symbolic", "codegen", "runtime", "learning")
FACADE = ROOT / "src" / "saltation"
LINKED = (*LAYERS, "templates")

MAY_IMPORT = {
    "symbolic": {"symbolic"},
    "codegen": {"symbolic", "templates", "codegen"},
    "runtime": {"symbolic", "codegen", "runtime"},
    "learning": {"symbolic", "codegen", "runtime", "learning"},
}

PART_OF = {"_cffi_backend": "cffi", "sklearn": "scikit-learn", "tensorboardX": "tensorboardx"}
"""Modules that come with a package of another name."""

FILE_LINES = 400
FUNCTION_LINES = 60


def sources(folder: Path) -> list[Path]:
    """Python files of a folder, without following links."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def own_sources() -> list[Path]:
    """Every Python file of the package, once."""
    facade = [
        p
        for p in FACADE.rglob("*.py")
        if not (FACADE / p.relative_to(FACADE).parts[0]).is_symlink()
    ]
    return [*(p for layer in LAYERS for p in sources(ROOT / layer)), *sorted(facade)]


def imported(tree: ast.AST, at_top: bool = False) -> Iterator[str]:
    """Dotted names of the modules that a file imports, absolute or by import_module."""
    for node in tree.body if at_top and isinstance(tree, ast.Module) else ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(level=0, module=str(module)):
                yield from (f"{module}.{alias.name}" for alias in node.names)
            case ast.ImportFrom():
                yield "." * node.level + (node.module or "")
            case ast.Call(args=[ast.Constant(value=str(text)), *_]) if "import" in ast.dump(
                node.func
            ):
                yield text


def wrong_way(layer: str, source: str) -> list[str]:
    """Imports that a file of a layer may not have: to the right, of the facade, or relative."""
    allowed = {f"saltation.{name}" for name in MAY_IMPORT[layer]}
    return [
        name
        for name in imported(ast.parse(source))
        if name.startswith(".")
        or (name.split(".")[0] == "saltation" and ".".join(name.split(".")[:2]) not in allowed)
    ]


def foreign(source: str, *, at_top: bool = False) -> set[str]:
    """Top-level names of imported packages that are neither Python's nor ours."""
    names = {name.split(".")[0] for name in imported(ast.parse(source), at_top)}
    names = {PART_OF.get(name, name) for name in names}
    return names - sys.stdlib_module_names - {"saltation", ""}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_layers_to_its_left(layer: str) -> None:
    found = {path: wrong_way(layer, path.read_text()) for path in sources(ROOT / layer)}
    assert found
    assert {str(path): names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("layer", "source"),
    [
        ("symbolic", "from saltation.codegen.printer import print_c"),
        ("codegen", "import saltation.runtime.build"),
        ("runtime", "def f():\n    from saltation.learning import fit"),
        ("runtime", "from saltation import learning"),
        ("learning", "import saltation as sal"),
        ("learning", "from saltation import Network"),
        ("learning", "from saltation.commands import group"),
        ("symbolic", "from ..codegen import printer"),
        ("symbolic", "import_module('saltation.codegen')"),
    ],
)
def test_an_import_the_wrong_way_is_found(layer: str, source: str) -> None:
    assert wrong_way(layer, source)


def test_the_symbolic_layer_imports_only_sympy_and_the_standard_library() -> None:
    found = {str(p): foreign(p.read_text()) - {"sympy"} for p in sources(ROOT / "symbolic")}
    assert {path: names for path, names in found.items() if names} == {}


def test_what_is_imported_is_declared_and_optional_packages_are_imported_lazily(
    project: dict[str, Any],
) -> None:
    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[^\w-]", text)[0].lower() for text in requirements}

    always = names(project["project"]["dependencies"])
    extras = project["project"]["optional-dependencies"]
    optional = names([text for key in extras if key != "dev" for text in extras[key]])
    found = {}
    for path in own_sources():
        source = path.read_text()
        eager = foreign(source, at_top=True) - always
        lazy = foreign(source) - always - optional
        if eager | lazy:
            found[str(path.relative_to(ROOT))] = eager | lazy
    assert found == {}


def test_the_package_list_matches_the_folders(project: dict[str, Any]) -> None:
    folders = {"saltation": "src/saltation", "saltation.templates": "templates"}
    for path in own_sources():
        if path.name == "__init__.py" and path.parent != FACADE:
            folder = path.parent.relative_to(ROOT)
            parts = folder.parts[2:] if folder.parts[0] == "src" else folder.parts
            folders[".".join(("saltation", *parts))] = folder.as_posix()
    setuptools = project["tool"]["setuptools"]
    assert setuptools["package-dir"] == folders
    assert sorted(setuptools["packages"]) == sorted(folders)


def test_every_folder_with_python_files_is_a_package() -> None:
    folders = {path.parent for path in own_sources()}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize("name", LINKED)
def test_links_let_static_tools_see_one_package(name: str) -> None:
    link = FACADE / name
    assert link.is_symlink()
    assert link.readlink() == Path("..", "..", name)
    assert link.resolve() == ROOT / name


def test_files_and_functions_stay_small() -> None:
    found = []
    for path in [*own_sources(), *sources(ROOT / "tests")]:
        text = path.read_text()
        name = path.relative_to(ROOT)
        if len(text.splitlines()) > FILE_LINES:
            found.append(f"{name}: {len(text.splitlines())} lines")
        found += [f"{name}: {function}" for function in long_functions(text)]
    assert found == []


def long_functions(source: str) -> list[str]:
    """Functions of 60 lines or more, their docstrings not counted."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if ast.get_docstring(node) is not None:
                first = node.body[0]
                lines -= (first.end_lineno or first.lineno) - first.lineno + 1
            if lines >= FUNCTION_LINES:
                found.append(f"{node.name}, {lines} lines")
    return found


def test_a_long_function_is_found_and_a_long_docstring_is_not_counted() -> None:
    body = "    x = 1\n" * 59
    assert long_functions(f"def f():\n{body}") == ["f, 60 lines"]
    documented = '    """One.\n' + "\n" * 80 + '    """\n'
    assert long_functions(f"def f():\n{documented}{body[10:]}") == []
