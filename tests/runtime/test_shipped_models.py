"""Every shipped model, found by itself: it spikes under its example input, in its own time."""

from __future__ import annotations

import numpy as np
import pytest
from single_neuron import Single, run_single

from saltation.symbolic import models
from saltation.symbolic.drive import Drive, example_drive
from saltation.symbolic.neuron import Neuron


def arrivals_of(neuron: Neuron, drive: Drive) -> list[tuple[float, int, float]]:
    """All arrivals of a drive, by time: time, port, weight."""
    return sorted(
        (time, neuron.ports.index(port), weight)
        for port, arrivals in drive.arrivals.items()
        for time, weight in arrivals
    )


def run_drive(neuron: Neuron, drive: Drive, digits: int = 24) -> Single:
    """The interpreter's run of a drive."""
    return run_single(
        neuron,
        arrivals_of(neuron, drive),
        t_end=drive.t_end,
        parameters=drive.parameters,
        initial=drive.initial,
        digits=digits,
    )


@pytest.fixture(params=models.__all__)
def neuron(request: pytest.FixtureRequest) -> Neuron:
    found = getattr(models, request.param)
    assert isinstance(found, Neuron)
    return found


def test_it_spikes_under_its_example_input_and_not_without(neuron: Neuron) -> None:
    """At least one spike, none before the first arrival, and none at rest."""
    drive = example_drive(neuron)
    assert drive is not None
    spikes = run_drive(neuron, drive).times
    silent = run_single(neuron, t_end=drive.t_end, digits=24).times
    assert silent.size == 0
    if any(event.spike for mode in neuron.system.modes for event in mode.events):
        assert 1 <= spikes.size <= 40
        assert spikes.min() >= arrivals_of(neuron, drive)[0][0]
        assert np.all(np.diff(spikes) > 1e-4)
    else:
        assert spikes.size == 0
