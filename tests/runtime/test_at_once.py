"""Neurons without an event pass a window's arrivals at once: the same as from arrival to arrival.

Neurons with parameters of their own go from arrival to arrival, which other tests compare with
brute force.
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

SIZE, INPUTS = 110, 20

Array = np.ndarray[Any, Any]

TWO_SYNAPSES = sal.Neuron(
    "two_synapses",
    dynamics={
        "v": "(e - v + i_e + i_i)/tau_m",
        "i_e": "-i_e/tau_e",
        "i_i": "-i_i/tau_i",
    },
    threshold="v - theta",
    reset={"v": "v_r"},
    receive={"exc": {"i_e": "i_e + w"}, "inh": {"i_i": "i_i + w", "v": "v + 0.1*w"}},
    parameters={"tau_m": 20e-3, "tau_e": 5e-3, "tau_i": 8e-3, "e": 0.2, "theta": 1.0, "v_r": 0.0},
)
"""Two ports, one of which moves the voltage too; four rates, as the voltage rests above zero."""

MODELS = [
    sal.models.lif,
    sal.models.lif_refractory,
    sal.models.lif_delta,
    sal.models.adaptive_lif,
    sal.models.lif_adaptation_current,
    TWO_SYNAPSES,
]


def network(model: Neuron, shortest: float, seed: int, *, own: bool) -> sal.Network:
    """A recurrent population with sparse weights, and one delay per synapse or one for all."""
    generator = np.random.default_rng(seed)
    ports = model.ports
    scale = 0.3 if model is sal.models.lif_delta else 1.0
    net = sal.Network()
    net.add_input("in", INPUTS)
    theta = model.parameters["theta"]
    net.add_population("a", model, SIZE, parameters={"theta": np.full(SIZE, theta)} if own else {})

    def weight(rows: int, mean: float, deviation: float) -> scipy.sparse.csr_array:
        some = generator.random((rows, SIZE)) < 0.35
        return scipy.sparse.csr_array(
            np.where(some, scale * generator.normal(mean, deviation, some.shape), 0.0)
        )

    net.connect("in", "a", weight=weight(INPUTS, 1.0, 0.4), port=ports[0])
    among = weight(SIZE, 0.02, 0.07)
    rows, columns = among.nonzero()
    delays = generator.uniform(shortest, 4 * shortest, rows.size)
    delay = scipy.sparse.csr_array((delays, (rows, columns)), shape=among.shape)
    net.observe("area", "a", "v", kind="integral")
    net.connect("a", "a", weight=among, delay=delay, port=ports[-1])
    net.connect(
        "a", "a", weight=weight(SIZE, -0.013, 0.035), delay=shortest, port=ports[0], name="back"
    )
    return net


def simulate(
    net: sal.Network, shortest: float, threads: int = 1, precision: str = "double"
) -> dict[str, Array]:
    """All that two samples and their gradient consist of."""
    generator = np.random.default_rng(5)
    t_end = 0.08 + 3 * shortest
    events = [
        sorted(
            (float(t), int(u))
            for t, u in zip(
                generator.uniform(0, t_end, rate), generator.integers(0, INPUTS, rate), strict=True
            )
        )
        for rate in (250, 60)
    ]
    sim = sal.compile(net, t_end, precision, threads)
    run = sim.run({"in": sal.Spikes.from_events(events)})
    cotangent = {"a": np.cos(1e2 * run.spikes["a"].times)}
    seen = {"area": np.ones_like(run.observations["area"])}
    found = {f"all {k}": v for k, v in run.gradient(cotangent, seen, grazing="clip").items()}
    keys = [k for k in found if "weight" in k or "delay" in k]
    wanted = [*(k.removeprefix("all ") for k in keys), "in.times", "a.initial.v"]
    some = run.gradient(cotangent, seen, wrt=wanted, grazing="clip")
    found |= {f"some {k}": v for k, v in some.items()}
    spikes = run.spikes["a"]
    assert spikes.n_spikes > 100
    return found | run.observations | {"times": spikes.times, "units": spikes.units}


@pytest.mark.parametrize("shortest", [1e-3, 1e-2, 5e-2])
@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_nothing_changes_but_rounding(model: Neuron, shortest: float) -> None:
    expected = simulate(network(model, shortest, 1, own=True), shortest)
    found = simulate(network(model, shortest, 1, own=False), shortest)
    for key, value in found.items():
        before = expected[key].sum() if key.endswith("theta") else expected[key]
        scale = np.abs(value).max(initial=0.0)
        np.testing.assert_allclose(value, before, rtol=1e-7, atol=1e-8 * scale, err_msg=key)


@cache
def compiled(*, own: bool) -> sal.Simulator:
    """A network whose values are given to its runs."""
    return sal.compile(network(sal.models.lif, 1e-3, 3, own=own), 0.1)


def powers_of_ten(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers between powers of ten, and those."""
    return st.floats(low, high).map(lambda power: float(10**power))


