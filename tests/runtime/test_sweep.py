"""Cycles whose spikes arrive at once, or nearly: from spike to spike where neurons share arrivals.

Where a projection has a delay for each synapse the same windows are simulated again and again until
their spikes stay the same, which other tests compare with brute force.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from proofs import examples

import saltation as sal
from saltation.symbolic.neuron import Neuron

INPUTS, EXCITES, INHIBITS, T_END = 6, 13, 5, 0.04

Array = np.ndarray[Any, Any]

MODELS = {
    sal.models.lif: 1e-8,
    sal.models.lif_refractory: 1e-8,
    sal.models.lif_delta: 1e-8,
    sal.models.adaptive_lif: 1e-8,
    sal.models.qif: 1e-4,
}
"""How exactly results agree: numerical flows take other steps, with errors of their own."""

PACEMAKER = sal.Neuron(
    "pacemaker",
    dynamics={"v": "rate"},
    threshold="v - 1",
    reset={"v": "v - 1"},
    parameters={"rate": 1.0},
    receive={"v": "v + w"},
)
"""Fires at times that are exact."""

DELAYS = {"e->e": 0.0, "e->i": 1e-6, "i->e": 0.0, "i->i": 3e-4}
"""In s: the first three may lead back within a window of any length, the last within some."""


def network(model: Neuron, *, each: bool) -> sal.Network:
    """Two populations connected in all ways; `each` synapse of the input has a delay or none."""
    net = sal.Network()
    net.add_input("in", INPUTS)
    sizes = {"e": EXCITES, "i": INHIBITS}
    for name, size in sizes.items():
        net.add_population(name, model, size)
        shape = (INPUTS, size)
        delay: Any = np.full(shape, 1e-4) if each else 1e-4
        net.connect("in", name, weight=np.zeros(shape), delay=delay)
        net.observe(f"{name}_area", name, "v", kind="integral")
        net.observe(f"{name}_top", name, "v", kind="max")
        net.observe(f"{name}_then", name, "v", kind="sample", at=[0.01, 0.03])
    for key, delay in DELAYS.items():
        pre, post = key.split("->")
        net.connect(pre, post, weight=np.zeros((sizes[pre], sizes[post])), delay=delay)
    return net


@cache
def compiled(model: Neuron, *, each: bool) -> sal.Simulator:
    """A network whose values are given to its runs."""
    return sal.compile(network(model, each=each), T_END, rtol=1e-10)


def values(model: Neuron, seed: int, drive: float, coupling: float) -> dict[str, Array]:
    """Weights for a network that is driven so strongly, and so much by itself."""
    generator = np.random.default_rng(seed)
    unit = {"lif_delta": 0.3, "qif": 10.0}.get(model.name, 1.0)
    found = {}
    for key, value in compiled(model, each=False).net.values().items():
        if key.endswith(".weight"):
            own = drive if key.startswith("in") else coupling
            sign = -1.0 if key.startswith("i->") else 1.0
            found[key] = sign * own * unit * np.abs(generator.normal(0.4, 0.3, value.shape))
    return found


def drive(seed: int) -> sal.Spikes:
    """Two samples, the second without a spike for a while."""
    generator = np.random.default_rng(seed)
    samples = []
    for start, count in ((0.0, 25), (0.02, 8)):
        times = np.round(np.sort(generator.uniform(start, T_END, count)), 4)
        units = generator.integers(0, INPUTS, count)
        samples.append([(float(t), int(u)) for t, u in zip(times, units, strict=True)])
    return sal.Spikes.from_events(samples)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
@examples(6)
@given(seed=st.integers(0, 10**6), strength=st.floats(0.3, 2.0), coupling=st.floats(0.0, 0.5))
def test_from_spike_to_spike_is_what_settles(
    model: Neuron, seed: int, strength: float, coupling: float
) -> None:
    given = values(model, seed, strength, coupling)
    found = []
    for each in (False, True):
        run = compiled(model, each=each).run({"in": drive(seed)}, given)
        cotangents = {name: np.cos(1e2 * run.spikes[name].times) for name in ("e", "i")}
        seen = {name: np.cos(value) for name, value in run.observations.items()}
        gradient = run.gradient(cotangents, seen, grazing="clip")
        gradient = {k: v.sum() if k.endswith(".delay") else v for k, v in gradient.items()}
        spikes = {f"{n} {k}": getattr(run.spikes[n], k) for n in "ei" for k in ("times", "units")}
        found.append({**spikes, **run.observations, **gradient})
    for key, value in found[0].items():
        accuracy, scale = MODELS[model], np.abs(value).max(initial=1.0)
        np.testing.assert_allclose(
            value, found[1][key], rtol=accuracy, atol=0.1 * accuracy * scale, err_msg=key
        )


def test_what_an_earlier_spike_prevents_is_no_error() -> None:
    """One neuron silences another, which would fire a thousand times in the same interval."""
    net = sal.Network()
    net.add_population(
        "a", PACEMAKER, 2, parameters={"rate": [150.0, 1e6]}, initial={"v": [0.99, -50.5]}
    )
    net.connect("a", "a", weight=[[0.0, -1e6], [0.0, 0.0]], delay=0.0)
    run = sal.compile(net, 0.01, max_events=40).run({})
    spikes = run.spikes["a"]
    np.testing.assert_allclose(
        spikes.times[spikes.units == 0], [0.01 / 150, 1.01 / 150], rtol=1e-12
    )
    np.testing.assert_allclose(
        spikes.times[spikes.units == 1], (51.5 + np.arange(16)) * 1e-6, rtol=1e-9
    )


@pytest.mark.parametrize("unit", [0, 1])
def test_a_spike_at_the_instant_of_an_input_is_not_lost(unit: int) -> None:
    """A neuron fires at 1/4 s by its flow; an input comes then, at itself or at the other one."""
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population(
        "a", PACEMAKER, 2, parameters={"rate": [1.0, 0.0]}, initial={"v": [0.75, 0.0]}
    )
    net.connect("in", "a", weight=np.eye(2)[[unit]] * 0.5, delay=0.0)
    net.connect("a", "a", weight=[[0.0, 0.25], [0.0, 0.0]], delay=0.0)
    net.observe("v", "a", "v", kind="sample", at=[0.25, 0.5])
    run = sal.compile(net, 0.5).run({"in": sal.Spikes.from_events([[(0.25, 0)]])})
    np.testing.assert_array_equal(run.spikes["a"].times, [0.25])
    np.testing.assert_array_equal(run.spikes["a"].units, [0])
    after = [0.5, 0.25] if unit == 0 else [0.0, 0.75]
    np.testing.assert_array_equal(run.observations["v"][0], [after, np.add(after, [0.25, 0.0])])


@pytest.mark.parametrize("first", ["a", "in"])
def test_a_spike_and_an_input_of_one_instant_apply_in_the_order_of_projections(first: str) -> None:
    """One adds a quarter, the other makes it three times as much; both populations are a cycle."""
    listener = sal.Neuron(
        "listener",
        dynamics={"v": "0"},
        threshold="v - 10",
        reset={"v": "0"},
        receive={"add": {"v": "v + w"}, "multiply": {"v": "v*w"}},
    )
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population("a", PACEMAKER, 1, initial={"v": 0.75})
    net.add_population("b", listener, 1)
    net.connect("b", "a", weight=[[1.0]], delay=0.0)
    for source in sorted(("a", "in"), key=lambda name: name != first):
        port, weight = {"a": ("add", 0.25), "in": ("multiply", 3.0)}[source]
        net.connect(source, "b", weight=[[weight]], delay=0.0, port=port)
    net.observe("v", "b", "v", kind="sample", at=[0.3])
    run = sal.compile(net, 0.5).run({"in": sal.Spikes.from_events([[(0.25, 0)]])})
    assert run.observations["v"].item() == (0.75 if first == "a" else 0.25)


def test_a_refractory_period_ends_in_an_interval_that_is_cut() -> None:
    """The first neuron fires and recovers before the second fires: the same with a delay each."""
    found = []
    for each in (False, True):
        net = sal.Network()
        net.add_population(
            "a", sal.models.lif_refractory, 2, initial={"v": [0.99, 0.0], "i": [1.5, 9.0]}
        )
        delay = np.zeros((2, 2)) if each else 0.0
        net.connect("a", "a", weight=[[0.0, 0.0], [0.1, 0.0]], delay=delay)
        net.observe("v", "a", "v", kind="sample", at=[0.02])
        run = sal.compile(net, 1.0).run({})
        times = run.spikes["a"].times
        assert times[0] + sal.models.lif_refractory.parameters["t_r"] < times[1] < 1 / 64
        found.append(np.concatenate([times, run.observations["v"].ravel()]))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)
