"""Steps of numerical flows: their order, and the exact gradient of what was computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from brute_steps import BruteNeuron
from mpmath import mp, mpf
from proofs import model, small_network

from saltation.codegen.tableau import DENSE, ERROR, STAGES, linear_error
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.neuron import Neuron

T_END = 0.05
LOOSE = 1e9
"""A tolerance at which no step is rejected: each stretch between jumps is one step."""

QUADRATIC = model(
    "quadratic",
    dynamics={"v": "(v*v - v + i)/tau", "i": "-i/tau_s"},
    threshold="v + v*i/20 - theta",
    reset={"v": "v_r - i/30", "i": "i*4/5"},
    receive={"i": "i + w*(2 - v/3)", "v": "v + w/200"},
    parameters={"tau": 20e-3, "tau_s": 6e-3, "theta": 1.5, "v_r": -0.25},
)

BRUTE = BruteNeuron(
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


def coefficients() -> tuple[list[list[float]], list[float], list[float]]:
    """``a`` with its last row, ``c`` and ``b`` of the fifth-order solution."""
    a = [[], *[list(row) for row in STAGES]]
    return a, [sum(row) for row in a], [*STAGES[-1], 0.0]


def test_the_pair_satisfies_the_conditions_of_order_five() -> None:
    """All seventeen (Butcher), to the digits of the published coefficients."""
    rows, nodes, weights = coefficients()
    a, c, b = np.zeros((7, 7)), np.array(nodes), np.array(weights)
    for k, row in enumerate(rows):
        a[k, : len(row)] = row
    conditions = [(b @ c**m, 1 / (m + 1)) for m in range(5)]
    conditions += [
        (b @ a @ c, 1 / 6),
        (b @ (c * (a @ c)), 1 / 8),
        (b @ a @ c**2, 1 / 12),
        (b @ a @ a @ c, 1 / 24),
        (b @ (c**2 * (a @ c)), 1 / 10),
        (b @ (a @ c) ** 2, 1 / 20),
        (b @ (c * (a @ c**2)), 1 / 15),
        (b @ (c * (a @ a @ c)), 1 / 30),
        (b @ a @ c**3, 1 / 20),
        (b @ a @ (c * (a @ c)), 1 / 40),
        (b @ a @ a @ c**2, 1 / 60),
        (b @ a @ a @ a @ c, 1 / 120),
    ]
    for found, expected in conditions:
        assert found == pytest.approx(expected, abs=2e-14)


def test_the_dense_output_ends_at_the_solution_with_its_slope() -> None:
    _, c, b = coefficients()
    for k, row in enumerate(DENSE):
        assert sum(row) == pytest.approx(b[k], abs=1e-13)
        slope = sum((power + 1) * x for power, x in enumerate(row))
        assert slope == pytest.approx(1.0 if k == 6 else 0.0, abs=2e-13)
    for m in range(4):  # it is of fourth order everywhere
        for theta in (0.3, 0.7):
            weights = [sum(x * theta ** (q + 1) for q, x in enumerate(row)) for row in DENSE]
            found = sum(w * c[k] ** m for k, w in enumerate(weights))
            assert found == pytest.approx(theta ** (m + 1) / (m + 1), abs=1e-14)


def test_the_error_of_a_linear_flow_is_that_of_its_steps() -> None:
    z = mpf("0.37")
    slopes = [mpf(1) * z]
    for row in STAGES:
        slopes.append(z * (1 + sum(mpf(a) * s for a, s in zip(row, slopes, strict=True))))
    error = sum(mpf(e) * s for e, s in zip(ERROR, slopes, strict=True))
    polynomial = sum(mpf(x) * z ** (5 + k) for k, x in enumerate(linear_error()))
    assert float(abs(error - polynomial)) < 1e-15


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
