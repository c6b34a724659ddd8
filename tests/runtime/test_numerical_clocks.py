"""Clocks in numerical flows end when they must, whatever steps and arrivals lay in between."""

from __future__ import annotations

import numpy as np
import pytest
from exported import lifted_network

from saltation.runtime.network import Network
from saltation.runtime.simulate import Run, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.neuron import Event, Mode, Neuron

TOLERANCES = (1e-6, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12)
REFRACTORY = 2e-3


def hot(refractory_rate: str) -> Neuron:
    """A nonlinear neuron that is above its threshold when its refractory time ends."""
    return Neuron(
        "hot",
        modes={
            "on": Mode(
                dynamics={"v": "(0.2*v*v - v)/tau", "c": "0"},
                events=[Event(guard="v - 1", reset={"v": "v + 1", "c": "0"}, to="off", spike=True)],
            ),
            "off": Mode(
                dynamics={"v": refractory_rate, "c": "1"},
                events=[Event(guard="c - tr", to="on", spike=False)],
            ),
        },
        receive={"push": {"v": "v + w"}},
        parameters={"tau": 5e-3, "tr": REFRACTORY},
    )


@pytest.mark.parametrize("rtol", TOLERANCES)
@pytest.mark.parametrize("rate", ["(3 + sin(v) - v)/tau", "-v/tau"], ids=["nonlinear", "linear"])
def test_a_refractory_time_ends_at_the_nearest_number_whatever_arrives_in_it(
    rate: str, rtol: float
) -> None:
    size, start = 12, 3.1e-3 * 2**0.5
    rng = np.random.default_rng(3)
    net = Network()
    net.add_input("kick", 1)
    net.add_input("noise", 4)
    net.add_population("n", hot(rate), size)
    net.connect("kick", "n", weight=np.full((1, size), 5.0), port="push")
    net.connect(
        "noise",
        "n",
        weight=rng.uniform(0, 0.05, (4, size)),
        port="push",
        delay=rng.uniform(0, 1e-3, (4, size)),
    )
    noise = [(start + t, k % 4) for k, t in enumerate(sorted(rng.uniform(0, 8e-4, 8).tolist()))]
    simulator = compile(net, t_end=start + 1.5 * REFRACTORY, rtol=rtol)
    run = simulator.run(
        {"kick": Spikes.from_events([[(start, 0)]]), "noise": Spikes.from_events([noise])}
    )
    times = run.spikes["n"].times
    assert times.size == 2 * size
    np.testing.assert_array_equal(times[:size], start)
    np.testing.assert_array_equal(times[size:], start + REFRACTORY)


def refractory() -> Neuron:
    """A linear neuron with a synapse that empties when it overflows, and a refractory mode."""
    overflow = Event(guard="i - il", reset={"i": "0.3*i + 0.1*v"}, spike=False)
    fire = Event(guard="v - th", reset={"v": "v - th", "c": "0"}, to="off", spike=True)
    return Neuron(
        "refractory",
        modes={
            "on": Mode(
                dynamics={"v": "(i - v)/tau", "i": "-i/ts", "c": "0"}, events=[fire, overflow]
            ),
            "off": Mode(
                dynamics={"v": "-v/tau", "i": "-i/ts", "c": "1"},
                events=[Event(guard="c - tr", to="on", spike=False)],
            ),
        },
        receive={"current": {"i": "i + w"}, "jump": {"v": "v + w", "i": "i - 0.1*w*v"}},
        parameters={"tau": 10e-3, "ts": 4e-3, "th": 1.0, "il": 5.0, "tr": REFRACTORY},
    )


def coupled() -> Network:
    """Two populations with projections both ways, in a cycle without delay."""
    net = Network()
    net.add_input("in", 2)
    net.add_population("a", refractory(), 2, parameters={"th": [0.8, 1.0], "tr": [1e-3, 2e-3]})
    net.add_population("b", refractory(), 3)
    net.connect("in", "a", weight=[[4.2, 3.5], [3.1, 4.4]], port="current")
    net.connect("a", "b", weight=[[1.3, 0.8, 0.5], [0.7, 1.2, 0.4]], port="jump")
    net.connect("b", "a", weight=np.full((3, 2), 0.3), port="jump")
    net.connect(
        "a",
        "b",
        weight=[[2.0, 1.0, 3.0], [1.0, 2.0, 1.0]],
        port="current",
        delay=[[1e-3, 2e-3, 0.0], [0.5e-3, 0.0, 1e-3]],
        name="late",
    )
    net.connect("b", "b", weight=np.eye(3) * 0.2, port="current")
    for name in "ab":
        net.observe(f"largest_{name}", name, "v", kind="max")
        net.observe(f"area_{name}", name, "2*v - i", kind="integral")
        net.observe(f"product_{name}", name, "v*i", kind="sample", at=[0.006, 0.02])
    return net


def run_coupled(**options: object) -> Run:
    kicks = [(1e-3, 0), (3e-3, 1), (6e-3, 0), (9.5e-3, 1), (14e-3, 0), (18e-3, 1)]
    simulator = compile(coupled(), t_end=0.03, **options)  # type: ignore[arg-type]
    return simulator.run({"in": Spikes.from_events([kicks])})


@pytest.fixture(scope="module")
def closed_form() -> Run:
    return run_coupled(solver="closed_form")


@pytest.mark.parametrize("rtol", TOLERANCES)
def test_spikes_at_one_instant_of_a_cycle_stay_together(closed_form: Run, rtol: float) -> None:
    """Neurons that fire at one instant leave their equal refractory times at one instant again."""
    run = run_coupled(solver="taylor", rtol=rtol)
    exact, steps = ([r.spikes[name] for name in "ab"] for r in (closed_form, run))
    for ours, theirs in zip(steps, exact, strict=True):
        np.testing.assert_array_equal(ours.units, theirs.units)
        np.testing.assert_allclose(ours.times, theirs.times, rtol=0, atol=rtol + 1e-14)
    ours = np.concatenate([s.times for s in steps])
    theirs = np.concatenate([s.times for s in exact])
    np.testing.assert_array_equal(np.equal.outer(ours, ours), np.equal.outer(theirs, theirs))
    assert np.unique(theirs).size < theirs.size - 10


@pytest.mark.parametrize("rtol", [1e-7, 1e-10])
def test_a_gradient_takes_the_steps_that_followed_two_events_at_one_instant(rtol: float) -> None:
    """The first step depends on where the second event leads, as the way back must know."""
    net, drive = lifted_network()
    simulator = compile(net, t_end=0.03, rtol=rtol)
    run = simulator.run(drive)
    loss = {"out": np.linspace(1.0, 2.0, run.spikes["out"].n_spikes)}
    gradient = run.gradient(loss, wrt=["out.tau", "out.rest"])
    fine = compile(net, t_end=0.03, rtol=1e-13)
    assert np.sum(np.isclose(run.spikes["out"].times, 6e-3)) == 2
    for key in gradient:
        value, step = net.values()[key], 1e-5
        late, soon = (
            np.dot(loss["out"], fine.run(drive, {key: value * (1 + s)}).spikes["out"].times)
            for s in (step, -step)
        )
        assert gradient[key] == pytest.approx((late - soon) / (2 * step * value), rel=1e-5)
