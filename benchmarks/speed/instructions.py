"""Count the instructions that generated code executes, with callgrind.

Times depend on what else the machine does; these counts are the same each time. `count` starts one
process under valgrind for any number of probes; there only the calls of `sal_forward` and
`sal_backward` are counted, between marks that this file's own tiny C library sets.
"""

from __future__ import annotations

import contextlib
import pickle
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import saltation as sal
from saltation.runtime.build import build, environment, load
from saltation.runtime.library import Library
from saltation.runtime.simulate import Simulator
from saltation.runtime.toolchain import find_compiler

ROOT = Path(__file__).parents[2]
_HEADER = "<valgrind/callgrind.h>"
_MARKS = f"""
#include {_HEADER}
/* Translates and counts from here on. */
void mark_start(void)
{{
    CALLGRIND_START_INSTRUMENTATION;
}}
/* Writes what was counted under a name, and counts no more. */
void mark_stop(const char *name)
{{
    CALLGRIND_STOP_INSTRUMENTATION;
    CALLGRIND_DUMP_STATS_AT(name);
}}
"""
_DECLARATIONS = "void mark_start(void); void mark_stop(const char *name);"


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One run and its gradient.

    Attributes
    ----------
    net : Network
        What is simulated, on one thread.
    t_end : float, unit s
        Until when.
    precision : str
        ``"double"`` or ``"single"``.
    spikes : mapping of str to Spikes
        The input.
    values : mapping of str to array
        As of `Simulator.run`.
    cotangents : mapping of str to mapping of str to array
        The arguments ``spike_times`` and ``observations`` of `Run.gradient`.
    wrt : tuple of str
        As of `Run.gradient`.
    rtol, until : float, str
        As of `compile`.
    """

    net: sal.Network
    t_end: float
    spikes: Mapping[str, sal.Spikes]
    cotangents: Mapping[str, Mapping[str, Any]]
    wrt: tuple[str, ...]
    precision: str = "double"
    values: Mapping[str, Any] | None = None
    rtol: float = 1e-9
    until: str | None = None

    def compiled(self) -> Simulator:
        """Return the optimised simulator."""
        sim = sal.compile(self.net, self.t_end, self.precision, 1, until=self.until, rtol=self.rtol)
        sim.wait_until_optimised()
        return sim

    def run(self, marks: Any, name: str) -> None:
        """Run forward and backward, and let the marks write what was counted."""
        sim = self.compiled()
        library = sim._library
        counted = _Counted(library.functions, marks, name)
        sim = replace(sim, _library=Library(library.ffi, counted, library.path))
        run = sim.run(self.spikes, self.values)
        run.gradient(**self.cotangents, wrt=self.wrt, grazing="clip")


@dataclass(frozen=True)
class _Counted:
    """A simulator's library, with marks around the two calls that do the work."""

    library: Any
    marks: Any
    name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, name)

    def sal_forward(self, *arguments: Any) -> Any:
        function = self.library.sal_forward
        self.marks.mark_start()
        handle = function(*arguments)
        self.marks.mark_stop(f"{self.name} forward".encode())
        return handle

    def sal_backward(self, *arguments: Any) -> None:
        function = self.library.sal_backward
        self.marks.mark_start()
        function(*arguments)
        self.marks.mark_stop(f"{self.name} gradient".encode())


def count(probes: Mapping[str, Probe]) -> dict[str, dict[str, int]]:
    """Return the instructions of ``"forward"`` and ``"gradient"`` for each probe.

    Nothing where valgrind or its header is not installed.
    """
    if shutil.which("valgrind") is None or not _has_header():
        return {}
    with known_instructions(), tempfile.TemporaryDirectory() as folder:
        for probe in probes.values():
            probe.compiled()  # here, so that the slow process finds it in the cache
        path = Path(folder) / "probes.pickle"
        path.write_bytes(pickle.dumps(dict(probes)))
        command = [
            "valgrind",
            "--tool=callgrind",
            "--instr-atstart=no",
            f"--callgrind-out-file={folder}/out",
            sys.executable,
            "-m",
            "benchmarks.speed.instructions",
            str(path),
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"callgrind failed: {done.stderr[-2000:]}")
        return _read_counts(Path(folder))


def thousands(counted: Mapping[str, int] | None, samples: int) -> dict[str, float | None]:
    """Return the cells of a table: thousands of instructions per sample."""
    return {
        f"{part} (1000 instructions/sample)": (
            None if counted is None else 1e-3 * counted[part] / samples
        )
        for part in ("forward", "gradient")
    }


def known_instructions() -> contextlib.AbstractContextManager[None]:
    """Let the compiler leave out AVX-512, which valgrind does not know, also in processes below."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return contextlib.nullcontext()
    return environment("CC", shlex.join((*find_compiler(), "-mno-avx512f")))


def _has_header() -> bool:
    """Tell whether the compiler finds valgrind's header."""
    try:
        build(_MARKS)
    except sal.errors.ToolchainError:
        return False
    return True


def _read_counts(folder: Path) -> dict[str, dict[str, int]]:
    """Read what callgrind wrote at each mark."""
    counts: dict[str, dict[str, int]] = {}
    for path in folder.glob("out.*"):
        text = path.read_text("utf-8")
        mark = re.search(r"^desc: Trigger: Client Request: (.*) (\w+)$", text, re.MULTILINE)
        total = re.search(r"^totals: (\d+)", text, re.MULTILINE)
        if mark is not None and total is not None:
            counts.setdefault(mark[1], {})[mark[2]] = int(total[1])
    return counts


def main() -> None:
    """Run the probes of a file; this is the process under valgrind."""
    warnings.simplefilter("ignore", sal.errors.SaltationWarning)
    probes: dict[str, Probe] = pickle.loads(Path(sys.argv[1]).read_bytes())
    _, marks = load(build(_MARKS), _DECLARATIONS)
    for name, probe in probes.items():
        probe.run(marks, name)


if __name__ == "__main__":
    main()
