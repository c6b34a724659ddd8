"""What must not change a recurrent network's results, and networks whose spikes never end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

from saltation.runtime.network import Network
from saltation.runtime.simulate import Run, Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ZenoError
from saltation.symbolic.models import lif, lif_delta, lif_refractory

T_END = 0.05
SIZE = 7
DELAYS = pytest.mark.parametrize("delay", [0.0, 1e-7, 1e-3])

Array = np.ndarray[Any, Any]


def spikes(batch: int) -> Spikes:
    """Samples with different numbers of input spikes, some of them at the same instant."""
    random = np.random.default_rng(1)
    samples = []
    for b in range(batch):
        times = np.round(np.sort(random.uniform(0, T_END, 5 + 6 * b)), 4)
        samples.append(
            [
                (float(t), int(u))
                for t, u in zip(times, random.integers(0, 3, times.size), strict=True)
            ]
        )
    return Spikes.from_events(samples)


def weights() -> dict[str, Array]:
    """Weights of which about half are zero."""
    random = np.random.default_rng(2)
    some = random.random((SIZE, SIZE)) < 0.5
    return {
        "in": random.uniform(1, 6, (3, SIZE)),
        "a": np.where(some, random.uniform(-2, 2, (SIZE, SIZE)), 0.0),
    }


def network(delay: float, order: Array | None = None, form: str = "dense") -> Network:
    """A recurrent population, its neurons in any order, watched in every way."""
    order = np.arange(SIZE) if order is None else order
    w = weights()
    recurrent: Any = w["a"][np.ix_(order, order)]
    delays: Any = delay
    if form == "sparse":
        recurrent = scipy.sparse.csr_array(recurrent)
    if form == "each":
        delays = np.full(recurrent.shape, delay)
    net = Network()
    net.add_input("in", 3)
    tau = np.linspace(15e-3, 25e-3, SIZE)[order]
    net.add_population("a", lif_refractory, SIZE, parameters={"tau_m": tau})
    net.connect("in", "a", weight=w["in"][:, order])
    net.connect("a", "a", weight=recurrent, delay=delays)
    net.observe("max", "a", "v", kind="max")
    net.observe("integral", "a", "i", kind="integral")
    net.observe("sample", "a", "v", kind="sample", at=[0.01, 0.02])
    return net


def simulator(net: Network, threads: int = 1, precision: str = "double") -> Simulator:
    return compile(net, T_END, precision, threads)


def gradient(run: Run) -> dict[str, Array]:
    """The gradient of a loss that treats all neurons and spikes alike."""
    return run.gradient(
        {"a": np.cos(1e3 * run.spikes["a"].times)},
        {name: np.cos(value) for name, value in run.observations.items()},
    )


@DELAYS
@pytest.mark.parametrize("form", ["sparse", "each"])
def test_a_network_is_the_same_dense_sparse_and_with_a_delay_each(delay: float, form: str) -> None:
    drive = {"in": spikes(3)}
    first = simulator(network(delay)).run(drive)
    second = simulator(network(delay, form=form)).run(drive)
    assert first.spikes["a"].n_spikes > 30
    np.testing.assert_array_equal(first.spikes["a"].units, second.spikes["a"].units)
    np.testing.assert_allclose(first.spikes["a"].times, second.spikes["a"].times, rtol=1e-12)
    one, other = gradient(first), gradient(second)
    entries = np.nonzero(weights()["a"])
    for key, value in one.items():
        expected: Array = value
        got = other[key]
        if key == "a->a.weight" and form == "sparse":
            expected = value[entries]
        if key == "a->a.delay" and form == "each":
            got = got.sum()
        scale = np.abs(expected).max()
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-10 * scale, err_msg=key)


@DELAYS
@pytest.mark.parametrize("form", ["dense", "sparse"])
def test_the_order_of_neurons_changes_nothing(delay: float, form: str) -> None:
    drive = {"in": spikes(3)}
    order = np.random.default_rng(3).permutation(SIZE)
    first = simulator(network(delay, form=form)).run(drive)
    second = simulator(network(delay, order, form)).run(drive)
    np.testing.assert_array_equal(first.spikes["a"].times, second.spikes["a"].times)
    np.testing.assert_array_equal(first.spikes["a"].units, order[second.spikes["a"].units])
    for name in ("max", "integral", "sample"):
        one, other = first.observations[name], second.observations[name]
        np.testing.assert_array_equal(one[..., order], other)
    one, other = gradient(first), gradient(second)
    for key in ("a.tau_m", "in->a.weight"):
        np.testing.assert_allclose(one[key][..., order], other[key], rtol=1e-10, atol=1e-12)


@DELAYS
@pytest.mark.parametrize("precision", ["double", "single"])
def test_threads_batches_and_repetition_change_no_bit(delay: float, precision: str) -> None:
    net = network(delay, form="sparse")
    drive = spikes(6)
    run = simulator(net, 1, precision).run({"in": drive})
    whole = gradient(run)
    for threads in (2, 5, 2):
        again = simulator(net, threads, precision).run({"in": drive})
        np.testing.assert_array_equal(run.spikes["a"].times, again.spikes["a"].times)
        for key, value in gradient(again).items():
            np.testing.assert_array_equal(value, whole[key], err_msg=key)
    for part in (slice(0, 2), slice(2, 6)):
        some = simulator(net, 2, precision).run({"in": drive[part]})
        np.testing.assert_array_equal(run.spikes["a"][part].times, some.spikes["a"].times)
        np.testing.assert_array_equal(run.observations["max"][part], some.observations["max"])


@DELAYS
def test_single_precision_finds_the_same_spikes(delay: float) -> None:
    drive = {"in": spikes(2)[0:1]}
    double = simulator(network(delay, form="sparse")).run(drive).spikes["a"]
    single = simulator(network(delay, form="sparse"), precision="single").run(drive).spikes["a"]
    np.testing.assert_array_equal(np.bincount(double.units), np.bincount(single.units))
    np.testing.assert_allclose(np.sort(double.times), np.sort(single.times), atol=1e-5)


def ping_pong(size: int, weight: float) -> Network:
    """Neurons in a ring without delay, each of which fires the next."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("a", lif_delta, size)
    net.connect("in", "a", weight=np.eye(1, size) * 1.5)
    ring = np.roll(np.eye(size), 1, axis=1) * weight
    net.connect("a", "a", weight=scipy.sparse.csr_array(ring))
    return net


