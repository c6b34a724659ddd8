"""Nonlinear models against high-precision differences of their declarations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from proofs import model, small_network

from saltation.runtime.check import check_gradient
from saltation.runtime.network import Network
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import lif, lif_refractory
from saltation.symbolic.neuron import Event, Mode, Neuron

T_END = 0.06
WATCH = (("v", "max"), ("v**2", "integral"), ("v", "sample", (0.013, 0.031)))
DRIVE = [(0.001, 0), (0.004, 1), (0.011, 0), (0.023, 1), (0.031, 0)]
SYNAPSE: dict[str, Any] = {"receive": {"i": "i + w"}}
PARAMETERS = {"tau": 20e-3, "tau_s": 5e-3, "theta": 1.4}


def declared(name: str, weight: float, **declaration: Any) -> Any:
    return pytest.param(model(name, **declaration), weight, id=name)


def curved(v: str = "(v*v - v + i)/tau", **more: Any) -> dict[str, Any]:
    return {
        "dynamics": {"v": v, "i": "-i/tau_s"},
        "threshold": "v - theta",
        "reset": {"v": "-v/3"},
        "parameters": PARAMETERS,
        **SYNAPSE,
        **more,
    }


MODELS = [
    declared("quadratic", 5.0, **curved()),
    declared("exponential", 4.0, **curved("(exp(2*(v - 1)) - v + i)/tau")),
    declared("guard_of_two_states", 5.0, **curved(threshold="v*v + v*i/5 - theta")),
    declared("guard_in_time", 5.0, **curved(threshold="v - theta*(1 + sin(200*t)/4)")),
    declared("drive_in_time", 5.0, **curved("(v*v - v + i*cos(90*t) + tanh(50*t))/tau")),
    declared("reset_of_all", 5.0, **curved(reset={"v": "v - theta - i/9", "i": "i*v/2 + t"})),
    declared("port_of_state", 5.0, **curved(receive={"i": "i + w*(2 - v)"})),
    declared(
        "lifted",
        1.2,
        **curved(receive={"v": "v + w", "i": "i + w"}, reset={"v": "v - theta"}),
    ),
    declared(
        "recovery",
        9.0,
        dynamics={"v": "(v*v - v - u + i)/tau", "u": "(v/2 - u)/tau_u", "i": "-i/tau_s"},
        threshold="v - theta",
        reset={"v": "-v/4", "u": "u + v/5"},
        parameters={**PARAMETERS, "tau_u": 30e-3},
        **SYNAPSE,
    ),
    declared(
        "conductance",
        2.0,
        dynamics={"v": "(g*(e - v) - v)/tau", "g": "-g/tau_s"},
        threshold="v - theta",
        reset={"v": "0"},
        receive={"g": "g + w"},
        parameters={**PARAMETERS, "e": 4.0},
    ),
    declared(
        "two_modes",
        6.0,
        modes={
            "on": Mode(
                {"v": "(v*v - v + i)/tau", "i": "-i/tau_s", "c": "0"},
                [Event("v - theta", {"v": "v/7", "c": "0"}, to="off", spike=True)],
            ),
            "off": Mode(
                {"v": "-v*v*v/tau", "i": "-i/tau_s", "c": "1"},
                [Event("c - t_r - v/900", {"v": "v - i/20"}, to="on", spike=False)],
            ),
        },
        parameters={**PARAMETERS, "t_r": 3e-3},
        **SYNAPSE,
    ),
]  # fmt: skip


def driven(neuron: Neuron, weight: float, watch: Any = WATCH) -> tuple[Network, dict[str, Spikes]]:
    weights = weight * np.array([[1.0, 0.8, 0.3], [0.7, 1.1, 0.9]])
    net = small_network(neuron, weights, delay=1e-3, watch=watch)
    return net, {"in": Spikes.from_events([DRIVE, DRIVE[1:]])}


@pytest.mark.parametrize(("neuron", "weight"), MODELS)
def test_every_gradient_of_a_nonlinear_model(neuron: Neuron, weight: float) -> None:
    net, spikes = driven(neuron, weight)
    result = check_gradient(net, spikes, t_end=T_END, entries=3, progress=False)
    assert result.forward.spikes >= 3
    assert {row.key for row in result.rows} == {*net.values(), "in.times"}
    assert result.worst < 1e-8, str(result)


def test_the_maximum_of_a_nonlinear_model_without_events() -> None:
    """Arrivals lift what is observed, though nothing is watched for an event."""
    neuron = model(
        "saturating",
        dynamics={"v": "(i - v*v*v)/tau", "i": "-i/tau_s"},
        parameters={"tau": 10e-3, "tau_s": 5e-3},
        receive={"v": "v + w/9", "i": "i + w"},
    )
    watch = (("v", "max"), ("i - v/2", "max"), ("v", "sample", (0.029,)))
    net, spikes = driven(neuron, 2.0, watch)
    result = check_gradient(net, spikes, t_end=T_END, entries=3, progress=False)
    assert result.worst < 1e-8, str(result)


@pytest.mark.parametrize("neuron", [lif, lif_refractory], ids=lambda n: n.name)
def test_a_linear_model_is_the_same_by_taylor(neuron: Neuron) -> None:
    """The closed forms and the numerical flow share nothing but the declaration."""
    net, spikes = driven(neuron, 9.0, (*WATCH[2:], ("v", "max"), ("v - i", "integral")))
    runs = [
        compile(net, t_end=T_END, solver=solver, rtol=1e-12).run(spikes)
        for solver in ("closed_form", "taylor")
    ]
    exact, computed = runs
    assert exact.spikes["out"].times.size > 5
    np.testing.assert_allclose(
        computed.spikes["out"].times, exact.spikes["out"].times, rtol=1e-11, atol=0
    )
    cotangents = [{"out": np.cos(np.arange(run.spikes["out"].times.size))} for run in runs]
    first, second = (run.gradient(c) for run, c in zip(runs, cotangents, strict=True))
    for key, value in first.items():
        scale = np.abs(value).max()
        np.testing.assert_allclose(second[key], value, rtol=1e-8, atol=1e-9 * scale, err_msg=key)


@pytest.mark.parametrize("size", [1, 9])
@pytest.mark.parametrize("start", [0.0, 0.3])
def test_a_fast_synapse_of_weight_zero_has_the_gradient_of_a_small_weight(
    size: int, start: float
) -> None:
    """Neither moves the membrane, so that no term of its series tells how fast the synapse is."""
    gradients = []
    for weight in (0.0, 1e-6):
        neuron = model("fast", **curved(parameters={**PARAMETERS, "tau_s": 2e-4}))
        weights = np.full((1, size), weight)
        net = small_network(neuron, weights, initial={"v": start}, watch=(("v", "sample", [0.05]),))
        run = compile(net, t_end=T_END).run({"in": Spikes.from_events([[(0.002, 0)]])})
        seen = {"out_0": np.ones((1, 1, size))}
        gradients.append(run.gradient(observations=seen))
    for key in ("in->out.weight", "out.initial.i"):
        np.testing.assert_allclose(gradients[0][key], gradients[1][key], rtol=1e-6)


@pytest.mark.parametrize("weight", [0.0, 1.0])
@pytest.mark.parametrize("exponent", [4.0, 2.5])
def test_a_hill_function_of_a_parameter_has_gradients_at_rest(
    exponent: float, weight: float
) -> None:
    """The derivative of ``x^n`` is zero where ``x`` is, and not ``n x^n / x``."""
    gradients = []
    for n in ("n", str(exponent).removesuffix(".0")):
        neuron = model(
            "hill",
            dynamics={"v": f"(x**{n}/(1 + x**{n}) - v)/tau", "x": "-x/tau"},
            parameters={"tau": 10e-3, "n": exponent} if n == "n" else {"tau": 10e-3},
            receive={"x": "x + w"},
        )
        net = small_network(neuron, [[weight]], watch=(("v", "sample", [0.03]),))
        run = compile(net, t_end=0.03).run({"in": Spikes.from_events([[(0.002, 0)]])})
        keys = ["in->out.weight", "out.tau", "out.initial.x"]
        gradients.append(run.gradient(observations={"out_0": np.ones((1, 1, 1))}, wrt=keys))
    for key, value in gradients[0].items():
        np.testing.assert_allclose(value, gradients[1][key], rtol=1e-8, atol=1e-15)
