"""Steps of numerical flows: their accuracy, and the exact gradient of what was computed."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from brute_steps import BruteNeuron
from mpmath import mp, mpf
from proofs import model, small_network

from saltation.codegen.orders import series_order, series_reach
from saltation.runtime import problem
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.neuron import Neuron

T_END = 0.05
LOOSE = 1e9
"""A tolerance at which no step is shortened: each stretch between jumps is one step."""

ORDER = series_order(LOOSE)

QUADRATIC = model(
    "quadratic",
    dynamics={"v": "(v*v - v + i)/tau", "i": "-i/tau_s"},
    threshold="v + v*i/20 - theta",
    reset={"v": "v_r - i/30", "i": "i*4/5"},
    receive={"i": "i + w*(2 - v/3)", "v": "v + w/200"},
    parameters={"tau": 20e-3, "tau_s": 6e-3, "theta": 1.5, "v_r": -0.25},
)

BRUTE = BruteNeuron(
    order=ORDER,
    rates=lambda x, p: [(x[0] ** 2 - x[0] + x[1]) / p["tau"], -x[1] / p["tau_s"]],
    guard=lambda x, p: x[0] + x[0] * x[1] / 20 - p["theta"],
    reset=lambda x, p: [p["v_r"] - x[1] / 30, x[1] * 4 / 5],
    arrive=lambda x, w, _: [x[0] + w / 200, x[1] + w * (2 - x[0] / 3)],
)


DRIVEN = model(
    "driven",
    dynamics={"v": "(v*v - v + i + t*7)/tau", "i": "(a - i)/tau_s", "a": "-a/tau_a"},
    threshold="v - theta",
    reset={"v": "v_r - i/30", "a": "a*4/5"},
    receive={"a": "a + w*(2 - v/3)"},
    parameters={"tau": 20e-3, "tau_s": 6e-3, "tau_a": 4e-3, "theta": 1.5, "v_r": -0.25},
)


def _driving(x: list[Any], h: Any, p: Any) -> dict[int, Any]:
    fast, slow = mp.exp(-h / p["tau_a"]), mp.exp(-h / p["tau_s"])
    share = p["tau_a"] / (p["tau_a"] - p["tau_s"])
    return {1: slow * x[1] + share * (fast - slow) * x[2], 2: fast * x[2], 3: x[3] + h}


BRUTE_DRIVEN = BruteNeuron(
    order=ORDER,
    rates=lambda x, p: [
        (x[0] ** 2 - x[0] + x[1] + 7 * x[3]) / p["tau"],
        (x[2] - x[1]) / p["tau_s"],
        -x[2] / p["tau_a"],
        mpf(1),
    ],
    guard=lambda x, p: x[0] - p["theta"],
    reset=lambda x, p: [p["v_r"] - x[1] / 30, x[1], x[2] * 4 / 5, x[3]],
    arrive=lambda x, w, _: [x[0], x[1], x[2] + w * (2 - x[0] / 3), x[3]],
    driving=_driving,
)


@pytest.mark.parametrize("rtol", [1e-3, 1e-9, 1e-13])
def test_a_step_is_as_accurate_as_its_order_promises(rtol: float) -> None:
    """Of a decay, a step is its truncated exponential: at the reach it is off by the tolerance."""
    order, reach = series_order(rtol), series_reach(rtol)
    z = -mpf(reach)
    off = abs(mp.exp(z) - sum(z**k / mp.factorial(k) for k in range(order + 1)))
    assert 0.7 * rtol < off < rtol


def test_a_step_of_a_decay_is_its_truncated_exponential() -> None:
    decay = model(
        "decay", dynamics={"v": "-v/tau"}, receive={"v": "v + w"}, parameters={"tau": 20e-3}
    )
    net = small_network(decay, np.array([[1.0]]), watch=[("v", "sample", (T_END,))])
    run = compile(net, t_end=T_END, rtol=LOOSE, solver="taylor").run(
        {"in": Spikes.from_events([[(0.0, 0)]])}
    )
    expected = sum((-T_END / 20e-3) ** k / math.factorial(k) for k in range(ORDER + 1))
    assert run.observations["out_0"].item() == pytest.approx(expected, rel=1e-14)


def test_an_event_is_where_the_computed_step_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a step so coarse moves twice as fast with its length as the rates at its end."""
    monkeypatch.setattr(problem, "series_order", lambda _: 7)
    net = small_network(DRIVEN, np.array([[1.0]]))
    run = compile(net, t_end=0.0105, rtol=LOOSE).run(
        {"in": Spikes.from_events([[(0.002, 0)]])}, {"in->out.weight": np.array([[9.0]])}
    )
    with mp.workdps(30):
        values = {name: mpf(value) for name, value in DRIVEN.parameters.items()}
        brute = replace(BRUTE_DRIVEN, order=7)
        spikes, _ = brute.run([mpf(0)] * 4, [(mpf(0.002), mpf(9))], mpf(0.0105), values)
    assert len(spikes) == 1
    np.testing.assert_allclose(run.spikes["out"].times, [float(spikes[0])], rtol=1e-14)


