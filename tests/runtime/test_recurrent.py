"""Recurrent networks: spikes, observations and all gradients are those of an event queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gmpy2
import numpy as np
import pytest
import scipy.sparse
from event_queue import BITS, EventQueue, mpfr, numbers_of, observed

from saltation.runtime.network import Network
from saltation.runtime.simulate import Run, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import lif, lif_delta

T_END = 0.03

INPUT = [(0.0011, 0), (0.0017, 1), (0.0042, 2), (0.0090, 0), (0.0131, 1), (0.0155, 2), (0.0202, 0)]
"""Spikes of three input units."""


def random(seed: int, low: float, high: float, *shape: int) -> np.ndarray[Any, Any]:
    """Weights or delays that are the same in every run."""
    return np.random.default_rng(seed).uniform(low, high, shape)


def sparse(seed: int, low: float, high: float, *shape: int) -> Any:
    """The same with about half of the entries."""
    chosen = np.random.default_rng(seed + 1000).random(shape) < 0.6
    return scipy.sparse.csr_array(np.where(chosen, random(seed, low, high, *shape), 0))


def like(matrix: Any, data: np.ndarray[Any, Any]) -> Any:
    """A sparse matrix with the same entries."""
    return scipy.sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def driven(size: int = 4, weight: float = 6.0) -> Network:
    """An input into a population "a" of LIF neurons with membranes of their own."""
    net = Network()
    net.add_input("in", 3)
    net.add_population("a", lif, size, parameters={"tau_m": np.linspace(15e-3, 22e-3, size)})
    net.connect("in", "a", weight=random(1, 0.3 * weight, weight, 3, size), delay=5e-4)
    return net


def dense(delay: float) -> Network:
    net = driven()
    net.connect("a", "a", weight=random(2, -2, 2.5, 4, 4), delay=delay)
    return net


def single(delay: float) -> Network:
    net = driven(5)
    net.connect("a", "a", weight=sparse(3, -2, 3, 5, 5), delay=delay)
    return net


def mixed_delays(least: float) -> Network:
    net = driven(5)
    weight = sparse(4, -3, 2, 5, 5)
    delay = np.linspace(least, 3e-3, weight.nnz)
    net.connect("a", "a", weight=weight, delay=like(weight, delay))
    net.connect("a", "a", weight=random(5, -1, 1, 5, 5), delay=2e-3, name="slow")
    return net


def delays_of_all() -> Network:
    net = driven()
    net.connect("a", "a", weight=random(6, -1, 2, 4, 4), delay=random(7, 4e-4, 2e-3, 4, 4))
    return net


def itself(delay: float) -> Network:
    net = driven()
    net.connect("a", "a", weight=np.diag([0.5, -3.0, 1.0, -0.5]), delay=delay)
    return net


def two_cycles() -> Network:
    net = driven()
    net.connect("a", "a", weight=random(2, -2, 2.5, 4, 4), delay=1e-3)
    net.add_population("between", lif, 3)
    net.add_population("b", lif, 3)
    net.add_population("c", lif, 2)
    net.add_population("out", lif, 2)
    net.connect("a", "between", weight=random(8, 0.5, 2.5, 4, 3))
    net.connect("between", "b", weight=sparse(9, 1.5, 5, 3, 3), delay=3e-4)
    net.connect("b", "c", weight=random(10, 1, 3, 3, 2))
    net.connect("c", "b", weight=random(11, -3, 3, 2, 3), delay=7e-4)
    net.connect("b", "b", weight=random(12, -2, 2, 3, 3), delay=9e-4)
    net.connect("c", "out", weight=random(13, 0.5, 2, 2, 2))
    net.connect("a", "out", weight=random(14, 0, 1.5, 4, 2), delay=1e-3)
    return net


def two_models(delay: float) -> Network:
    net = driven()
    net.add_population("b", lif_delta, 3, parameters={"tau_m": 9e-3})
    net.connect("a", "b", weight=random(15, 0.2, 0.9, 4, 3))
    net.connect("b", "a", weight=random(16, -3, 2, 3, 4), delay=delay)
    net.connect("b", "b", weight=random(17, -0.4, 0.3, 3, 3), delay=delay)
    return net


def chain() -> Network:
    """Delta synapses without delay: one neuron fires the next at the same instant, and so on."""
    net = Network()
    net.add_input("in", 3)
    parameters = {"tau_m": np.linspace(8e-3, 12e-3, 5), "v_r": 0.05}
    net.add_population("a", lif_delta, 5, parameters=parameters)
    net.connect("in", "a", weight=[[0.7, 0.1, 0, 0, 0], [0.6, 0.2, 0, 0, 0.1], [0.8, 0, 0, 0.3, 0]])
    weight = np.zeros((5, 5))
    weight[0, 1], weight[1, 2], weight[2, 3] = 1.2, 1.1, 1.3
    weight[3, 0], weight[3, 1], weight[1, 4], weight[2, 4] = -0.3, -0.2, 0.6, 0.7
    weight[4, 4] = -0.25
    net.connect("a", "a", weight=scipy.sparse.csr_array(weight))
    return net


def inhibition() -> Network:
    """Two neurons that suppress each other at once, and excite each other late."""
    net = driven(2, 9.0)
    net.connect("a", "a", weight=[[0, -4.0], [-3.0, 0]])
    net.connect("a", "a", weight=[[0, 3.0], [4.0, 0]], delay=4e-3, name="late")
    return net


NETWORKS: dict[str, Callable[[], Network]] = {
    "dense, 1 ms": lambda: dense(1e-3),
    "dense, no delay": lambda: dense(0.0),
    "dense, 100 ns": lambda: dense(1e-7),
    "sparse, 1 ms": lambda: single(1e-3),
    "sparse, no delay": lambda: single(0.0),
    "delays from 0.3 ms, two projections": lambda: mixed_delays(3e-4),
    "delays from 0, two projections": lambda: mixed_delays(0.0),
    "a delay per pair": delays_of_all,
    "to itself, 1 ms": lambda: itself(1e-3),
    "to itself, no delay": lambda: itself(0.0),
    "two cycles in sequence": two_cycles,
    "two models, 1 ms": lambda: two_models(1e-3),
    "two models, no delay": lambda: two_models(0.0),
    "a chain at one instant": chain,
    "mutual inhibition": inhibition,
}


def watched(net: Network) -> Network:
    """Observe every population in every way."""
    for name in net.populations:
        net.observe(f"{name}_max", name, "v", kind="max")
        net.observe(f"{name}_integral", name, "v", kind="integral")
        net.observe(f"{name}_sample", name, "v", kind="sample", at=[0.0, 0.0071, 0.019])
    return net


def simulate(net: Network, precision: str = "double") -> Run:
    return compile(net, T_END, precision, threads=1).run({"in": Spikes.from_events([INPUT])})


def wave(shape: tuple[int, ...] | int, phase: float) -> np.ndarray[Any, Any]:
    """Cotangents of all signs and sizes."""
    size = int(np.prod(shape))
    return np.cos(phase + 1.7 * np.arange(size)).reshape(shape)


def loss(queue: EventQueue) -> Any:
    """The loss whose derivatives by all outputs are `wave`."""
    total = mpfr(0)
    for spikes in queue.spikes.values():
        for weight, (time, _) in zip(wave(len(spikes), 0.3), sorted(spikes), strict=True):
            total += mpfr(float(weight)) * time
    for name in queue.net.observations:
        values = observed(queue, name)
        for weight, value in zip(wave(values.shape, 0.9).ravel(), values.ravel(), strict=True):
            total += mpfr(float(weight)) * value
    return total


def derivative(run: Callable[[dict[str, list[Any]]], Any], numbers: Any, key: str, k: int) -> Any:
    """A difference quotient in many digits: a forward one by a delay of zero."""
    step = mpfr(10) ** -15
    values = []
    ahead = key.endswith(".delay") and numbers[key][k] == 0
    for change in (0, step) if ahead else (-step, step):
        changed = dict(numbers)
        changed[key] = list(numbers[key])
        changed[key][k] += change
        values.append(run(changed))
    return (values[1] - values[0]) / (step if ahead else 2 * step)


def chosen(size: int, most: int) -> Sequence[int]:
    """Some entries of an array: all of a small one."""
    return sorted({int(k) for k in np.linspace(0, size - 1, most)}) if size > most else range(size)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_run_and_its_gradient_are_those_of_the_event_queue(name: str) -> None:
    net = watched(NETWORKS[name]())
    run = simulate(net)
    units = {"in": [unit for _, unit in INPUT]}
    with gmpy2.context(precision=BITS):
        numbers = numbers_of(net, {"in": [t for t, _ in INPUT]})
        t_end = mpfr(T_END)

        def simulated(values: dict[str, list[Any]]) -> EventQueue:
            return EventQueue(net, values, t_end).run(units)

        queue = simulated(numbers)
        for population in net.populations:
            expected = sorted(queue.spikes[population])
            assert len(expected) >= 2
            assert run.spikes[population].units.tolist() == [unit for _, unit in expected]
            times = np.array([float(time) for time, _ in expected])
            np.testing.assert_allclose(run.spikes[population].times, times, rtol=0, atol=1e-14)
        for observation, value in run.observations.items():
            expected_value = observed(queue, observation).astype(float)
            np.testing.assert_allclose(value[0], expected_value, rtol=1e-12, atol=1e-13)
        gradient = run.gradient(
            {k: wave(spikes.times.size, 0.3) for k, spikes in run.spikes.items()},
            {k: wave(v[0].shape, 0.9)[None] for k, v in run.observations.items()},
        )
        for key, got in gradient.items():
            entries = chosen(got.size, 2 if len(net.populations) > 3 else 3)
            slopes = [derivative(lambda v: loss(simulated(v)), numbers, key, k) for k in entries]
            scale = max(1e-9, *(abs(float(s)) for s in slopes))
            np.testing.assert_allclose(
                got.ravel()[list(entries)],
                [float(s) for s in slopes],
                atol=1e-9 * scale,
                rtol=1e-9,
                err_msg=key,
            )


def test_the_chain_has_generations() -> None:
    """The chain of delta synapses is long enough to be worth its test."""
    with gmpy2.context(precision=BITS):
        net = chain()
        numbers = numbers_of(net, {"in": [t for t, _ in INPUT]})
        queue = EventQueue(net, numbers, mpfr(T_END)).run({"in": [u for _, u in INPUT]})
    assert max(queue.generations) >= 4
