"""W3: a recurrent network of LIF neurons with sparse weights, at three mean rates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from benchmarks.speed import recurrent
from benchmarks.speed.instructions import Probe, count
from benchmarks.speed.memory import allocated, peak, reset_peak
from benchmarks.speed.options import Options
from benchmarks.speed.recurrent import DELAYS, DRIVES, FAN_OUT, WEIGHTS, Setting
from benchmarks.speed.tables import Cell, Table
from benchmarks.speed.timing import Measured, Stopwatch, take_turns
from numpy.typing import NDArray

import saltation as sal
from saltation.runtime.simulate import Run, Simulator

SIZES = (1000, 10_000, 100_000)
LEAST_SECONDS = 0.02
"""One second is simulated, or less so that there are about as many events as the user chose; but so
much at least."""
MIDDLE = 20
"""The rate at which kinds of delays are compared, and all values are differentiated by."""
PROBED_SECONDS = 0.1
"""Simulated time in which instructions are counted."""


def settings(options: Options) -> list[Setting]:
    """Return all networks: sizes and rates, then the other kinds of delays."""
    sizes, most = ((200,), 1e5) if options.quick else (SIZES, options.events)
    found = []
    for size in sizes:
        for rate in DRIVES:
            expected = size * FAN_OUT * (recurrent.INPUT_RATE + rate)
            seconds = round(min(1.0, max(LEAST_SECONDS, most / expected)), 2)
            found.append(Setting(size=size, rate=rate, seconds=seconds))
    middle = next(setting for setting in found if setting.rate == MIDDLE)
    return found + [replace(middle, delay=delay) for delay in DELAYS[1:]]


def run_once(sim: Simulator, drive: sal.Spikes) -> tuple[Run, dict[str, NDArray[np.float64]]]:
    """Run forward and backward; return the run and how long each part took."""
    watch = Stopwatch()
    run = sim.run({"in": drive})
    laps = {"forward": watch.lap()}
    cotangent = {"a": np.ones(run.spikes["a"].n_spikes)}
    watch.lap()
    run.gradient(spike_times=cotangent, wrt=WEIGHTS, grazing="clip")
    laps["gradient"] = watch.lap()
    return run, laps


def memory(sim: Simulator, drive: sal.Spikes) -> tuple[int | None, int | None]:
    """Return the bytes a run holds for its gradient, and the most held in both passes."""
    reset_peak()
    before, resident = allocated(), peak()
    run = sim.run({"in": drive})
    after = allocated()
    cotangent = {"a": np.ones(run.spikes["a"].n_spikes)}
    run.gradient(spike_times=cotangent, wrt=WEIGHTS, grazing="clip")
    most = peak()
    held = None if before is None or after is None else after - before
    return held, None if most is None or resident is None else most - resident


def all_values(sim: Simulator, drive: sal.Spikes) -> float:
    """Return the processor seconds of a gradient by delays, parameters and initial states too."""
    run = sim.run({"in": drive})
    cotangent = {"a": np.ones(run.spikes["a"].n_spikes)}
    watch = Stopwatch()
    run.gradient(spike_times=cotangent, grazing="clip")
    return float(watch.lap()[0])


def row(setting: Setting, options: Options, *, everything: bool) -> dict[str, Cell]:
    """Measure one network, and return its line of the table."""
    sim = sal.compile(recurrent.network(setting), setting.seconds, threads=1)
    drive = recurrent.drive(setting)
    held, most = memory(sim, drive)
    rounds = 1 if setting.size >= max(SIZES) or options.quick else 3
    times: Measured[Setting] = take_turns(
        {setting: lambda: run_once(sim, drive)[1]}, rounds, warm_up=False
    )
    spikes = sim.run({"in": drive}).spikes["a"].n_spikes
    events = recurrent.synaptic_events(setting, spikes)
    forward, gradient = (times.seconds(setting, part) for part in ("forward", "gradient"))
    return {
        "neurons": setting.size,
        "rate (Hz)": spikes / setting.size / setting.seconds,
        "delays": setting.delay,
        "simulated (s)": setting.seconds,
        "synaptic events": events,
        "forward (s)": forward,
        "gradient (s)": gradient,
        "gradient by all values (s)": all_values(sim, drive) if everything else None,
        "gradient / forward": gradient / forward,
        "forward (million events/s)": 1e-6 * events / forward,
        "both (million events/s)": 1e-6 * events / (forward + gradient),
        "kept for the gradient (bytes/event)": None if held is None else held / events,
        "peak of both (bytes/event)": None if most is None else most / events,
        "peak of both (MB)": None if most is None else 1e-6 * most,
    }


def instructions(setting: Setting) -> dict[str, float]:
    """Count instructions per synaptic event of a short run."""
    short = replace(setting, seconds=min(PROBED_SECONDS, setting.seconds))
    net, drive = recurrent.network(short), recurrent.drive(short)
    spikes = sal.compile(net, short.seconds, threads=1).run({"in": drive}).spikes["a"].n_spikes
    probe = Probe(
        net=net,
        t_end=short.seconds,
        spikes={"in": drive},
        cotangents={"spike_times": {"a": np.ones(spikes)}},
        wrt=WEIGHTS,
    )
    events = recurrent.synaptic_events(short, spikes)
    return {key: n / events for key, n in count({"it": probe}).get("it", {}).items()}


def measure(options: Options) -> Table:
    """Measure all networks, one after the other."""
    rows = []
    for setting in settings(options):
        small = setting.size <= min(SIZES)
        counted = instructions(setting) if options.instructions and small else {}
        rows.append(
            row(setting, options, everything=small and setting.rate == MIDDLE)
            | {
                f"{part} (instructions/event)": counted.get(part)
                for part in ("forward", "gradient")
            }
        )
    return Table(
        title="W3: recurrent LIF network, sparse",
        rows=tuple(rows),
        notes=(
            f"Each neuron has {FAN_OUT} random targets (four fifths excite with weight "
            f"{recurrent.EXCITES}, one fifth inhibits with {-recurrent.INHIBITS}) and {FAN_OUT} of "
            f"{recurrent.INPUTS:,} inputs that fire at {recurrent.INPUT_RATE:g} Hz, with weights "
            f"of {', '.join(f'{weight:g}' for weight in DRIVES.values())} for nominal rates of "
            f"{', '.join(str(rate) for rate in DRIVES)} Hz. Events are arrivals of both. "
            "Delays are one per synapse, or one for all. One thread, double precision. One second "
            f"is simulated, or less for about {options.events:.0e} events (--events), but at least "
            f"{LEAST_SECONDS} s; then the start weighs more, and rates are not the nominal ones. "
            "The gradient is that of the sum of all spike times by both sets of weights.",
        ),
    )
