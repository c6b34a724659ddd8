"""Few neurons go from arrival to arrival in vectors, and have the same bits as among many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saltation.runtime.network import Network
from saltation.runtime.run import Run
from saltation.runtime.simulate import Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import (
    adaptive_lif,
    leaky_integrator,
    lif,
    lif_delta,
    lif_refractory,
)
from saltation.symbolic.neuron import Neuron

MANY = 80
"""Neurons of which a group is none of few, in either precision."""

SOURCES = 30
GENERATOR = np.random.default_rng(7)
WEIGHTS = GENERATOR.normal(0.25, 1.0, (SOURCES, MANY))
TIMES = GENERATOR.uniform(1e-3, 0.04, (3, SOURCES, 4))
TIMES[:, 1::5] = TIMES[:, ::5]  # some arrive at once
SPIKES = {
    "in": Spikes.from_events(
        sorted((time, unit) for unit, row in enumerate(sample) for time in row) for sample in TIMES
    )
}
MODELS = {
    "integrator": (leaky_integrator, 1.0),
    "lif": (lif, 3.0),
    "refractory": (lif_refractory, 3.0),
    "jumps": (lif_delta, 0.3),
    "adaptive": (adaptive_lif, 3.0),
}


def simulator(model: Neuron, scale: float, size: int, precision: str, kinds: str) -> Simulator:
    """Return the simulator of the first neurons."""
    net = Network()
    net.add_input("in", SOURCES)
    net.add_population("out", model, size)
    net.connect("in", "out", scale * WEIGHTS[:, :size])
    if kinds == "max":
        net.observe("o", "out", "v", kind="max")
    elif kinds == "integral":
        net.observe("o", "out", "v", kind="integral")
    return compile(net, 0.05, precision, threads=1)


def outcome(run: Run, count: int, wrt: tuple[str, ...]) -> dict[str, Any]:
    """Return what the first neurons do, and the gradient of a loss of these."""
    spikes = run.spikes["out"]
    given: dict[str, Any] = {}
    if spikes.n_spikes:
        given["spike_times"] = {"out": np.where(spikes.units < count, 1.0 + spikes.times, 0.0)}
    found = {"spikes": [each[spikes.units < count] for each in (spikes.times, spikes.units)]}
    if run.observations:
        observed = run.observations["o"]
        cotangent = np.zeros_like(observed)
        cotangent[:, :count] = np.linspace(-1.0, 1.0, 3 * count).reshape(3, count)
        given["observations"] = {"o": cotangent}
        found["observed"] = [observed[:, :count]]
    gradient = run.gradient(**given, wrt=wrt, grazing="clip")
    found["weights"] = [gradient["in->out.weight"][:, :count]]
    found["other"] = [each for key, each in gradient.items() if key != "in->out.weight"]
    return found


@pytest.mark.parametrize("kinds", ["", "max", "integral"])
@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("name", MODELS)
def test_few_neurons_have_the_bits_of_many(name: str, precision: str, kinds: str) -> None:
    model, scale = MODELS[name]
    if not kinds and name == "integrator":
        pytest.skip("it would have no output")
    many = simulator(model, scale, MANY, precision, kinds).run(SPIKES)
    for size in (2, 3, 4, 5, 10, 32, 33):
        few = simulator(model, scale, size, precision, kinds).run(SPIKES)
        for wrt in (("in->out.weight",), ("in->out.weight", "in.times", "in->out.delay")):
            one, other = outcome(few, size, wrt), outcome(many, size, wrt)
            assert name == "integrator" or one["spikes"][0].size > size
            for part in ("spikes", "observed", "weights"):
                for a, b in zip(one.get(part, []), other.get(part, []), strict=True):
                    assert a.tobytes() == b.tobytes()
            # A common delay moves maxima, not their values: its gradient is what rounding leaves.
            largest = max([0.0, *(np.abs(each).max() for each in other["other"])])
            tolerance = largest * (1e-11 if precision == "double" else 1e-4)
            for a, b in zip(one["other"], other["other"], strict=True):
                assert np.allclose(a, b, rtol=0.0, atol=tolerance)


@pytest.mark.parametrize("size", [2, 3, 10, 32, 33])
def test_gradients_by_times_of_few_are_those_of_shorter_runs_put_together(size: int) -> None:
    """A sum over few neurons is that of the neurons one by one, but for its rounding."""
    few = simulator(lif, 3.0, size, "double", "").run(SPIKES)
    given = 1.0 + np.arange(few.spikes["out"].n_spikes)
    units = few.spikes["out"].units
    whole = few.gradient({"out": given}, wrt=["in.times"])["in.times"]
    parts = sum(
        few.gradient({"out": np.where(units == unit, given, 0.0)}, wrt=["in.times"])["in.times"]
        for unit in range(size)
    )
    assert np.allclose(whole, parts, rtol=1e-11, atol=1e-11 * np.abs(whole).max())