@pytest.mark.parametrize("size", [1, 2, 5])
def test_spikes_that_go_round_for_ever_at_one_instant_are_an_error(size: int) -> None:
    """A self-connection, two neurons, a ring: named with the instant."""
    sim = simulator(ping_pong(size, 1.5))
    with pytest.raises(ZenoError, match=r"population 'a', .* at 0\.01 s"):
        sim.run({"in": Spikes.from_first_times([[0.01]])})


def test_a_long_chain_at_one_instant_is_none() -> None:
    """Sixty neurons, of which each fires the next at the same instant; the last fires nobody."""
    size = 60
    net = Network()
    net.add_input("in", 1)
    net.add_population("a", lif_delta, size)
    net.connect("in", "a", weight=np.eye(1, size) * 1.5)
    net.connect("a", "a", weight=scipy.sparse.csr_array(np.eye(size, k=1) * 1.5))
    run = simulator(net).run({"in": Spikes.from_first_times([[0.01]])})
    np.testing.assert_array_equal(run.spikes["a"].times, np.full(size, 0.01))
    slopes = run.gradient({"a": np.ones(size)})
    assert slopes["in.times"][0] == pytest.approx(size)
    assert slopes["a->a.delay"] == pytest.approx(size * (size - 1) / 2)


def test_inhibition_at_the_same_instant_comes_after_its_cause() -> None:
    """A spike cannot prevent itself: the two fire each other's inhibition, and both have fired."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("a", lif_delta, 3)
    net.connect("in", "a", weight=[[1.5, 0.8, 0.8]])
    net.connect("a", "a", weight=[[0.0, 0.5, 0.5], [-9.0, 0.0, -0.2], [-9.0, -0.2, 0.0]])
    run = simulator(net).run({"in": Spikes.from_first_times([[0.01]])})
    np.testing.assert_array_equal(run.spikes["a"].units, [0, 1, 2])


def test_a_maximum_on_the_boundary_of_a_window_moves_with_its_arrival() -> None:
    """A window ends 63/64 of the delay after it starts; a jump there is the maximum."""
    delay = 1e-3
    at = delay - delay / 64
    net = Network()
    net.add_input("in", 1)
    net.add_population("a", lif_delta, 1)
    net.connect("in", "a", weight=[[0.5]])
    net.connect("a", "a", weight=[[0.1]], delay=delay)
    net.observe("max", "a", "v", kind="max")
    net.observe("sample", "a", "v", kind="sample", at=[at, 0.01])
    sim = simulator(net)
    run = sim.run({"in": Spikes.from_events([[(0.0, 0), (at, 0)]])})
    first = 0.5 * np.exp(-at / 20e-3)
    assert run.observations["max"] == pytest.approx(first + 0.5, rel=1e-14)
    assert run.observations["sample"][0, 0, 0] == pytest.approx(first + 0.5, rel=1e-14)
    slopes = run.gradient(observations={"max": [[1.0]]})
    np.testing.assert_allclose(slopes["in.times"], [first / 20e-3, -first / 20e-3], rtol=1e-12)
    assert slopes["in->a.weight"][0, 0] == pytest.approx(first / 0.5 + 1, rel=1e-12)


def test_windows_without_spikes_cost_nothing_but_decay() -> None:
    """A state at the end is what one exponential gives, through a thousand windows."""
    net = Network()
    net.add_population("a", lif, 2, initial={"v": 0.9})
    net.connect("a", "a", weight=np.ones((2, 2)), delay=T_END / 1000)
    net.observe("end", "a", "v", kind="sample", at=[T_END])
    run = simulator(net).run({})
    np.testing.assert_allclose(run.observations["end"], 0.9 * np.exp(-T_END / 20e-3), rtol=1e-12)
    slopes = run.gradient(observations={"end": np.ones((1, 1, 2))})
    expected = 2 * 0.9 * np.exp(-T_END / 20e-3) * T_END / 20e-3**2
    assert slopes["a.tau_m"] == pytest.approx(expected, rel=1e-10)
