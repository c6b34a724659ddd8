"""A small network around a neuron, with weights at which the neuron spikes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click
import numpy as np

if TYPE_CHECKING:
    from saltation.runtime.network import Network
    from saltation.runtime.simulate import Simulator
    from saltation.runtime.spikes import Spikes
    from saltation.symbolic.neuron import Neuron

_LOG = logging.getLogger(__name__)

SPIKES = 4
"""How many spikes each unit of an input has in a sample."""

_INPUTS, _NEURONS = 3, 2
"""Inputs and neurons of the network around a neuron."""


def network_around(
    neuron: Neuron, t_end: float, sizes: Mapping[str, float], generator: np.random.Generator
) -> Network:
    """Build a small network around a neuron: three inputs into two neurons, through every port.

    Parameters
    ----------
    neuron : Neuron
        The model.
    t_end : float
        Length of the run, in s.
    sizes : mapping of str to float
        Size of the weights, by port.
    generator : numpy.random.Generator
        Draws the weights and the delays.

    Returns
    -------
    Network
        Input ``"in"`` and population ``"out"``; every state's integral and some samples are
        observed, so that what does not reach the spikes has gradients too.
    """
    from saltation.runtime.network import Network

    net = Network()
    net.add_input("in", _INPUTS)
    net.add_population("out", neuron, _NEURONS)
    for port in neuron.ports:
        net.connect(
            "in",
            "out",
            weight=sizes[port] * generator.uniform(0.5, 1.0, (_INPUTS, _NEURONS)),
            delay=generator.uniform(0.0, 1e-3, (_INPUTS, _NEURONS)),
            port=port,
            name=f"in_to_out_{port}" if len(neuron.ports) > 1 else None,
        )
    for state in neuron.initial:
        net.observe(f"{state}_integral", "out", state, kind="integral")
        net.observe(f"{state}_samples", "out", state, kind="sample", at=[0.55 * t_end, t_end])
    return net


def spiking_network(
    neuron: Neuron, t_end: float, samples: int, generator: np.random.Generator
) -> Network:
    """Double the weights until every neuron spikes twice, or once where it never does twice.

    A run that cannot be completed has weights that are too large: it ends the search.

    Parameters
    ----------
    neuron : Neuron
        The model.
    t_end : float
        Length of the run, in s.
    samples : int
        Samples in the batch.
    generator : numpy.random.Generator
        Draws weights, delays and input spikes.

    Returns
    -------
    Network
        As of `network_around`.

    Raises
    ------
    click.ClickException
        If no weights make it spike.
    """
    from saltation.runtime.firing_weights import TRIAL_EVENTS, raised_weights
    from saltation.runtime.random_spikes import random_spikes
    from saltation.runtime.simulate import compile

    seed = int(generator.integers(2**32))

    def build(sizes: Mapping[str, float]) -> Network:
        return network_around(neuron, t_end, sizes, np.random.default_rng(seed))

    def compiled(net: Network) -> tuple[Simulator, Mapping[str, Spikes]]:
        spikes = random_spikes(net, t_end, samples, SPIKES, np.random.default_rng(seed))
        _LOG.info(
            "%s: compiling a network of %d inputs and %d neurons", neuron.name, _INPUTS, _NEURONS
        )
        sim = compile(net, t_end=t_end, max_events=TRIAL_EVENTS)
        _LOG.info("%s: looking for weights at which it spikes", neuron.name)
        return sim, spikes

    found = raised_weights(neuron, t_end, build, compiled)
    if not found.spikes:
        raise click.ClickException(_silent(neuron, t_end, found.largest, found.failure))
    return found.net


def _silent(neuron: Neuron, t_end: float, largest: float, failure: Exception | None) -> str:
    """Say that the network did not do, which is no fault of the model."""
    beyond = (
        "" if failure is None else f"; with larger ones its run cannot be completed ({failure})"
    )
    return (
        f"neuron {neuron.name!r} does not spike within {t_end:g} s in the network that this "
        f"command builds around it, with weights up to {largest:.0e}{beyond}. This is no verdict "
        "on the model: try a longer --t-end, or define a sal.Network in the file, with weights and "
        "delays as you use them, and it is checked in place of the neuron"
    )
