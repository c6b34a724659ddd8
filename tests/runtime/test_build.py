"""Building and loading C: the cache, the compiler, and what is said when they fail."""

from __future__ import annotations

import ast
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import saltation.runtime.build as builds
import saltation.runtime.toolchain as toolchains
from saltation.runtime.build import build, load
from saltation.runtime.toolchain import find_compiler, find_toolchain, machine_identity
from saltation.symbolic.errors import ToolchainError

SOURCE = "int answer(void) { return 42; }\n"
CDEF = "int answer(void);"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache folder that is in use."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SALTATION_CACHE", str(folder))
    monkeypatch.delenv("CC", raising=False)
    return folder


class Compiler:
    """A script that logs how it is called, refuses some flags, and hands on to the real one."""

    def __init__(self, folder: Path, refuse: str = "-no-such-flag", version: str = "1") -> None:
        folder.mkdir(exist_ok=True)
        self.path = folder / "logging-cc"
        self.log = folder / "log"
        real = shutil.which("cc") or shutil.which("gcc")
        self.path.write_text(
            f"#!/bin/sh\n# version {version}\necho \"$@\" >> '{self.log}'\n"
            f'case "$*" in *{refuse}*) echo "refused {refuse}" >&2; exit 3;; esac\n'
            f'exec {real} "$@"\n'
        )
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


def answer(path: Path, cdef: str = CDEF) -> int:
    _, lib = load(path, cdef)
    return int(lib.answer())


def test_a_function_can_be_called_after_a_build(cache: Path) -> None:
    path = build(SOURCE)
    assert path.parent == cache
    assert answer(path) == 42


def test_mathematics_is_linked(cache: Path) -> None:
    path = build("#include <math.h>\ndouble root(double x) { return cbrt(x); }\n")
    assert load(path, "double root(double);")[1].root(27.0) == pytest.approx(3.0, rel=1e-15)


