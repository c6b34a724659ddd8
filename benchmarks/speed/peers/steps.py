"""A training step of batch 32 on 5-200-3 neurons: ours beside each peer's."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import saltation as sal
from benchmarks.speed import yin_yang
from benchmarks.speed.options import Options
from benchmarks.speed.peers import STEPS
from benchmarks.speed.peers.peer import Peer, PeerError
from benchmarks.speed.tables import Cell, Table
from benchmarks.speed.tasks import Task
from benchmarks.speed.timing import take_turns

OURS = "Saltation"
STEPS_A_TURN = 32


def our_task(until: str | None = "out") -> Task:
    """Return one batch at the published initial weights, on one thread."""
    net = yin_yang.network()
    sim = sal.compile(net, yin_yang.T_END, threads=1, until=until)
    return yin_yang.task(sim, yin_yang.weights(net), yin_yang.BATCH)


def our_seconds(task: Task) -> float:
    """Return the median processor time of our step without the optimiser.

    Steps follow each other, as those of peers do, each with a batch of its own.
    """
    steps = yin_yang.task(task.sim, task.values, STEPS_A_TURN * yin_yang.BATCH)
    times = take_turns({OURS: steps.turn}, 7)
    return times.seconds(OURS, "forward", "loss", "gradient") / STEPS_A_TURN


def data(task: Task) -> dict[str, NDArray[Any]]:
    """Return what a peer's script reads."""
    return {
        "times": task.spikes.first_times(5),
        "labels": task.labels,
        "w_in": task.values[yin_yang.IN],
        "w_out": task.values[yin_yang.OUT],
    }


def accuracy(task: Task, result: dict[str, Any]) -> dict[str, Cell]:
    """Return how far first output spikes and the gradient are from ours, where comparable."""
    ((inputs, labels),) = task.batches()
    run = task.sim.run(inputs, task.values)
    cells: dict[str, Cell] = {"first output spikes off by (us)": None, "gradient off by": None}
    if "first_spikes" in result:
        theirs, ours = np.array(result["first_spikes"]), run.first_spikes("out")
        both = np.isfinite(theirs) & np.isfinite(ours)
        cells["first output spikes off by (us)"] = float(
            1e6 * np.median(np.abs(theirs - ours)[both])
        )
    if "gradient" in result:
        gradient = run.gradient(**task.cotangents(run, labels), wrt=tuple(task.values))
        exact = np.concatenate([gradient[key].ravel() for key in (yin_yang.IN, yin_yang.OUT)])
        given = np.concatenate([np.array(part).ravel() for part in result["gradient"]])
        cells["gradient off by"] = float(np.linalg.norm(given - exact) / np.linalg.norm(exact))
    return cells


def row(peer: Peer, version: str, variant: str, task: Task, data: dict[str, Any]) -> dict[str, Any]:
    """Lay out what one measurement gave."""
    ours, seconds = data["ours"], float(np.median(data["seconds"]))
    return {
        "program": f"{peer.name} {version}",
        "step (CPU ms)": 1e3 * seconds,
        "per sample (us)": 1e6 * seconds / yin_yang.BATCH,
        "ours, just before and after (ms)": 1e3 * ours,
        "times ours": seconds / ours,
        "first call (CPU s)": float(data["first_call"]),
        "time grid": peer.grid.format(variant),
        "spikes, task": peer.limits,
        "precision": peer.precision,
        "gradient": peer.gradient,
        **accuracy(task, data),
    }


def our_row(task: Task, beside: Task | None = None) -> dict[str, Any]:
    """Return our own line, or that of another task `beside` ours."""
    ours = our_seconds(task)
    seconds = ours if beside is None else our_seconds(beside)
    result = {"seconds": [seconds], "ours": ours, "first_call": np.nan}
    peer = Peer(
        name=OURS,
        package="saltation",
        requirements=(),
        script="",
        grid="none",
        limits="no limits, up to the last first spike" if beside is None else "no limits",
        precision="double",
        gradient="exact",
    )
    return row(peer, sal.__version__, "", task, result)


def peer_rows(key: str, options: Options, task: Task) -> list[dict[str, Any]]:
    """Measure one peer between two measurements of ours; say so if it cannot be had."""
    peer = STEPS[key]
    rows = []
    for variant in peer.variants:
        try:
            python = peer.python(options.environments)
            before = our_seconds(task)
            result = peer.measure(python, data(task), variant)
            result["ours"] = 0.5 * (before + our_seconds(task))
            rows.append(row(peer, peer.version(python), variant, task, result))
        except PeerError as error:
            empty: dict[str, Any] = dict.fromkeys(our_row(task))
            return [empty | {"program": peer.name, "time grid": str(error)}]
    return rows


def measure(options: Options, chosen: list[str], kept: Table | None) -> Table:
    """Measure the chosen peers; keep the others' lines of an earlier run."""
    task = our_task()
    known = [] if kept is None else [dict(old) for old in kept.rows]
    rows = [our_row(task), our_row(task, our_task(until=None))]
    for key, peer in STEPS.items():
        if key in chosen:
            rows += peer_rows(key, options, task)
        else:
            rows += [old for old in known if str(old["program"]).startswith(peer.name)]
    return Table(
        title="Peers: a training step",
        rows=tuple(rows),
        notes=(
            "Forward pass, loss and gradient by the weights of one batch of 32, 5-200-3 neurons at "
            "W1's initial weights, on one thread, after the first call (which compiles). The loss "
            "is of first spikes; our runs end with them, in the second line at t_end. Spike times "
            "are compared with ours by the median; gradients, where the loss is the same, "
            "by the norm of the difference over the norm of ours. Each program runs in an "
            "environment of its own.",
        ),
    )
