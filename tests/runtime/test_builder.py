"""The process that makes the optimised library: it outlives its program, and may fail."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from proofs import NOMINAL_FLAGS, drive, small_network

import saltation.runtime.build as builds
from saltation.runtime.builder import Builder
from saltation.runtime.recipe import recipe_for
from saltation.runtime.simulate import compile
from saltation.symbolic.errors import ToolchainError
from saltation.symbolic.models import lif


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALTATION_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(builds, "DEFAULT_FLAGS", NOMINAL_FLAGS)


def gated_compiler(folder: Path, when: str, action: str) -> Path:
    """Write a compiler that does something before it works with a flag."""
    path = folder / "gated-cc"
    case = f"""case "$*" in *'{when}'*) {action};; esac"""
    path.write_text(f'#!/bin/sh\n{case}\nexec cc "$@"\n')
    path.chmod(0o755)
    return path


def test_a_compiler_that_fails_to_optimise_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = gated_compiler(tmp_path, " -Og ", "echo no registers left >&2; exit 3")
    monkeypatch.setenv("CC", str(compiler))
    sim = compile(small_network(lif, np.full((1, 1), 7.0)), 0.05)
    assert sim._library.path is None
    for use in (sim.wait_until_optimised, lambda: sim.run(drive([(0.01, 0)])), lambda: sim.library):
        with pytest.raises(ToolchainError, match=r"(?s)no registers left.*-Og.*C text kept"):
            use()


PROGRAM = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
import numpy as np
import saltation.runtime.build as builds
from proofs import FULL_FLAGS, small_network
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import lif
builds.DEFAULT_FLAGS = {NOMINAL_FLAGS!r}
sim = compile(small_network(lif, np.full((2, 3), 7.0)), 0.05, threads=1)
spikes = {{"in": Spikes.from_first_times([[0.01, 0.02]])}}
quick = sim._library.path is None
times = sim.run(spikes).spikes["out"].times.tobytes()
"""


def run_program(program: str, *arguments: str, cc: Path) -> list[str]:
    """Run PROGRAM and more, with a compiler; return the lines that it prints."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", PROGRAM + program, *arguments],
        env={**os.environ, "CC": str(cc)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """Return a pipe with a name; a compiler that optimises waits until somebody writes to it."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return path


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for a process that is no child")
def test_the_builder_outlives_the_program(tmp_path: Path, gate: Path) -> None:
    compiler = gated_compiler(tmp_path, " -Og ", f": < '{gate}'")
    (pid,) = run_program("print(sim._library.succession._builder.pid)", cc=compiler)
    cache = tmp_path / "cache"
    assert not [*cache.glob("*.digest")]
    ended = select.poll()
    ended.register(os.pidfd_open(int(pid)), select.POLLIN)
    opened = os.open(gate, os.O_RDWR)  # does not wait for a reader, if there is none
    assert ended.poll(120_000)
    os.close(opened)
    assert len([*cache.glob("*.digest")]) == 1
    assert run_program("print(quick)", cc=compiler) == ["False"]


FORK = """
child = os.fork()
if child == 0:
    late = sim.run(spikes).spikes["out"].times.tobytes()
    assert late == times and sim._library.path is None
    assert sim._library.succession._thread.is_alive()
    with open(sys.argv[1], "w"):
        sim.wait_until_optimised()
    late = sim.run(spikes).spikes["out"].times.tobytes()
    print("child", late == times, sim._library.path is not None, flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
sim.wait_until_optimised()
late = sim.run(spikes).spikes["out"].times.tobytes()
print("parent", late == times, sim._library.path is not None)
"""


def test_a_forked_process_changes_too(tmp_path: Path, gate: Path) -> None:
    compiler = gated_compiler(tmp_path, " -Og ", f": < '{gate}'")
    assert run_program(FORK, str(gate), cc=compiler) == ["child True True", "parent True True"]


def test_a_closed_pipe_is_no_builder_and_whatever_follows_it_stays_open(tmp_path: Path) -> None:
    builder = Builder(recipe_for("int x;", ("-O1",)))
    builder.wait()
    assert not builder.is_running()
    read, write = os.pipe()
    os.dup2(read, builder._read)  # as in a process that became a daemon
    os.write(write, b"x")
    assert not builder.is_running()
    descriptor = builder._read
    del builder
    assert os.read(descriptor, 1) == b"x"
    for each in (read, write, descriptor):
        os.close(each)
