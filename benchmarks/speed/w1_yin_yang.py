"""W1: Yin-Yang, 5-200-3 LIF neurons."""

from __future__ import annotations

from itertools import product

import saltation as sal
from benchmarks.speed import yin_yang
from benchmarks.speed.instructions import count, thousands
from benchmarks.speed.options import Options
from benchmarks.speed.tables import Cell, Table
from benchmarks.speed.tasks import Task
from benchmarks.speed.timing import Measured, take_turns

PROBED = 32
"""Samples whose instructions are counted."""

Variant = tuple[str, str, str, int, int]
"""Weights, end of runs, precision, threads, batch."""

ENDS = {"t_end": None, "first spikes": "out"}
"""Ends of runs: what the column says, and `until` of the simulator."""


def variants(options: Options) -> dict[Variant, Task]:
    """Return what is measured: each of two sets of weights with each kind of simulator."""
    samples = 320 if options.quick else yin_yang.SAMPLES
    net = yin_yang.network()
    sets = {
        "initial": yin_yang.weights(net),
        "trained": yin_yang.trained(2 if options.quick else yin_yang.EPOCHS),
    }
    sims = {
        (end, precision, threads): sal.compile(net, yin_yang.T_END, precision, threads, until=until)
        for end, until in ENDS.items()
        for precision in ("double", "single")
        for threads in (1, 2)
    }
    found: dict[Variant, Task] = {}
    for name, values in sets.items():
        for kind, sim in sims.items():
            found[name, *kind, yin_yang.BATCH] = yin_yang.task(sim, values, samples)
        for end, threads in product(ENDS, (1, 2)):
            sim = sims[end, "double", threads]
            found[name, end, "double", threads, samples] = yin_yang.task(
                sim, values, samples, samples
            )
    every = {**net.values(), **sets["initial"]}
    for end in ENDS:
        key = ("initial, every value", end, "double", 1, yin_yang.BATCH)
        found[key] = yin_yang.task(sims[end, "double", 1], every, samples)
    return found


def row(
    key: Variant, task: Task, times: Measured[Variant], counts: dict[str, dict[str, int]]
) -> dict[str, Cell]:
    """Return one line of the table."""
    weights, end, precision, threads, batch = key
    reference = (weights, end, "double", 1, yin_yang.BATCH)
    microseconds = 1e6 / task.samples
    forward = microseconds * times.seconds(key, "forward")
    gradient = microseconds * times.seconds(key, "gradient")
    return {
        "weights": weights,
        "runs end with": end,
        "precision": precision,
        "threads": threads,
        "batch": batch,
        "hidden + output spikes": f"{task.counted('hidden'):.1f} + {task.counted('out'):.1f}",
        "forward (us/sample)": forward,
        "gradient (us/sample)": gradient,
        "both (us/sample)": microseconds * times.seconds(key, "forward", "gradient"),
        "epoch (CPU ms)": 1e3 * times.seconds(key),
        "epoch (wall ms)": 1e3 * times.seconds(key, wall=True),
        "both: times as fast as double (CPU)": times.ratio(reference, key, "forward", "gradient"),
        "as fast as one thread (wall)": times.ratio(
            (weights, end, precision, 1, batch), key, "forward", "gradient", wall=True
        ),
        **thousands(counts.get(f"{weights} {end} {precision}"), PROBED),
    }


def measure(options: Options) -> Table:
    """Measure all variants."""
    tasks = variants(options)
    times = take_turns({key: task.turn for key, task in tasks.items()}, options.rounds)
    probes = {
        f"{weights} {end} {precision}": task.probe(PROBED)
        for (weights, end, precision, threads, batch), task in tasks.items()
        if threads == 1 and batch == yin_yang.BATCH
    }
    counts = count(probes) if options.instructions else {}
    samples = next(iter(tasks.values())).samples
    return Table(
        title="W1: Yin-Yang, 5-200-3 LIF neurons",
        rows=tuple(row(key, task, times, counts) for key, task in tasks.items()),
        notes=(
            f"An epoch is {samples:,} samples: forward, loss, gradient by the weights, Adam. "
            "Weights are the published initial ones, N(1.5, 0.78) and N(0.93, 0.1), or those after "
            f"{2 if options.quick else yin_yang.EPOCHS} epochs with the published settings. One "
            "batch of all samples shows what calls from Python cost. In the last rows the gradient "
            "is by every value: weights, delays, initial states, time constants, thresholds. Runs "
            'that end with first spikes, `until="out"`, have the same loss and gradient.',
        ),
    )
