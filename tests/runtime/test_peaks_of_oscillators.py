"""Guards along coupled flows that peak just above or below zero between two arrivals.

Both ends of such an interval are below zero. What an oscillator does without input is known in
closed form; inputs of no weight cut its run into intervals.
"""

from __future__ import annotations

import numpy as np
import pytest

import saltation as sal

SIZE, T_END, THETA = 256, 0.02, 1.0
DECAY, OMEGA = -20.0, 200.0
OSCILLATOR = sal.Neuron(
    "oscillator",
    dynamics={"x": "b*x - omega*y", "y": "omega*x + b*y"},
    threshold="y - theta",
    reset={"x": "x - 100", "y": "y - 100"},
    receive={"x": "x + w"},
    parameters={"b": DECAY, "omega": OMEGA, "theta": THETA},
)


@pytest.mark.parametrize("cuts", [0, 10, 60])
def test_a_bump_between_two_arrivals_is_found_if_it_is_above_zero(cuts: int) -> None:
    generator = np.random.default_rng(3)
    share = generator.choice([-1.0, 1.0], SIZE) * generator.uniform(2e-5, 1e-3, SIZE)
    peak = generator.uniform(1e-3, 7e-3, SIZE)
    # y = size exp(b t) cos(omega (t - middle)) is highest at `peak`.
    middle = peak - np.arctan(DECAY / OMEGA) / OMEGA
    size = (1.0 + share) / (np.exp(DECAY * peak) * np.cos(OMEGA * (peak - middle)))
    initial = {"x": size * np.sin(OMEGA * middle), "y": size * np.cos(OMEGA * middle)}
    net = sal.Network()
    net.add_input("cuts", 1)
    net.add_population("n", OSCILLATOR, SIZE, initial=initial)
    net.connect("cuts", "n", weight=np.zeros((1, SIZE)))
    times = np.sort(generator.uniform(0.0, T_END, cuts))
    spikes = sal.Spikes(times, np.zeros(cuts, np.int32), np.array([0, cuts]))
    found = sal.compile(net, T_END).run({"cuts": spikes}).spikes["n"]
    fired, first = np.unique(found.units, return_index=True)
    np.testing.assert_array_equal(fired, np.flatnonzero(share > 0))
    times, middle = found.times[first], middle[fired]
    height = size[fired] * np.exp(DECAY * times) * np.cos(OMEGA * (times - middle))
    np.testing.assert_allclose(height, THETA, rtol=1e-13)
    np.testing.assert_array_less(times, peak[fired])
