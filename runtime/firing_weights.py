"""Weights at which a neuron spikes: raised from the size at which an arrival begins to matter."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from saltation.runtime.drive_search import TRIAL_EVENTS, time_scale
from saltation.runtime.network import Network
from saltation.runtime.port_scales import port_scales
from saltation.runtime.simulate import Simulator
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import SimulationError
from saltation.symbolic.neuron import Neuron

__all__ = ["TRIAL_EVENTS", "Raised", "raised_weights"]

_DOUBLINGS = 40
"""How often the weights are doubled until the neurons spike."""

_FIRST = 1.0 / 16.0
"""The first size of weights, as a share of the one at which an arrival is thought to fire."""

_INHIBITION = 0.1
"""The size of weights that keep a neuron from firing, as a share of the like; it is not raised."""

_SMALL = 1e-12
"""The first size of weights that have a unit, where nothing else is known of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """What came of raising the weights of a network of one population."""

    net: Network
    """The network with the weights found; with the first ones where it never spikes."""

    spikes: bool
    """Whether all its neurons spike, or none ever could."""

    largest: float
    """The largest size that was tried."""

    failure: Exception | None
    """Why a run with larger weights cannot be completed."""


def raised_weights(
    neuron: Neuron,
    t_end: float,
    build: Callable[[Mapping[str, float]], Network],
    compiled: Callable[[Network], tuple[Simulator, Mapping[str, Spikes]]],
) -> Raised:
    """Double weights until every neuron spikes twice, or once where it never does twice.

    A run that cannot be completed has weights that are too large: it ends the search.

    Parameters
    ----------
    neuron : Neuron
        The model.
    t_end : float, unit s
        Length of the run.
    build : callable
        From the size of the weights, by port, to a network with one population of the model.
    compiled : callable
        From such a network to its simulator and input spikes; called once.

    Returns
    -------
    Raised
        The network, and how the search went.
    """
    scales = firing_scales(neuron, t_end)
    first = build(_sizes(scales, 0))
    if not any(event.spike for mode in neuron.system.modes for event in mode.events):
        return Raised(net=first, spikes=True, largest=0.0, failure=None)
    sim, spikes = compiled(first)
    ((name, population),) = first.populations.items()
    spiking, largest, failure = None, 0.0, None
    for doubling in range(_DOUBLINGS):
        sizes = _sizes(scales, doubling)
        net = build(sizes)
        try:
            fewest = sim.run(spikes, net.values()).spikes[name].counts(population.size).min()
        except SimulationError as error:
            failure = error
            break
        largest = max(map(abs, sizes.values()), default=0.0)
        if fewest >= 1 and spiking is None:
            spiking = net
        if fewest >= 2:
            return Raised(net=net, spikes=True, largest=largest, failure=None)
    found = spiking is not None
    return Raised(net=spiking or first, spikes=found, largest=largest, failure=failure)


def firing_scales(neuron: Neuron, t_end: float = math.inf) -> dict[str, float]:
    """Return the weight at which an arrival is thought to fire, negative where it inhibits.

    Where no port is thought to make the neuron fire by positive weights, they have other signs.
    """
    found = port_scales(neuron, min(t_end, 8.0 * time_scale(neuron)))
    known = [abs(scale) for scale in found.values() if scale]
    unknown = _SMALL if neuron.units.get("w", "1") != "1" else 1.0
    return {port: scale or min(known, default=unknown / _FIRST) for port, scale in found.items()}


def _sizes(scales: Mapping[str, float], doubling: int) -> dict[str, float]:
    """Return the size of the weights at each port after some doublings."""
    raised = {port: scale * _FIRST * 2.0**doubling for port, scale in scales.items()}
    if all(scale < 0 for scale in scales.values()):
        return raised
    return {
        port: raised[port] if scale > 0 else _INHIBITION * abs(scale)
        for port, scale in scales.items()
    }
