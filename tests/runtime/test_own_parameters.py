"""Neurons with parameters of their own go in lanes, and have the bits of neurons alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saltation.runtime.network import Network
from saltation.runtime.run import Run
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import (
    adaptive_lif,
    leaky_integrator,
    lif,
    lif_delta,
    lif_refractory,
    resonate_and_fire,
)
from saltation.symbolic.neuron import Neuron

SOURCES, SAMPLES, MANY = 12, 5, 40
GENERATOR = np.random.default_rng(11)
WEIGHTS = GENERATOR.normal(0.4, 1.0, (SOURCES, MANY))
SPIKES = {
    "in": Spikes.from_events(
        sorted((time, unit) for unit, row in enumerate(sample) for time in row)
        for sample in GENERATOR.uniform(1e-3, 0.04, (SAMPLES, SOURCES, 3))
    )
}
MODELS = {
    "lif": (lif, 3.0),
    "refractory": (lif_refractory, 3.0),
    "adaptive": (adaptive_lif, 3.0),
    "jumps": (lif_delta, 0.4),
    "integrator": (leaky_integrator, 1.0),
    "resonator": (resonate_and_fire, 150.0),
}


def simulated(
    model: Neuron, weights: Any, parameters: dict[str, Any], kind: str, precision: str
) -> Run:
    """Run a population of as many neurons as there are columns of weights."""
    net = Network()
    net.add_input("in", SOURCES)
    net.add_population("out", model, weights.shape[1], parameters=parameters)
    net.connect("in", "out", weights)
    if kind:
        observed = model.system.states[0].name
        net.observe("o", "out", observed, kind=kind)
    return compile(net, 0.05, precision, threads=1).run(SPIKES)


def gradient(run: Run) -> dict[str, Any]:
    """Return the gradient of a loss of all spikes and observations."""
    spikes = run.spikes["out"]
    given: dict[str, Any] = {"spike_times": {"out": 1.0 + 20.0 * spikes.times}}
    if run.observations:
        given["observations"] = {"o": 1.0 + 0.0 * run.observations["o"]}
    return run.gradient(**given, grazing="clip")


def values(model: Neuron) -> dict[str, float]:
    """Return the parameters that a model declares."""
    net = Network()
    net.add_population("out", model, 1)
    return {
        key.removeprefix("out."): float(value)
        for key, value in net.values().items()
        if "initial" not in key
    }


@pytest.mark.parametrize("kind", ["", "max"])
@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("size", [3, MANY])
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore::saltation.symbolic.errors.StructuralZeroWarning")
def test_equal_values_of_their_own_change_no_bit(
    name: str, size: int, precision: str, kind: str
) -> None:
    model, scale = MODELS[name]
    weights, declared = scale * WEIGHTS[:, :size], values(model)
    own = {key: np.full(size, value) for key, value in declared.items()}
    shared = simulated(model, weights, {}, kind, precision)
    each = simulated(model, weights, own, kind, precision)
    assert each.spikes["out"].n_spikes == shared.spikes["out"].n_spikes
    assert (each.spikes["out"].n_spikes > 0) == (name != "integrator")
    np.testing.assert_array_equal(each.spikes["out"].times, shared.spikes["out"].times)
    np.testing.assert_array_equal(each.spikes["out"].units, shared.spikes["out"].units)
    if kind:
        np.testing.assert_array_equal(each.observations["o"], shared.observations["o"])
    found, expected = gradient(each), gradient(shared)
    for key in ("in->out.weight", "in.times"):
        np.testing.assert_array_equal(found[key], expected[key], err_msg=key)
    for key in declared:
        total = found[f"out.{key}"]
        assert total.shape == (size,)
        scale_of_terms = np.abs(total).sum()
        rounding = 1e-12 if precision == "double" else 1e-4
        assert abs(total.sum() - expected[f"out.{key}"]) <= rounding * scale_of_terms, key


@pytest.mark.parametrize("kind", ["", "max"])
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore::saltation.symbolic.errors.StructuralZeroWarning")
def test_each_neuron_is_as_if_it_were_alone(name: str, kind: str) -> None:
    model, scale = MODELS[name]
    own = {
        key: value * (1.0 + 0.05 * GENERATOR.random(MANY)) for key, value in values(model).items()
    }
    run = simulated(model, scale * WEIGHTS, own, kind, "double")
    spikes, whole = run.spikes["out"], gradient(run)
    for n in (0, 7, MANY - 1):
        alone = simulated(
            model,
            scale * WEIGHTS[:, n : n + 1],
            {key: float(value[n]) for key, value in own.items()},
            kind,
            "double",
        )
        np.testing.assert_array_equal(spikes.times[spikes.units == n], alone.spikes["out"].times)
        for key, value in gradient(alone).items():
            if key == "in->out.weight":
                np.testing.assert_array_equal(whole[key][:, n], value[:, 0])
            elif key.removeprefix("out.") in own:
                assert whole[key][n] == value, key
