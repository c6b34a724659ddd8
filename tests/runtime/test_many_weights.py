"""Values of many numbers, whose checks and copies are what a small batch waits for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from saltation.learning.optimisers import Adam
from saltation.runtime.network import Network
from saltation.runtime.run import Run
from saltation.runtime.simulate import Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, NonFiniteError
from saltation.symbolic.models import lif

KEY = "in->out.weight"
WEIGHTS = np.random.default_rng(0).uniform(0.5, 1.5, (300, 40))
SPIKES = {"in": Spikes.from_first_times(np.random.default_rng(1).uniform(0, 0.02, (2, 300)))}


@pytest.fixture(scope="module", params=["double", "single"])
def simulator(request: pytest.FixtureRequest) -> Simulator:
    """Return a simulator with 12,000 weights."""
    net = Network()
    net.add_input("in", 300)
    net.add_population("out", lif, 40)
    net.connect("in", "out", WEIGHTS)
    return compile(net, 0.03, request.param, threads=1)


def bits(run: Run) -> tuple[Any, ...]:
    """Return all that comes out of a run."""
    count = run.spikes["out"].n_spikes
    assert count > 40
    gradient = run.gradient({"out": np.linspace(-1.0, 1.0, count)})
    return (run.spikes["out"].times.tobytes(), *(each.tobytes() for each in gradient.values()))


def stepped(rate: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the weights after a step of Adam, which no run needs to copy."""
    adam = Adam(rate)
    values, _ = adam.step({KEY: WEIGHTS}, {KEY: WEIGHTS}, adam.start({KEY: WEIGHTS}))
    values[KEY].setflags(write=False)
    return values[KEY]


@pytest.mark.parametrize("place", [0, 6001, -1])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_bad_number_among_many_is_refused_at_every_call(
    simulator: Simulator, place: int, bad: float
) -> None:
    array = WEIGHTS.copy()
    before = bits(simulator.run(SPIKES, {KEY: array}))
    for _ in range(2):
        array.flat[place] = bad
        for _ in range(2):
            with pytest.raises(ArrayError, match=r"weight must be finite, got -?(nan|inf) at pre"):
                simulator.run(SPIKES, {KEY: array})
        array.flat[place] = WEIGHTS.flat[place]
        assert bits(simulator.run(SPIKES, {KEY: array})) == before


def test_a_view_of_a_frozen_array_is_no_way_in_for_a_bad_number(simulator: Simulator) -> None:
    array = WEIGHTS.copy()
    view = array[:]
    array.setflags(write=False)
    simulator.run(SPIKES, {KEY: array})
    view[7, 7] = np.nan
    with pytest.raises(ArrayError, match="at pre 7, post 7"):
        simulator.run(SPIKES, {KEY: array})


def test_a_gradient_is_that_of_the_weights_as_they_were_when_it_was_run(
    simulator: Simulator,
) -> None:
    array = WEIGHTS.copy()
    run, own = simulator.run(SPIKES, {KEY: array}), bits(simulator.run(SPIKES))
    array *= 1.1
    assert bits(run) == own
    assert np.array_equal(run.values[KEY], WEIGHTS)
    assert bits(simulator.run(SPIKES, {KEY: array})) != own


def test_stepped_weights_are_taken_as_they_are_until_they_can_be_written_to(
    simulator: Simulator,
) -> None:
    array = stepped(0.1)
    copied = bits(simulator.run(SPIKES, {KEY: array.copy()}))
    run = simulator.run(SPIKES, {KEY: array})
    assert run.values[KEY] is array
    assert bits(run) == copied
    array.setflags(write=True)
    array[3, 4] = np.nan
    with pytest.raises(ArrayError, match="at pre 3, post 4"):
        simulator.run(SPIKES, {KEY: array})


def test_a_step_too_far_is_refused(simulator: Simulator) -> None:
    array = stepped(1e308)
    assert np.isfinite(array).all()
    simulator.net.checked_values({KEY: array})
    gradient = {KEY: np.ones_like(array)}
    gradient[KEY].flat[-1] = np.nan
    adam = Adam(1e-3)
    values, _ = adam.step({KEY: array}, gradient, adam.start({KEY: array}))
    with pytest.raises(ArrayError, match="got nan at pre 299, post 39"):
        simulator.run(SPIKES, values)


@pytest.mark.parametrize("unit", [0, 150, 299])
def test_a_gradient_that_is_not_finite_in_one_row_is_refused(
    simulator: Simulator, unit: int
) -> None:
    """Only rows of inputs that spiked can hold anything but zeros."""
    huge = {KEY: np.full((300, 40), 40.0)}
    run = simulator.run({"in": Spikes.from_events([[(1e-3, unit)]])}, huge)
    count = run.spikes["out"].n_spikes
    given = np.full(count, 1e300 if simulator.precision == "double" else 1e30)
    assert np.isfinite(run.gradient({"out": given}, wrt=[KEY])[KEY]).all()
    largest = 1.7e308 if simulator.precision == "double" else 3.3e38
    with pytest.raises(NonFiniteError, match=rf"'{KEY}' is not finite .* index \({unit}, 0\)"):
        run.gradient({"out": np.full(count, largest)}, wrt=[KEY], grazing="clip")


@pytest.mark.parametrize("sparse", [False, True])
def test_a_gradient_that_is_not_finite_behind_a_population_is_refused(sparse: bool) -> None:
    net = Network()
    net.add_input("in", 1)
    net.add_population("hidden", lif, 3)
    net.add_population("out", lif, 2)
    net.connect("in", "hidden", np.full((1, 3), 40.0))
    weights = np.full((3, 2), 40.0)
    net.connect("hidden", "out", sp.csr_array(weights) if sparse else weights)
    run = compile(net, 0.03, threads=1).run({"in": Spikes.from_first_times([[1e-3]])})
    given = {"out": np.full(run.spikes["out"].n_spikes, 1.7e308)}
    with pytest.raises(NonFiniteError, match=r"gradient of 'hidden->out\.weight' is not finite"):
        run.gradient(given, wrt=["hidden->out.weight"], grazing="clip")
