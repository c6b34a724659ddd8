"""A neuron that is exported by itself: a network of one, with an input for each of its ports."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from saltation.runtime.export_vectors import SAMPLES, Settings, sampled
from saltation.runtime.firing_weights import TRIAL_EVENTS, raised_weights
from saltation.runtime.network import Network
from saltation.runtime.random_spikes import random_spikes
from saltation.runtime.simulate import Simulator
from saltation.runtime.spikes import Spikes
from saltation.symbolic.neuron import Neuron

_SPIKES = 4
"""How many spikes each input has in a sample of the search."""


def network_of(neuron: Neuron, settings: Settings) -> Network:
    """Return a network of one neuron, with an input for each of its ports.

    Parameters
    ----------
    neuron : Neuron
        The model; it names the population.
    settings : Settings
        How it is simulated.

    Returns
    -------
    Network
        Its inputs are called ``in``, or ``in_PORT`` where there are several ports. Their weights
        make the neuron spike, where any do; those that inhibit it are smaller.
    """

    def build(sizes: Mapping[str, float]) -> Network:
        net = Network()
        for port in neuron.ports:
            net.add_input("in" if len(neuron.ports) == 1 else f"in_{port}", 1)
        net.add_population(neuron.name, neuron, 1)
        for name, port in zip(net.inputs, neuron.ports, strict=True):
            net.connect(name, neuron.name, weight=[[float(f"{sizes[port]:.2g}")]], port=port)
        return net

    def compiled(net: Network) -> tuple[Simulator, Mapping[str, Spikes]]:
        generator = np.random.default_rng(0)
        spikes = random_spikes(net, settings.t_end, SAMPLES, _SPIKES, generator)
        return sampled(net, settings, [settings.t_end], TRIAL_EVENTS), spikes

    if not neuron.ports:
        return build({})
    return raised_weights(neuron, settings.t_end, build, compiled).net
