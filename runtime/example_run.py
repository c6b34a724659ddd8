"""An example run of any neuron: its states and its adjoints over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sympy import lambdify

from saltation.runtime.arrays import BoolArray, FloatArray, IntArray
from saltation.runtime.drive_search import drives
from saltation.runtime.network import Network
from saltation.runtime.probe import Probe, probe
from saltation.runtime.simulate import Run, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import GrazingError, SimulationError, StiffnessError
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive
from saltation.symbolic.system import TIME

POINTS = 480
"""Points of the curves, besides those at jumps."""

FINE, ROUGH = 1e-9, 1e-6
"""Tolerances of flows without a closed form: the first, and where that takes too many steps."""

_JUST = 1e-6
"""How far just before and just after a jump are from it, as a share of the run."""

_SPIKE_LOSS = "the sum of the neuron's spike times"
_INTEGRAL_LOSS = "the integral of `{state}` over the run"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRun:
    """What a neuron did in a run, and the adjoint of what it did.

    Attributes
    ----------
    drive : Drive
        The input.
    loss : str
        What the adjoints are derivatives of; a formula stands between backticks.
    spikes, events : numpy.ndarray, unit s
        The times of its spikes; of all its events.
    times : numpy.ndarray, shape (n,), unit s
        Of the points of the curves; they crowd at jumps.
    states, adjoints : mapping of str to numpy.ndarray, shape (n,)
        For every state.
    thresholds : tuple of (str, numpy.ndarray)
        For a guard that compares a state with something: that state, and the something, shape
        (n,), NaN where the guard's mode is not active.
    modes : numpy.ndarray of int, shape (n,)
        The number of the active mode.
    """

    drive: Drive
    loss: str
    spikes: FloatArray
    events: FloatArray
    times: FloatArray
    states: Mapping[str, FloatArray]
    adjoints: Mapping[str, FloatArray]
    thresholds: tuple[tuple[str, FloatArray], ...]
    modes: IntArray


def example_run(neuron: Neuron, t_end: float | None = None) -> ExampleRun:
    """Run a neuron with an input that makes it spike: its own, or a regular one for any model.

    Parameters
    ----------
    neuron : Neuron
        Any model.
    t_end : float, optional, unit s
        Length of the run; by default some time constants of the model at its initial state.

    Raises
    ------
    UnsupportedModelError
        If the model cannot be simulated.
    ToolchainError
        If there is no C compiler.
    SimulationError
        If no run of the neuron can be completed.

    Examples
    --------
    >>> from saltation.symbolic.models import lif
    >>> run = example_run(lif)
    >>> run.spikes.size, run.loss
    (2, "the sum of the neuron's spike times")
    """
    last: Exception | None = None
    for drive in drives(neuron, t_end):
        for rtol in (FINE, ROUGH):
            try:
                return _looked_into(neuron, drive, rtol)
            except (GrazingError, SimulationError) as error:
                last = error
                if not isinstance(error, StiffnessError):
                    break
    raise SimulationError(
        f"no example run of {neuron.name!r} can be completed; the last: {last}"
    ) from last


def arrivals(drive: Drive) -> FloatArray:
    """Return the times of all arrivals of an input, unit s."""
    return np.array([time for each in drive.arrivals.values() for time, _ in each])


def _looked_into(neuron: Neuron, drive: Drive, rtol: float) -> ExampleRun:
    """Run once for the times of spikes and events, then again with points around those."""
    probed = probe(neuron)
    net, given = _network(neuron, drive)
    sim = compile(net, t_end=drive.t_end, threads=1, rtol=rtol)
    spikes = sim.run(given).spikes["out"].times
    even = np.linspace(0.0, drive.t_end, POINTS)
    events = _run(probed, drive, even, rtol).spikes["out"].times
    jumps = np.concatenate([arrivals(drive), events])
    near = np.concatenate([jumps - _JUST * drive.t_end, jumps + _JUST * drive.t_end])
    times = np.unique(np.clip(np.concatenate([even, near]), 0.0, drive.t_end))
    run = _run(probed, drive, times, rtol)
    loss, adjoints = _adjoints(run, probed, spikes)
    states = {name: run.observations[f"of_{name}"][0, :, 0] for name in probed.states}
    modes = np.rint(run.observations["of_mode"][0, :, 0]).astype(np.int64)
    return ExampleRun(
        drive=drive,
        loss=loss,
        spikes=spikes,
        events=run.spikes["out"].times,
        times=times,
        states=states,
        adjoints=adjoints,
        thresholds=_thresholds(neuron, drive, times, states, modes),
        modes=modes,
    )


def _network(neuron: Neuron, drive: Drive) -> tuple[Network, dict[str, Spikes]]:
    """Return a network of one neuron with its input; each arrival has an input unit of its own."""
    net = Network()
    net.add_population("out", neuron, 1, parameters=drive.parameters, initial=drive.initial)
    given = {}
    for k, (port, each) in enumerate(drive.arrivals.items()):
        if each:
            net.add_input(f"in_{k}", len(each))
            net.connect(f"in_{k}", "out", weight=[[weight] for _, weight in each], port=port)
            given[f"in_{k}"] = Spikes.from_first_times([[time for time, _ in each]])
    if not given:
        net.add_input("in", 1)
        given["in"] = Spikes.silent(1)
    return net, given


def _run(probed: Probe, drive: Drive, times: FloatArray, rtol: float) -> Run:
    """Run the neuron with probes of every state at some times."""
    net, given = _network(probed.neuron, drive)
    for name, port in zip(probed.states, probed.ports, strict=True):
        net.add_input(f"at_{name}", times.size)
        net.connect(f"at_{name}", "out", weight=np.zeros((times.size, 1)), port=port)
        net.observe(f"of_{name}", "out", name, kind="sample", at=times)
        given[f"at_{name}"] = Spikes.from_first_times(times[np.newaxis])
    net.observe("of_mode", "out", probed.mode, kind="sample", at=times)
    net.observe("loss", "out", probed.states[0], kind="integral")
    return compile(net, t_end=drive.t_end, threads=1, rtol=rtol).run(given)


def _adjoints(run: Run, probed: Probe, spikes: FloatArray) -> tuple[str, dict[str, FloatArray]]:
    """Return the adjoints of the sum of spike times, or of an integral where that says nothing."""
    own = _which(run.spikes["out"].times, spikes).astype(float)
    if own.any():
        adjoints = _gradient(run, probed, spike_times={"out": own})
        if any(values.any() for values in adjoints.values()):
            return _SPIKE_LOSS, adjoints
    adjoints = _gradient(run, probed, observations={"loss": [[1.0]]})
    return _INTEGRAL_LOSS.format(state=probed.states[0]), adjoints


def _gradient(run: Run, probed: Probe, **loss: Mapping[str, object]) -> dict[str, FloatArray]:
    keys = {name: f"at_{name}->out.weight" for name in probed.states}
    gradient = run.gradient(**loss, wrt=keys.values(), grazing="raise")
    return {name: gradient[key][:, 0] for name, key in keys.items()}


def _which(events: FloatArray, spikes: FloatArray) -> BoolArray:
    """Tell which events are spikes: the nearest to each spike."""
    found = np.zeros(events.size, dtype=bool)
    for time in spikes.tolist():
        found[np.argmin(np.where(found, np.inf, np.abs(events - time)))] = True
    return found


def _thresholds(
    neuron: Neuron,
    drive: Drive,
    times: FloatArray,
    states: Mapping[str, FloatArray],
    modes: IntArray,
) -> tuple[tuple[str, FloatArray], ...]:
    system = neuron.system
    symbols = [*system.states, *system.parameters]
    values = {TIME.name: times, **neuron.parameters, **drive.parameters, **states}
    found = []
    for event in neuron.derive().events:
        number = [mode.name for mode in system.modes].index(event.mode.name)
        for state, other in event.adjoint.on_guard.items():
            if state == system.time:
                continue
            value = lambdify(symbols, other, "numpy")(*(values[x.name] for x in symbols))
            line = np.where(modes == number, np.broadcast_to(value, times.shape), np.nan)
            found.append((state.name, line))
    return tuple(found)
