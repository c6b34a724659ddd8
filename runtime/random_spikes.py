"""Random spikes for a network's inputs."""

from __future__ import annotations

import numpy as np

from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes


def random_spikes(
    net: Network, t_end: float, samples: int, each: int, generator: np.random.Generator
) -> dict[str, Spikes]:
    """Draw spikes for every input of a network.

    Parameters
    ----------
    net : Network
        Names the inputs and their sizes.
    t_end : float, unit s
        Length of the run; the spikes come in its first half.
    samples : int
        Samples in the batch.
    each : int
        Spikes of each unit in each sample.
    generator : numpy.random.Generator
        Draws the times.

    Returns
    -------
    dict of str to Spikes
        By the names of the inputs.
    """
    spikes = {}
    for name, source in net.inputs.items():
        units = np.repeat(np.arange(source.size), each)
        events = []
        for _ in range(samples):
            times = generator.uniform(0.0, 0.5 * t_end, units.size)
            order = np.argsort(times)
            events.append(list(zip(times[order], units[order], strict=True)))
        spikes[name] = Spikes.from_events(events)
    return spikes