def test_a_second_build_calls_no_compiler(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = Compiler(tmp_path)
    monkeypatch.setenv("CC", str(compiler.path))
    first = build(SOURCE)
    calls = compiler.calls()
    assert calls
    assert build(SOURCE) == first
    assert compiler.calls() == calls


def test_another_source_is_one_more_compilation_and_no_more_questions(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = Compiler(tmp_path)
    monkeypatch.setenv("CC", str(compiler.path))
    first = build(SOURCE)
    calls = compiler.calls()
    second = build(SOURCE.replace("42", "43"))
    assert len(compiler.calls()) == len(calls) + 1
    assert (answer(first), answer(second)) == (42, 43)


PARTS = """
#if !defined(SAL_PART) || SAL_PART == 0
int half(void);
int answer(void) { return 2 * half(); }
#endif
#if !defined(SAL_PART) || SAL_PART == 1
int half(void);
int half(void) { return 21; }
#endif
"""


def test_parts_are_compiled_by_themselves_and_linked(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = Compiler(tmp_path)
    monkeypatch.setenv("CC", str(compiler.path))
    whole = build(PARTS)
    before = len(compiler.calls())
    path = build(PARTS, parts=2, flags=("-O1",))
    calls = compiler.calls()[before:]
    assert sorted(c.split("-DSAL_PART=")[1][0] for c in calls[:-1]) == ["0", "1"]
    assert "-shared" in calls[-1]
    assert answer(path) == answer(whole) == 42


def test_without_optimisation_there_is_one_part(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = Compiler(tmp_path)
    monkeypatch.setenv("CC", str(compiler.path))
    assert answer(build(PARTS, parts=2, flags=("-O0",))) == 42
    assert "-DSAL_PART" not in compiler.log.read_text()


@pytest.mark.parametrize("processors", [1, 2])
def test_the_part_that_fails_is_quoted(
    cache: Path, monkeypatch: pytest.MonkeyPatch, processors: int
) -> None:
    monkeypatch.setattr("saltation.runtime.toolchain._processors", lambda: processors)
    for name in ("half(void) { return 21", "answer(void) { return 2"):
        source = PARTS.replace(name, name.replace("return", "return no_such_thing +"))
        with pytest.raises(ToolchainError, match=r"(?s)exit status 1.*no_such_thing.*C text kept"):
            build(source, parts=2, flags=("-O1",))
    assert answer(build(PARTS, parts=2, flags=("-O1",))) == 42


def test_no_compiler_outlives_an_interrupted_build(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = Compiler(tmp_path)
    monkeypatch.setenv("CC", str(compiler.path))
    build(SOURCE)
    started = []
    start = toolchains._start

    def endless(command: Sequence[str], folder: Path) -> subprocess.Popen[str]:
        assert any(word.startswith("-DSAL_PART") for word in command)
        started.append(start(("sleep", "1000"), folder))
        return started[-1]

    def interrupt(process: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(toolchains, "_start", endless)
    monkeypatch.setattr(toolchains, "_result", interrupt)
    with pytest.raises(KeyboardInterrupt):
        build(PARTS, parts=2, flags=("-O1",))
    assert started
    assert all(process.returncode is not None for process in started)
    assert not list(cache.glob("failed-*"))


def test_flags_are_part_of_what_is_built(cache: Path) -> None:
    source = "int answer(void) { return ANSWER; }\n"
    paths = [build(source, flags=("-O1", f"-DANSWER={value}")) for value in (1, 2)]
    assert [answer(path) for path in paths] == [1, 2]


def test_another_compiler_under_the_same_name_builds_anew(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", str(Compiler(tmp_path).path))
    build(SOURCE)
    compiler = Compiler(tmp_path, version="22")
    calls = compiler.calls()
    build(SOURCE)
    assert len(compiler.calls()) > len(calls)


def test_another_processor_builds_anew(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build(SOURCE)
    other = machine_identity() + " with wider vectors"
    monkeypatch.setattr("saltation.runtime.toolchain.machine_identity", lambda: other)
    assert build(SOURCE).name.split("-")[0] != first.name.split("-")[0]


@pytest.mark.parametrize("refused", ["-march=native", "-fopenmp"])
def test_flags_that_a_compiler_refuses_are_left_out(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    compiler = Compiler(tmp_path, refuse=refused)
    monkeypatch.setenv("CC", str(compiler.path))
    assert answer(build(SOURCE)) == 42
    final = compiler.calls()[-1].split()
    assert set(builds.DEFAULT_FLAGS) - set(final) == {refused}


@pytest.mark.parametrize("part", ["library", "digest", "missing library", "empty library"])
def test_a_damaged_entry_is_built_anew(cache: Path, part: str) -> None:
    path = build(SOURCE)
    content = path.read_bytes()
    if part == "library":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif part == "digest":
        next(cache.glob("*.digest")).write_bytes(b"\xff nonsense")
    elif part == "missing library":
        path.unlink()
    else:
        path.write_bytes(b"")
    again = build(SOURCE)
    assert again.read_bytes() == content
    assert answer(again) == 42


def test_a_damaged_record_of_the_compiler_is_made_anew(cache: Path) -> None:
    build(SOURCE)
    record = next(cache.glob("toolchain-*.txt"))
    good = record.read_text()
    another = repr({**ast.literal_eval(good), "identity": "another"})
    for bad in ("", "{", "[]", "{}", "1 / 0", another):
        record.write_text(bad)
        build(SOURCE)
        assert record.read_text() == good


def test_several_processes_build_the_same_text_at_once(cache: Path) -> None:
    program = (
        "import sys\n"
        "from saltation.runtime.build import build, load\n"
        "sys.stdin.readline()\n"
        f"path = build({SOURCE!r})\n"
        f"print(load(path, {CDEF!r})[1].answer())\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    results = [process.communicate() for process in processes]
    assert [out.strip() for out, _ in results] == ["42"] * 3, results
    assert not list(cache.glob(".*"))
    assert answer(build(SOURCE)) == 42


def test_libraries_of_equal_texts_are_equal_bytes(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(SOURCE)
    monkeypatch.setenv("SALTATION_CACHE", str(tmp_path / "other"))
    second = build(SOURCE)
    assert first != second
    assert first.read_bytes() == second.read_bytes()


def test_without_a_compiler_the_ways_to_get_one_are_named(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError) as caught:
        build(SOURCE)
    message = str(caught.value)
    for way in ("no C compiler found", "CC is not set", "apt install", "brew", "xcode-select"):
        assert way in message
    monkeypatch.setenv("CC", "missing-cc -m64")
    with pytest.raises(ToolchainError, match="'missing-cc' is not a program"):
        build(SOURCE)


def test_cc_may_hold_arguments(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "cc -DANSWER=7")
    assert find_compiler()[1:] == ("-DANSWER=7",)
    assert answer(build("int answer(void) { return ANSWER; }\n")) == 7
    monkeypatch.setenv("CC", "cc '")
    with pytest.raises(ToolchainError, match="cannot read CC"):
        build(SOURCE)


def test_a_relative_compiler_works_from_every_folder(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Compiler(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CC", "./logging-cc")
    assert answer(build(SOURCE)) == 42


def test_a_compiler_that_fails_is_quoted_and_the_text_kept(cache: Path) -> None:
    source = "int answer(void) { return no_such_thing; }\n"
    with pytest.raises(ToolchainError) as caught:
        build(source)
    message = str(caught.value)
    assert "no_such_thing" in message
    assert "exit status 1" in message
    assert "-ffp-contract=off" in message
    kept = Path(message.split("C text kept in: ")[1].splitlines()[0])
    assert kept.read_text() == source


def test_long_complaints_are_cut(cache: Path) -> None:
    source = "".join(f"int f{i}(void) {{ return missing{i}; }}\n" for i in range(100))
    with pytest.raises(ToolchainError, match=r"\(\d+ more lines\)"):
        build(source)


def test_a_broken_compiler_is_told_from_a_broken_text(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = Compiler(tmp_path, refuse="-shared")
    monkeypatch.setenv("CC", str(compiler.path))
    with pytest.raises(ToolchainError, match=r"(?s)cannot make a library of a small file.*refused"):
        build(SOURCE)
    compiler.path.write_text("#!/no/such/interpreter\n")
    with pytest.raises(ToolchainError, match="cannot run the C compiler"):
        build(SOURCE)


def test_a_cache_folder_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    obstacle = tmp_path / "file"
    obstacle.write_text("")
    monkeypatch.setenv("SALTATION_CACHE", str(obstacle / "cache"))
    with pytest.raises(ToolchainError, match=rf"{obstacle}.*Set SALTATION_CACHE"):
        build(SOURCE)


def test_a_read_only_cache_serves_what_it_has(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(SOURCE)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("saltation.runtime.cache.tempfile.mkstemp", refuse)
    assert build(SOURCE) == path
    assert answer(path) == 42
    with pytest.raises(ToolchainError, match="Permission denied"):
        build(SOURCE.replace("42", "44"))


def test_loading_says_what_is_wrong(cache: Path, tmp_path: Path) -> None:
    path = build(SOURCE)
    assert load(path, CDEF) is load(path, CDEF)
    with pytest.raises(ToolchainError, match="cannot read the C declarations"):
        load(path, "int answer(void")
    nonsense = tmp_path / "nonsense.so"
    nonsense.write_bytes(b"no library")
    with pytest.raises(ToolchainError, match=f"cannot load {nonsense}"):
        load(nonsense, CDEF)


def test_declarations_are_parsed_once_and_again_when_damaged(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(SOURCE)
    declaration = f"{CDEF} typedef struct {{ int64_t n; double *values; }} block;"
    load(path, declaration)
    load.cache_clear()
    stored = next(cache.glob("cdef-*.py"))
    good = stored.read_bytes()
    with monkeypatch.context() as without_parser:
        without_parser.setitem(sys.modules, "cffi", None)
        ffi, lib = load(path, declaration)
    assert lib.answer() == 42
    assert ffi.sizeof("block") == 8 + ffi.sizeof("double *")
    for bad in (b"", b"raise SystemExit", good.replace(b"ffi", b"fff"), good[:-3], b"\xff"):
        load.cache_clear()
        stored.write_bytes(bad)
        assert load(path, declaration)[1].answer() == 42
        assert stored.read_bytes() == good


def test_the_toolchain_says_who_it_is(cache: Path) -> None:
    cache.mkdir()
    toolchain = find_toolchain(cache)
    assert Path(toolchain.command[0]).is_absolute()
    assert toolchain.version
    assert toolchain.accepted(("-O3", "-fopenmp")) in (("-O3", "-fopenmp"), ("-O3",))
