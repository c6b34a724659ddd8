"""The C compiler: which one, what it accepts, and how it is called.

Asking a compiler costs tens of milliseconds, so the answers are stored in the cache folder under
the files that it consists of (path, time of change, size) and the machine; a change of either
asks again.
"""

from __future__ import annotations

import ast
import functools
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from saltation.runtime.cache import read_text, scratch_folder, write_atomically
from saltation.runtime.digest import blake2
from saltation.symbolic.errors import ToolchainError
from saltation.symbolic.words import counted

OPTIONAL_FLAGS = (
    "-fvect-cost-model=dynamic",
    "-march=native",
    "-mno-fma",
    "-fno-tree-slp-vectorize",
    "-fno-thread-jumps",
    "-fopenmp",
)
"""Flags that are left out where the compiler rejects them."""

_RELOCATABLE = () if sys.platform == "win32" else ("-fPIC",)

LIBRARY_FLAGS = ("-shared", *_RELOCATABLE)
"""Flags that make a library."""

OBJECT_FLAGS = ("-c", *_RELOCATABLE)
"""Flags that make a part of a library."""

SUFFIX = ".dll" if sys.platform == "win32" else ".so"
"""How file names of libraries end."""

_PROBE = "int saltation_probe(int n) { return n + 1; }\n"
_PROBE_OPENMP = (
    "#include <omp.h>\nint saltation_probe(int n)\n{\n    int i;\n    int sum = 0;\n"
    "#pragma omp parallel for reduction(+ : sum)\n    for (i = 0; i < n; i++) { sum += i; }\n"
    "    return sum + omp_get_max_threads();\n}\n"
)
_MESSAGE_LINES = 40

_NO_COMPILER = """\
no C compiler found: {looked}. Saltation compiles its simulators with the system's compiler.
  Debian, Ubuntu:  apt install gcc
  Fedora:          dnf install gcc
  macOS:           xcode-select --install, or brew install gcc
  conda:           conda install -c conda-forge c-compiler
  another place:   set the environment variable CC to the compiler, such as CC=/opt/gcc/bin/gcc"""


class Toolchain(NamedTuple):
    """A C compiler, and what it is known to accept."""

    command: tuple[str, ...]
    """How to call it: the program, then arguments that $CC holds."""

    version: str
    """The first line that ``--version`` prints."""

    rejected: tuple[str, ...]
    """Which of the optional flags it does not accept here."""

    identity: str
    """Hash of the compiler's files and of the machine, on which its libraries depend."""

    def accepted(self, flags: Sequence[str]) -> tuple[str, ...]:
        """Return `flags` without those that the compiler rejects."""
        return tuple(flag for flag in flags if flag not in self.rejected)


def find_toolchain(folder: Path) -> Toolchain:
    """Return the compiler that $CC names, or else cc, gcc or clang.

    Parameters
    ----------
    folder : pathlib.Path
        The cache folder, where what is known of compilers is stored.

    Raises
    ------
    ToolchainError
        If there is no compiler, or it cannot compile a small file.
    """
    command = find_compiler()
    files = [_file_identity(word) for word in command]
    parts = [command, files, machine_identity(), OPTIONAL_FLAGS]
    identity = blake2(repr(parts).encode())
    path = folder / f"toolchain-{identity[:32]}.txt"
    known = _parse(read_text(path), identity)
    if known is not None:
        return known
    toolchain = _ask(command, identity)
    write_atomically(path, repr(toolchain._asdict()).encode())
    return toolchain


def find_compiler() -> tuple[str, ...]:
    """Return the command of the compiler: $CC, or else cc, gcc or clang from $PATH.

    Raises
    ------
    ToolchainError
        If there is none; the message names ways to get one.
    """
    chosen = os.environ.get("CC", "").strip()
    if chosen:
        import shlex  # only here, as most leave the choice to us

        try:
            words = shlex.split(chosen)
        except ValueError as error:
            raise ToolchainError(f"cannot read CC={chosen!r}: {error}") from error
        program = shutil.which(words[0])
        if program is None:
            looked = f"CC={chosen!r} is set, and {words[0]!r} is not a program on the PATH"
            raise ToolchainError(_NO_COMPILER.format(looked=looked))
        return os.path.abspath(program), *words[1:]
    for name in ("cc", "gcc", "clang"):
        program = shutil.which(name)
        if program is not None:
            return (os.path.abspath(program),)
    looked = "neither cc, gcc nor clang is on the PATH, and CC is not set"
    raise ToolchainError(_NO_COMPILER.format(looked=looked))


@functools.cache
def machine_identity() -> str:
    """Return what compiled code depends on beside its compiler.

    A cache folder can be shared by machines with other processors, on which code made with
    ``-march=native`` would fail.
    """
    return "; ".join((sys.platform, platform.machine(), _c_library(), _processor()))


