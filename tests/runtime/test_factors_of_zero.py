"""Gradients by factors of zero: no series of the states has the terms of what they multiply.

The truth is a simulation of the declaration by another method, together with its sensitivity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from proofs import model, small_network
from scipy.integrate import quad, solve_ivp

from saltation.runtime import simulate
from saltation.runtime.network import Network
from saltation.runtime.run import Run
from saltation.runtime.spikes import Spikes
from saltation.symbolic.neuron import Neuron

T_END, TINY = 0.1, 1e-30
FUNCTIONS = {"exp": np.exp, "tanh": np.tanh}
RISE = {"E": 60.0, "tau": 0.02}
"""A membrane rises from zero to here."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """Rates of change, what is in them, and what is zero; ``w`` lifts state `s`, or else `v`."""

    dynamics: Mapping[str, str]
    parameters: Mapping[str, float]
    zero: str = "g"
    weight: float = 0.0

    @property
    def kicked(self) -> str:
        """The state that the arrival lifts."""
        return "s" if "s" in self.dynamics else "v"

    def neuron(self, **others: Any) -> Neuron:
        """The declaration."""
        receive = {self.kicked: f"{self.kicked} + w"}
        return model(
            "zero",
            dynamics=dict(self.dynamics),
            parameters=dict(self.parameters),
            receive=receive,
            **others,
        )


def hill(power: int, k: float) -> str:
    return f"v**{power}/({k}**{power} + v**{power})"


def rising(function: str, **parameters: float) -> Case:
    rate = f"(E - v)/tau + g*({function})/tau"
    return Case(dynamics={"v": rate}, parameters={**RISE, "g": 0.0, **parameters})


BUMP = "exp(-((v - c)/d)**2)"
CASES = {
    "Hill function": rising(hill(4, 5.0)),
    "Hill function times a bump": rising(f"{hill(4, 20.0)}*{BUMP}", c=30.0, d=4.0),
    "narrow bump": rising(BUMP, c=30.0, d=0.5),
    "gate of 1 mV": rising("(R - v)/(1 + exp(-(v - c)/d))", R=50.0, c=30.0, d=1.0),
    "gate of 0.1 mV": rising("(R - v)*(1 + tanh((v - c)/d))", R=50.0, c=30.0, d=0.1),
    "narrow peak": rising("1/(1 + ((v - c)/d)**2)", c=30.0, d=0.05),
    "gaps": rising("1/(1 + (t/K)**4)", K=0.01),
    "first terms of zero": Case(
        dynamics={"v": f"E/tau + g*{hill(8, 100.0)}/tau"}, parameters={**RISE, "g": 0.0}
    ),
    "another state": Case(
        dynamics={"v": "(u - v)/tau", "u": "(E - u)/0.01 + g/(1 + ((v - c)/d)**2)/tau"},
        parameters={**RISE, "g": 0.0, "c": 30.0, "d": 1.0},
    ),
    "small factor": rising(f"{hill(4, 20.0)}*{BUMP}", c=30.0, d=4.0, g=1e-13),
    "up and down": Case(
        dynamics={"v": "(s - v)/tau + g/(1 + ((v - c)/d)**2)/tau", "s": "-s/0.03"},
        parameters={**RISE, "g": 0.0, "c": 25.0, "d": 0.5},
        weight=100.0,
    ),
    "weight": Case(
        dynamics={"v": f"(E - v)/tau + s*{hill(4, 5.0)}/tau", "s": "-s/0.03"},
        parameters=RISE,
        zero="w",
    ),
    "weight with a law of its own": Case(
        dynamics={"v": f"(E - v)/tau + s*{hill(4, 5.0)}/tau", "s": "-s*(1 + s*s)/0.03"},
        parameters=RISE,
        zero="w",
    ),
}


def rates_of(case: Case) -> Callable[[float, Any], Any]:
    """Rates of the states and of their sensitivities, by complex steps in the declared text."""
    names, n = list(case.dynamics), len(case.dynamics)
    rates = [compile(text, "rate", "eval") for text in case.dynamics.values()]

    def slopes(t: float, y: Any) -> Any:
        lifted = np.asarray(y[:n]) + 1j * TINY * np.asarray(y[n:])
        x = dict(zip(names, lifted, strict=True))
        values = {**case.parameters, **FUNCTIONS, **x, "t": t}
        if case.zero in case.parameters:
            values[case.zero] = case.parameters[case.zero] + 1j * TINY
        found = np.array([complex(eval(rate, {}, values)) for rate in rates])
        return np.concatenate([found.real, found.imag / TINY])

    return slopes


@cache
def sensitivity(name: str, *, highest: bool = False) -> float:
    """The derivative of the first state by what is zero: at the end, or where it is highest."""
    case = CASES[name]
    slopes = rates_of(case)
    start = [case.weight if state == case.kicked else 0.0 for state in case.dynamics]
    lifted = [float(case.zero == "w" and state == case.kicked) for state in case.dynamics]

    def turn(t: float, y: Any) -> float:
        return float(slopes(t, y)[0])

    solved = solve_ivp(
        slopes,
        (0.0, T_END),
        [*start, *lifted],
        "DOP853",
        rtol=1e-12,
        atol=1e-15,
        max_step=1e-4,
        events=turn,
    )
    end = solved.y_events[0][-1] if highest else solved.y[:, -1]
    return float(end[len(start)])


def ran(net: Network, rtol: float) -> Run:
    simulator = simulate.compile(net, t_end=T_END, rtol=rtol)
    return simulator.run({"in": Spikes.from_events([[(0.0, 0)]])})


@pytest.mark.parametrize(("rtol", "error"), [(1e-4, 0.02), (1e-9, 1e-7), (1e-12, 1e-8)])
@pytest.mark.parametrize("name", CASES)
def test_the_gradient_is_that_of_the_declaration(name: str, rtol: float, error: float) -> None:
    case, size = CASES[name], 3
    weight = np.full((1, size), case.weight)
    net = small_network(case.neuron(), weight, watch=[("v", "sample", [T_END])])
    gradient = ran(net, rtol).gradient(observations={"out_0": np.ones((1, 1, size))})
    key = "in->out.weight" if case.zero == "w" else f"out.{case.zero}"
    found = np.asarray(gradient[key]).sum() / size
    np.testing.assert_allclose(found, sensitivity(name), rtol=error)


def test_a_maximum_inside_a_step_has_the_gradient_of_the_declaration() -> None:
    case = CASES["up and down"]
    net = small_network(case.neuron(), np.array([[case.weight]]), watch=[("v", "max")])
    gradient = ran(net, 1e-9).gradient(observations={"out_0": np.ones((1, 1))})
    exact = sensitivity("up and down", highest=True)
    np.testing.assert_allclose(gradient["out.g"], exact, rtol=1e-7)


def test_times_of_spikes_have_the_gradient_of_the_declaration() -> None:
    """The interval between two spikes is the integral of one by the rate."""
    case, theta = CASES["narrow peak"], 40.0
    parameters = {**case.parameters, "d": 1.0, "theta": theta}
    neuron = replace(case, parameters=parameters).neuron(threshold="v - theta", reset={"v": "0"})
    net = small_network(neuron, np.array([[0.0]]))
    run = ran(net, 1e-9)
    times = run.spikes["out"].times
    assert times.size == 4
    gradient = run.gradient(spike_times={"out": np.ones(times.size)})

    def slope(v: float) -> float:
        peak = 1.0 / (1.0 + (v - 30.0) ** 2)
        return -peak * RISE["tau"] / (RISE["E"] - v) ** 2

    one = quad(slope, 0.0, theta, points=[29.0, 30.0, 31.0], epsabs=1e-15, epsrel=1e-13)[0]
    np.testing.assert_allclose(gradient["out.g"], one * (1 + 2 + 3 + 4), rtol=1e-7)


@pytest.mark.parametrize("name", ["Hill function", "weight", "up and down"])
def test_neurons_in_lanes_give_what_each_gives_alone(name: str) -> None:
    case, size = CASES[name], 19
    start = {"v": np.linspace(0.0, 20.0, size)}
    found = []
    for tau in (RISE["tau"], np.full(size, RISE["tau"])):
        net = small_network(
            case.neuron(),
            np.full((1, size), case.weight),
            parameters={"tau": tau},
            initial=start,
            watch=[("v", "sample", [0.03, T_END]), ("v", "max")],
        )
        cotangents = {"out_0": np.ones((1, 2, size)), "out_1": np.ones((1, size))}
        gradient = ran(net, 1e-9).gradient(observations=cotangents)
        found.append([gradient["in->out.weight"].tobytes(), gradient["out.initial.v"].tobytes()])
    assert found[0] == found[1]


@pytest.mark.parametrize("first", [0, 1])
def test_samples_have_the_same_gradient_behind_others_that_have_far_larger_ones(first: int) -> None:
    """There are more samples than blocks of which gradients are added up."""
    case, batch = CASES["Hill function"], 128
    net = small_network(case.neuron(), np.zeros((1, 3)), watch=[("v", "sample", [T_END])])
    simulator = simulate.compile(net, t_end=T_END, rtol=1e-9)
    run = simulator.run({"in": Spikes.from_events([[(0.0, 0)]] * batch)})
    cotangent = np.zeros((batch, 1, 3))
    cotangent[first::2] = -1e8
    of_large = np.asarray(run.gradient(observations={"out_0": cotangent})["out.g"]).sum()
    cotangent[1 - first :: 2] = 1.0
    of_all = np.asarray(run.gradient(observations={"out_0": cotangent})["out.g"]).sum()
    exact = sensitivity("Hill function")
    np.testing.assert_allclose((of_all - of_large) / (3 * batch / 2), exact, rtol=1e-4)


@pytest.mark.parametrize("rtol", [1e-4, 1e-9, 1e-13])
def test_a_membrane_at_rest_at_the_reversal_potential_of_a_closed_conductance(rtol: float) -> None:
    """What the conductance multiplies is rounding, of which no step can be short enough."""
    neuron = model(
        "rest",
        dynamics={"v": "(a - v)/0.013 + (b - v)/0.0071 + g*(r - v)/(1 + exp(-(v - c)/d))"},
        parameters={"a": -71e-3, "b": -53e-3, "g": 0.0, "r": 0.0, "c": -59e-3, "d": 1e-3},
        receive={"v": "v + w"},
    )
    rest = (-71e-3 / 0.013 - 53e-3 / 0.0071) / (1 / 0.013 + 1 / 0.0071)
    net = small_network(
        neuron,
        np.zeros((1, 3)),
        parameters={"r": rest},
        initial={"v": rest},
        watch=[("v", "sample", [T_END])],
    )
    gradient = ran(net, rtol).gradient(observations={"out_0": np.ones((1, 1, 3))})
    np.testing.assert_allclose(gradient["out.g"], 0.0, atol=1e-17)
