"""Guards without a constant may peak far below zero before they decay: a peak is no crossing.

What such a guard does without input is known in closed form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import device

import saltation as sal

SIZE, T_END = 1024, 0.1
TAU_M, TAUS = 2.5e-3, {"a": 3e-3, "b": 4.5e-3, "c": 12e-3, "d": 48e-3}
THETA = 1.1
DRIVES = pytest.mark.parametrize("drives", ["ca", "cab", "bcad"])
"""Chains of three, four and five rates; the threshold follows the first two drives."""


def network(drives: str) -> sal.Network:
    """Membranes that start below a threshold that moves; their input never spikes."""
    model = sal.Neuron(
        f"membrane_of_{drives}",
        dynamics={"v": f"({' + '.join(drives)} - v)/tau_m"}
        | {drive: f"-{drive}/tau_{drive}" for drive in drives},
        threshold=f"v - {drives[0]} - theta*{drives[1]}",
        reset={"v": "v - 1000"},
        receive={"v": "v + w"},
        initial={"v": -1.0},
        parameters={"tau_m": TAU_M, "theta": THETA}
        | {f"tau_{drive}": TAUS[drive] for drive in drives},
    )
    generator = np.random.default_rng(2)
    initial = {drive: 20.0 * generator.normal(size=SIZE) for drive in drives}
    initial["v"] = -1.0 - THETA * sum(map(np.abs, initial.values()))
    net = sal.Network()
    net.add_input("none", 1)
    net.add_population("n", model, SIZE, initial=initial)
    net.connect("none", "n", weight=np.zeros((1, SIZE)))
    return net


def first_crossings(drives: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the units whose guard is above zero at a point of a grid, and the first of these."""
    initial = network(drives).populations["n"].initial
    grid = np.linspace(0.0, T_END, 8001)[:, None]
    drive = {name: initial[name] * np.exp(-grid / TAUS[name]) for name in drives}
    gain = {name: TAUS[name] / (TAUS[name] - TAU_M) for name in drives}
    rest = initial["v"] - sum(gain[name] * initial[name] for name in drives)
    voltage = rest * np.exp(-grid / TAU_M) + sum(gain[name] * drive[name] for name in drives)
    above = voltage - drive[drives[0]] - THETA * drive[drives[1]] > 0.0
    units = np.flatnonzero(above.any(axis=0))
    return units, grid[above.argmax(axis=0)[units], 0]


def assert_first_crossings(drives: str, units: Any, times: Any) -> None:
    """Compare the first spike of each neuron with the closed form."""
    fired, first = np.unique(units, return_index=True)
    expected, after = first_crossings(drives)
    np.testing.assert_array_equal(fired, expected)
    np.testing.assert_array_less(np.asarray(times)[first], after + 1e-12)
    np.testing.assert_array_less(after - T_END / 8000, np.asarray(times)[first] + 1e-12)
    assert 0 < fired.size < SIZE


@DRIVES
def test_neurons_fire_where_their_guard_crosses_zero_and_never_else(drives: str) -> None:
    none = sal.Spikes.from_events([[]])
    spikes = sal.compile(network(drives), T_END).run({"none": none}).spikes["n"]
    assert_first_crossings(drives, spikes.units, spikes.times)


@DRIVES
def test_exported_neurons_do_so_too(drives: str, tmp_path: Path) -> None:
    target = device(network(drives), tmp_path, T_END, precision="double")
    assert target.advance(T_END) == 0
    times, units = zip(*target.polled("n"), strict=True)
    assert_first_crossings(drives, units, times)