def compile_library(
    toolchain: Toolchain, flags: Sequence[str], source: Path, library: Path, parts: int = 1
) -> str | None:
    """Compile a C file into a shared library; return what the compiler said if it failed.

    The compiler runs in the folder of `source` and is given bare file names, so that no path gets
    into the library. A file of several parts is compiled once for each, with ``-DSAL_PART=k``, as
    many at the same time as there are processors.
    """
    folder, sources = source.parent, [source.name]
    command = (*toolchain.command, *flags)
    if parts > 1:
        sources = [f"part-{k}.o" for k in range(parts)]
        # The network, part 0, is smaller than a kernel's parts, so it comes last.
        compilations = [
            (*command, *OBJECT_FLAGS, f"-DSAL_PART={k}", "-o", sources[k], source.name)
            for k in (*range(1, parts), 0)
        ]
        for result in _run_together(compilations, folder):
            if result.returncode != 0:
                return _complaint(result)
    link = (*command, *LIBRARY_FLAGS, "-o", library.name, *sources, "-lm")
    (result,) = _run_together([link], folder)
    return None if result.returncode == 0 and library.is_file() else _complaint(result)


def _complaint(result: subprocess.CompletedProcess[str]) -> str:
    """Return what a compiler that failed said, not too much of it."""
    lines = (result.stderr or result.stdout).strip().splitlines()
    if len(lines) > _MESSAGE_LINES:
        lines = [*lines[:_MESSAGE_LINES], f"({counted(len(lines) - _MESSAGE_LINES, 'more line')})"]
    return "\n".join([f"exit status {result.returncode}", *lines])


def _ask(command: tuple[str, ...], identity: str) -> Toolchain:
    """Try the compiler on small files."""
    with scratch_folder() as folder:
        (said,) = _run_together([(*command, "--version")], folder)
        lines = (said.stdout or said.stderr).strip().splitlines()
        toolchain = Toolchain(
            command=command, version=lines[0] if lines else "", rejected=(), identity=identity
        )
        complaint = _probe(toolchain, (), folder)
        if complaint is not None:
            import shlex  # only here, as compilers mostly work

            raise ToolchainError(
                f"the C compiler {shlex.join(command)} cannot make a library of a small file: "
                f"{complaint}\nSet CC to choose another."
            )
        if _probe(toolchain, OPTIONAL_FLAGS, folder) is None:
            return toolchain
        rejected = (flag for flag in OPTIONAL_FLAGS if _probe(toolchain, (flag,), folder))
        return toolchain._replace(rejected=tuple(rejected))


def _probe(toolchain: Toolchain, flags: tuple[str, ...], folder: Path) -> str | None:
    source, library = folder / "probe.c", folder / f"probe{SUFFIX}"
    library.unlink(missing_ok=True)
    source.write_text(_PROBE_OPENMP if "-fopenmp" in flags else _PROBE, encoding="ascii")
    return compile_library(toolchain, flags, source, library)


def _run_together(
    commands: Sequence[Sequence[str]], folder: Path
) -> list[subprocess.CompletedProcess[str]]:
    """Run commands, as many at the same time as there are processors; none outlives the call."""
    running: list[subprocess.Popen[str]] = []
    done: list[subprocess.CompletedProcess[str]] = []
    try:
        for index, command in enumerate(commands):
            if index >= _processors():
                done.append(_result(running[len(done)]))
            running.append(_start(command, folder))
        return done + [_result(process) for process in running[len(done) :]]
    finally:
        for process in running:
            with process:
                process.kill()


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _result(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for a command; what the others say meanwhile stays in their pipes."""
    output, errors = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def _start(command: Sequence[str], folder: Path) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise ToolchainError(f"cannot run the C compiler {command[0]}: {error}") from error


def _parse(text: str | None, identity: str) -> Toolchain | None:
    """Read a stored answer; None if there is none, or it is damaged or speaks of another."""
    if text is None:
        return None
    try:
        stored = ast.literal_eval(text)
        toolchain = Toolchain(
            command=tuple(stored["command"]),
            version=str(stored["version"]),
            rejected=tuple(stored["rejected"]),
            identity=str(stored["identity"]),
        )
    except (ValueError, TypeError, KeyError, SyntaxError):
        return None
    return toolchain if toolchain.identity == identity else None


def _file_identity(word: str) -> list[str | int] | None:
    """Identify the program behind one word of the command, None if it is none."""
    program = shutil.which(word)
    if program is None:
        return None
    status = os.stat(program)
    return [os.path.realpath(program), status.st_mtime_ns, status.st_size]


def _c_library() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):
        return platform.release()


def _processor() -> str:
    """Identify the processor model and its instruction set, or else this very machine."""
    wanted = ("vendor_id", "cpu family", "model", "flags", "Features", "CPU ", "isa", "cpu")
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            first = []
            for line in lines:
                if not line.strip():
                    break
                if line.startswith(wanted) and not line.startswith(("cpu MHz", "cpu cores")):
                    first.append(line)
    except OSError:
        first = []
    if not first:
        return " ".join(platform.uname())
    return blake2("".join(first).encode())
