"""Find input spikes that make a neuron spike a few times, whatever its model and units."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator

import numpy as np
from sympy import Matrix

from saltation.runtime.arrays import FloatArray, IntArray
from saltation.runtime.evaluation import numbers_at
from saltation.runtime.network import Network
from saltation.runtime.port_scales import port_scales
from saltation.runtime.simulate import Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import SimulationError
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive, own_drive
from saltation.symbolic.system import TIME

_LOG = logging.getLogger(__name__)

_ARRIVALS = 6
"""Input spikes of a run."""

_WANTED = (3, 2, 4, 1)
"""How many spikes make a good example, the best first."""

_MANTISSAS = 10.0 ** (np.arange(12) / 12.0)
_WEIGHTS = np.concatenate([_MANTISSAS, -_MANTISSAS])
"""The weights that are tried at each power of ten."""

_EXPONENTS = range(-15, 7)
"""Those powers in SI units, for a port of which nothing else is known."""

_AROUND = range(-2, 7)
"""Those powers as multiples of the weight at which one arrival is thought to fire."""

_MANY = 12
"""Larger weights are not tried where a neuron spikes as often as this."""

TRIAL_EVENTS = 10_000
"""A trial run with more events has weights that are too large."""

_DEFAULT_SCALE = 0.01
"""The time constant of a model that shows none at its initial state, in s."""


def drives(neuron: Neuron, t_end: float | None = None) -> Iterator[Drive]:
    """Yield inputs for a neuron, the most instructive first: its own where it is a shipped model.

    Parameters
    ----------
    neuron : Neuron
        Any model.
    t_end : float, optional, unit s
        Length of the run; by default some time constants of the model at its initial state.
    """
    own = own_drive(neuron) if t_end is None else None
    if own is not None:
        yield own
    scale = 8.0 * time_scale(neuron)
    lengths = [t_end] if t_end is not None else [scale, 3 * scale, scale / 3, 10 * scale]
    if any(event.spike for mode in neuron.system.modes for event in mode.events):
        for length in lengths:
            for port in neuron.ports:
                yield from (_drive(port, w, length) for w in _weights(neuron, port, length))
    for port in neuron.ports[:1]:
        yield from (_drive(port, w, lengths[0]) for w in (1.0, 1e-3, 1e-6, 1e-9, 1e-12))
    yield from (Drive(t_end=length, arrivals={}) for length in lengths)


def time_scale(neuron: Neuron) -> float:
    """Return the geometric mean of a model's time constants at its initial state, unit s.

    Examples
    --------
    >>> from saltation.symbolic.models import lif  # 20 ms and 5 ms
    >>> round(time_scale(lif), 6)
    0.01
    """
    system = neuron.system
    states = [x for x in system.states if x != system.time]
    flow = Matrix(system.modes[0].flow[: len(states)])
    values = {TIME.name: 0.0, **neuron.parameters, **neuron.initial}
    matrix = numbers_at(flow.jacobian(states), values)
    if not np.isfinite(matrix).all():
        return _DEFAULT_SCALE
    sizes = np.abs(np.linalg.eigvals(matrix))
    sizes = sizes[sizes > 1e-6 * sizes.max(initial=1e-6)]
    return float(np.exp(-np.log(sizes).mean())) if sizes.size else _DEFAULT_SCALE


def _drive(port: str, weight: float, length: float) -> Drive:
    times = np.linspace(0.05, 0.75, _ARRIVALS) * length
    arrivals = tuple((time, float(weight)) for time in times.tolist())
    return Drive(t_end=length, arrivals={port: arrivals})


def _weights(neuron: Neuron, port: str, length: float) -> Iterator[float]:
    """Yield weights that make a neuron spike a few times, from the middle of their range."""
    _LOG.info(
        "%s: looking for weights at port %s at which it spikes a few times within %.3g s",
        neuron.name,
        port,
        length,
    )
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", neuron, _WEIGHTS.size)
    net.connect("in", "out", weight=np.zeros((1, _WEIGHTS.size)), port=port)
    sim = compile(net, t_end=length, threads=1, rtol=1e-6, max_events=TRIAL_EVENTS)
    given = [(time, 0) for time, _ in _drive(port, 0.0, length).arrivals[port]]
    spikes = {"in": Spikes.from_events([given])}
    without = _counts(sim, spikes, np.zeros(_WEIGHTS.size))
    if without is None:
        return
    alone = int(without.max())
    found: dict[int, list[float]] = {count: [] for count in _WANTED if count != alone}
    most, unit = alone, _WEIGHTS
    for exponent in _exponents(neuron, port, length):
        weights = unit * 10.0**exponent
        counts = _counts(sim, spikes, weights)
        known = _one_by_one(sim, spikes, weights) if counts is None else counts
        for count, weight in zip(known.tolist(), weights.tolist(), strict=False):
            found.get(count, []).append(weight)
        if counts is None or counts.max() > max(_MANY, 2 * alone):
            break
        if any(found.values()) and counts.max() <= most:
            break  # ten times larger weights have added no spike
        most, unit = max(most, int(counts.max())), _of_signs_that_fire(unit, counts, alone)
    for several in found.values():
        same = [w for w in several if w * several[0] > 0]
        yield from sorted(same, key=lambda w: abs(same.index(w) - len(same) // 2))[:3]


def _of_signs_that_fire(weights: FloatArray, counts: IntArray, alone: int) -> FloatArray:
    """Return weights with 0 for those of a sign of which none fires, where some of the other do.

    Strong inhibition makes some models so stiff that a run takes a million steps.
    """
    fires = np.repeat([half.max() > alone for half in np.split(counts, 2)], counts.size // 2)
    return np.where(fires, weights, 0.0) if fires.any() else weights


def _exponents(neuron: Neuron, port: str, length: float) -> range:
    """Return the powers of ten of the weights that are worth a trial."""
    scale = abs(port_scales(neuron, length)[port])
    if not scale:
        return _EXPONENTS
    middle = math.floor(math.log10(scale))
    return range(middle + _AROUND.start, middle + _AROUND.stop)


def _counts(sim: Simulator, spikes: dict[str, Spikes], weights: FloatArray) -> IntArray | None:
    """Count the spikes by weight; None if one of the neurons cannot complete the run."""
    try:
        run = sim.run(spikes, {"in->out.weight": weights[np.newaxis]})
    except SimulationError:
        return None
    counts: IntArray = run.spikes["out"].counts(weights.size)[0]
    return counts


def _one_by_one(sim: Simulator, spikes: dict[str, Spikes], weights: FloatArray) -> IntArray:
    """Count the spikes by weight, up to the first weight for which the run cannot be completed."""
    found: list[int] = []
    first = np.arange(weights.size) == 0
    for weight in weights.tolist():
        counts = _counts(sim, spikes, np.where(first, weight, 0.0))
        if counts is None:
            break
        found.append(int(counts[0]))
    return np.array(found, dtype=np.int64)