@examples(15)
@given(
    seed=st.integers(0, 1000),
    tau_m=powers_of_ten(-3.5, -1),
    ratio=st.sampled_from([0.1, 0.25, 0.999, 1.0, 3.0]),
    shortest=powers_of_ten(-3.5, -1.5),
    strength=st.floats(0.3, 3.0),
    inhibition=st.floats(0.0, 3.0),
)
def test_any_values_change_nothing_but_rounding(
    seed: int, tau_m: float, ratio: float, shortest: float, strength: float, inhibition: float
) -> None:
    """Windows far shorter and far longer than the time constants, which may be equal."""
    generator = np.random.default_rng(seed)
    given = compiled(own=False).net.values()
    peak = ratio ** (-ratio / (ratio - 1)) if ratio != 1 else np.e
    scale = strength * peak * min(1.0, ratio)
    values = {
        "a.tau_m": tau_m,
        "a.tau_s": ratio * tau_m,
        "in->a.weight": scale * np.abs(generator.normal(0.6, 0.3, given["in->a.weight"].shape)),
        "a->a.weight": scale * generator.normal(0.02, 0.05, given["a->a.weight"].shape),
        "a->a.delay": shortest * generator.uniform(1.0, 4.0, given["a->a.delay"].shape),
        "back.weight": -inhibition * scale * 0.02 * np.ones(given["back.weight"].shape),
        "back.delay": shortest,
    }
    times = np.sort(generator.uniform(0, 0.1, 150))
    spikes = sal.Spikes(
        times, generator.integers(0, INPUTS, 150).astype(np.int32), np.array([0, 150])
    )
    keys = ["in->a.weight", "a->a.weight", "a->a.delay", "back.weight", "back.delay", "in.times"]
    found = []
    for own in (False, True):
        run = compiled(own=own).run({"in": spikes}, values)
        cotangent = {"a": np.cos(1e2 * run.spikes["a"].times)}
        gradient = run.gradient(cotangent, wrt=keys, grazing="clip")
        found.append({"times": run.spikes["a"].times, "units": run.spikes["a"].units, **gradient})
    for key, value in found[0].items():
        size = np.abs(value).max(initial=0.0)
        np.testing.assert_allclose(value, found[1][key], rtol=1e-6, atol=1e-7 * size, err_msg=key)


@pytest.mark.parametrize("tau_m", [1e-3, 1e-5, 1e-6, 1e-9])
def test_states_much_faster_than_a_window(tau_m: float) -> None:
    """Nothing is left of a pulse after half a window, nearly all of one that comes at its end."""
    window = 4e-3 * 63 / 64
    at_end = window * np.random.default_rng(6).integers(1, 12, SIZE)
    found = []
    for own in (False, True):
        net = sal.Network()
        net.add_input("in", 2)
        theta = np.full(SIZE, 1.0) if own else 1.0
        values = {"tau_m": tau_m, "theta": theta}
        net.add_population("a", sal.models.lif_delta, SIZE, parameters=values)
        delay = np.stack([at_end - 0.3 * tau_m, at_end + 0.1 * tau_m])
        net.connect("in", "a", weight=np.full((2, SIZE), 0.8), delay=delay)
        net.connect("a", "a", weight=np.full((SIZE, SIZE), 1e-3), delay=4e-3)
        first = sal.Spikes.from_first_times([[0.0, 0.0]])
        found.append(sal.compile(net, 0.06).run({"in": first}).spikes["a"])
    assert found[1].n_spikes == SIZE
    np.testing.assert_array_equal(found[0].units, found[1].units)
    np.testing.assert_array_equal(found[0].times, found[1].times)


