"""A recurrent network of LIF neurons under Poisson input: W3, and Brian2's part of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

import saltation as sal

FAN_OUT, INPUTS, INPUT_RATE = 100, 1000, 5.0
"""Targets of a neuron, and inputs of one; number of inputs; their rate in Hz."""

DRIVES = {5: 0.305, 20: 0.406, 200: 1.72}
"""Weights of the input for mean rates of so many Hz, found by trial with 1,000 neurons and 1 s."""

EXCITATORY, EXCITES, INHIBITS = 0.8, 0.1, -0.4
"""The share of neurons that excite; the weights of both kinds, whose sum vanishes."""

DELAYS = ("1 to 5 ms", "1 ms", "none", "none, dense")
"""Of the last, all neurons and inputs reach all neurons, with weights so much smaller."""
WEIGHTS = ("in->a.weight", "a->a.weight")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One network and how long it is run.

    Attributes
    ----------
    size : int
        Number of neurons.
    rate : int
        Nominal mean rate in Hz, a key of `DRIVES`.
    seconds : float
        Simulated time.
    delay : str
        One of `DELAYS`; the first means one delay per synapse.
    """

    size: int
    rate: int
    seconds: float
    delay: str = DELAYS[0]

    @property
    def dense(self) -> bool:
        """Whether all neurons reach all."""
        return self.delay == DELAYS[3]

    @property
    def name(self) -> str:
        """Name the setting."""
        return f"{self.size:,} neurons, {self.rate} Hz, {self.delay}"


Pattern = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Sources and targets of all synapses, sorted by source."""


@cache
def patterns(size: int) -> tuple[Pattern, Pattern]:
    """Draw who reaches whom: from the inputs, and among the neurons."""
    generator = np.random.default_rng(0)
    pre = np.repeat(np.arange(size), FAN_OUT)
    fans = [
        np.concatenate(
            [generator.choice(count, FAN_OUT, replace=False, shuffle=False) for _ in range(size)]
        )
        for count in (INPUTS, size)
    ]
    order = np.lexsort((pre, fans[0]))
    return (fans[0][order], pre[order]), (pre, np.sort(fans[1].reshape(size, -1), axis=1).ravel())


def signs(size: int) -> NDArray[np.float64]:
    """Return the weight of each neuron's synapses."""
    return np.where(np.arange(size) < EXCITATORY * size, EXCITES, INHIBITS)


def delays(size: int) -> NDArray[np.float64]:
    """Return one delay per synapse, in s."""
    return np.random.default_rng(1).uniform(1e-3, 5e-3, size * FAN_OUT)


def initial(setting: Setting) -> dict[str, NDArray[np.float64]]:
    """Return states near those of a network that has run for long: the mean current, any voltage.

    Without them a short run would be over before the neurons are driven to the threshold.
    """
    tau_s = sal.models.lif.parameters["tau_s"]
    current = DRIVES[setting.rate] * FAN_OUT * INPUT_RATE * tau_s
    voltage = np.random.default_rng(3).uniform(0.0, min(current, 1.0), setting.size)
    return {"i": np.full(setting.size, current), "v": voltage}


def input_spikes(seconds: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return times and units of the inputs' Poisson spikes."""
    generator = np.random.default_rng(2)
    count = generator.poisson(INPUTS * INPUT_RATE * seconds)
    times = np.sort(generator.uniform(0, seconds, count))
    return times, generator.integers(0, INPUTS, count)


def network(setting: Setting) -> sal.Network:
    """Return the network of a setting."""
    size = setting.size
    net = sal.Network()
    net.add_input("in", INPUTS)
    net.add_population("a", sal.models.lif, size, initial=initial(setting))
    if setting.dense:
        spread = np.random.default_rng(4).uniform(0.5, 1.5, size) / INPUTS
        net.connect("in", "a", weight=np.tile(DRIVES[setting.rate] * FAN_OUT * spread, (INPUTS, 1)))
        net.connect("a", "a", weight=np.tile(signs(size)[:, None] * FAN_OUT / size, size))
        return net
    given, among = patterns(size)

    def matrix(numbers: NDArray[np.float64], pattern: Pattern, rows: int) -> scipy.sparse.csr_array:
        return scipy.sparse.csr_array((numbers, pattern), shape=(rows, size))

    drive = np.full(given[0].size, DRIVES[setting.rate])
    net.connect("in", "a", weight=matrix(drive, given, INPUTS))
    delay = {"1 ms": 1e-3, "none": 0.0}.get(setting.delay)
    net.connect(
        "a",
        "a",
        weight=matrix(np.repeat(signs(size), FAN_OUT), among, size),
        delay=matrix(delays(size), among, size) if delay is None else delay,
    )
    return net


def drive(setting: Setting) -> sal.Spikes:
    """Return the input of a setting."""
    times, units = input_spikes(setting.seconds)
    return sal.Spikes(times, units.astype(np.int32), np.array([0, times.size]))


def synaptic_events(setting: Setting, spikes: int) -> int:
    """Return how many synapses are passed, of the inputs and of the neurons."""
    if setting.dense:
        return setting.size * (input_spikes(setting.seconds)[0].size + spikes)
    given, _ = patterns(setting.size)
    per_input = np.bincount(given[0], minlength=INPUTS)
    _, units = input_spikes(setting.seconds)
    return int(per_input[units].sum()) + FAN_OUT * spikes
