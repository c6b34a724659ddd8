"""Samples of a small population are simulated side by side, and each does what it does alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from saltation.runtime.network import Network
from saltation.runtime.run import Run
from saltation.runtime.simulate import Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import RunawayError
from saltation.symbolic.models import (
    adaptive_lif,
    lif,
    lif_adaptation_current,
    lif_delta,
    lif_refractory,
)
from saltation.symbolic.neuron import Neuron

SOURCES = 12
BATCH = 21
T_END = 0.05
GENERATOR = np.random.default_rng(3)
COUNTS = GENERATOR.integers(0, 6, (BATCH, SOURCES))
EVENTS = [
    sorted(
        (time, unit)
        for unit, count in enumerate(row)
        for time in GENERATOR.uniform(1e-3, 0.04, count).round(3)  # many at one instant
    )
    for row in COUNTS
]
MODELS = {
    "lif": (lif, 3.0),
    "refractory": (lif_refractory, 3.0),
    "jumps": (lif_delta, 0.4),
    "adaptive": (adaptive_lif, 3.0),
    "current": (lif_adaptation_current, 3.0),
}


def layers(model: Neuron, scale: float, sizes: tuple[int, ...], observed: bool) -> Network:
    """Return a network of one population behind the other."""
    generator = np.random.default_rng(5)
    net = Network()
    net.add_input("in", SOURCES)
    source, count = "in", SOURCES
    for k, size in enumerate(sizes):
        name = f"p{k}"
        net.add_population(name, model, size)
        net.connect(source, name, scale * generator.normal(0.5, 0.7, (count, size)))
        source, count = name, size
        if observed:
            net.observe(f"o{k}", name, "v", kind="max")
    return net


def results(run: Run) -> list[np.ndarray]:
    """Return spikes, observations and a gradient by all values of every sample."""
    cotangents: dict[str, Any] = {
        "spike_times": {
            name: np.cos(1e3 * spikes.times)
            for name, spikes in run.spikes.items()
            if spikes.n_spikes
        },
        "observations": {name: np.ones_like(each) for name, each in run.observations.items()},
    }
    gradient = run.gradient(**cotangents, grazing="clip")
    spikes = [part for each in run.spikes.values() for part in (each.times, each.units)]
    return [*spikes, *run.observations.values(), *(gradient[key] for key in sorted(gradient))]


@pytest.mark.parametrize("observed", [False, True])
@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("name", MODELS)
def test_each_sample_does_what_it_does_alone(name: str, precision: str, observed: bool) -> None:
    net = layers(*MODELS[name], (40, 3, 9), observed)
    sim = compile(net, T_END, precision, threads=1)
    together = sim.run({"in": Spikes.from_events(EVENTS)})
    assert together.spikes["p1"].n_spikes > BATCH
    for sample, events in enumerate(EVENTS):
        alone = sim.run({"in": Spikes.from_events([events])})
        for population, spikes in together.spikes.items():
            times, units = spikes.sample(sample)
            np.testing.assert_array_equal(times, alone.spikes[population].times)
            np.testing.assert_array_equal(units, alone.spikes[population].units)
        for key, values in together.observations.items():
            np.testing.assert_array_equal(values[sample], alone.observations[key][0])


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_nothing(threads: int) -> None:
    net = layers(lif, 3.0, (40, 3, 9), observed=True)
    spikes = {"in": Spikes.from_events(EVENTS)}
    first, second = (compile(net, T_END, threads=n).run(spikes) for n in (1, threads))
    for one, other in zip(results(first), results(second), strict=True):
        np.testing.assert_array_equal(one, other)


def failing(fails: Callable[[int], bool]) -> tuple[Simulator, Spikes]:
    """Return a network in which some samples have more events than are allowed."""
    sim = compile(layers(lif, 3.0, (3, 2), observed=False), T_END, threads=1, max_events=60)
    many = sorted((time, unit) for unit in range(SOURCES) for time in np.linspace(1e-3, 0.04, 100))
    few = [(1e-3, 0), (2e-3, 1)]
    return sim, Spikes.from_events([many if fails(sample) else few for sample in range(BATCH)])


@pytest.mark.parametrize("first", [0, 2, 5, 9, 20])
def test_the_first_failure_is_told(first: int) -> None:
    sim, spikes = failing(lambda sample: sample >= first and (sample - first) % 3 == 0)
    with pytest.raises(RunawayError) as error:
        sim.run({"in": spikes})
    with pytest.raises(RunawayError) as alone:
        sim.run({"in": spikes[first : first + 1]})
    assert f"sample {first}" in str(error.value)
    assert str(error.value).replace(f"sample {first}", "sample 0") == str(alone.value)
