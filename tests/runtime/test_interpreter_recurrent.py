"""Interpreted networks with cycles: what happens first, what causes what, and in closed form."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from single_neuron import run_single

from saltation.runtime.interpreter import Interpreter, Perturbation, interpret
from saltation.runtime.interpreter import neuron as interpreter_neuron
from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import SimulationError, ZenoError
from saltation.symbolic.models import lif, lif_refractory
from saltation.symbolic.neuron import Neuron

NOTE = Neuron("note", dynamics={"v": "0"}, receive={"v": "10*v + w"})
"""A neuron that writes down the weights of its arrivals as decimal digits."""

RELAY = Neuron(
    "relay", dynamics={"v": "0"}, threshold="v - 1", reset={"v": "0"}, receive={"v": "v + w"}
)
"""A neuron that fires at once on every arrival of weight 1."""

DRIVEN = Neuron(
    "driven",
    dynamics={"v": "(v_inf - v)/tau"},
    threshold="v - 1",
    reset={"v": "0"},
    receive={"v": "v + w"},
    parameters={"v_inf": 2.0, "tau": 1.0},
)
"""A neuron that spikes by itself."""


def _self_connected(weight: float, delay: float) -> Network:
    net = Network()
    net.add_population("only", DRIVEN, 1)
    net.connect("only", "only", weight=[[weight]], delay=delay)
    return net


@pytest.mark.parametrize(("weight", "delay"), [(0.25, 0.125), (-0.5, 0.375), (0.5, 0.0)])
def test_a_self_connection_shortens_or_lengthens_the_period_in_closed_form(
    weight: float, delay: float
) -> None:
    """After the first, periods are ``tau log((v_inf - w exp(d/tau)) / (v_inf - 1))``."""
    times = interpret(_self_connected(weight, delay), {}, t_end=4.0, digits=40).spikes["only"][0]
    with mpmath.workdps(50):
        period = mpmath.log(2 - mpmath.mpf(weight) * mpmath.exp(mpmath.mpf(delay)))
        first = mpmath.log(2)
        assert len(times) == 1 + int((4 - first) / period) >= 4
        for k, (time, _) in enumerate(times):
            assert abs(time - (first + k * period)) < mpmath.mpf(10) ** -36


@pytest.mark.parametrize("key", ["weight", "delay"])
def test_differences_of_a_self_connection_are_its_derivatives(key: str) -> None:
    """By the weight and by the delay, also in closed form."""
    weight, delay = 0.25, 0.125
    kept = Interpreter(_self_connected(weight, delay), {}, t_end=2.0, digits=40)
    before = kept.run().results["only"][0][0].spikes
    change = Perturbation(key=f"only->only.{key}", index=0, amount=kept.arithmetic.number(1e-14))
    after = kept.run(change).results["only"][0][0].spikes
    ahead = math.exp(delay)
    slope = -ahead / (2 - weight * ahead) * (1.0 if key == "weight" else weight)
    found = [float((b - a) / change.amount) for a, b in zip(before, after, strict=True)]
    assert found == pytest.approx([k * slope for k in range(len(found))], rel=1e-12)
    assert len(found) >= 3


def test_a_ring_of_relays_passes_a_spike_round_for_ever() -> None:
    """With delays of 1/8, 1/4 and 1/2 unit 0 fires every 7/8, and so do the others."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("ring", RELAY, 3)
    net.connect("in", "ring", weight=[[1.0, 0.0, 0.0]])
    shift = np.roll(np.eye(3), 1, axis=1)
    net.connect("ring", "ring", weight=shift, delay=shift * [[0.125], [0.25], [0.5]])
    result = interpret(net, {"in": Spikes.from_events([[(0.5, 0)]])}, t_end=3.5)
    lags = [0.0, 0.125, 0.375]
    passed = [(0.5 + 0.875 * turn + lag, k) for turn in range(4) for k, lag in enumerate(lags)]
    found = list(zip(result.times("ring"), result.units("ring"), strict=True))
    assert found == [pair for pair in passed if pair[0] <= 3.5]


