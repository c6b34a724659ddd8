"""Brian2 beside ours on the recurrent network of W3."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

import saltation as sal
from benchmarks.speed import recurrent
from benchmarks.speed.options import Options
from benchmarks.speed.peers import BRIAN2
from benchmarks.speed.peers.peer import PeerError
from benchmarks.speed.recurrent import FAN_OUT, Setting
from benchmarks.speed.tables import Cell, Table
from benchmarks.speed.timing import Stopwatch
from benchmarks.speed.w3_recurrent import settings


def data(chosen: Sequence[Setting], rounds: int) -> dict[str, Any]:
    """Return what Brian2 needs to build the networks of one size at several rates."""
    size = chosen[0].size
    given, among = recurrent.patterns(size)
    found: dict[str, Any] = {
        "size": size,
        "rounds": rounds,
        "inputs": recurrent.INPUTS,
        "in_pre": given[0],
        "in_post": given[1],
        "pre": among[0],
        "post": among[1],
        "w": np.repeat(recurrent.signs(size), FAN_OUT),
        "delays": recurrent.delays(size),
        "seconds": np.array([setting.seconds for setting in chosen]),
        "drives": np.array([recurrent.DRIVES[setting.rate] for setting in chosen]),
    }
    for k, setting in enumerate(chosen):
        states = recurrent.initial(setting)
        found[f"v{k}"], found[f"i{k}"] = states["v"], states["i"]
        found[f"times{k}"], found[f"units{k}"] = recurrent.input_spikes(setting.seconds)
    return found


def ours(setting: Setting, rounds: int) -> tuple[float, int]:
    """Return processor seconds of our forward pass, the median of some, and its spikes."""
    sim = sal.compile(recurrent.network(setting), setting.seconds, threads=1)
    sim.wait_until_optimised()
    drive = recurrent.drive(setting)
    run = sim.run({"in": drive})
    laps = []
    for _ in range(rounds):
        watch = Stopwatch()
        run = sim.run({"in": drive})
        laps.append(watch.lap()[0])
    return float(np.median(laps)), run.spikes["a"].n_spikes


def row(setting: Setting, theirs: tuple[float, int], own: tuple[float, int]) -> dict[str, Cell]:
    """Lay out one network."""
    (their_seconds, their_spikes), (seconds, spikes) = theirs, own
    return {
        "neurons": setting.size,
        "simulated (s)": setting.seconds,
        "rate, Brian2 (Hz)": their_spikes / setting.size / setting.seconds,
        "rate, ours (Hz)": spikes / setting.size / setting.seconds,
        "Brian2 (CPU s)": their_seconds,
        "ours, forward (CPU s)": seconds,
        "Brian2 / ours": their_seconds / seconds,
        "Brian2 (million events/s)": 1e-6
        * recurrent.synaptic_events(setting, their_spikes)
        / their_seconds,
        "ours (million events/s)": 1e-6 * recurrent.synaptic_events(setting, spikes) / seconds,
    }


def measure(options: Options) -> Table:
    """Build one program of Brian2 for each size, and run ours beside it."""
    chosen = [setting for setting in settings(options) if setting.delay == recurrent.DELAYS[0]]
    rows: list[dict[str, Cell]] = []
    title = "Peers: the recurrent network"
    try:
        python = BRIAN2.python(options.environments)
        version = BRIAN2.version(python)
        for _, group in groupby(chosen, key=lambda setting: setting.size):
            same = list(group)
            result = BRIAN2.measure(python, data(same, options.rounds), "")
            theirs = zip(result["seconds"], result["spikes"], strict=True)
            rows += [
                row(*pair, ours(pair[0], options.rounds)) for pair in zip(same, theirs, strict=True)
            ]
    except PeerError as error:
        return Table(title=title, rows=tuple(rows), notes=(f"Brian2 {error}.",))
    return Table(
        title=title,
        rows=tuple(rows),
        notes=(
            f"The network of W3 with one delay per synapse, in Brian2 {version} as C++ standalone: "
            f"time grid {BRIAN2.grid}, so that spikes and delays are rounded to it and a neuron "
            f"spikes once in a step; {BRIAN2.precision} precision; no gradient. One thread each; "
            "Brian2's time is that of the simulation alone (no compiling, no making of synapses). "
            f"Medians of {options.rounds} runs of each program, one program behind the other.",
        ),
    )
