"""Draw the pictures of ``docs/models.md``: ``make pictures``, or ``python docs/pictures.py NAME``.

Every shipped model with its example input, and the published firing patterns of two of them, run by
the interpreter (so that no compiler is needed). A few minutes for all; names choose some.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sympy import lambdify

from saltation.runtime.interpreter import interpret
from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes
from saltation.symbolic import models
from saltation.symbolic.firing_patterns import ADEX, IZHIKEVICH, FiringPattern
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive, own_drive

FOLDER = Path(__file__).parent / "pictures"

# Okabe and Ito's palette, which every kind of colour vision tells apart.
BLUE, VERMILION, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#707070"
COLOURS = (BLUE, VERMILION, GREEN, PURPLE)

SHOWN_UNITS: Mapping[str, tuple[str, float]] = {
    "1": ("", 1.0),
    "s": ("ms", 1e3),
    "V": ("mV", 1e3),
    "A": ("nA", 1e9),
    "S": ("nS", 1e9),
    "V/s": ("V/s", 1.0),
    "A/m**2": ("µA/cm²", 1e2),
}

TOGETHER: Mapping[str, Sequence[str]] = {
    "lif_two_compartment": ("v", "u"),
    "resonate_and_fire": ("x", "y"),
}
"""States that are drawn with the one that spikes."""

LIMITS: Mapping[str, tuple[float, float]] = {"qif": (-8.0, 8.0)}
"""Of the first panel, where the states go far beyond what is of interest."""

POINTS = 1_500
DIGITS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """States of one neuron over time, with both sides of its spikes, in SI units."""

    time: NDArray[np.float64]
    states: Mapping[str, NDArray[np.float64]]
    spikes: NDArray[np.float64]


def trace(neuron: Neuron, drive: Drive) -> Trace:
    """Run a model on its drive."""
    grid = np.linspace(0.0, drive.t_end, POINTS)
    net = Network()
    net.add_population("n", neuron, 1, parameters=drive.parameters, initial=drive.initial)
    spikes = {}
    for port, arrivals in drive.arrivals.items():
        net.add_input(f"to_{port}", len(arrivals))
        weights = [[weight] for _, weight in arrivals]
        net.connect(f"to_{port}", "n", weight=weights, port=port)
        spikes[f"to_{port}"] = Spikes.from_first_times([[time for time, _ in arrivals]])
    for state in neuron.initial:
        net.observe(state, "n", state, kind="sample", at=grid)
    run = interpret(net, spikes, t_end=drive.t_end, digits=DIGITS)
    states = {state: run.observed(state)[0, :, 0] for state in neuron.initial}
    return with_spikes(neuron, drive, Trace(time=grid, states=states, spikes=run.times("n")))


def with_spikes(neuron: Neuron, drive: Drive, sampled: Trace) -> Trace:
    """Insert the states just before and after each spike, between which the line is upright."""
    system = neuron.system
    event = next((e for mode in system.modes for e in mode.events if e.spike), None)
    if event is None:
        return sampled
    values = {**neuron.parameters, **drive.parameters}
    known = {p: values[p.name] for p in system.parameters}
    guard = lambdify([system.states], event.guard.xreplace(known))
    reset = lambdify([system.states], [r.xreplace(known) for r in event.reset])
    first = next(k for k, x in enumerate(system.states) if event.guard.has(x))
    rows = np.array([sampled.states[x.name] for x in system.states]).T
    places, inserted = [], []
    for spike in sampled.spikes:
        at = int(np.searchsorted(sampled.time, spike))
        before = rows[at - 1].copy()
        before[first] -= guard(before)  # every guard here has slope one in its first state
        places += [at, at]
        inserted += [before, np.array(reset(before), dtype=float)]
    if not places:
        return sampled
    rows = np.insert(rows, places, inserted, axis=0)
    time = np.insert(sampled.time, places, np.repeat(sampled.spikes, 2))
    states = {x.name: rows[:, k] for k, x in enumerate(system.states)}
    return Trace(time=time, states=states, spikes=sampled.spikes)


def panels(neuron: Neuron) -> list[list[str]]:
    """Group the states: first the one that spikes, then the others by unit."""
    events = [e for mode in neuron.system.modes for e in mode.events if e.spike]
    guarded = [x.name for x in neuron.system.states if events and events[0].guard.has(x)][:1]
    first = list(TOGETHER.get(neuron.name, guarded or list(neuron.initial)[:1]))
    groups: dict[str, list[str]] = {}
    for state in neuron.initial:
        if state not in first:
            groups.setdefault(neuron.units[state], []).append(state)
    return [first, *groups.values()]


def draw_model(neuron: Neuron, drive: Drive) -> Figure:
    """Draw input, states and spikes of one model, one below the other."""
    run = trace(neuron, drive)
    groups = panels(neuron)
    rows = len(drive.arrivals) + bool(run.spikes.size)
    heights = [0.22 * rows + 0.12, 1.5, *[0.85] * (len(groups) - 1)]
    figure = Figure(figsize=(7.0, sum(heights) + 0.65), layout="constrained")
    axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    draw_raster(axes[0], drive, run)
    for axis, group in zip(axes[1:], groups, strict=True):
        draw_states(axis, neuron, group, run)
    draw_threshold(axes[1], neuron, drive, run, groups[0][0])
    if neuron.name in LIMITS:
        axes[1].set_ylim(*LIMITS[neuron.name])
    axes[-1].set_xlabel("time (ms)")
    axes[-1].set_xlim(0.0, 1e3 * drive.t_end)
    figure.align_ylabels(axes)
    return figure


def draw_raster(axis: Axes, drive: Drive, run: Trace) -> None:
    """Draw arrivals, a row for each port, and the neuron's own spikes below them."""
    names = []
    for port, arrivals in drive.arrivals.items():
        height = -len(names)
        names.append("input" if len(drive.arrivals) == 1 else port)
        for marker, fill, sign in (("^", BLUE, 1.0), ("v", "none", -1.0)):
            times = [1e3 * time for time, weight in arrivals if sign * weight > 0]
            axis.plot(
                times, [height] * len(times), marker, ms=5, color=BLUE, mfc=fill, linestyle="none"
            )
    if run.spikes.size:
        height = -len(names)
        names.append("spikes")
        axis.vlines(1e3 * run.spikes, height - 0.35, height + 0.35, color="black", lw=1.5)
    axis.set_yticks([-k for k in range(len(names))], names)
    axis.set_ylim(0.6 - len(names), 0.5)
    axis.tick_params(left=False, bottom=False)
    axis.spines[["left", "bottom"]].set_visible(False)