@pytest.mark.parametrize("delay", [0.0, 0.3e-3, "each"])
@pytest.mark.parametrize("neuron", [lif, lif_refractory], ids=lambda n: n.name)
def test_every_neuron_alone_on_what_it_heard_spikes_as_it_did(
    neuron: Neuron, delay: float | str
) -> None:
    """Two populations, connected in all four ways: causes and effects fit together."""
    random = np.random.default_rng(5)
    net = Network()
    net.add_input("in", 2)
    sizes = {"a": 2, "b": 3}
    for name, size in sizes.items():
        net.add_population(name, neuron, size)
        net.connect("in", name, weight=random.uniform(4, 9, (2, size)), delay=0.1e-3)
    for pre, m in sizes.items():
        for post, n in sizes.items():
            lag = random.uniform(0.1, 3, (m, n)) * 1e-3 if delay == "each" else delay
            weight = random.uniform(-3, 4, (m, n))
            # What a neuron hears of itself at the instant of its spike cannot be replayed rounded.
            np.fill_diagonal(weight, 0.0 if pre == post else weight[0, 0])
            net.connect(pre, post, weight=weight, delay=lag)
    spikes = {"in": Spikes.from_events([[(0.001, 0), (0.0024, 1), (0.011, 0), (0.0151, 1)]])}
    result = interpret(net, spikes, t_end=0.03)
    values = net.values()
    emitted = {"in": [(t, u) for t, u in zip(*spikes["in"].sample(0), strict=True)]}
    emitted |= {name: result.spikes[name][0] for name in sizes}
    for name, size in sizes.items():
        for unit in range(size):
            heard = []
            for pre, train in emitted.items():
                weight = values[f"{pre}->{name}.weight"]
                lag = np.broadcast_to(values[f"{pre}->{name}.delay"], weight.shape)
                heard += [(float(t + lag[j, unit]), 0, weight[j, unit]) for t, j in train]
            alone = run_single(neuron, sorted(heard, key=lambda a: a[0]), t_end=0.03).times
            mine = result.times(name)[result.units(name) == unit]
            assert mine == pytest.approx(alone, abs=1e-17)
    assert sum(len(result.spikes[name][0]) for name in sizes) > 10


def _written(first: str, *, back: bool) -> float:
    """Let a note hear an input, and a relay of it, without delay; the projection `first` first."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("note", NOTE, 1)
    net.add_population("relay", RELAY, 1)
    net.add_population("second", RELAY, 1)
    net.connect("in", "relay", weight=[[1.0]])
    net.connect("relay", "second", weight=[[1.0]])
    if back:
        net.connect("note", "relay", weight=[[0.0]])
    digits = {"second": 3.0, "relay": 2.0, "in": 1.0}
    for pre in sorted(digits, key=lambda name: name != first):
        net.connect(pre, "note", weight=[[digits[pre]]])
    net.observe("read", "note", "v", kind="sample", at=[1.0])
    spikes = {"in": Spikes.from_events([[(0.5, 0)]])}
    return float(interpret(net, spikes, t_end=1.0).observed("read")[0, 0, 0])


@pytest.mark.parametrize("first", ["second", "relay", "in"])
@pytest.mark.parametrize("back", [False, True])
def test_at_one_instant_causes_apply_before_effects(first: str, back: bool) -> None:
    """Input, relay, second relay: whichever projection was declared first, in a cycle or not."""
    assert _written(first, back=back) == 123.0


@pytest.mark.parametrize("back", [False, True])
def test_a_spike_by_the_flow_has_generation_zero_at_the_instant_of_another(back: bool) -> None:
    """Two neurons reach threshold at 1; one had an input at that instant, and was fired by it."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("note", NOTE, 1)
    ramp = Neuron("ramp", dynamics={"v": "1"}, threshold="v - 1", reset={"v": "-9"})
    net.add_population("ramp", ramp, 1)
    net.add_population("relay", RELAY, 1)
    net.connect("in", "relay", weight=[[1.0]])
    net.connect("relay", "note", weight=[[2.0]])
    net.connect("ramp", "note", weight=[[1.0]])
    if back:
        net.connect("note", "relay", weight=[[0.0]])
    net.observe("read", "note", "v", kind="sample", at=[2.0])
    spikes = {"in": Spikes.from_events([[(1.0, 0)]])}
    assert interpret(net, spikes, t_end=2.0).observed("read")[0, 0, 0] == 12.0


