"""Exported C is clean: compilers' strictest warnings, four languages, analysers, sanitizers."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from exported import (
    coupled_network,
    load,
    nonlinear_network,
    recurrent_network,
    run_self_test,
    small_network,
)

import saltation as sal
from saltation.runtime.export import export

STRICT = (
    "-pedantic-errors",
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wdouble-promotion",
    "-Wfloat-conversion",
    "-Wshadow",
    "-Wundef",
    "-Wcast-qual",
    "-Wvla",
    "-Werror",
)
C_ONLY = ("-Wstrict-prototypes", "-Wmissing-prototypes")
LANGUAGES = {
    "C99": ("gcc", "clang", ("-std=c99", *C_ONLY)),
    "C11": ("gcc", "clang", ("-std=c11", *C_ONLY)),
    "C17": ("gcc", "clang", ("-std=c17", *C_ONLY)),
    "C++": ("g++", "clang++", ("-x", "c++", "-std=c++11")),
}
SOURCES = ("net.c", "net_test.c", "net_test_main.c")


def folders(root: Path) -> Iterator[Path]:
    """LIF; modes and coupled flows; a nonlinear network; a recurrent one; all with gradients."""
    for name, net, precision in (
        ("small", small_network(), "single"),
        ("coupled", coupled_network(), "double"),
        ("nonlinear", nonlinear_network(sal.models.qif, 15.0), "double"),
        ("recurrent", recurrent_network(), "single"),
    ):
        export(net, root / name, 0.03, name="net", precision=precision, gradient=True)
        yield root / name


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return list(folders(tmp_path_factory.mktemp("clean")))


def said(command: list[str], folder: Path) -> str:
    """What a tool says, and how it ends if it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr + (f"status {done.returncode}" if done.returncode else "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("choice", [0, 1], ids=["gcc", "clang"])
def test_compilers_do_not_warn(
    require_tool: Callable[[str], str], exported: list[Path], language: str, choice: int
) -> None:
    *compilers, flags = LANGUAGES[language]
    compiler = require_tool(str(compilers[choice]))
    for folder in exported:
        # what only the optimiser sees is the same in all languages
        effort = ("-O1", "-c") if language == "C99" else ("-fsyntax-only",)
        command = [compiler, *flags, *STRICT, *effort, *SOURCES]
        assert said(command, folder) == "", folder.name


def test_no_function_needs_more_than_two_kilobytes_of_stack_nor_calls_heap_or_libm(
    require_tool: Callable[[str], str], exported: list[Path]
) -> None:
    allowed = {"memcpy", "memset", "memmove", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_"}
    command = [require_tool("gcc"), "-std=c99", "-O2", "-Wstack-usage=2048", "-Werror", "-fno-pie"]
    for folder in exported:
        assert said([*command, "-c", "net.c", "-o", "symbols.o"], folder) == ""
        lines = said(["nm", "symbols.o"], folder).splitlines()
        symbols = [line.split()[-2:] for line in lines]
        assert {name for kind, name in symbols if kind == "U"} <= allowed
        assert [name for kind, name in symbols if kind == "T" and not name.startswith("net_")] == []
        assert [name for kind, name in symbols if kind in "bBdDcC"] == [], "globals that change"


@pytest.mark.parametrize("choice", [0, 1], ids=["small", "coupled"])
def test_the_analyser_of_gcc_finds_nothing(
    require_tool: Callable[[str], str], exported: list[Path], choice: int
) -> None:
    command = [require_tool("gcc"), "-std=c99", "-O1", "-fanalyzer", "-Werror", "-c", "net.c"]
    assert said(command, exported[choice]) == ""


@pytest.mark.parametrize("choice", [0, 1, 2], ids=["small", "coupled", "nonlinear"])
def test_clang_tidy_finds_nothing(
    require_tool: Callable[[str], str], exported: list[Path], choice: int
) -> None:
    # Numbers of one type beside each other are what such an interface is made of.
    groups = ["bugprone", "cert", "misc", "performance", "portability"]
    if choice == 2:  # the paths of the others take too long: the analyser of gcc follows them
        groups.append("clang-analyzer")
    checks = ",".join(["-*", *(f"{g}-*" for g in groups), "-bugprone-easily-swappable-parameters"])
    command = [require_tool("clang-tidy"), "--quiet", f"--checks={checks}", "-warnings-as-errors=*"]
    done = said([*command, *SOURCES, "--", "-std=c99"], exported[choice])
    assert "error:" not in done, done
    assert "warning:" not in done, done


@pytest.mark.parametrize("choice", [1, 2], ids=["coupled", "nonlinear"])
def test_cppcheck_finds_nothing_and_every_finding_of_misra_is_justified(
    require_tool: Callable[[str], str], exported: list[Path], repository: Path, choice: int
) -> None:
    # A condition that is asked again after a call has changed what it reads is taken for identical.
    options = (
        "--enable=warning,style,performance,portability",
        "--suppress=identicalInnerCondition",
        "--suppress=unusedStructMember",
    )
    require_tool("cppcheck")
    page = load(repository / "docs" / "misra.py")
    written = (repository / "docs" / "misra.md").read_text()
    found, others = page.findings(exported[choice] / "net.c", *options)
    assert others == []
    assert set(found) <= set(page.STAYS)
    assert all(f"- **{rule}**: {page.STAYS[rule][2]}" in written for rule in found)
    assert found["12.1"] > 50, "the addon did not run"
    tests = [require_tool("cppcheck"), *options, "--std=c99", "--quiet", *SOURCES[1:]]
    assert said(tests, exported[choice]) == ""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_sanitizers_find_nothing(
    require_tool: Callable[[str], str], exported: list[Path], compiler: str
) -> None:
    # Divisions by zero are IEEE 754's: a step along a tangent without slope is infinite.
    flags = ("-std=c99", "-O1", "-ffp-contract=off", "-fno-sanitize-recover=all")
    checks = "-fsanitize=address,undefined"
    (exported[0] / "empty.c").write_text("int main(void) { return 0; }\n")
    probe = said([require_tool(compiler), checks, "empty.c", "-o", "empty"], exported[0])
    if probe and os.environ.get("CI") != "true":
        pytest.skip(f"{compiler} has no sanitizers' library")
    assert probe == ""
    for folder in exported if compiler == "clang" else exported[:2]:
        done = run_self_test(folder, "net", *flags, checks, compiler=compiler)
        assert done.startswith("0 of")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_levels_of_optimisation_do_not_change_a_bit(
    require_tool: Callable[[str], str], exported: list[Path], compiler: str
) -> None:
    require_tool(compiler)
    for level in ("-O0", "-O3 -march=native"):
        flags = ("-std=c99", *level.split(), "-ffp-contract=off")
        assert run_self_test(exported[0], "net", *flags, compiler=compiler).startswith("0 of"), (
            level
        )


def test_the_square_root_by_integers_is_the_processors(
    require_tool: Callable[[str], str], exported: list[Path], tmp_path: Path
) -> None:
    for folder, kind, mask in (
        (exported[0], "float", "0x7FFFFFFFU"),
        (exported[1], "double", "0x7FFFFFFFFFFFFFFFULL"),
    ):
        text = (folder / "net.c").read_text()
        start = text.index("static net_real net_sqrt(net_real x)")
        body = text[start : text.index("\n}\n", start) + 3]
        root = "sqrtf" if kind == "float" else "sqrt"
        bits = "uint32_t" if kind == "float" else "uint64_t"
        (tmp_path / "root.c").write_text(
            "#include <math.h>\n#include <stdint.h>\n#include <string.h>\n"
            f"#define NET_INFINITY (({kind})INFINITY)\ntypedef {kind} net_real;\n{body}"
            f"int main(void) {{ uint64_t state = 1, wrong = 0; long k;\n"
            f"for (k = 0; k < 2000000; k++) {{ {bits} b; {kind} x, y, z;\n"
            "state = state * 6364136223846793005ULL + 1442695040888963407ULL;\n"
            f"b = ({bits})(state ^ (state >> 29)) & {mask}; memcpy(&x, &b, sizeof x);\n"
            f"y = net_sqrt(x); z = {root}(x); wrong += !(y == z || (y != y && z != z)); }}\n"
            "return wrong != 0; }\n"
        )
        command = [require_tool("gcc"), "-std=c99", "-O2", "root.c", "-lm", "-o", "root"]
        assert said(command, tmp_path) == ""
        assert said(["./root"], tmp_path) == ""


def test_the_readme_names_every_source_and_the_build_files_work(
    require_tool: Callable[[str], str], exported: list[Path]
) -> None:
    readme = (exported[0] / "README.md").read_text()
    for word in ("`in`", "`hidden`", "`out`", "NET_CONTEXT_BYTES", "net_sgd_step", "dv/dt"):
        assert word in readme
    assert "sal_" not in readme
    assert "{{" not in readme
    require_tool("make")
    assert "0 of " in said(["make", "-s", "test"], exported[0])
    assert "net_advance" in said(["make", "-s", "stack"], exported[0])
    assert sal.models.lif.name in (exported[0] / "net.c").read_text()


def test_cmake_builds_the_library_and_runs_its_test(
    require_tool: Callable[[str], str], exported: list[Path], tmp_path: Path
) -> None:
    cmake = require_tool("cmake")
    assert "status" not in said([cmake, "-S", str(exported[0]), "-B", str(tmp_path)], tmp_path)
    assert "status" not in said([cmake, "--build", str(tmp_path)], tmp_path)
    assert "100% tests passed" in said([require_tool("ctest"), "--test-dir", "."], tmp_path)
