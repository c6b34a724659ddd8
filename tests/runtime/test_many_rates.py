"""Guards with more than four rates: whether an interval can hold a crossing is told by bounds.

Bounds are the closer the shorter an interval is: inputs of no weight cut a run into short ones,
in which the same crossings must be found as in a whole one.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from proofs import examples

import saltation as sal
from saltation.symbolic.neuron import Neuron

DRIVES = ("a", "b", "c", "d")
T_END, CUTS, SIZE = 0.1, 400, 24


def model(name: str, threshold: str, drives: tuple[str, ...] = DRIVES) -> Neuron:
    """A membrane with some drives, of different time constants."""
    return sal.Neuron(
        name,
        dynamics={"v": f"({' + '.join(drives)} - v)/tau_m"}
        | {drive: f"-{drive}/tau_{drive}" for drive in drives},
        threshold=threshold,
        reset={"v": "v - 1"},
        receive={"a": "a + w"},
        initial={"v": -1.0},
        parameters={"tau_m": 20e-3, "theta": 1.0}
        | {f"tau_{drive}": 5e-3 * 2**k for k, drive in enumerate(drives)},
    )


MODELS = [
    model("to_a_constant", "v - theta"),
    model("to_a_drive", "v - d - theta*c"),
    model("of_many", "v - theta", tuple("abcdfghjkl")),
]
"""Six rates, one of them zero; five, none of them zero; twelve."""


def drives_of(model: Neuron) -> list[str]:
    """Name the drives of a model."""
    return [state for state in model.initial if state != "v"]


@cache
def simulator(model: Neuron) -> sal.Simulator:
    """Neurons without any input but that of the cuts, which has no weight."""
    net = sal.Network()
    net.add_input("cuts", 1)
    initial = {"v": -np.ones(SIZE)} | {drive: np.zeros(SIZE) for drive in drives_of(model)}
    net.add_population("n", model, SIZE, initial=initial)
    net.connect("cuts", "n", weight=np.zeros((1, SIZE)))
    return sal.compile(net, T_END)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
@examples(15)
@given(
    seed=st.integers(0, 10**6),
    tau_m=st.floats(-3, -1).map(lambda power: float(10**power)),
    ratio=st.sampled_from([1.0, 1.001, 1.5, 4.0]),
    size=st.floats(1.0, 30.0),
)
def test_whole_intervals_hold_the_crossings_of_their_parts(
    model: Neuron, seed: int, tau_m: float, ratio: float, size: float
) -> None:
    generator = np.random.default_rng(seed)
    initial = {
        f"n.initial.{drive}": size * generator.normal(size=SIZE) for drive in drives_of(model)
    }
    initial["n.initial.v"] = -np.abs(generator.normal(size=SIZE)) - sum(
        np.abs(value) for value in initial.values()
    ) * (model is MODELS[1])
    taus = {f"n.tau_{drive}": 3e-3 * ratio**k for k, drive in enumerate(drives_of(model))}
    values = {**initial, **taus, "n.tau_m": tau_m}
    cuts = np.sort(generator.uniform(0, T_END, CUTS))
    found = []
    for times in (cuts[:0], cuts):
        spikes = sal.Spikes(times, np.zeros(times.size, np.int32), np.array([0, times.size]))
        run = simulator(model).run({"cuts": spikes}, values)
        gradient = run.gradient(
            {"n": np.ones(run.spikes["n"].n_spikes)}, wrt=("n.initial.a", "n.tau_m"), grazing="clip"
        )
        found.append((run.spikes["n"], gradient))
    (whole, one), (parts, other) = found
    np.testing.assert_array_equal(whole.units, parts.units)
    np.testing.assert_allclose(whole.times, parts.times, rtol=1e-10, atol=1e-13)
    for key, value in one.items():
        scale = np.abs(value).max(initial=1e-12)
        np.testing.assert_allclose(value, other[key], rtol=1e-6, atol=1e-7 * scale, err_msg=key)