def test_an_earlier_emission_comes_before_an_earlier_generation() -> None:
    """A relayed spike that was emitted before, and waited, applies before an undelayed input."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("note", NOTE, 1)
    net.add_population("relay", RELAY, 1)
    net.connect("in", "note", weight=[[1.0]])
    net.connect("in", "relay", weight=[[1.0]])
    net.connect("relay", "note", weight=[[2.0]], delay=0.25)
    net.connect("note", "relay", weight=[[0.0]])
    net.observe("read", "note", "v", kind="sample", at=[0.75])
    spikes = {"in": Spikes.from_events([[(0.5, 0), (0.75, 0)]])}
    assert interpret(net, spikes, t_end=1.0).observed("read")[0, 0, 0] == 121.0


def test_a_spike_between_two_arrivals_takes_back_what_others_looked_ahead() -> None:
    """Without the early spike of `fast` at 1/4, `slow` would fire at 1 and not at 3/4."""
    net = Network()
    ramp = Neuron(
        "ramp",
        dynamics={"v": "1"},
        threshold="v - theta",
        reset={"v": "v - 8"},
        receive={"v": "v + w"},
        parameters={"theta": 1.0},
    )
    net.add_population("slow", ramp, 1)
    net.add_population("fast", ramp, 1, parameters={"theta": 0.25})
    net.connect("fast", "slow", weight=[[0.25]])
    net.connect("slow", "fast", weight=[[4.0]], delay=0.125)
    net.observe("area", "slow", "v", kind="integral")
    result = interpret(net, {}, t_end=1.0)
    assert result.times("fast").tolist() == [0.25]
    assert result.times("slow").tolist() == [0.75]
    before, after = 0.75**2 / 2 + 0.25 * 0.5, (-7) * 0.25 + 0.25**2 / 2
    assert result.observed("area")[0, 0] == pytest.approx(before + after, abs=1e-15)


def test_a_cycle_without_delay_that_fires_itself_is_an_error() -> None:
    """Two relays that fire each other: a chain of over 100 spikes at one instant."""
    net = Network()
    net.add_input("in", 1)
    for name in "ab":
        net.add_population(name, RELAY, 1)
    net.connect("in", "a", weight=[[1.0]])
    net.connect("a", "b", weight=[[1.0]])
    net.connect("b", "a", weight=[[1.0]])
    with pytest.raises(ZenoError, match=r"100 spikes.*t = 0\.5 s") as caught:
        interpret(net, {"in": Spikes.from_events([[], [(0.5, 0)]])}, t_end=1.0)
    assert "population 'a', unit 0, sample 1" in str(caught.value.__notes__)


@pytest.mark.parametrize("limit", [50, 51])
def test_a_chain_of_a_hundred_spikes_at_one_instant_is_allowed(limit: int) -> None:
    """Two neurons that fire each other, 50 times each until they tire; one more is an error."""
    tiring = Neuron(
        "tiring",
        dynamics={"v": "0", "n": "0"},
        threshold="v - 1",
        reset={"v": "0", "n": "n + 1"},
        receive={"v": "v + w*(limit + 0.5 - n)"},
        parameters={"limit": float(limit)},
    )
    net = Network()
    net.add_input("in", 1)
    net.add_population("pair", tiring, 2)
    net.connect("in", "pair", weight=[[1.0, 0.0]])
    net.connect("pair", "pair", weight=[[0.0, 1.0], [1.0, 0.0]])
    spikes = {"in": Spikes.from_events([[(0.5, 0)]])}
    if limit > 50:
        with pytest.raises(ZenoError):
            interpret(net, spikes, t_end=1.0)
    else:
        assert interpret(net, spikes, t_end=1.0).times("pair").tolist() == [0.5] * 100


def test_a_runaway_with_tiny_delays_is_an_error_and_no_endless_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A relay that fires itself a picosecond later, for ever."""
    monkeypatch.setattr(interpreter_neuron, "MOST_STEPS", 200)
    net = Network()
    net.add_input("in", 1)
    net.add_population("only", RELAY, 1)
    net.connect("in", "only", weight=[[1.0]])
    net.connect("only", "only", weight=[[1.0]], delay=1e-12)
    with pytest.raises(SimulationError, match="steps and"):
        interpret(net, {"in": Spikes.from_events([[(0.5, 0)]])}, t_end=1.0, digits=16)


@pytest.mark.parametrize(
    "key", ["a->b.weight", "b->a.delay", "a.tau_m", "b.initial.v", "in.times", "b->out.weight"]
)
def test_a_perturbed_run_is_a_fresh_run_of_perturbed_values(key: str) -> None:
    """What the interpreter keeps of a cycle never leaks into a perturbed run."""
    net = Network()
    net.add_input("in", 1)
    for name in ("a", "b", "out"):
        net.add_population(name, lif, 1)
    net.connect("in", "a", weight=[[12.0]], delay=1e-3)
    net.connect("a", "b", weight=[[11.0]], delay=1e-3)
    net.connect("b", "a", weight=[[3.0]], delay=2e-3)
    net.connect("b", "out", weight=[[8.0]])
    spikes = {"in": Spikes.from_events([[(0.001, 0), (0.006, 0)]])}
    kept = Interpreter(net, spikes, t_end=0.03)
    baseline = kept.run()
    change = Perturbation(key=key, index=0, amount=1e-6)
    fresh = Interpreter(net, spikes, t_end=0.03).run(change)
    assert kept.run(change) == fresh
    assert fresh != baseline
    same = kept.run(change).results["a"][0][0] is baseline.results["a"][0][0]
    assert same == (key == "b->out.weight")
