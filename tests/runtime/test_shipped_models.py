"""Every shipped model, found by itself: it spikes under its example input, in its own time."""

from __future__ import annotations

import numpy as np
import pytest
from single_neuron import Single, run_single

from saltation.runtime.check import check_gradient
from saltation.runtime.network import Network
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic import models
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive, own_drive


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


def network_of(neuron: Neuron, drive: Drive) -> tuple[Network, dict[str, Spikes]]:
    """A network of one neuron with an input for each port, and the spikes of the drive."""
    net = Network()
    net.add_population("n", neuron, 1, parameters=drive.parameters, initial=drive.initial)
    spikes = {}
    for port, arrivals in drive.arrivals.items():
        net.add_input(f"to_{port}", len(arrivals))
        weight = [[weight] for _, weight in arrivals]
        net.connect(f"to_{port}", "n", weight=weight, delay=1e-3, port=port)
        spikes[f"to_{port}"] = Spikes.from_first_times([[time - 1e-3 for time, _ in arrivals]])
    return net, spikes


@pytest.fixture(params=models.__all__)
def neuron(request: pytest.FixtureRequest) -> Neuron:
    found = getattr(models, request.param)
    assert isinstance(found, Neuron)
    return found


def test_it_spikes_under_its_example_input_and_not_without(neuron: Neuron) -> None:
    """At least one spike, none before the first arrival, and none at rest."""
    drive = own_drive(neuron)
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


def test_the_compiled_model_spikes_when_the_interpreter_does(neuron: Neuron) -> None:
    """In double precision, to what the tolerance of the solver makes of spike times."""
    drive = own_drive(neuron)
    assert drive is not None
    net, spikes = network_of(neuron, drive)
    compiled = compile(net, t_end=drive.t_end, rtol=1e-11).run(spikes).spikes["n"].times
    assert compiled == pytest.approx(run_drive(neuron, drive).times, abs=1e-10)


SHORT = {"adex": 0.03, "hodgkin_huxley": 0.012, "izhikevich": 0.035, "egru": 0.06}
"""Ends of runs that would take the interpreter too long."""


@pytest.mark.slow
def test_every_kind_of_gradient_is_exact(neuron: Neuron) -> None:
    """Weights, delays, parameters, initial states, input times: 1e-7 or better."""
    drive = own_drive(neuron)
    assert drive is not None
    net, spikes = network_of(neuron, drive)
    t_end = SHORT.get(neuron.name, drive.t_end)
    for state in neuron.initial:
        net.observe(f"{state}_integral", "n", state, kind="integral")
        net.observe(f"{state}_end", "n", state, kind="sample", at=[0.83 * t_end])
    report = check_gradient(net, spikes, t_end=t_end, entries=2)
    kinds = {"weight", "delay", "parameter", "initial state", "input times"}
    assert {row.kind for row in report.rows} == kinds
    assert report.passed, f"\n{report}"
