"""W4: models whose flows are computed by Taylor steps, on the network of W1."""

from __future__ import annotations

import numpy as np

import saltation as sal
from benchmarks.speed import yin_yang
from benchmarks.speed.instructions import count, thousands
from benchmarks.speed.options import Options
from benchmarks.speed.tables import Cell, Table
from benchmarks.speed.tasks import Task
from benchmarks.speed.timing import Measured, take_turns
from saltation.runtime.simulate import Simulator

MODELS = ("qif", "adex", "izhikevich")
RTOLS = (1e-9, 1e-4)
PROBED = 1
"""Samples whose instructions are counted, for LIF and at the loosest tolerance."""

Variant = tuple[str, float]
"""Model and tolerance."""

LIF: Variant = ("lif", RTOLS[0])


def scaled(sim: Simulator) -> yin_yang.Weights:
    """Return weights that make a model spike about as early as LIF does with the published ones."""
    spikes, _ = yin_yang.data()
    lif = sal.compile(yin_yang.network(), yin_yang.T_END).run({"in": spikes[:16]})
    first = np.minimum(lif.first_spikes("hidden"), yin_yang.T_END).mean()
    values = yin_yang.weights(sim.net)
    # Unscaled weights to the output may be a million times too large, so they wait.
    waiting = {**values, yin_yang.OUT: 0.0 * values[yin_yang.OUT]}
    for key, population, wanted, others in (
        (yin_yang.IN, "hidden", float(first), waiting),
        (yin_yang.OUT, "out", yin_yang.T_END / 2, values),
    ):
        given = {**others, yin_yang.IN: values[yin_yang.IN]}
        factor = sal.weight_scale(sim, spikes[:16], key, population, wanted, given)
        values = {**values, key: factor * values[key]}
    return values


def tasks(options: Options) -> dict[Variant, Task]:
    """Return the task of each model at each tolerance, and that of LIF."""
    samples = 16 if options.quick else 32
    net = yin_yang.network()
    found = {
        LIF: yin_yang.task(
            sal.compile(net, yin_yang.T_END, threads=1), yin_yang.weights(net), samples
        )
    }
    for model in MODELS:
        net = yin_yang.network(getattr(sal.models, model))
        loose = sal.compile(net, yin_yang.T_END, threads=1, rtol=max(RTOLS))
        values = scaled(loose)
        for rtol in RTOLS:
            sim = sal.compile(net, yin_yang.T_END, threads=1, rtol=rtol)
            found[model, rtol] = yin_yang.task(sim, values, samples)
    return found


def row(
    key: Variant, task: Task, times: Measured[Variant], counts: dict[str, dict[str, int]]
) -> dict[str, Cell]:
    """Return one line of the table."""
    model, rtol = key
    microseconds = 1e6 / task.samples
    return {
        "model": model,
        "rtol": "exact" if key == LIF else f"{rtol:.0e}",
        "hidden + output spikes": f"{task.counted('hidden'):.1f} + {task.counted('out'):.1f}",
        "forward (us/sample)": microseconds * times.seconds(key, "forward"),
        "gradient (us/sample)": microseconds * times.seconds(key, "gradient"),
        "both (us/sample)": microseconds * times.seconds(key, "forward", "gradient"),
        "times W1's LIF": times.ratio(key, LIF, "forward", "gradient"),
        **thousands(counts.get(f"{model} {rtol}"), PROBED),
    }


def measure(options: Options) -> Table:
    """Measure all models in turn."""
    found = tasks(options)
    times = take_turns({key: task.turn for key, task in found.items()}, min(options.rounds, 4))
    probes = {
        f"{model} {rtol}": task.probe(PROBED)
        for (model, rtol), task in found.items()
        if (model, rtol) == LIF or rtol == max(RTOLS)
    }
    counts = count(probes) if options.instructions else {}
    return Table(
        title="W4: models without a closed form, on W1's network",
        rows=tuple(row(key, task, times, counts) for key, task in found.items()),
        notes=(
            "5-200-3 neurons, batch 32, one thread, double precision. The published initial "
            "weights, times factors that let hidden neurons spike for the first time as early as "
            "LIF, and output neurons at 30 ms on average. The gradient is that of the computed "
            "steps, whatever the tolerance.",
        ),
    )