def test_very_many_spikes_on_their_way_are_told_apart() -> None:
    """Thousands of rows whose pulses are still to arrive: more than there is room for at first."""
    generator = np.random.default_rng(8)
    weight = scipy.sparse.csr_array(generator.uniform(0.2, 1.0, (SIZE, SIZE)) < 0.3, dtype=float)
    weight.data[:] = generator.normal(0.0, 0.1, weight.nnz)
    delay = weight.copy()
    delay.data[:] = generator.uniform(5e-3, 0.04, weight.nnz)
    times = np.sort(generator.uniform(0, 0.08, 1500))
    units = generator.integers(0, INPUTS, times.size).astype(np.int32)
    found = []
    for own in (False, True):
        net = sal.Network()
        net.add_input("in", INPUTS)
        theta = np.full(SIZE, sal.models.lif.parameters["theta"])
        net.add_population("a", sal.models.lif, SIZE, parameters={"theta": theta} if own else {})
        net.connect("in", "a", weight=np.full((INPUTS, SIZE), 0.8))
        net.connect("a", "a", weight=weight, delay=delay)
        run = sal.compile(net, 0.08).run({"in": sal.Spikes(times, units, np.array([0, 1500]))})
        found.append(run.spikes["a"])
    assert np.diff(np.searchsorted(found[1].times, [0.04, 0.075])) > 3000
    np.testing.assert_array_equal(found[0].units, found[1].units)
    np.testing.assert_allclose(found[0].times, found[1].times, rtol=1e-8)


def test_threads_change_no_bit() -> None:
    one = simulate(network(sal.models.lif, 1e-3, 2, own=False), 1e-3)
    two = simulate(network(sal.models.lif, 1e-3, 2, own=False), 1e-3, threads=2)
    for key, value in one.items():
        np.testing.assert_array_equal(two[key], value, err_msg=key)


def test_sums_of_very_many_windows_are_not_kept() -> None:
    # A thousand windows of 5,000 neurons: these go from arrival to arrival, as those that have
    # parameters of their own do, to the same bits.
    size, window = 5000, 1e-3
    generator = np.random.default_rng(4)
    rows, columns = generator.integers(0, size, (2, 60_000))
    chosen = scipy.sparse.csr_array((np.full(rows.size, 0.4), (rows, columns)), shape=(size, size))
    delays = chosen.copy()
    delays.data[:] = generator.choice([window, 2 * window, 1000 * window], chosen.nnz)
    times = np.sort(generator.uniform(0, 5e-3, 400))
    units = generator.integers(0, INPUTS, 400).astype(np.int32)
    found = []
    for own in (False, True):
        net = sal.Network()
        net.add_input("in", INPUTS)
        theta = np.full(size, sal.models.lif.parameters["theta"])
        net.add_population("a", sal.models.lif, size, parameters={"theta": theta} if own else {})
        net.connect("in", "a", weight=np.full((INPUTS, size), 0.02))
        net.connect("a", "a", weight=chosen, delay=delays)
        sim = sal.compile(net, 0.02, threads=1)
        found.append(sim.run({"in": sal.Spikes(times, units, np.array([0, 400]))}).spikes["a"])
    assert found[0].n_spikes > size
    np.testing.assert_array_equal(found[0].units, found[1].units)
    np.testing.assert_array_equal(found[0].times, found[1].times)
