"""Example runs: drives that suit any model, and adjoints at any time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mpmath
import numpy as np
import pytest

from saltation.runtime import drive_search
from saltation.runtime.drive_search import drives, time_scale
from saltation.runtime.example_run import ExampleRun, arrivals, example_run
from saltation.runtime.interpreter import interpret
from saltation.runtime.network import Network
from saltation.runtime.probe import probe
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import (
    adaptive_lif,
    leaky_integrator,
    lif,
    lif_delta,
    lif_refractory,
)
from saltation.symbolic.neuron import Event, Mode, Neuron
from saltation.symbolic.own_drive import own_drive

RESONATOR = Neuron(
    "ring",
    dynamics={"v": "-v/tau - omega*u + i/tau", "u": "omega*v - u/tau", "i": "-i/tau_s"},
    threshold="v - theta",
    reset={"v": "0", "u": "u + 1"},
    receive={"exc": {"i": "i + w"}, "inh": {"i": "i - w"}},
    parameters={"tau": 20e-3, "omega": 300.0, "theta": 1e-9, "tau_s": 2e-3},
)
"""Rotates and decays; its threshold is far from one."""

AMPERES = Neuron(
    "amperes",
    dynamics={"v": "(e_l - v)/tau + i/c", "i": "-i/tau_s"},
    threshold="v - theta",
    reset={"v": "e_l"},
    receive={"i": "i + w"},
    parameters={"tau": 9e-3, "c": 281e-12, "e_l": -70e-3, "theta": -50e-3, "tau_s": 5e-3},
    initial={"v": -70e-3},
)
"""In SI units, so that its currents are below a billionth."""

QUADRATIC = Neuron(
    "quadratic",
    dynamics={"v": "a*v*(v - 1) + i", "i": "-i/tau_s"},
    threshold="v - 10",
    reset={"v": "-1"},
    receive={"i": "i + w"},
    parameters={"a": 100.0, "tau_s": 5e-3},
)
"""Its flow is nonlinear."""

TIMED = Neuron(
    "timed",
    dynamics={"v": "(t*slope - v)/tau"},
    threshold="v - theta",
    reset={"v": "v - theta"},
    receive={"v": "v + w"},
    parameters={"tau": 1.0, "slope": 0.5, "theta": 1.0},
)
"""Is driven by time itself, and spikes without any input."""

ALONE = Neuron("alone", dynamics={"v": "-v/tau"}, parameters={"tau": 1.0}, initial={"v": 1.0})
"""Has neither threshold nor input."""


@pytest.fixture(scope="module")
def runs() -> dict[str, ExampleRun]:
    shipped = (lif, adaptive_lif, lif_refractory, leaky_integrator, lif_delta)
    neurons = (*shipped, RESONATOR, AMPERES, QUADRATIC, TIMED)
    return {neuron.name: example_run(neuron) for neuron in neurons}


def restarted(neuron: Neuron, run: ExampleRun, k: int, shift: dict[str, float]) -> list[Any]:
    """Spike times after a point of a run, from its state there, in high precision."""
    start = float(run.times[k])
    initial = {name: float(values[k]) + shift.get(name, 0.0) for name, values in run.states.items()}
    net = Network()
    net.add_population("out", neuron, 1, initial=initial)
    ((port, given),) = run.drive.arrivals.items()
    left = [(time - start, weight) for time, weight in given if time > start]
    weights = [[weight] for _, weight in left] or [[0.0]]
    net.add_input("in", len(weights))
    net.connect("in", "out", weight=weights, port=port)
    spikes = {"in": Spikes.from_events([[(time, k) for k, (time, _) in enumerate(left)]])}
    found = interpret(net, spikes, t_end=run.drive.t_end - start, digits=40)
    return [time for time, _ in found.spikes["out"][0]]


def points(run: ExampleRun) -> Iterator[int]:
    """Some points, well away from arrivals and events."""
    jumps = np.concatenate([arrivals(run.drive), run.events])
    for share in (0.02, 0.11, 0.15, 0.21, 0.33, 0.43, 0.63):
        k = int(np.argmin(np.abs(run.times - share * run.drive.t_end)))
        if np.abs(run.times[k] - jumps).min() > 0.004 * run.drive.t_end:
            yield k


def from_mode(neuron: Neuron, number: int) -> Neuron:
    """The same model, declared so that it starts in another mode."""
    if number == 0:
        return neuron
    assert neuron is lif_refractory
    return Neuron(
        "from_refractory",
        modes={
            "refractory": Mode(
                {"v": "0", "i": "-i/tau_s", "c": "1"},
                [Event("c - t_r", reset={"c": "0"}, to="on", spike=False)],
            ),
            "on": Mode(
                {"v": "(i - v)/tau_m", "i": "-i/tau_s", "c": "0"},
                [Event("v - theta", reset={"v": "v_r"}, to="refractory")],
            ),
        },
        receive={"i": "i + w"},
        parameters=neuron.parameters,
    )


@pytest.mark.parametrize(
    "neuron", [lif, adaptive_lif, lif_refractory, RESONATOR, QUADRATIC], ids=lambda n: n.name
)
def test_adjoints_are_differences_of_restarted_runs(
    neuron: Neuron, runs: dict[str, ExampleRun]
) -> None:
    run = runs[neuron.name]
    chosen = list(points(run))
    if neuron is lif_refractory:
        inside = np.flatnonzero(run.modes == 1)
        chosen.append(int(inside[len(inside) // 3]))
    assert len(chosen) >= 3
    for k in chosen:
        for name, adjoint in run.adjoints.items():
            size = float(np.abs(run.states[name]).max())
            step = 2.0**-40 * size  # small beside the threshold of "ring", too
            own = from_mode(neuron, int(run.modes[k]))
            state = float(run.states[name][k])
            width = (state + step) - (state - step)
            with mpmath.workdps(40):
                above, below = (restarted(own, run, k, {name: s}) for s in (step, -step))
                expected = float((sum(above) - sum(below)) / width)
            assert adjoint[k] == pytest.approx(expected, rel=1e-6, abs=1e-9 * np.abs(adjoint).max())


def test_the_adjoint_of_an_integral_is_its_closed_form(runs: dict[str, ExampleRun]) -> None:
    run = runs["leaky_integrator"]
    assert run.loss == "the integral of `v` over the run"
    left, tau = run.drive.t_end - run.times, leaky_integrator.parameters["tau_m"]
    np.testing.assert_allclose(run.adjoints["v"], -tau * np.expm1(-left / tau), atol=1e-12)


def test_a_spike_that_only_arrivals_time_leaves_the_integral_for_the_loss(
    runs: dict[str, ExampleRun],
) -> None:
    run = runs["lif_delta"]
    assert run.spikes.size
    assert np.isin(run.spikes, arrivals(run.drive)).all()
    assert "integral" in run.loss
    assert run.adjoints["v"].any()


@pytest.mark.parametrize("name", ["ring", "amperes", "quadratic"])
def test_a_model_of_any_units_spikes_a_few_times_in_its_example(
    name: str, runs: dict[str, ExampleRun]
) -> None:
    assert 2 <= runs[name].spikes.size <= 4


def test_only_weights_near_those_that_matter_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []
    monkeypatch.setattr(
        drive_search, "_counts", lambda sim, spikes, weights: tried.append(weights) or weights * 0
    )
    next(drives(AMPERES))
    sizes = np.abs(np.concatenate([weights[weights != 0] for weights in tried]))
    # An arrival of w lifts v by w/c times a time of some milliseconds.
    alone = 20e-3 * AMPERES.parameters["c"] / 3e-3
    assert 1e-4 * alone < sizes.min() < alone < sizes.max() < 1e8 * alone


@pytest.mark.parametrize(("per_decade", "last"), [(0, 2), (1, 6)])
def test_larger_weights_are_tried_only_while_they_add_spikes(
    monkeypatch: pytest.MonkeyPatch, per_decade: int, last: int
) -> None:
    """From 10 on a weight fires once, and `per_decade` times more for each factor of ten."""
    tried: list[Any] = []

    def counted(sim: object, spikes: object, weights: np.ndarray) -> np.ndarray:
        tried.append(weights)
        size = np.where(weights >= 10, weights, 1)
        more = per_decade * (np.floor(np.log10(size) + 1e-9) - 1)
        return np.where(weights >= 10, 1 + more, 0).astype(np.int64)

    monkeypatch.setattr(drive_search, "_counts", counted)
    monkeypatch.setattr(drive_search, "_exponents", lambda *_: range(-1, 7))
    first = next(drives(AMPERES))
    ((_, weight), *_) = next(iter(first.arrivals.values()))
    assert weight >= 10 * 10.0 ** (2 * per_decade)  # 3 spikes where there are any, or else 1
    largest = max(float(weights.max()) for weights in tried)
    assert np.floor(np.log10(largest)) == last
    assert min(float(weights.min()) for weights in tried) > -100  # they never fire


def test_a_shipped_model_gets_its_own_input(runs: dict[str, ExampleRun]) -> None:
    assert runs["lif"].drive == own_drive(lif)
    assert runs["lif"].spikes.size


def test_a_threshold_is_where_the_state_is_when_it_spikes(runs: dict[str, ExampleRun]) -> None:
    run = runs["adaptive_lif"]
    ((state, line),) = run.thresholds
    assert state == "v"
    for spike in run.spikes.tolist():
        k = int(np.searchsorted(run.times, spike)) - 1
        assert run.states["v"][k] == pytest.approx(line[k], rel=1e-3)
        assert run.states["v"][k] < line[k]


def test_modes_are_followed_and_a_guard_shows_only_in_its_mode(
    runs: dict[str, ExampleRun],
) -> None:
    run, t_r = runs["lif_refractory"], lif_refractory.parameters["t_r"]
    assert run.events.size == 2 * run.spikes.size
    inside = ((run.times[:, None] > run.spikes) & (run.times[:, None] < run.spikes + t_r)).any(1)
    np.testing.assert_array_equal(run.modes == 1, inside)
    lines = dict(run.thresholds)
    np.testing.assert_array_equal(np.isfinite(lines["c"]), inside)
    np.testing.assert_array_equal(np.isfinite(lines["v"]), ~inside)


def test_explicit_time_is_followed_but_is_no_state_of_the_model(
    runs: dict[str, ExampleRun],
) -> None:
    run = runs["timed"]
    assert list(run.states) == ["v"]
    assert run.spikes.size >= 2


def test_a_model_without_input_or_events_runs_by_itself() -> None:
    run = example_run(ALONE, t_end=2.0)
    assert run.drive.arrivals == {}
    np.testing.assert_allclose(run.states["v"], np.exp(-run.times), rtol=1e-12)
    np.testing.assert_allclose(run.adjoints["v"], -np.expm1(run.times - 2.0), atol=1e-12)


def test_the_length_of_a_run_follows_the_time_constants_or_the_caller() -> None:
    assert time_scale(lif) == pytest.approx(0.01)
    slow = Neuron(
        "slow",
        dynamics={"v": "-v/tau"},
        receive={"v": "v + w"},
        parameters={"tau": 7.0},
    )
    assert time_scale(slow) == pytest.approx(7.0)
    assert next(drives(slow)).t_end == pytest.approx(56.0)
    assert next(drives(slow, t_end=3.0)).t_end == 3.0


def test_a_probe_avoids_the_names_of_the_model() -> None:
    neuron = Neuron(
        "awkward",
        dynamics={"Probe_Mode": "-Probe_Mode/probe_mode_2 + x", "x": "-x"},
        receive={"probe_0": {"x": "x + w"}, "other": {"x": "x - w"}},
        parameters={"probe_mode_2": 1.0},
    )
    probed = probe(neuron)
    assert probed.ports == ("probe_0_2", "probe_1")
    assert probed.mode == "probe_mode_3"
    assert probed.states == ("Probe_Mode", "x")
    assert set(neuron.ports) < set(probed.neuron.ports)
