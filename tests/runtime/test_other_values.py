"""Runs with other values than the network's own, one after the other from one simulator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from saltation.runtime.network import Network
from saltation.runtime.run import Run
from saltation.runtime.simulate import Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import lif

WEIGHTS = np.array([[2.5, 3.0, 4.0], [3.5, 2.0, 3.0]])
PATTERN = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
OWN: dict[str, Any] = {
    "in->hidden.weight": 4 * WEIGHTS,
    "in->hidden.delay": 1e-3,
    "hidden->out.weight": np.array([14.0, 15.0, 13.5, 14.5]),
    "hidden->out.delay": np.array([1e-3, 2e-3, 0.5e-3, 1.5e-3]),
    "hidden.tau_m": 0.02,
    "hidden.theta": np.array([0.9, 1.0, 1.1]),
    "hidden.initial.v": np.array([0.0, 0.1, 0.2]),
    "out.tau_s": np.array([5e-3, 6e-3]),
    "out.initial.i": 0.1,
}
OTHER: dict[str, Any] = {
    key: np.asarray(value) * (0.9 if "tau" in key or "theta" in key else 1.2)
    for key, value in OWN.items()
}
SPIKES = {"in": Spikes.from_first_times([[2e-3, 3e-3], [1e-3, 4e-3]])}


def make_network(values: dict[str, Any]) -> Network:
    """Return a network declared with these values: dense, sparse, shared and for each neuron."""
    net = Network()
    net.add_input("in", 2)
    for name, size in (("hidden", 3), ("out", 2)):
        own = {key.partition(".")[2]: value for key, value in values.items() if name in key[:6]}
        start = {key[8:]: value for key, value in own.items() if key.startswith("initial.")}
        parameters = {key: value for key, value in own.items() if key in lif.parameters}
        net.add_population(name, lif, size, parameters=parameters, initial=start)
    net.connect("in", "hidden", values["in->hidden.weight"], delay=values["in->hidden.delay"])
    net.connect(
        "hidden",
        "out",
        sparse(values["hidden->out.weight"]),
        delay=sparse(values["hidden->out.delay"]),
    )
    return net


def sparse(entries: np.ndarray) -> sp.csr_array:
    """Return a matrix with these entries."""
    matrix = sp.csr_array(PATTERN)
    matrix.data = np.array(entries)
    return matrix


def outcome(run: Run) -> list[np.ndarray]:
    """Return all that comes out of a run: spikes and a gradient."""
    assert run.spikes["out"].n_spikes > 2
    given = {name: 1.0 + np.arange(each.n_spikes) for name, each in run.spikes.items()}
    gradient = run.gradient(given)
    assert sum(bool(array.any()) for array in gradient.values()) > 10
    arrays = [array for each in run.spikes.values() for array in (each.times, each.units)]
    return [*arrays, *gradient.values()]


def same(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    """Whether two outcomes have the same bits."""
    return all(a.tobytes() == b.tobytes() for a, b in zip(first, second, strict=True))


@pytest.fixture(scope="module", params=["double", "single"])
def simulator(request: pytest.FixtureRequest) -> Simulator:
    """Return the simulator of the network with its own values."""
    return compile(make_network(OWN), 0.05, request.param, threads=1)


@pytest.mark.parametrize("keys", [*((key,) for key in OWN), tuple(OWN), tuple(OWN)[2:8]])
def test_other_values_are_those_of_a_network_declared_with_them(
    simulator: Simulator, keys: tuple[str, ...]
) -> None:
    declared = compile(
        make_network(OWN | {key: OTHER[key] for key in keys}), 0.05, simulator.precision, threads=1
    )
    before, own = simulator.run(SPIKES), outcome(simulator.run(SPIKES))
    found = outcome(simulator.run(SPIKES, {key: OTHER[key] for key in keys}))
    assert same(found, outcome(declared.run(SPIKES)))
    assert not same(found, own)
    assert same(outcome(before), own)
    assert same(outcome(simulator.run(SPIKES)), own)


@pytest.mark.parametrize("key", list(OWN))
def test_an_array_that_is_changed_in_place_counts_for_the_next_run_only(
    simulator: Simulator, key: str
) -> None:
    array = np.array(OWN[key])
    run, own = simulator.run(SPIKES, {key: array}), outcome(simulator.run(SPIKES))
    array[...] = OTHER[key]
    assert same(outcome(run), own)
    other = outcome(simulator.run(SPIKES, {key: OTHER[key]}))
    assert same(outcome(simulator.run(SPIKES, {key: array})), other)


def test_cotangents_that_are_changed_in_place_count_for_the_next_gradient(
    simulator: Simulator,
) -> None:
    run = simulator.run(SPIKES)
    given = np.ones(run.spikes["out"].n_spikes)
    first = run.gradient({"out": given})["in->hidden.weight"]
    given *= 2.0
    # A factor of two is exact.
    np.testing.assert_array_equal(
        run.gradient({"out": given}, wrt="in->hidden.weight")["in->hidden.weight"], 2.0 * first
    )
