"""The generated C compiles without a warning, by two compilers and under two standards."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from saltation.codegen.goldens import model_structure
from saltation.codegen.network import generate_network
from saltation.codegen.options import Precision
from saltation.codegen.structure import LayerStructure, NetworkStructure, WireStructure
from saltation.symbolic import models
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.observation import ObservedSystem

WARNINGS = (
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Wdouble-promotion",
    "-Wshadow",
    "-Wundef",
    "-Wstrict-prototypes",
    "-Wmissing-prototypes",
    "-Werror",
)

COMPILERS = ("gcc", "clang")

SETTINGS = {
    "gcc": [
        ("-std=c99", "-fsyntax-only"),
        ("-std=c99", "-O2", "-fopenmp"),
        ("-std=c11", "-fsyntax-only", "-fopenmp"),
    ],
    "clang": [
        ("-std=c99", "-fsyntax-only"),
        ("-std=c99", "-O2", "-fopenmp", "-fsyntax-only"),
        ("-std=c11", "-fsyntax-only", "-fopenmp"),
    ],
}
"""gcc warns of some things only where it optimises, or makes code; clang warns as it reads, also of
what is there for optimisation only."""

OPTIMISED = {"gcc": ("-O2",), "clang": ("-O2", "-fsyntax-only")}

COMMITTED = [
    path
    for path in sorted((Path(__file__).parents[2] / "generated").glob("*.c"))
    if not path.name.startswith("exported_")
]
"""Exported C has a header beside it, and a test of its own."""

KINDS = ("maxima", "integrals", "samples")


def observed_network(
    neuron: Neuron, kinds: tuple[str, ...], precision: Precision, own: bool = False
) -> str:
    """A population of which the first state is observed in the given ways."""
    states = neuron.system.states[:1]
    structure = NetworkStructure(
        inputs=1,
        layers=(
            LayerStructure(
                observed=ObservedSystem(neuron.system, **dict.fromkeys(kinds, states)),
                own_parameters=own,
                **{kind: (index,) for index, kind in enumerate(kinds)},
            ),
        ),
        wires=tuple(
            WireStructure(source=-1, target=0, port=p, apart=True) for p in range(len(neuron.ports))
        ),
        order=(0,),
        observations=len(kinds),
    )
    return generate_network(structure, precision).source


def choices() -> Iterator[tuple[str, tuple[str, ...], Precision]]:
    """Every model, observed in each way alone, and in all ways in both precisions."""
    for name in models.__all__:
        for kind in KINDS:
            yield name, (kind,), Precision.DOUBLE
        for precision in Precision:
            yield name, KINDS, precision


def complaint(command: list[str], text: str, folder: Path, accepted: Sequence[str] = ()) -> str:
    """What a compiler says about a text; empty if it accepts it silently."""
    source = folder / "text.c"
    source.write_text(text)
    result = subprocess.run(
        [*command, *WARNINGS, *accepted, "-c", source.name, "-o", "text.o"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stderr if result.stderr or result.returncode == 0 else "failed silently"


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_c_compiles_without_a_warning(
    require_tool: Callable[[str], str], tmp_path: Path, compiler: str, path: Path
) -> None:
    program = require_tool(compiler)
    for setting in SETTINGS[compiler]:
        said = complaint([program, *setting], path.read_text(), tmp_path)
        assert said == "", f"{compiler} {' '.join(setting)}:\n{said}"


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("part", range(3))
def test_each_part_compiles_without_a_warning(
    require_tool: Callable[[str], str], tmp_path: Path, compiler: str, part: int
) -> None:
    """A part has more than it uses, and nothing else to complain of."""
    code = generate_network(model_structure(models.adaptive_lif), Precision.DOUBLE)
    assert part < code.parts == 3
    command = [require_tool(compiler), "-std=c99", "-O1", f"-DSAL_PART={part}"]
    unused = ["-Wno-unused-function", "-Wno-unused-const-variable"]
    assert complaint(command, code.source, tmp_path, unused) == ""


@pytest.mark.parametrize(("name", "kinds", "precision"), list(choices()))
def test_c_with_observations_compiles_without_a_warning(
    require_tool: Callable[[str], str],
    tmp_path: Path,
    name: str,
    kinds: tuple[str, ...],
    precision: Precision,
) -> None:
    text = observed_network(getattr(models, name), kinds, precision)
    optimised = kinds == KINDS and precision is Precision.DOUBLE
    for compiler in COMPILERS:
        level = OPTIMISED[compiler] if optimised else ("-fsyntax-only",)
        said = complaint([require_tool(compiler), "-std=c99", *level], text, tmp_path)
        assert said == "", f"{compiler} {' '.join(level)}:\n{said}"


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("int f(void); int f(void) { return 1.5; }\n", id="fraction lost"),
        pytest.param("float f(float); float f(float x) { return x * 0.1; }\n", id="promotion"),
        pytest.param("static int f(void) { return 1; }\n", id="unused function"),
        pytest.param("int f(int); int f(int x) { int y; return x + y; }\n", id="uninitialised"),
    ],
)
def test_a_doubtful_text_is_complained_about(
    require_tool: Callable[[str], str], tmp_path: Path, compiler: str, text: str
) -> None:
    command = [require_tool(compiler), "-std=c99", *OPTIMISED[compiler]]
    assert complaint(command, text, tmp_path) != ""


@pytest.mark.parametrize("kinds", [(), KINDS], ids=["", "observed"])
@pytest.mark.parametrize("name", models.__all__)
def test_c_of_neurons_with_own_parameters_compiles_without_a_warning(
    require_tool: Callable[[str], str], tmp_path: Path, name: str, kinds: tuple[str, ...]
) -> None:
    neuron = getattr(models, name)
    text = observed_network(neuron, kinds, Precision.DOUBLE, own=True)
    if text == observed_network(neuron, kinds, Precision.DOUBLE):
        return  # a numerical flow, of which the other tests see all
    for compiler in COMPILERS:
        command = [require_tool(compiler), "-std=c99", *OPTIMISED[compiler]]
        assert complaint(command, text, tmp_path) == ""
