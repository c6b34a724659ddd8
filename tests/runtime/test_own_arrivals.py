"""Neurons with arrivals of their own: many of them, and rows whose delays differ much."""

from __future__ import annotations

import numpy as np
import pytest

import saltation as sal
from saltation.symbolic.neuron import Neuron


def dense_with_delays(
    weight: np.ndarray, delay: np.ndarray, model: Neuron, spikes: sal.Spikes
) -> tuple[sal.Spikes, dict[str, np.ndarray]]:
    """Run a population with a delay for each synapse; its spikes, and their sum's gradient."""
    net = sal.Network()
    net.add_input("in", len(weight))
    net.add_population("e", model, weight.shape[1])
    net.connect("in", "e", weight=weight, delay=delay)
    run = sal.compile(net, t_end=60e-3, threads=1).run({"in": spikes})
    found = run.spikes["e"]
    keys = ["in->e.weight", "in->e.delay", "in.times"]
    return found, run.gradient({"e": np.ones(found.n_spikes)}, wrt=keys)


@pytest.mark.parametrize("model", [sal.models.lif, sal.models.lif_refractory], ids=lambda m: m.name)
def test_a_population_with_very_many_arrivals_is_its_parts(model: Neuron) -> None:
    # 700 neurons with 450 arrivals each are more than are listed at once.
    generator = np.random.default_rng(5)
    weight = generator.normal(0.05, 0.1, (450, 700))
    delay = 10e-3 * generator.random((450, 700))
    spikes = sal.Spikes.from_first_times(40e-3 * generator.random((1, 450)))
    whole, gradient = dense_with_delays(weight, delay, model, spikes)
    assert whole.n_spikes > 700
    pulled = np.zeros(450)
    for part in (slice(0, 301), slice(301, 700)):
        found, own = dense_with_delays(weight[:, part], delay[:, part], model, spikes)
        here = (whole.units >= part.start) & (whole.units < part.stop)
        np.testing.assert_array_equal(found.units, whole.units[here] - part.start)
        np.testing.assert_array_equal(found.times, whole.times[here])
        for key in ("in->e.weight", "in->e.delay"):
            np.testing.assert_array_equal(own[key], gradient[key][:, part])
        pulled += own["in.times"]
    np.testing.assert_allclose(pulled, gradient["in.times"], rtol=1e-11, atol=1e-9)


def test_the_length_of_windows_changes_no_spike() -> None:
    # A loop without effect makes windows shorter than the range of the delays, whose rows are then
    # gone through in the order of delays.
    generator = np.random.default_rng(6)
    weight = generator.normal(0.1, 0.35, (40, 40)) * (generator.random((40, 40)) < 0.4)
    delay = 5e-3 + 3e-3 * generator.random((40, 40))
    drive = generator.normal(0.8, 0.3, (20, 40))
    spikes = sal.Spikes.from_first_times(60e-3 * generator.random((2, 20)))
    results = []
    for loop in (False, True):
        net = sal.Network()
        net.add_input("in", 20)
        net.add_population("e", sal.models.lif, 40)
        net.connect("in", "e", weight=drive, delay=1e-3)
        net.connect("e", "e", weight=weight, delay=delay)
        if loop:
            net.connect("e", "e", weight=np.zeros((40, 40)), delay=0.4e-3, name="loop")
        run = sal.compile(net, t_end=0.12, threads=1).run({"in": spikes})
        found = run.spikes["e"]
        keys = ["in->e.weight", "e->e.weight", "e->e.delay", "in.times"]
        results.append((found, run.gradient({"e": np.ones(found.n_spikes)}, wrt=keys)))
    (long, first), (short, second) = results
    assert long.n_spikes > 200
    np.testing.assert_array_equal(short.units, long.units)
    np.testing.assert_allclose(short.times, long.times, rtol=1e-12)
    for key, value in first.items():
        np.testing.assert_allclose(second[key], value, rtol=1e-8, atol=1e-10)


def test_windows_without_an_arrival_change_nothing() -> None:
    # A neuron at rest stays there: all that happens, and its gradient, is moved with the input. The
    # way back starts with windows that nothing reaches any more.
    generator = np.random.default_rng(7)
    weight = generator.normal(0.1, 0.3, (30, 30)) * (generator.random((30, 30)) < 0.4)
    net = sal.Network()
    net.add_input("in", 20)
    net.add_population("e", sal.models.lif, 30)
    net.connect("in", "e", weight=generator.normal(0.8, 0.3, (20, 30)), delay=1e-3)
    net.connect("e", "e", weight=weight, delay=1e-3 + 3e-3 * generator.random((30, 30)))
    times = 40e-3 * generator.random((1, 20))
    results = []
    for late in (0.0, 32.0 * 1e-3):
        sim = sal.compile(net, t_end=0.4 + late, threads=1)
        run = sim.run({"in": sal.Spikes.from_first_times(times + late)})
        found = run.spikes["e"]
        keys = ["in->e.weight", "e->e.weight", "e->e.delay"]
        results.append((found, late, run.gradient({"e": np.ones(found.n_spikes)}, wrt=keys)))
    (found, _, gradient), (moved, late, other) = results
    assert found.n_spikes > 50
    assert found.times.max() < 0.3
    np.testing.assert_array_equal(moved.units, found.units)
    np.testing.assert_allclose(moved.times - late, found.times, rtol=1e-10)
    for key, value in gradient.items():
        np.testing.assert_allclose(other[key], value, rtol=1e-8, atol=1e-10)


EAGER = [sal.models.lif, sal.models.lif_refractory, sal.models.adaptive_lif, sal.models.lif_delta]


@pytest.mark.parametrize("model", EAGER, ids=lambda m: m.name)
def test_events_in_lanes_are_those_of_neurons_one_by_one(model: Neuron) -> None:
    # Many of them between two arrivals.
    generator = np.random.default_rng(8)
    weight = generator.normal(30.0, 20.0, (25, 43))
    delay = 10e-3 * generator.random((25, 43))
    spikes = sal.Spikes.from_first_times(40e-3 * generator.random((1, 25)))
    results = []
    for own in (False, True):
        net = sal.Network()
        net.add_input("in", 25)
        values = {"theta": np.full(43, model.parameters["theta"])} if own else {}
        net.add_population("e", model, 43, parameters=values)
        net.connect("in", "e", weight=weight, delay=delay)
        run = sal.compile(net, t_end=60e-3, threads=1).run({"in": spikes})
        found = run.spikes["e"]
        keys = ["in->e.weight", "in->e.delay"]
        gradient = run.gradient({"e": np.ones(found.n_spikes)}, wrt=keys, grazing="clip")
        results.append((found, gradient))
    (lanes, first), (alone, second) = results
    assert lanes.n_spikes > 900
    np.testing.assert_array_equal(lanes.units, alone.units)
    np.testing.assert_array_equal(lanes.times, alone.times)
    for key, value in first.items():
        np.testing.assert_array_equal(second[key], value, err_msg=key)
