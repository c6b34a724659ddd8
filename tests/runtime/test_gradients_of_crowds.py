"""Gradients by all values where neurons have arrivals of their own, which go back in lanes.

The same as where all neurons share their arrivals, or go one by one as their parameters differ.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from proofs import examples

import saltation as sal
from saltation.symbolic.neuron import Neuron

SIZE, INPUTS, T_END = 29, 20, 0.08

Array = np.ndarray[Any, Any]

SATURATING = sal.Neuron(
    "saturating",
    dynamics={"v": "(e - v + i)/tau_m", "i": "-i/tau_s"},
    threshold="v - theta",
    reset={"v": "v_r"},
    receive={"syn": {"i": "i + w*(peak - i)"}, "step": {"v": "v + 0.1*w"}},
    parameters={"tau_m": 20e-3, "tau_s": 5e-3, "e": 0.2, "peak": 9.0, "theta": 1.0, "v_r": 0.0},
)
"""An arrival's effect depends on the state that it finds, and so does its adjoint."""

MODELS = [
    sal.models.lif,
    sal.models.lif_refractory,
    sal.models.lif_delta,
    sal.models.adaptive_lif,
    sal.models.lif_adaptation_current,
    SATURATING,
]


def some_weights(generator: np.random.Generator, rows: int, mean: float, deviation: float) -> Array:
    """Weights of which a third are not zero."""
    some = generator.random((rows, SIZE)) < 0.35
    return np.where(some, generator.normal(mean, deviation, some.shape), 0.0)


def scale_of(model: Neuron) -> float:
    """How strong weights are."""
    return 0.3 if model is sal.models.lif_delta else 0.2 if model is SATURATING else 1.0


@cache
def fed(model: Neuron, *, dense: bool, threads: int = 1) -> sal.Simulator:
    """A population with sparse weights, or with zeros in their place."""
    generator = np.random.default_rng(3)
    net = sal.Network()
    net.add_input("in", INPUTS)
    net.add_population("a", model, SIZE)
    for port, strength in zip(model.ports, (1.0, 0.5), strict=False):
        weight = scale_of(model) * strength * some_weights(generator, INPUTS, 1.0, 0.3)
        given = weight if dense else scipy.sparse.csr_array(weight)
        net.connect("in", "a", weight=given, delay=1e-3, port=port, name=port)
    net.observe("area", "a", "v", kind="integral")
    return sal.compile(net, T_END, threads=threads)


@cache
def recurrent(model: Neuron, *, alone: bool, threads: int = 1) -> sal.Simulator:
    """A small recurrent population with a delay per synapse; neurons go one by one if `alone`."""
    generator = np.random.default_rng(4)
    net = sal.Network()
    net.add_input("in", INPUTS)
    theta = {"theta": np.full(SIZE, model.parameters["theta"])} if alone else {}
    net.add_population("a", model, SIZE, parameters=theta)
    weight = scipy.sparse.csr_array(scale_of(model) * some_weights(generator, INPUTS, 1.0, 0.4))
    net.connect("in", "a", weight=weight, port=model.ports[0])
    among = scipy.sparse.csr_array(scale_of(model) * some_weights(generator, SIZE, 0.05, 0.15))
    rows, columns = among.nonzero()
    delays = generator.uniform(1e-3, 4e-3, rows.size)
    delay = scipy.sparse.csr_array((delays, (rows, columns)), shape=among.shape)
    net.connect("a", "a", weight=among, delay=delay, port=model.ports[-1])
    return sal.compile(net, T_END, threads=threads)


def drive(seed: int, *counts: int) -> sal.Spikes:
    """Samples of so many input spikes each."""
    generator = np.random.default_rng(seed)
    offset = np.concatenate([[0], np.cumsum(counts)])
    times = np.concatenate([np.sort(generator.uniform(0, T_END, n)) for n in counts])
    return sal.Spikes(times, generator.integers(0, INPUTS, times.size).astype(np.int32), offset)


