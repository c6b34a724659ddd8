"""The Yin-Yang task on 5-200-3 neurons, of Wunderlich and Pehle (2021): W1, W4, W5 and peers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

import saltation as sal
from benchmarks.speed.tasks import Task
from saltation.runtime.simulate import Simulator

SAMPLES, BATCH, T_END = 5000, 32, 60e-3
IN, OUT = "in->hidden.weight", "hidden->out.weight"
EPOCHS = 40
"""Of training with the published settings, after which about 30 spikes of 106 are left."""

Weights = dict[str, NDArray[np.float64]]


def network(neuron: sal.Neuron = sal.models.lif, hidden: int = 200) -> sal.Network:
    """Return the network with the published initial weights."""
    generator = np.random.default_rng(0)
    net = sal.Network()
    net.add_input("in", 5)
    net.add_population("hidden", neuron, hidden)
    net.add_population("out", neuron, 3)
    net.connect("in", "hidden", weight=generator.normal(1.5, 0.78, (5, hidden)))
    net.connect("hidden", "out", weight=generator.normal(0.93, 0.1, (hidden, 3)))
    return net


def weights(net: sal.Network) -> Weights:
    """Return the weights of a network."""
    return {key: net.values()[key] for key in (IN, OUT)}


@cache
def data() -> tuple[sal.Spikes, NDArray[np.int64]]:
    """Return input spikes and labels of the training split."""
    samples, labels = sal.data.yin_yang(SAMPLES, sal.data.YIN_YANG_SEEDS["train"])
    return sal.data.encode_yin_yang(samples), labels


@cache
def trained(epochs: int = EPOCHS) -> Weights:
    """Return the weights after training with the published settings."""
    spikes, labels = data()
    sim = sal.compile(network(), T_END)
    result = sal.fit(
        sim,
        weights(sim.net),
        train=(spikes, labels),
        loss=sal.losses.FirstSpikeCrossEntropy("out"),
        optimiser=sal.Adam(sal.ExponentialDecay(5e-3, 0.95)),
        epochs=epochs,
        batch_size=BATCH,
        seed=0,
        progress=False,
    )
    return {key: result.values[key] for key in (IN, OUT)}


def task(
    sim: Simulator,
    values: Mapping[str, NDArray[np.float64]],
    samples: int = SAMPLES,
    batch: int = BATCH,
) -> Task:
    """Return the training task of a simulator."""
    spikes, labels = data()
    return Task(
        sim=sim,
        spikes=spikes[:samples],
        labels=labels[:samples],
        loss=sal.losses.FirstSpikeCrossEntropy("out"),
        values=values,
        batch=batch,
    )
