"""Rows gone through once, into a calendar: the same as if gone through in each window.

Neurons that go from arrival to arrival give the same bits. Those without an event pass the arrivals
of a window at once, if it comes from a calendar: what these add is summed, which rounds otherwise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

import saltation as sal
from saltation.symbolic.neuron import Neuron

SHORTEST = 2.0**-10
WINDOW = SHORTEST - SHORTEST / 64
"""Windows last 63/64 of the shortest delay: all edges are numbers without rounding."""
SIZE, CROWD = 24, 100
"""Few neurons, and so many that they pass a window's arrivals at once."""

Array = np.ndarray[Any, Any]


def recurrent_delays(generator: np.random.Generator, longest: int, size: int) -> Array:
    """Delays of up to so many windows, a third each at edges, near them and anywhere."""
    shape = (size, size)
    edges = WINDOW * generator.integers(2, longest + 1, shape)
    near = edges + generator.choice([-1, 1], shape) * 2.0**-50
    kind = generator.integers(0, 3, shape)
    delay = np.choose(kind, [edges, near, generator.uniform(SHORTEST, longest * WINDOW, shape)])
    delay[0, 0] = SHORTEST
    delay[0, 1] = longest * WINDOW
    return delay


def network(
    longest: int,
    model: Neuron,
    *,
    calendar: bool,
    sampled: bool = False,
    each: bool = False,
    size: int = SIZE,
) -> sal.Network:
    """Two populations in a cycle.

    An input without a spike, through delays of any length, makes a calendar too long. Neurons with
    parameters of their own go from arrival to arrival.
    """
    generator = np.random.default_rng(longest)
    scale = (0.3 if model is sal.models.lif_delta else 1.0) * SIZE / size
    some = generator.random((size, size)) < 0.5
    some[0, :2] = True
    weight = np.where(some, scale * generator.normal(0.15, 0.5, (size, size)), 0.0)
    delay = recurrent_delays(generator, longest, size)
    net = sal.Network()
    net.add_input("in", 8)
    net.add_input("quiet", 1)
    own = {"theta": np.full(size, model.parameters["theta"])} if each else {}
    net.add_population("a", model, size, parameters=own)
    net.add_population("b", model, size, parameters=own)
    zero_or_edge = WINDOW * generator.integers(0, 4, (8, size))
    drive = scale * size / SIZE * generator.normal(1.5, 0.5, (8, size))
    net.connect("in", "a", weight=drive, delay=zero_or_edge)
    chosen = scipy.sparse.csr_array(weight)
    rows, columns = chosen.nonzero()
    delays = scipy.sparse.csr_array((delay[rows, columns], (rows, columns)), shape=weight.shape)
    net.connect("a", "a", weight=chosen, delay=delays)
    net.connect(
        "a", "b", weight=2 * np.abs(weight.T), delay=WINDOW * generator.integers(0, 5, (size, size))
    )
    net.connect("b", "a", weight=-np.abs(weight), delay=2 * SHORTEST)
    for population in "ab":
        reach = np.zeros((1, size))
        reach[0, 1] = WINDOW if calendar else 2000 * WINDOW
        net.connect("quiet", population, weight=np.zeros((1, size)), delay=reach)
    if sampled:
        net.observe("sample", "a", "v", kind="sample", at=[0.0, 7 * WINDOW, 0.02])
    return net


def drive(samples: int) -> sal.Spikes:
    """Spikes at edges of windows, some of them at once."""
    generator = np.random.default_rng(3)
    events = []
    for _ in range(samples):
        times = WINDOW * np.sort(generator.integers(0, 40, 60)) * generator.choice([0.5, 1.0], 60)
        events.append(
            sorted(
                (float(t), int(u)) for t, u in zip(times, generator.integers(0, 8, 60), strict=True)
            )
        )
    return sal.Spikes.from_events(events)