def results(
    sim: sal.Simulator, spikes: sal.Spikes, values: dict[str, Any] | None = None
) -> dict[str, Array]:
    """Spikes and the gradient by all values of some loss."""
    run = sim.run({"in": spikes}, values)
    found = run.spikes["a"]
    seen = {
        name: np.cos(np.arange(o.size)).reshape(o.shape) for name, o in run.observations.items()
    }
    gradient = run.gradient({"a": np.cos(1e2 * found.times)}, seen, grazing="clip")
    return {"times": found.times, "units": found.units, **gradient}


def agree(one: dict[str, Array], other: dict[str, Array]) -> None:
    """Compare results: of a neuron's own values the sum, of sparse weights what is there."""
    for key, value in one.items():
        expected = other[key]
        if expected.ndim > value.ndim and value.ndim == 0:
            expected = expected.sum()
        size = np.abs(value).max(initial=0.0)
        np.testing.assert_allclose(value, expected, rtol=1e-7, atol=1e-8 * size, err_msg=key)


def of_entries(sim: sal.Simulator, found: dict[str, Array]) -> dict[str, Array]:
    """Of dense gradients those by weights that are not zero."""
    given = sim.net.values()
    return {
        key: value[given[key] != 0] if key.endswith("weight") else value
        for key, value in found.items()
    }


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_sparse_weights_are_dense_ones_without_their_zeros(model: Neuron) -> None:
    spikes = drive(5, 200, 0, 60)
    sparse = results(fed(model, dense=False), spikes)
    assert sparse["times"].size > 100
    agree(sparse, of_entries(fed(model, dense=True), results(fed(model, dense=True), spikes)))


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_neurons_in_lanes_are_neurons_alone(model: Neuron) -> None:
    spikes = drive(6, 200, 60)
    lanes = results(recurrent(model, alone=False), spikes)
    assert lanes["times"].size > 100
    agree(lanes, results(recurrent(model, alone=True), spikes))


@pytest.mark.parametrize("model", [sal.models.lif_refractory, SATURATING], ids=lambda m: m.name)
def test_threads_change_no_bit(model: Neuron) -> None:
    spikes = drive(7, 120, 30, 80)
    pairs = [
        [results(recurrent(model, alone=False, threads=n), spikes) for n in (1, 2)],
        [results(fed(model, dense=False, threads=n), spikes) for n in (1, 2)],
    ]
    for one, two in pairs:
        for key, value in one.items():
            np.testing.assert_array_equal(two[key], value, err_msg=key)


@examples(20)
@given(
    seed=st.integers(0, 1000),
    tau_m=st.floats(-3.0, -1.0).map(lambda power: float(10**power)),
    ratio=st.sampled_from([0.1, 0.25, 0.999, 1.0, 3.0]),
    strength=st.floats(0.3, 3.0),
    count=st.integers(1, 200),
)
def test_any_values_give_the_same_gradient(
    seed: int, tau_m: float, ratio: float, strength: float, count: int
) -> None:
    """Time constants that are equal, or far from the intervals; few arrivals and many."""
    generator = np.random.default_rng(seed)
    peak = ratio ** (-ratio / (ratio - 1)) if ratio != 1 else np.e
    scale = strength * peak * min(1.0, ratio)
    times = {"a.tau_m": tau_m, "a.tau_s": ratio * tau_m}
    spikes = drive(seed, count)
    sparse, dense = (fed(sal.models.lif, dense=dense) for dense in (False, True))
    weight = dense.net.values()["default.weight"]
    weight[weight != 0] = scale * generator.normal(0.6, 0.3, np.count_nonzero(weight))
    found = results(sparse, spikes, {**times, "default.weight": weight[weight != 0]})
    whole = results(dense, spikes, {**times, "default.weight": weight})
    agree(found, whole | {"default.weight": whole["default.weight"][weight != 0]})
    lanes, alone = (recurrent(sal.models.lif, alone=alone) for alone in (False, True))
    given = lanes.net.values()
    values = {
        **times,
        "in->a.weight": scale * generator.normal(0.6, 0.3, given["in->a.weight"].shape),
        "a->a.weight": scale * generator.normal(0.05, 0.1, given["a->a.weight"].shape),
    }
    agree(results(lanes, spikes, values), results(alone, spikes, values))
