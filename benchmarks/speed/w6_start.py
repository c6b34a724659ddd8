"""W6: from a declared network to the first result, and what one call costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import saltation as sal
from benchmarks.speed.options import Options
from benchmarks.speed.tables import Cell, Table
from benchmarks.speed.timing import Stopwatch, take_turns

MODELS = ("lif", "adex", "hodgkin_huxley")
CALLS = 300
STEPS = (
    ("import and declaration", 0, 1),
    ("compile", 1, 2),
    ("compile to first result", 1, 3),
)
"""What lies between two of the marks of a start."""

_FIRST_RESULT = """
import json, os, sys, time
def mark():
    used = os.times()
    return time.perf_counter(), time.process_time(), used.children_user + used.children_system
marks = [mark()]
import numpy, saltation as sal
neuron = getattr(sal.models, sys.argv[1])
net = sal.Network()
net.add_input("in", 5)
net.add_population("hidden", neuron, 200)
net.add_population("out", neuron, 3)
# Weights of 0: a first result is asked for, whatever the model's units.
net.connect("in", "hidden", weight=numpy.zeros((5, 200)))
net.connect("hidden", "out", weight=numpy.zeros((200, 3)))
spikes = sal.Spikes.from_first_times([[0.0, 0.01, 0.02, 0.03, 0.01]])
marks.append(mark())
sim = sal.compile(net, t_end=0.06, threads=1)
marks.append(mark())
sim.run({"in": spikes}).first_spikes("out")
marks.append(mark())
print(json.dumps(marks))
# The next start is not to share the processors with what is left of this one.
sim.wait_until_optimised()
"""


def first_result(model: str, cache: str) -> list[list[float]]:
    """Return, in a fresh process, wall and processor times before and after each step.

    The last time is that of the processes that it started and waited for: of the C compiler.
    """
    environment = os.environ | {"SALTATION_CACHE": cache}
    # Where Python keeps what it compiled of its modules, a start is quicker; by default it does.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    output = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _FIRST_RESULT, model],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    marks: list[list[float]] = json.loads(output.stdout)
    return marks


def start_rows(model: str, repeats: int) -> list[dict[str, Cell]]:
    """Measure the way to the first result, with an empty cache and with a full one."""
    with tempfile.TemporaryDirectory() as folder:
        # The first start of an installation leaves compiled modules and templates behind.
        first_result(model, f"{folder}/first")
        # The cache also keeps what is known of the compiler: each cold start has its own.
        found = {
            "cold": [first_result(model, f"{folder}/{k}") for k in range(repeats)],
            "cached": [first_result(model, f"{folder}/0") for _ in range(repeats)],
        }
    rows = []
    for state, runs in found.items():
        for step, start, end in STEPS:
            passed = 1e3 * (np.array(runs)[:, end] - np.array(runs)[:, start])
            wall, own, compiler = np.median(passed, axis=0)
            others = float(compiler) if compiler > 0.0 else None
            rows.append(line(f"{model}, {state}: {step}", float(wall), float(own), others))
    return rows


def line(what: str, wall: float, own: float, compiler: float | None = None) -> dict[str, Cell]:
    """Return one line of the table, of milliseconds."""
    return {
        "what": what,
        "wall (ms)": wall,
        "CPU of this process (ms)": own,
        "CPU of the compiler (ms)": compiler,
    }


def call_rows() -> list[dict[str, Cell]]:
    """Measure calls with one neuron and one input spike."""
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population("out", sal.models.lif, 1)
    net.connect("in", "out", weight=[[7.0]])
    sim = sal.compile(net, t_end=0.05, threads=1)
    sim.wait_until_optimised()
    spikes = {"in": sal.Spikes.from_first_times([[0.01]])}
    values = {"in->out.weight": np.array([[7.0]])}
    run = sim.run(spikes)
    given = {"out": np.ones(run.spikes["out"].n_spikes)}
    calls: dict[str, Callable[[], object]] = {
        "run": lambda: sim.run(spikes),
        "run with other weights": lambda: sim.run(spikes, values),
        "gradient by weights": lambda: run.gradient(spike_times=given, wrt=tuple(values)),
        "gradient by all values": lambda: run.gradient(spike_times=given),
    }

    def turn(call: Callable[[], object]) -> dict[str, NDArray[np.float64]]:
        watch = Stopwatch()
        for _ in range(CALLS):
            call()
        return {"call": watch.lap()}

    times = take_turns({name: partial(turn, call) for name, call in calls.items()}, 11)
    return [
        line(
            f"one neuron, one spike: a call of {name}",
            1e3 / CALLS * times.seconds(name, wall=True),
            1e3 / CALLS * times.seconds(name),
        )
        for name in calls
    ]


def measure(options: Options) -> Table:
    """Measure starts and calls."""
    rows = [
        row
        for model in (MODELS[:1] if options.quick else MODELS)
        for row in start_rows(model, 1 if options.quick else 3)
    ]
    return Table(
        title="W6: the first result, and one call",
        rows=tuple(rows + call_rows()),
        notes=(
            "Starts are of a fresh process with the network of W1, one sample, weights of 0. "
            "The C compiler works in processes of its own, as many at the same time as there are "
            "processors. The package has been started before; cold is an empty cache folder.",
        ),
    )
