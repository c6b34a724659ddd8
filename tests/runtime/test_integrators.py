"""Membranes without a leak, pulled both ways: where their slope turns, the search has no bend.

What such a membrane does until it first spikes is known in closed form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from exported import device
from scipy.optimize import brentq

import saltation as sal

SIZE, T_END = 1024, 0.1
DRIVE, TAU_A, TAU_B = 20.0, 5e-3, 12e-3

integrator = sal.Neuron(
    "integrator",
    dynamics={"v": "drive + a - b", "a": "-a/tau_a", "b": "-b/tau_b"},
    threshold="v - 1",
    reset={"v": "v - 1000"},
    receive={"a": "a + w"},
    parameters={"drive": DRIVE, "tau_a": TAU_A, "tau_b": TAU_B},
)


def network() -> sal.Network:
    """Membranes below their threshold with two currents of any sign; their input never spikes."""
    generator = np.random.default_rng(1)
    initial = {state: 300.0 * generator.normal(size=SIZE) for state in "ab"}
    initial["v"] = -generator.uniform(0.0, 2.0, size=SIZE)
    net = sal.Network()
    net.add_input("none", 1)
    net.add_population("n", integrator, SIZE, initial=initial)
    net.connect("none", "n", weight=np.zeros((1, SIZE)))
    return net


def first_crossings() -> dict[int, float]:
    """Return when the membrane of each neuron that reaches the threshold is there first."""
    initial = network().populations["n"].initial

    def guard(time: Any, unit: Any) -> Any:
        moved = initial["v"][unit] + DRIVE * time - 1.0
        moved = moved - initial["a"][unit] * TAU_A * np.expm1(-time / TAU_A)
        return moved + initial["b"][unit] * TAU_B * np.expm1(-time / TAU_B)

    grid = np.linspace(0.0, T_END, 4001)
    above = guard(grid[:, None], np.arange(SIZE)) > 0.0
    return {
        int(unit): brentq(guard, grid[k - 1], grid[k], args=(unit,), xtol=1e-17, rtol=1e-15)
        for unit, k in enumerate(above.argmax(axis=0))
        if k > 0
    }


def assert_first_crossings(units: Any, times: Any) -> None:
    """Compare the first spike of each neuron with the closed form."""
    fired, first = np.unique(units, return_index=True)
    expected = first_crossings()
    np.testing.assert_array_equal(fired, list(expected))
    found = np.asarray(times)[first]
    np.testing.assert_allclose(found, list(expected.values()), rtol=1e-12, atol=0.0)
    assert 0 < fired.size < SIZE


def test_integrators_spike_at_the_crossing_and_not_where_their_slope_turns() -> None:
    none = sal.Spikes.from_events([[]])
    spikes = sal.compile(network(), T_END).run({"none": none}).spikes["n"]
    assert_first_crossings(spikes.units, spikes.times)


def test_exported_integrators_do_so_too(tmp_path: Path) -> None:
    target = device(network(), tmp_path, T_END, precision="double")
    assert target.advance(T_END) == 0
    times, units = zip(*target.polled("n"), strict=True)
    assert_first_crossings(units, times)
