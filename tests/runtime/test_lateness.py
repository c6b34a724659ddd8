"""Spikes and delays of which nothing arrives before the end of a run are warned of."""

import numpy as np
import pytest

import saltation as sal
from saltation.runtime.simulate import Simulator
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import LateArrivalWarning

T_END = 0.05
DELAYS = {"in->out.delay": 1e-3, "in->side.delay": 4e-3}


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    net = sal.Network()
    net.add_input("in", 2)
    net.add_input("unused", 1)
    for name in ("out", "side"):
        net.add_population(name, sal.models.lif, 1)
        key = f"in->{name}"
        net.connect("in", name, weight=np.ones((2, 1)), delay=DELAYS[f"{key}.delay"])
    return sal.compile(net, t_end=T_END)


def drive(*samples: list[tuple[float, int]], unused: float = np.inf) -> dict[str, Spikes]:
    return {
        "in": Spikes.from_events(samples),
        "unused": Spikes.from_first_times([[unused]] * len(samples)),
    }


def test_times_in_milliseconds_are_warned_of_and_a_cut_is_not(simulator: Simulator) -> None:
    with pytest.warns(LateArrivalWarning, match=r"input 'in': 3 of 4 spikes .* median is at 8 s"):
        result = simulator.run(drive([(0.0, 0), (6.0, 1), (10.0, 0), (20.0, 0)], []))
    assert "in: 4 input spikes (3 after t_end)" in repr(result)
    cut = drive([(0.01, 0), (0.06, 0), (0.07, 1)], [(0.04, 0), (3.0, 0)])
    assert "(3 after t_end)" in repr(simulator.run(cut))
    beginning = drive([(10 * T_END, 0), (20 * T_END, 1)], [(0.01, 0)])
    assert "(2 after t_end)" in repr(simulator.run(beginning))


def test_an_input_of_which_no_spike_comes_before_the_end_is_warned_of(simulator) -> None:
    message = (
        r"input 'in': of 3 spikes none arrives before t_end = 0\.05 s: the earliest is at 0\.07 s, "
        r"the shortest delay is 0\.001 s.*compile with a longer t_end"
    )
    with pytest.warns(LateArrivalWarning, match=message):
        simulator.run(drive([(0.09, 0)], [(0.07, 1), (0.08, 0)]))


def test_the_shortest_delay_counts(simulator: Simulator) -> None:
    message = (
        r"input 'in': of 2 spikes none arrives before t_end = 0\.05 s: "
        r"the earliest is at 0\.0495 s, the shortest delay is 0\.001 s"
    )
    with pytest.warns(LateArrivalWarning, match=message):
        simulator.run(drive([(0.0495, 0)], [(0.0499, 0)]))
    simulator.run(drive([(0.0499, 0)], [(0.048, 0)]))  # one of them arrives at "out"
    simulator.run(drive([(T_END, 0)]), dict.fromkeys(DELAYS, 0.0))
    simulator.run(drive([], []))


def test_an_input_that_leads_nowhere_is_judged_by_its_times(simulator: Simulator) -> None:
    simulator.run(drive([(0.01, 0)], unused=T_END))
    with pytest.warns(LateArrivalWarning, match="'unused': of 1 spike none arrives"):
        simulator.run(drive([(0.01, 0)], unused=0.06))


def test_delays_longer_than_the_run_are_warned_of(simulator: Simulator) -> None:
    spikes = drive([(0.01, 0)])
    with pytest.warns(LateArrivalWarning) as found:
        simulator.run(spikes, dict.fromkeys(DELAYS, 2 * T_END))
    messages = [str(each.message) for each in found]
    assert [message[:31] for message in messages] == [
        "projection 'in->out': every del",
        "projection 'in->side': every de",
    ]
    simulator.run(spikes, dict.fromkeys(DELAYS, 0.7 * T_END))