def draw_states(axis: Axes, neuron: Neuron, group: Sequence[str], run: Trace) -> None:
    """Draw states of one unit."""
    unit, factor = SHOWN_UNITS[neuron.units[group[0]]]
    for state, colour in zip(group, COLOURS, strict=False):
        axis.plot(
            1e3 * run.time, factor * run.states[state], color=colour, lw=1.2, label=typeset(state)
        )
    name = typeset(group[0]) if len(group) == 1 else ""
    axis.set_ylabel(f"{name} ({unit})" if name and unit else name or unit)
    if len(group) > 1:
        axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.05), frameon=False, handlelength=1.2)


def draw_threshold(axis: Axes, neuron: Neuron, drive: Drive, run: Trace, state: str) -> None:
    """Draw what the first state must reach for a spike, which may move."""
    events = [e for mode in neuron.system.modes for e in mode.events if e.spike]
    if not events or neuron.name in LIMITS:
        return
    system = neuron.system
    values = {**neuron.parameters, **drive.parameters}
    guard = events[0].guard.xreplace({p: values[p.name] for p in system.parameters})
    rows = [run.states[x.name] for x in system.states]
    spiking = next(x for x in system.states if guard.has(x))
    level = run.states[spiking.name] - lambdify(system.states, guard)(*rows)
    factor = SHOWN_UNITS[neuron.units[state]][1]
    axis.plot(1e3 * run.time, factor * level, color=GREY, lw=0.9, ls=(0, (5, 3)), zorder=0)


def typeset(name: str) -> str:
    """Set a name in mathematics."""
    head, _, tail = name.partition("_")
    greek = {"phi": r"\varphi", "theta": r"\vartheta"}.get(head, head)
    return f"${greek}_\\mathrm{{{tail}}}$" if tail else f"${greek}$"


def draw_patterns(patterns: Sequence[FiringPattern], low: float, high: float) -> Figure:
    """Draw the membranes of some firing patterns, with the current below each."""
    rows = (len(patterns) + 1) // 2
    figure = Figure(figsize=(7.0, 1.35 * rows + 0.4), layout="constrained")
    axes = figure.subplots(rows, 2, sharex=True, sharey=True).ravel()
    for axis, pattern in zip(axes, patterns, strict=True):
        run = trace(pattern.neuron, pattern.drive)
        axis.plot(1e3 * run.time, 1e3 * run.states["v"], color=BLUE, lw=0.8)
        current = run.states["i"] + pattern.drive.parameters.get("i_0", 0.0)
        span = np.ptp(current)
        axis.plot(
            1e3 * run.time,
            low + 0.1 * (high - low) * (current - current.min()) / span,
            color=VERMILION,
            lw=1.0,
        )
        axis.set_title(pattern.name, fontsize=9, pad=3)
        axis.set_xlim(0.0, 1e3 * pattern.drive.t_end)
        axis.set_ylim(low - 0.03 * (high - low), high)
        axis.set_yticks(range(-80, int(high), 40))
    axes[0].text(
        0.99, 0.17, "current", color=VERMILION, fontsize=8, ha="right", transform=axes[0].transAxes
    )
    for axis in axes[-2:]:
        axis.set_xlabel("time (ms)")
    for axis in axes[::2]:
        axis.set_ylabel("$v$ (mV)")
    return figure


def pictures(wanted: Sequence[str]) -> Iterator[tuple[str, Figure]]:
    """Yield the pictures by name; all if none is named."""
    for name in models.__all__:
        neuron = getattr(models, name)
        drive = own_drive(neuron)
        if drive is not None and (not wanted or name in wanted):
            yield name, draw_model(neuron, drive)
    if not wanted or "izhikevich_patterns" in wanted:
        yield "izhikevich_patterns", draw_patterns(IZHIKEVICH, -115.0, 35.0)
    if not wanted or "adex_patterns" in wanted:
        yield "adex_patterns", draw_patterns(ADEX, -90.0, -15.0)


def main(wanted: Sequence[str]) -> None:
    """Write the pictures, each smaller than 150 kB."""
    style: dict[str, Any] = {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "mathtext.fontset": "dejavusans",
    }
    FOLDER.mkdir(exist_ok=True)
    with mpl.rc_context(style):
        for name, figure in pictures(wanted):
            path = FOLDER / f"{name}.png"
            figure.savefig(path, dpi=144, metadata={"Software": None})
            print(f"wrote {path.name}, {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
