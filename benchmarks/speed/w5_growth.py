"""W5: how time and memory grow, with neurons, spikes, samples and simulated time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

import saltation as sal
from benchmarks.speed import picture, yin_yang
from benchmarks.speed.memory import allocated
from benchmarks.speed.options import Options
from benchmarks.speed.tables import Cell, Table
from benchmarks.speed.tasks import Task
from benchmarks.speed.timing import take_turns

BATCH = 32


@dataclass(frozen=True, kw_only=True)
class Point:
    """One size of what grows, and what it took.

    Attributes
    ----------
    size : float
        How large.
    seconds : float
        Of the forward pass and the gradient.
    bytes : float
        What a run holds until its gradient is no longer wanted.
    """

    size: float
    seconds: float
    bytes: float


@dataclass(frozen=True, kw_only=True)
class Growth:
    """A series of points, and the powers of the size with which time and memory grow."""

    what: str
    points: tuple[Point, ...]

    def exponent(self, name: str) -> float:
        """Return the slope of a straight line through the points' logarithms."""
        sizes = np.log([point.size for point in self.points])
        taken = np.log([getattr(point, name) for point in self.points])
        return float(np.polyfit(sizes, taken, 1)[0])

    def row(self) -> dict[str, Cell]:
        """Return its line of the table."""
        first, last = self.points[0], self.points[-1]
        return {
            "what grows": self.what,
            "from": first.size,
            "to": last.size,
            "time, from (ms)": 1e3 * first.seconds,
            "to (ms)": 1e3 * last.seconds,
            "grows with power": self.exponent("seconds"),
            "memory, from (kB)": 1e-3 * first.bytes,
            "to (kB)": 1e-3 * last.bytes,
            "grows with the power": self.exponent("bytes"),
        }


def neurons(sizes: tuple[int, ...]) -> Iterator[tuple[float, Task]]:
    """Widen the hidden layer: spikes grow with it."""
    for size in sizes:
        net = yin_yang.network(hidden=size)
        values = yin_yang.weights(net)
        # As many spikes reach the output at any size.
        values = {**values, yin_yang.OUT: values[yin_yang.OUT] * (200 / size)}
        yield size, whole(net, values)


def silent_neurons(sizes: tuple[int, ...]) -> Iterator[tuple[float, Task]]:
    """Widen the hidden layer by neurons that nothing drives."""
    for size in sizes:
        net = yin_yang.network(hidden=size)
        values = yin_yang.weights(net)
        values[yin_yang.IN][:, 200:] = 0.0
        yield size, whole(net, values)


def spikes(factors: tuple[int, ...]) -> Iterator[tuple[float, Task]]:
    """Let the same neurons spike more often; the size is the number of hidden spikes."""
    net = yin_yang.network()
    for factor in factors:
        values = yin_yang.weights(net)
        values = {**values, yin_yang.IN: factor * values[yin_yang.IN]}
        task = whole(net, values)
        yield task.counted("hidden"), task


def samples(sizes: tuple[int, ...]) -> Iterator[tuple[float, Task]]:
    """Run more samples at once."""
    net = yin_yang.network()
    for size in sizes:
        yield size, whole(net, yin_yang.weights(net), size)


def silent_time(sizes: tuple[int, ...]) -> Iterator[tuple[float, Task]]:
    """Go on simulating after the last spike; the size is the end in milliseconds."""
    net = yin_yang.network()
    for size in sizes:
        yield 60.0 * size, whole(net, yin_yang.weights(net), t_end=60e-3 * size)


def whole(
    net: sal.Network,
    values: yin_yang.Weights,
    samples: int = BATCH,
    t_end: float = yin_yang.T_END,
) -> Task:
    """Return the task of one batch."""
    sim = sal.compile(net, t_end, threads=1)
    return yin_yang.task(sim, values, samples, samples)


Sweep = tuple[Callable[[tuple[int, ...]], Iterator[tuple[float, Task]]], tuple[int, ...]]

SWEEPS: dict[str, Sweep] = {
    "hidden neurons": (neurons, (200, 400, 800, 1600, 3200)),
    "neurons, 200 of them driven": (silent_neurons, (200, 400, 800, 1600, 3200)),
    "hidden spikes per sample": (spikes, (1, 2, 4, 8, 16)),
    "samples": (samples, (32, 128, 512, 2048)),
    "silent time (ms)": (silent_time, (1, 10, 100, 1000)),
}


def held(task: Task) -> float:
    """Return the bytes that a run of the task holds."""
    inputs, _ = next(task.batches())
    task.sim.run(inputs, task.values)
    before = allocated()
    run = task.sim.run(inputs, task.values)
    after = allocated()
    del run
    return np.nan if before is None or after is None else float(after - before)


def grow(what: str, sweep: Sweep, options: Options) -> Growth:
    """Measure one series in turn."""
    make, sizes = sweep
    tasks = list(make(sizes[:2] if options.quick else sizes))
    times = take_turns({size: task.turn for size, task in tasks}, options.rounds)
    return Growth(
        what=what,
        points=tuple(
            Point(
                size=size,
                seconds=times.seconds(size, "forward", "gradient"),
                bytes=held(task),
            )
            for size, task in tasks
        ),
    )


def measure(options: Options) -> Table:
    """Measure all series, and draw them."""
    found = [grow(what, sweep, options) for what, sweep in SWEEPS.items()]
    drawn = picture.draw(found, options.output / "speed_growth.png")
    return Table(
        title="W5: growth of time and memory",
        rows=tuple(growth.row() for growth in found),
        notes=(
            f"5-200-3 LIF neurons, a batch of {BATCH}, forward and gradient by the weights, one "
            "thread, double precision, and one of these changed. Memory is what a run holds for "
            "its gradient. A power is the slope of a line through the logarithms of all points; "
            "0 means that the growth costs nothing, 1 that it costs in proportion.",
        ),
        pictures=(drawn.name,) if drawn else (),
    )
