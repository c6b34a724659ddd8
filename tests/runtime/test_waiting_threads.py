"""OpenMP's threads while they wait for work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from saltation.runtime.build import waiting_briefly

THREADS = """
int crew(void)
{
    int count = 0;
#pragma omp parallel num_threads(2) reduction(+ : count)
    count++;
    return count;
}
"""
PROGRAM = f"""
from saltation.runtime.build import build, load
print(load(build({THREADS!r}), "int crew(void);")[1].crew())
"""


def test_threads_that_wait_for_work_outlive_the_library(tmp_path: Path) -> None:
    """They do so in the code of the OpenMP library, which came and would go with ours."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "SALTATION_CACHE": str(tmp_path), "OMP_WAIT_POLICY": "active"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr


@pytest.mark.parametrize(
    ("chosen", "during"),
    [
        ({}, {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "10000"}),
        ({"OMP_WAIT_POLICY": "active"}, {"OMP_WAIT_POLICY": "active"}),
        ({"GOMP_SPINCOUNT": "5"}, {"GOMP_SPINCOUNT": "5"}),
    ],
)
def test_the_openmp_library_is_told_how_to_wait_unless_a_user_did(
    monkeypatch: pytest.MonkeyPatch, chosen: dict[str, str], during: dict[str, str]
) -> None:
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    with waiting_briefly():
        assert {name: os.environ[name] for name in names if name in os.environ} == during
    assert {name: os.environ[name] for name in names if name in os.environ} == chosen


FORK = """
import multiprocessing
import saltation as sal
net = sal.Network()
net.add_input("in", 1)
net.add_population("out", sal.models.lif, 1)
net.connect("in", "out", weight=[[8.0]])
sim = sal.compile(net, t_end=0.05, threads=2)
spikes = {"in": sal.Spikes.from_first_times([[0.01]] * 8)}

def results(run):
    gradient = run.gradient(spike_times={"out": [1.0] * run.spikes["out"].n_spikes})
    return run.spikes["out"].times.tobytes(), {k: v.tobytes() for k, v in gradient.items()}

run = sim.run(spikes)
known = results(run)

def both():
    return results(sim.run(spikes)), results(run)

with multiprocessing.get_context("fork").Pool(1) as pool:
    assert pool.apply(both) == (known, known)
print("same")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_of_a_process_with_threads_has_one_and_the_same_results() -> None:
    """It would wait forever for threads that are not there any more."""
    done = subprocess.run(
        [sys.executable, "-c", FORK], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout) == (0, "same\n"), done.stderr
