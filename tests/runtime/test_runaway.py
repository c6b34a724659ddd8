"""A network that excites itself without bound ends in an error, not in a full memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from proofs import drive

import saltation.runtime.settings as settings
from saltation.runtime.network import Network
from saltation.runtime.simulate import compile
from saltation.symbolic.errors import ArrayError, RunawayError, SimulationError
from saltation.symbolic.models import lif_delta

T_END = 0.2


def self_exciting(weight: float) -> Network:
    """Three neurons; each spike of one lifts all three, a millisecond later."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("a", lif_delta, 3)
    net.connect("in", "a", weight=[[1.3, 1.4, 1.5]])
    net.connect("a", "a", weight=np.full((3, 3), weight), delay=1e-3 + 1e-5 * np.eye(3), name="own")
    return net


SPIKES = drive([(0.001, 0)])


@pytest.mark.parametrize("threads", [1, 2])
def test_spikes_that_cause_ever_more_spikes_are_an_error(threads: int) -> None:
    """Every spike causes three: the limit is reached after about eight rounds."""
    sim = compile(self_exciting(1.5), T_END, max_events=5000, threads=threads)
    with pytest.raises(RunawayError, match=r"population 'a'.* at 0\.0\d+ s: .*max_events"):
        sim.run(SPIKES)
    assert issubclass(RunawayError, SimulationError)


def test_the_machines_memory_is_a_limit_if_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    sim = compile(self_exciting(1.5), T_END)
    pages = {"SC_PHYS_PAGES": 2**10, "SC_PAGE_SIZE": 2**12}
    monkeypatch.setattr(settings.os, "sysconf", pages.__getitem__)
    # Without its cache, which would keep this little memory for the tests that come after.
    monkeypatch.setattr(settings, "_memory", settings._memory.__wrapped__)
    with pytest.raises(RunawayError, match="memory"):
        sim.run(SPIKES)


def test_a_run_of_exactly_so_many_events_is_none() -> None:
    """The limit is that of one population in one sample, and the last event still counts."""
    calm = self_exciting(0.02)
    twice = drive([(0.001, 0)], [(0.002, 0)])
    events = compile(calm, T_END).run(SPIKES).spikes["a"].times.size
    assert events == 3
    run = compile(calm, T_END, max_events=events).run(twice)
    assert run.spikes["a"].times.size == 2 * events
    with pytest.raises(RunawayError):
        compile(calm, T_END, max_events=events - 1).run(twice)


@pytest.mark.parametrize("max_events", [0, -3, 1.5, "many", True, 2**80])
def test_a_limit_must_be_a_positive_integer(max_events: Any) -> None:
    with pytest.raises(ArrayError, match="max_events"):
        compile(self_exciting(0.02), T_END, max_events=max_events)