def simulate(net: sal.Network, precision: str = "double", threads: int = 1) -> dict[str, Array]:
    """All that a run and its gradient consist of."""
    nothing = sal.Spikes.from_events([[], [], []])
    sim = sal.compile(net, 0.06, precision, threads)
    run = sim.run({"in": drive(3), "quiet": nothing})
    cotangent = {name: np.cos(1e3 * found.times) for name, found in run.spikes.items()}
    seen = {name: np.cos(value) for name, value in run.observations.items()}
    found: dict[str, Array] = {
        f"gradient {k}": v for k, v in run.gradient(cotangent, seen).items() if "quiet" not in k
    }
    weights = ["in->a.weight", "a->a.weight", "a->a.delay", "a->b.weight", "a->b.delay", "in.times"]
    found |= {f"some {k}": v for k, v in run.gradient(cotangent, seen, wrt=weights).items()}
    for name, spikes in run.spikes.items():
        assert spikes.n_spikes > 100
        found |= {f"times {name}": spikes.times, f"units {name}": spikes.units}
    return {**found, **run.observations}


@pytest.mark.parametrize("longest", [3, 9, 300])
@pytest.mark.parametrize("model", [sal.models.lif, sal.models.lif_delta], ids=lambda m: m.name)
@pytest.mark.parametrize("precision", ["double", "single"])
def test_a_calendar_changes_no_bit(longest: int, model: Neuron, precision: str) -> None:
    with_it = simulate(network(longest, model, calendar=True, each=True), precision)
    without = simulate(network(longest, model, calendar=False, each=True), precision)
    for key, value in without.items():
        np.testing.assert_array_equal(with_it[key], value, err_msg=key)


@pytest.mark.parametrize("longest", [3, 9, 300])
@pytest.mark.parametrize(
    "model",
    [sal.models.lif, sal.models.lif_delta, sal.models.lif_refractory, sal.models.adaptive_lif],
    ids=lambda m: m.name,
)
def test_all_arrivals_of_a_window_at_once_change_nothing_but_rounding(
    longest: int, model: Neuron
) -> None:
    with_it = simulate(network(longest, model, calendar=True, size=CROWD))
    without = simulate(network(longest, model, calendar=False, size=CROWD))
    for key, value in without.items():
        scale = np.abs(value).max()
        np.testing.assert_allclose(with_it[key], value, rtol=1e-9, atol=1e-9 * scale, err_msg=key)


def test_neither_do_samples_and_threads() -> None:
    with_it = simulate(
        network(9, sal.models.lif, calendar=True, sampled=True, each=True), threads=2
    )
    without = simulate(network(9, sal.models.lif, calendar=False, sampled=True, each=True))
    assert "sample" in without
    for key, value in without.items():
        np.testing.assert_array_equal(with_it[key], value, err_msg=key)


def test_a_calendar_that_becomes_too_long_is_given_up() -> None:
    # Two million arrivals and more are on their way at once, or there is no calendar at all.
    generator = np.random.default_rng(8)
    sources, size = 6400, 400
    weight = generator.normal(0.025, 0.025, (sources, size))
    delay = 0.2 * generator.random((sources, size))
    times = 5e-3 * generator.random((1, sources))
    results = []
    for reach in (0.2, 10.0):
        net = sal.Network()
        net.add_input("in", sources)
        net.add_input("quiet", 1)
        net.add_population("e", sal.models.lif, size)
        net.connect("in", "e", weight=weight, delay=delay)
        net.connect("e", "e", weight=np.eye(size), delay=8e-3)
        net.connect(
            "quiet", "e", weight=np.zeros((1, size)), delay=np.linspace(0, reach, size)[None]
        )
        spikes = {"in": sal.Spikes.from_first_times(times), "quiet": sal.Spikes.from_events([[]])}
        run = sal.compile(net, t_end=0.25, threads=1).run(spikes)
        found = run.spikes["e"]
        assert found.n_spikes > 1000
        keys = ["in->e.weight", "in->e.delay", "in.times"]
        results.append((found, run.gradient({"e": np.ones(found.n_spikes)}, wrt=keys)))
    (found, gradient), (expected, other) = results
    np.testing.assert_array_equal(found.units, expected.units)
    np.testing.assert_allclose(found.times, expected.times, rtol=1e-14)
    for key, value in other.items():
        scale = np.abs(value).max()
        np.testing.assert_allclose(
            gradient[key], value, rtol=1e-12, atol=1e-12 * scale, err_msg=key
        )
