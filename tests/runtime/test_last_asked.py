"""The way back begins where a loss last asks for something: gradients are sums over all that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saltation.runtime.network import Network
from saltation.runtime.run import Run
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import adaptive_lif, leaky_integrator, lif, lif_refractory, qif
from saltation.symbolic.neuron import Neuron

SOURCES, SAMPLES = 6, 2
MODELS = {
    "lif": (lif, 3.0, 0.6),
    "refractory": (lif_refractory, 3.0, 0.6),
    "adaptive": (adaptive_lif, 3.0, 0.6),
    "integrator": (leaky_integrator, 3.0, 0.6),
    "quadratic": (qif, 20.0, 0.6),
}
"""Models of the last population, and scales of the weights to the first and to it."""


def simulated(model: Neuron, first: float, last: float, size: int, delay_each: bool) -> Run:
    """Run a network with every kind of output, so that each is asked for early and late."""
    generator = np.random.default_rng(4)
    net = Network()
    net.add_input("in", SOURCES)
    net.add_population("hidden", lif, 14)
    net.add_population("out", model, size)
    net.connect("in", "hidden", 3.0 * generator.uniform(0.2, 1.0, (SOURCES, 14)), delay=1e-3)
    delays: Any = generator.uniform(0.5e-3, 1e-3, (14, size)) if delay_each else 0.5e-3
    scale = last * first / 3.0
    net.connect("hidden", "out", scale * generator.uniform(0.2, 1.0, (14, size)), delay=delays)
    net.observe("most", "out", "v", kind="max")
    net.observe("whole", "hidden", "v", kind="integral")
    net.observe("some", "out", "v", kind="sample", at=[0.005, 0.012, 0.03])
    times = np.sort(generator.uniform(1e-3, 0.03, (SAMPLES, SOURCES, 2)))
    spikes = Spikes.from_events(
        sorted((time, unit) for unit, row in enumerate(sample) for time in row) for sample in times
    )
    return compile(net, 0.04, threads=1).run({"in": spikes})


def single_outputs(run: Run) -> list[dict[str, dict[str, Any]]]:
    """Return arguments of `Run.gradient` of which each asks for one spike or observed number."""
    arrays = [
        (kind, name, np.zeros(shape))
        for kind, outputs in (
            ("spike_times", {name: each.times.shape for name, each in run.spikes.items()}),
            ("observations", {name: each.shape for name, each in run.observations.items()}),
        )
        for name, shape in outputs.items()
    ]
    found = []
    for kind, name, zeros in arrays:
        for index in range(zeros.size):
            one = zeros.copy()
            one.flat[index] = 1.0 + 0.1 * np.sin(index)
            found.append({"spike_times": {}, "observations": {}} | {kind: {name: one}})
    return found


def together(parts: list[dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Add up what they ask for."""
    total: dict[str, dict[str, Any]] = {"spike_times": {}, "observations": {}}
    for part in parts:
        for kind, arrays in part.items():
            for name, array in arrays.items():
                total[kind][name] = total[kind].get(name, 0.0) + array
    return total


@pytest.mark.parametrize("delay_each", [False, True], ids=["shared", "own arrivals"])
@pytest.mark.parametrize("size", [3, 40])
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore::saltation.symbolic.errors.StructuralZeroWarning")
def test_a_gradient_is_the_sum_over_all_that_is_asked(
    name: str, size: int, delay_each: bool
) -> None:
    run = simulated(*MODELS[name], size, delay_each)
    parts = single_outputs(run)
    parts = parts[:: max(1, len(parts) // 60)]
    assert len(parts) > 20
    gradients = [run.gradient(**part, grazing="clip") for part in parts]
    whole = run.gradient(**together(parts), grazing="clip")
    moved = 0
    for key, array in whole.items():
        each = np.array([gradient[key] for gradient in gradients])
        scale = np.abs(each).sum(axis=0).max(initial=1e-300)
        error = np.abs(each.sum(axis=0) - array).max(initial=0.0)
        assert error <= 1e-12 * scale, key
        moved += bool(np.any(array))
    assert moved > 5


@pytest.mark.parametrize("name", ["lif", "refractory", "quadratic"])
def test_nothing_is_asked_of_a_population(name: str) -> None:
    run = simulated(*MODELS[name], 3, delay_each=False)
    zeros = {population: np.zeros(each.n_spikes) for population, each in run.spikes.items()}
    gradient = run.gradient(spike_times=zeros)
    assert all(not array.any() for array in gradient.values())
