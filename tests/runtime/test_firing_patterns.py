"""The published firing patterns of AdEx, compiled: what their names say, and what SciPy gets."""

from __future__ import annotations

import numpy as np
import papers
import pytest
from numpy.typing import NDArray

from saltation.runtime.network import Network
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.firing_patterns import ADEX, LONG, FiringPattern


def spike_times(pattern: FiringPattern) -> NDArray[np.float64]:
    drive = pattern.drive
    ((time, weight),) = drive.arrivals["default"]
    net = Network()
    net.add_input("step", 1)
    net.add_population("n", pattern.neuron, 1, parameters=drive.parameters, initial=drive.initial)
    net.connect("step", "n", weight=[[weight]])
    sim = compile(net, t_end=drive.t_end, rtol=1e-11)
    return sim.run({"step": Spikes.from_first_times([[time]])}).spikes["n"].times


def by_scipy(pattern: FiringPattern) -> list[float]:
    """The same by SciPy on the equations of the paper, in ms."""
    p = {**pattern.neuron.parameters, **pattern.drive.parameters}
    paper = papers.adex(
        c=1e12 * p["c_m"],
        g_l=1e9 * p["g_l"],
        e_l=1e3 * p["e_l"],
        v_t=1e3 * p["v_t"],
        tau=1e3 * p["tau_u"],
        a=1e9 * p["a"],
        b=1e12 * p["b"],
        v_r=1e3 * p["v_r"],
    )
    ((time, weight),) = pattern.drive.arrivals["default"]
    current, jumps = papers.pulses([(1e3 * time, 1e12 * weight)], 1e3 * LONG)
    return papers.spike_times(paper, current, [*jumps, 120.0])


@pytest.mark.parametrize("pattern", ADEX, ids=lambda pattern: pattern.name)
def test_the_first_spikes_are_those_of_the_paper_in_its_own_units(pattern: FiringPattern) -> None:
    """Equations by hand in mV, ms, pF, nS and pA give the same spikes of the first 120 ms."""
    expected = by_scipy(pattern)
    mine = 1e3 * spike_times(pattern)
    assert expected
    assert mine[mine < 120.0] == pytest.approx(expected, abs=1e-6)


def test_the_patterns_are_what_their_names_say() -> None:
    """Intervals in ms."""
    times = {pattern.name: 1e3 * spike_times(pattern) for pattern in ADEX}
    gap = {name: np.diff(spikes) for name, spikes in times.items()}
    assert np.ptp(gap["tonic spiking"][10:]) < 0.1
    assert np.all(np.diff(gap["adaptation"]) > 0)
    assert gap["adaptation"][-1] > 5.0 * gap["adaptation"][0]
    burst = gap["initial burst"]
    assert max(burst[:2]) < 10.0 < 50.0 < min(burst[2:])
    for name in ("regular bursting", "delayed regular bursting"):
        pauses = gap[name][gap[name] > 40.0]
        assert pauses.size >= 3
        assert np.ptp(pauses[1:]) < 0.05 * pauses.mean()
        assert np.all(gap[name][gap[name] <= 40.0] < 10.0)
    assert times["delayed accelerating"][0] > 20.0 + 30.0
    assert np.all(np.diff(gap["delayed accelerating"]) < 0)
    assert times["delayed regular bursting"][0] > 20.0 + 50.0
    assert times["transient spiking"].size == 1
    irregular = gap["irregular spiking"][5:]
    assert irregular.std() > 0.3 * irregular.mean()
    assert np.min(np.abs(np.diff(irregular))) > 1e-3
