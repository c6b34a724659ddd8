"""W1: Yin-Yang, 5-200-3 LIF neurons."""

from __future__ import annotations

import saltation as sal
from benchmarks.speed import yin_yang
from benchmarks.speed.instructions import count, thousands
from benchmarks.speed.options import Options
from benchmarks.speed.tables import Cell, Table
from benchmarks.speed.tasks import Task
from benchmarks.speed.timing import Measured, take_turns

PROBED = 32
"""Samples whose instructions are counted."""

Variant = tuple[str, str, int, int]
"""Weights, precision, threads, batch."""


def variants(options: Options) -> dict[Variant, Task]:
    """Return what is measured: each of two sets of weights with each kind of simulator."""
    samples = 320 if options.quick else yin_yang.SAMPLES
    net = yin_yang.network()
    sets = {
        "initial": yin_yang.weights(net),
        "trained": yin_yang.trained(2 if options.quick else yin_yang.EPOCHS),
    }
    kinds = [(precision, threads) for precision in ("double", "single") for threads in (1, 2)]
    sims = {kind: sal.compile(net, yin_yang.T_END, *kind) for kind in kinds}
    found: dict[Variant, Task] = {}
    for name, values in sets.items():
        for (precision, threads), sim in sims.items():
            key = (name, precision, threads, yin_yang.BATCH)
            found[key] = yin_yang.task(sim, values, samples)
        for threads in (1, 2):
            whole = (name, "double", threads, samples)
            found[whole] = yin_yang.task(sims["double", threads], values, samples, samples)
    every = {**net.values(), **sets["initial"]}
    key = ("initial, every value", "double", 1, yin_yang.BATCH)
    found[key] = yin_yang.task(sims["double", 1], every, samples)
    return found


def row(
    key: Variant, task: Task, times: Measured[Variant], counts: dict[str, dict[str, int]]
) -> dict[str, Cell]:
    """Return one line of the table."""
    weights, precision, threads, batch = key
    reference = (weights, "double", 1, yin_yang.BATCH)
    microseconds = 1e6 / task.samples
    forward = microseconds * times.seconds(key, "forward")
    gradient = microseconds * times.seconds(key, "gradient")
    return {
        "weights": weights,
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
            (weights, precision, 1, batch), key, "forward", "gradient", wall=True
        ),
        **thousands(counts.get(f"{weights} {precision}"), PROBED),
    }


def measure(options: Options) -> Table:
    """Measure all variants."""
    tasks = variants(options)
    times = take_turns({key: task.turn for key, task in tasks.items()}, options.rounds)
    probes = {
        f"{weights} {precision}": task.probe(PROBED)
        for (weights, precision, threads, batch), task in tasks.items()
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
            "batch of all samples shows what calls from Python cost. In the last row the gradient "
            "is by every value: weights, delays, initial states, time constants, thresholds.",
        ),
    )
