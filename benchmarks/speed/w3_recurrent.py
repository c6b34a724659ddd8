"""W3: a recurrent network of LIF neurons with sparse weights, at three mean rates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

import numpy as np

import saltation as sal
from benchmarks.speed import recurrent
from benchmarks.speed.instructions import Probe, count
from benchmarks.speed.memory import allocated, peak, reset_peak
from benchmarks.speed.options import Options
from benchmarks.speed.recurrent import DELAYS, DRIVES, FAN_OUT, WEIGHTS, Setting
from benchmarks.speed.tables import Cell, Table
from benchmarks.speed.timing import Stopwatch
from saltation.runtime.simulate import Simulator

SIZES = (1000, 10_000, 100_000)
LEAST_SECONDS = 0.02
"""One second is simulated, or less so that there are about as many events as the user chose; but so
much at least."""
MIDDLE = 20
"""The rate at which kinds of delays are compared, and all values and instructions measured."""
PROBED_SECONDS = 0.05
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


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What one run and its gradient took.

    Attributes
    ----------
    spikes : int
        Of all neurons.
    forward, gradient : float, unit s
        Processor time.
    held, most : float, unit bytes
        What the run holds for its gradient, and the most that both passes added to the process.
    """

    spikes: int
    forward: float
    gradient: float
    held: float
    most: float


def run_once(sim: Simulator, drive: sal.Spikes) -> Pass:
    """Run forward and backward."""
    reset_peak()
    before, resident = allocated(), peak()
    watch = Stopwatch()
    run = sim.run({"in": drive})
    forward = watch.lap()[0]
    after = allocated()
    cotangent = {"a": np.ones(run.spikes["a"].n_spikes)}
    watch.lap()
    run.gradient(spike_times=cotangent, wrt=WEIGHTS, grazing="clip")
    gradient, most = watch.lap()[0], peak()
    return Pass(
        spikes=run.spikes["a"].n_spikes,
        forward=float(forward),
        gradient=float(gradient),
        held=np.nan if before is None or after is None else after - before,
        most=np.nan if most is None or resident is None else most - resident,
    )


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
    sim.wait_until_optimised()
    drive = recurrent.drive(setting)
    repeats = 1 if setting.size >= max(SIZES) or options.quick else 3
    passes = [run_once(sim, drive) for _ in range(repeats)]
    events = recurrent.synaptic_events(setting, passes[0].spikes)
    forward = median(one.forward for one in passes)
    gradient = median(one.gradient for one in passes)
    # Later passes find memory that earlier ones left.
    held, most = passes[0].held, passes[0].most
    return {
        "neurons": setting.size,
        "rate (Hz)": passes[0].spikes / setting.size / setting.seconds,
        "delays": setting.delay,
        "simulated (s)": setting.seconds,
        "synaptic events": events,
        "forward (s)": forward,
        "gradient (s)": gradient,
        "gradient by all values (s)": all_values(sim, drive) if everything else None,
        "gradient / forward": median(one.gradient / one.forward for one in passes),
        "forward (million events/s)": 1e-6 * events / forward,
        "both (million events/s)": 1e-6 * events / (forward + gradient),
        "kept for the gradient (bytes/event)": held / events,
        "peak of both (bytes/event)": most / events,
        "peak of both (MB)": 1e-6 * most,
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
        compared = setting.size <= min(SIZES) and setting.rate == MIDDLE
        counted = instructions(setting) if options.instructions and compared else {}
        rows.append(
            row(setting, options, everything=compared)
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
            "Delays are one per synapse, or one for all; in the last network all inputs and "
            "neurons reach all neurons, with weights so much smaller. One thread, double "
            "precision. One second "
            f"is simulated, or less for about {options.events:.0e} events (--events), but at least "
            f"{LEAST_SECONDS} s; then the start weighs more, and rates are not the nominal ones. "
            "The gradient is that of the sum of all spike times by both sets of weights.",
        ),
    )