def compiled_gradient(neuron: Neuron, times: list[float], weight: float) -> tuple[Any, Any]:
    net = small_network(neuron, np.array([[weight]]), watch=[("v", "sample", (T_END,))])
    spikes = {"in": Spikes.from_events([[(t, 0) for t in times]])}
    run = compile(net, t_end=T_END, rtol=LOOSE).run(spikes)
    cotangent = np.cos(np.arange(run.spikes["out"].times.size))
    return run, run.gradient({"out": cotangent}, {"out_0": np.ones((1, 1, 1))})


@pytest.mark.parametrize(
    ("neuron", "brute", "weight"),
    [(QUADRATIC, BRUTE, 3.1), (DRIVEN, BRUTE_DRIVEN, 9.0)],
    ids=["stepped", "driven"],
)
def test_the_gradient_is_exact_for_what_was_computed(
    neuron: Neuron, brute: BruteNeuron, weight: float
) -> None:
    """However coarse the steps: one from jump to jump, far from the solution of the equations."""
    times = [0.002, 0.009, 0.013, 0.024, 0.031]
    run, gradient = compiled_gradient(neuron, times, weight)
    states, timed = len(neuron.initial), neuron.system.time is not None
    with mp.workdps(30):
        p = {name: mpf(value) for name, value in neuron.parameters.items()}
        arguments = [*(mpf(t) for t in times), mpf(weight), *[mpf(0)] * states, *p.values()]

        def outcome(values: list[Any]) -> tuple[list[Any], Any]:
            start = [*values[6 : 6 + states], *([mpf(0)] if timed else [])]
            named = dict(zip(p, values[6 + states :], strict=True))
            return brute.run(start, [(t, values[5]) for t in values[:5]], mpf(T_END), named)

        def loss(values: list[Any]) -> Any:
            spikes, end = outcome(values)
            return sum(mpf(float(np.cos(k))) * t for k, t in enumerate(spikes)) + end[0]

        spikes = [float(t) for t in outcome(arguments)[0]]
        assert len(spikes) >= 3
        np.testing.assert_allclose(run.spikes["out"].times, spikes, rtol=1e-14)
        expected = []
        for k, argument in enumerate(arguments):
            h = mpf(10) ** -10 * max(abs(argument), mpf("1e-3"))
            ends = [[*arguments] for _ in range(2)]
            ends[0][k] += h
            ends[1][k] -= h
            expected.append(float((loss(ends[0]) - loss(ends[1])) / (2 * h)))
    keys = ["in->out.weight", *(f"out.initial.{x}" for x in neuron.initial)]
    keys += [f"out.{name}" for name in p]
    found = [*gradient["in.times"], *(float(np.sum(gradient[key])) for key in keys)]
    np.testing.assert_allclose(found, expected, rtol=1e-11)


@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize(("neuron", "weight"), [(QUADRATIC, 3.1), (DRIVEN, 9.0)])
def test_the_gradient_is_that_of_the_computed_run(
    neuron: Neuron, weight: float, rtol: float
) -> None:
    """At any tolerance, as a small change of the values leaves the lengths of the steps alone."""
    watch = [("v", "sample", (0.7 * T_END, T_END)), ("v*v", "integral", None), ("v", "max", None)]
    net = small_network(neuron, np.array([[weight]]), watch=watch)
    spikes = {"in": Spikes.from_events([[(t, 0) for t in (0.002, 0.009, 0.013, 0.024, 0.031)]])}
    simulator = compile(net, t_end=T_END, rtol=rtol)
    run = simulator.run(spikes)
    assert run.spikes["out"].times.size > 2
    times = np.cos(np.arange(run.spikes["out"].times.size))
    observed = {
        key: np.cos(1 + np.arange(x.size)).reshape(x.shape) for key, x in run.observations.items()
    }
    gradient = run.gradient({"out": times}, observed)

    def loss(changed: dict[str, Any]) -> float:
        other = simulator.run(spikes, changed)
        seen = sum(float(np.sum(observed[key] * other.observations[key])) for key in observed)
        return float(times @ other.spikes["out"].times) + seen

    for key in ("in->out.weight", "out.tau", "out.tau_s", "out.theta", "out.v_r"):
        value = np.asarray(net.values()[key], dtype=float)
        step = 1e-5 * float(np.abs(value).max())
        slope = (loss({key: value + step}) - loss({key: value - step})) / (2 * step)
        assert float(np.sum(gradient[key])) == pytest.approx(slope, rel=1e-7)
