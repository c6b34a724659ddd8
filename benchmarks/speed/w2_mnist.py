"""W2: MNIST, 784-350-10 neurons; or scikit-learn's digits, 64-350-10."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import saltation as sal
from benchmarks.speed.instructions import count, thousands
from benchmarks.speed.options import Options
from benchmarks.speed.tables import Cell, Table
from benchmarks.speed.tasks import Task
from benchmarks.speed.timing import Measured, take_turns
from saltation.runtime.simulate import Simulator

T_END = 60e-3
BATCHES = (256, 5)
PROBED = 32
"""Samples whose instructions are counted."""


def images(options: Options) -> tuple[NDArray[np.float64], NDArray[np.int64], str]:
    """Return pixels, labels, and what they are of."""
    if options.data is None:
        return *sal.data.digits()["train"], "scikit-learn's digits, weights from pixels times 5"
    return *sal.data.load_mnist(options.data)["test"], "MNIST"


def network(pixels: int, scale: float) -> sal.Network:
    """Return the network with the published initial weights; `scale` is for fewer pixels."""
    generator = np.random.default_rng(0)
    net = sal.Network()
    net.add_input("pixels", pixels)
    net.add_population("hidden", sal.models.lif, 350)
    net.add_population("out", sal.models.leaky_integrator, 10)
    net.connect("pixels", "hidden", weight=scale * generator.normal(0.078, 0.045, (pixels, 350)))
    net.connect("hidden", "out", weight=generator.normal(0.2, 0.37, (350, 10)))
    net.observe("v_max", "out", "v", kind="max")
    return net


def task(
    sim: Simulator, pixels: NDArray[np.float64], labels: NDArray[np.int64], batch: int
) -> Task:
    """Return the training task of a simulator."""
    keys = ("pixels->hidden.weight", "hidden->out.weight")
    return Task(
        sim=sim,
        spikes=sal.data.encode_images(pixels),
        labels=labels,
        loss=sal.losses.MaximumCrossEntropy("v_max"),
        values={key: sim.net.values()[key] for key in keys},
        batch=batch,
    )


def row(
    key: tuple[int, str],
    task: Task,
    times: Measured[tuple[int, str]],
    counts: dict[str, dict[str, int]],
) -> dict[str, Cell]:
    """Return one line of the table."""
    batch, precision = key
    microseconds = 1e6 / task.samples
    return {
        "batch": batch,
        "precision": precision,
        "input, hidden spikes": f"{task.counted('pixels'):.0f}, {task.counted('hidden'):.0f}",
        "forward (us/sample)": microseconds * times.seconds(key, "forward"),
        "gradient (us/sample)": microseconds * times.seconds(key, "gradient"),
        "both (us/sample)": microseconds * times.seconds(key, "forward", "gradient"),
        "step (us/sample)": microseconds * times.seconds(key),
        "both: times as fast as double": times.ratio((batch, "double"), key, "forward", "gradient"),
        **thousands(counts.get(precision), PROBED),
    }


def measure(options: Options) -> Table:
    """Measure both batch sizes in both precisions."""
    pixels, labels, what = images(options)
    samples = 32 if options.quick else 512
    net = network(pixels.shape[1], 5.0 if options.data is None else 1.0)
    sims = {name: sal.compile(net, T_END, name, 1) for name in ("double", "single")}
    tasks = {
        (batch, name): task(sim, pixels[:samples], labels[:samples], batch)
        for batch in BATCHES
        for name, sim in sims.items()
    }
    times = take_turns({key: task.turn for key, task in tasks.items()}, options.rounds)
    probes = {name: tasks[BATCHES[0], name].probe(PROBED) for name in sims}
    counts = count(probes) if options.instructions else {}
    return Table(
        title=f"W2: {pixels.shape[1]}-350-10, LIF and leaky integrators",
        rows=tuple(row(key, task, times, counts) for key, task in tasks.items()),
        notes=(
            f"Images: {what}; {samples} of the {'training' if options.data is None else 'test'} "
            "split. A pixel p > 1 of 255 spikes once, at (1 - p/255) 20 ms; weights "
            "N(0.078, 0.045) and N(0.2, 0.37); the loss is the cross-entropy of the maxima over "
            "time of the output voltages. One thread. A step is forward, loss, gradient and Adam; "
            "as in `fit`, nobody can write to values between two steps, and runs do not copy them.",
        ),
    )
