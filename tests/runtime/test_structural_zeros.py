"""Gradients that are zero whatever the values are: named with the reason, and zero indeed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from proofs import drive

from saltation.runtime.check import check_gradient
from saltation.runtime.network import Network
from saltation.runtime.simulate import Simulator, compile
from saltation.symbolic.errors import StructuralZeroWarning, UnknownNameError
from saltation.symbolic.models import lif
from saltation.symbolic.neuron import Event, Mode, Neuron

T_END = 0.05
SPIKES = drive([(0.001, 0), (0.004, 1), (0.012, 0)], [(0.002, 1), (0.003, 0)])

listener = Neuron(
    "listener",
    dynamics={"v": "(i - v)/tau_m", "i": "-i/tau_s", "trace": "(v - trace)/tau_t"},
    threshold="v - theta",
    reset={"v": "0"},
    receive={"drive": {"i": "i + w"}, "mark": {"trace": "trace + gain*w"}},
    parameters={"tau_m": 20e-3, "tau_s": 5e-3, "tau_t": 10e-3, "theta": 1.0, "gain": 0.3},
)
"""A neuron whose trace reads the membrane and is read by nothing."""


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    """Return in -> a -> b, and c beside b; a and c have traces that are observed."""
    net = Network()
    net.add_input("in", 2)
    net.add_input("alone", 1)
    for name in ("a", "b", "c"):
        net.add_population(name, listener, 2)
    weight = np.array([[7.0, 5.0], [6.0, 9.0]])
    net.connect("in", "a", weight=weight, port="drive")
    net.connect("in", "a", weight=weight, port="mark", name="marks")
    net.connect("a", "b", weight=weight, port="drive", delay=1e-3)
    net.connect("a", "c", weight=weight, port="drive", delay=1e-3)
    net.observe("v", "b", "v", kind="integral")
    net.observe("trace", "a", "trace", kind="sample", at=[0.02])
    return compile(net, t_end=T_END)


UNREACHED = "population 'c' does not reach any output with a cotangent"


@pytest.mark.parametrize(
    ("outputs", "key", "reason"),
    [
        ({"spike_times": ["b"]}, "c.tau_m", UNREACHED),
        ({"spike_times": ["b"]}, "a->c.weight", UNREACHED),
        ({"spike_times": ["b"]}, "a->c.delay", UNREACHED),
        ({"spike_times": ["b"]}, "alone.times", "input 'alone' do not reach any output"),
        ({"spike_times": ["b"]}, "a.tau_t", "parameter 'tau_t' of 'a' occurs in no equation on"),
        ({"spike_times": ["b"]}, "a.initial.trace", "state 'trace' of 'a' occurs in no equation"),
        ({"spike_times": ["b"]}, "marks.weight", "port 'mark' of 'a' change no state"),
        ({"spike_times": ["b"]}, "marks.delay", "port 'mark' of 'a' change no state"),
        ({"observations": ["trace"]}, "b.theta", "population 'b' does not reach"),
        ({"observations": ["trace"]}, "a->b.weight", "population 'b' does not reach"),
        ({"spike_times": []}, "b.theta", "no output has a cotangent"),
    ],
)
def test_a_structural_zero_has_its_reason(
    simulator: Simulator, outputs: Mapping[str, Any], key: str, reason: str
) -> None:
    assert reason in simulator.structural_zeros(**outputs)[key]


@pytest.mark.parametrize(
    ("outputs", "key"),
    [
        ({"spike_times": ["b"]}, "a.theta"),
        ({"spike_times": ["b"]}, "in.times"),
        ({"spike_times": ["b"]}, "a->b.delay"),
        ({"observations": ["trace"]}, "a.tau_t"),
        ({"observations": ["trace"]}, "marks.weight"),
        ({"observations": ["trace"]}, "a.theta"),
        ({}, "a.initial.trace"),
    ],
)
def test_what_can_matter_is_not_called_zero(
    simulator: Simulator, outputs: Mapping[str, Any], key: str
) -> None:
    assert key not in simulator.structural_zeros(**outputs)


@pytest.mark.parametrize("outputs", [{"b"}, {"a"}, {"c"}, {"a", "c"}, {"v"}, {"trace"}])
def test_structural_zeros_are_zero_and_every_other_gradient_is_not(
    simulator: Simulator, outputs: set[str]
) -> None:
    run = simulator.run({**SPIKES, "alone": drive([(0.01, 0)], [])["in"]})
    spiking = {name: np.ones(run.spikes[name].times.size) for name in outputs & {"a", "b", "c"}}
    observed = {name: np.ones_like(run.observations[name]) for name in outputs & {"v", "trace"}}
    assert all(cotangent.size for cotangent in (*spiking.values(), *observed.values()))
    gradient = run.gradient(spike_times=spiking, observations=observed)
    zeros = simulator.structural_zeros(spiking, observed)
    assert {key for key, value in gradient.items() if not value.any()} == set(zeros)


def test_high_precision_differences_find_the_same_zeros(simulator: Simulator) -> None:
    run = simulator.run({**SPIKES, "alone": drive([(0.01, 0)], [])["in"]})
    loss = {"spike_times": {"b": np.ones(run.spikes["b"].times.size)}, "observations": {}}
    result = check_gradient(
        simulator.net,
        {**SPIKES, "alone": drive([(0.01, 0)], [])["in"]},
        t_end=T_END,
        entries=1,
        loss=loss,
        keys=["a.tau_t", "marks.weight", "c.theta", "a->c.delay", "alone.times", "a.theta"],
        progress=False,
    )
    for row in result.rows:
        assert bool(row.reason) == (row.key != "a.theta")
        assert (row.zeros == row.checked == 1) == bool(row.reason)
    assert "because population 'c' does not reach" in str(result)


def test_a_gradient_asked_for_by_name_warns_and_one_of_all_does_not(simulator: Simulator) -> None:
    run = simulator.run({**SPIKES, "alone": drive([], [])["in"]})
    cotangent = {"b": np.ones(run.spikes["b"].times.size)}
    with pytest.warns(StructuralZeroWarning, match=r"'c.tau_m' is exactly zero because") as caught:
        run.gradient(spike_times=cotangent, wrt=["a.tau_m", "c.tau_m", "marks.weight"])
    assert caught[0].filename == __file__
    assert "'marks.weight' is exactly zero because arrivals at" in str(caught[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.gradient(spike_times=cotangent)
        run.gradient(spike_times=cotangent, wrt=["a.tau_m", "b.initial.v"])


def test_a_jump_without_the_weight_and_a_mode_that_only_counts() -> None:
    """The weight is in no jump; what the second mode reads reaches nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        counter = Neuron(
            "counter",
            modes={
                "on": Mode({"v": "-v/tau", "n": "0"}, [Event("v - 1", {"v": "0"}, to="off")]),
                "off": Mode({"v": "-v/tau", "n": "rate"}, [Event("n - 1", {"n": "0"}, to="on")]),
            },
            receive={"v": "v + size"},
            parameters={"tau": 0.02, "rate": 300.0, "size": 1.25},
        )
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", counter, 1)
    net.connect("in", "out", weight=[[1.0]])
    net.observe("v", "out", "v", kind="integral")
    sim = compile(net, t_end=T_END)
    zeros = sim.structural_zeros(observations=["v"])
    assert set(zeros) == {"in->out.weight"}
    assert "jump at port 'default' of 'out' does not contain the weight" in zeros["in->out.weight"]


def test_without_populations_or_outputs_everything_is_zero() -> None:
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", lif, 1)
    assert set(compile(net, t_end=T_END).structural_zeros([], [])) == {*net.values(), "in.times"}


def test_an_unknown_output_is_an_error(simulator: Simulator) -> None:
    with pytest.raises(UnknownNameError, match="population"):
        simulator.structural_zeros(spike_times=["d"])
    with pytest.raises(UnknownNameError, match="observation"):
        simulator.structural_zeros(observations=["w"])
