"""Every kind of gradient equals a high-precision difference of the declaration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from proofs import (
    DRIVE,
    KINDS,
    WEIGHT,
    assert_exact,
    drive,
    model,
    observe,
    small_network,
)

from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import (
    adaptive_lif,
    leaky_integrator,
    lif,
    lif_delta,
    lif_refractory,
)
from saltation.symbolic.neuron import Event, Mode, Neuron


@pytest.mark.parametrize(
    ("neuron", "scale"),
    [(lif, 1.0), (adaptive_lif, 1.0), (lif_delta, 0.15), (lif_refractory, 1.0)],
    ids=lambda x: getattr(x, "name", ""),
)
def test_shipped_spiking_models(neuron: Neuron, scale: float) -> None:
    """All values, shared: with a delay, initial states, and every observation."""
    net = small_network(neuron, scale * WEIGHT, delay=0.7e-3, initial={"v": 0.125}, watch=KINDS)
    # The voltage's maximum can lie at an arrival, where the time of the arrival has two sides.
    ties = ("in->out.delay", "in.times") if neuron is lif_delta else ()
    assert_exact(net, DRIVE, spiking=True, skipped=ties)


def test_a_leaky_integrator() -> None:
    """No spikes at all: the gradients of maximum, integral and samples."""
    net = small_network(leaky_integrator, WEIGHT, initial={"v": 0.2, "i": -0.3}, watch=KINDS)
    assert_exact(net, DRIVE, spiking=False)


@pytest.mark.parametrize("neuron", [lif, adaptive_lif, lif_refractory], ids=lambda n: n.name)
def test_values_for_each_neuron(neuron: Neuron) -> None:
    """Parameters and initial states per neuron, delays per synapse."""
    parameters = {
        name: value * np.array([0.9, 1.0, 1.1]) for name, value in neuron.parameters.items()
    }
    delay = np.array([[1.1, 2.3, 3.2], [0.4, 1.7, 2.9]]) * 1e-3
    net = small_network(
        neuron,
        WEIGHT,
        delay=delay,
        parameters=parameters,
        initial={"v": [0.1, 0.0, -0.2], "i": [0.0, 0.3, 0.2]},
        watch=KINDS,
    )
    assert_exact(net, DRIVE, spiking=True, entries=3)


@pytest.mark.parametrize("share", [0.0, 1e-15, 1e-12, 1e-8, 1e-4, -1e-6, 0.3])
def test_equal_and_nearly_equal_time_constants(share: float) -> None:
    """Gradients by both time constants, however close they are."""
    tau = 8e-3
    net = small_network(
        lif, WEIGHT, parameters={"tau_m": tau, "tau_s": tau * (1 + share)}, watch=KINDS
    )
    assert_exact(net, DRIVE, spiking=True)


@pytest.mark.parametrize("each", [False, True])
def test_sparse_weights_with_delays(each: bool) -> None:
    """The gradients of a sparse matrix's entries, one delay or one per entry."""
    weight = scipy.sparse.csr_matrix(np.array([[7.1, 0.0, 6.0], [0.0, 9.4, 8.3]]))
    delay: Any = 1e-3
    if each:
        delay = weight.copy()
        delay.data = np.array([1.1, 0.3, 2.3, 1.7]) * 1e-3
    net = small_network(lif, weight, delay=delay, watch=KINDS)
    assert_exact(net, DRIVE, spiking=True)


def test_a_deep_network_with_skips_two_inputs_and_parallel_projections() -> None:
    """Three layers, two projections between two of them, an input heard at two depths."""
    random = np.random.default_rng(3)
    net = Network()
    net.add_input("left", 2)
    net.add_input("right", 2)
    for name, neuron in [("first", lif), ("second", adaptive_lif), ("third", leaky_integrator)]:
        net.add_population(name, neuron, 3, initial={"v": 0.05, "i": 0.1})
    net.connect("left", "first", weight=random.uniform(4, 10, (2, 3)))
    net.connect("right", "first", weight=random.uniform(4, 10, (2, 3)), delay=1.3e-3)
    net.connect("first", "second", weight=random.uniform(2, 6, (3, 3)), delay=0.5e-3)
    net.connect(
        "first",
        "second",
        weight=random.uniform(1, 6, (3, 3)),
        delay=random.uniform(0.1, 3, (3, 3)) * 1e-3,
        name="slow",
    )
    net.connect("second", "third", weight=random.uniform(-3, 3, (3, 3)))
    net.connect("left", "third", weight=random.uniform(-3, 3, (2, 3)), delay=0.2e-3)
    observe(net, "third", KINDS)
    observe(net, "second", [("v - a", "max")])
    spikes = {
        "left": Spikes.from_events([[(0.001, 0), (0.0024, 1), (0.0112, 0)], [(0.0032, 1)]]),
        "right": Spikes.from_events([[(0.0015, 1), (0.0093, 0)], [(0.0017, 0), (0.0023, 1)]]),
    }
    assert_exact(net, spikes, spiking=True, t_end=0.04)


PORTS = model(
    "two_ports",
    dynamics={"v": "(ge*e_e - v)/tau", "ge": "-ge/tau_e", "u": "-u/tau"},
    threshold="v - theta - 0.1*u",
    reset={"v": "v_r", "u": "u + 0.2*v"},
    receive={"exc": {"ge": "ge + w"}, "inh": {"v": "v - w*(v + e_i)", "u": "k*u + w**2"}},
    parameters={
        "tau": 10e-3,
        "tau_e": 4e-3,
        "e_e": 2.0,
        "e_i": 0.5,
        "theta": 0.8,
        "v_r": 0.1,
        "k": 0.9,
    },
)


def test_ports_with_effects_that_depend_on_state_and_weight() -> None:
    """An additive port, and one that multiplies the state and squares the weight."""
    net = Network()
    net.add_input("in", 2)
    net.add_population("out", PORTS, 2)
    net.connect("in", "out", weight=np.array([[3.0, 4.0], [2.5, 3.5]]), port="exc")
    net.connect(
        "in", "out", weight=np.array([[0.2, 0.3], [0.1, 0.4]]), port="inh", delay=0.4e-3, name="i"
    )
    observe(
        net, "out", [("v", "max"), ("u*v + theta*ge", "sample", [0.01, 0.03]), ("u", "integral")]
    )
    assert_exact(net, DRIVE, spiking=True, skipped=("i.delay", "in.times"))


DRIVEN = model(
    "driven_delta",
    dynamics={"v": "(d - v)/tau", "u": "-u/tau_u"},
    threshold="v - theta",
    reset={"v": "rho*v", "u": "u + b"},
    receive={"v": "v + w - 0.1*u"},
    parameters={"tau": 10e-3, "tau_u": 30e-3, "d": 1.5, "theta": 1.0, "rho": 0.3, "b": 0.2},
)


@pytest.mark.parametrize("each", [False, True])
def test_guards_lifted_by_arrivals_between_ordinary_spikes(each: bool) -> None:
    """Several neurons, some fired by an arrival and again before the next one; all observed."""
    delay = np.array([[1.0, 2.1, 3.3], [3.2, 4.4, 5.5]]) * 1e-4 if each else 0.0
    net = small_network(
        DRIVEN,
        np.array([[0.9, 0.4, 0.8], [2.0, 1.1, 0.1]]),
        delay=delay,
        parameters={"d": [1.5, 1.4, 1.3]},
        watch=[*KINDS, ("-v", "max"), ("u - v", "max")],
    )
    spikes = drive([(0.003, 0), (0.0102, 1), (0.0117, 0), (0.0219, 1), (0.0341, 0)])
    assert_exact(net, spikes, spiking=True, skipped=("in->out.delay", "in.times"), entries=6)


@pytest.mark.parametrize("each", [False, True])
def test_a_maximum_reached_after_an_event_that_an_arrival_fired(each: bool) -> None:
    """The event and the maximum lie in one interval: inside it, and at its end."""
    net = small_network(
        DRIVEN,
        np.array([[0.9, 1.3]]),
        delay=np.array([[0.1e-3, 0.3e-3]]) if each else 0.1e-3,
        parameters={"d": 0.9},
        watch=[("3*v + 20*u", "max"), ("9*v + 20*u", "max")],
    )
    result = assert_exact(net, drive([(0.006, 0)], [(0.003, 0), (0.0041, 0)]), t_end=0.02)
    assert result.forward.spikes >= 4


def test_a_reset_that_leaves_part_of_the_overshoot_fires_again_at_once() -> None:
    """Subtracting the threshold from a large jump: several spikes at one instant."""
    subtracting = model(
        "subtracting",
        dynamics={"v": "-v/tau", "u": "-u/tau"},
        threshold="v - theta",
        reset={"v": "v - theta*(1 + u)", "u": "u + b*v"},
        receive={"v": "v + w"},
        parameters={"tau": 10e-3, "theta": 1.0, "b": 0.05},
    )
    net = small_network(
        subtracting,
        np.array([[2.9, 1.3], [3.7, 4.6]]),
        delay=0.2e-3,
        watch=[("v", "sample", [0.0085, 0.02]), ("u", "integral"), ("u", "max")],
    )
    spikes = drive([(0.003, 0), (0.0102, 1), (0.0117, 0), (0.0219, 1)])
    result = assert_exact(net, spikes, skipped=("in->out.delay", "in.times"))
    assert result.forward.spikes > 8


def test_coupled_simultaneous_resets() -> None:
    """``v -> v - u, u -> u + v``: every right-hand side sees the state before the event."""
    coupled = model(
        "coupled",
        dynamics={"v": "(i - v)/tau_m", "u": "(c*v - u)/tau_u", "i": "-i/tau_s"},
        threshold="v - theta",
        reset={"v": "v - u - kappa", "u": "u + v"},
        receive={"i": "i + w"},
        parameters={
            "tau_m": 10e-3,
            "tau_u": 25e-3,
            "tau_s": 5e-3,
            "theta": 1.0,
            "kappa": 0.3,
            "c": 0.4,
        },
    )
    net = small_network(coupled, WEIGHT, watch=[*KINDS, ("u", "max")])
    assert_exact(net, DRIVE, spiking=True)


def test_moving_threshold_resting_value_and_explicit_time() -> None:
    """Guard, reset and flow with time, a resting value, and a state that the reset names not."""
    moving = model(
        "moving",
        dynamics={"v": "(e_l + i - v)/tau_m", "i": "-i/tau_s", "a": "(a_0 - a)/tau_a"},
        threshold="v - theta - a + g*t",
        reset={"v": "v_r + k*t", "a": "a + beta"},
        receive={"i": "i + w"},
        parameters={
            "tau_m": 10e-3,
            "tau_s": 4e-3,
            "tau_a": 40e-3,
            "e_l": -0.2,
            "a_0": 0.1,
            "theta": 0.9,
            "g": 3.0,
            "v_r": 0.1,
            "k": -2.0,
            "beta": 0.15,
        },
    )
    net = small_network(moving, WEIGHT, watch=[*KINDS, ("v - a + 2*t", "max")])
    assert_exact(net, DRIVE, spiking=True)


def test_several_events_in_one_mode_spiking_and_not() -> None:
    """Three guards; two of them emit nothing, one of those changes the current."""
    events = model(
        "events",
        modes={
            "only": Mode(
                {"v": "(i - v)/tau", "i": "-i/tau_s", "u": "-u/tau_u"},
                [
                    Event("v - theta", reset={"v": "v_r", "u": "u + 1"}),
                    Event("v - half", reset={"u": "u + b"}, spike=False),
                    Event("u - top", reset={"u": "c*u", "i": "i/2"}, spike=False),
                ],
            )
        },
        receive={"i": "i + w"},
        parameters={
            "tau": 10e-3,
            "tau_s": 5e-3,
            "tau_u": 20e-3,
            "theta": 1.0,
            "half": 0.5,
            "v_r": 0.1,
            "b": 0.3,
            "top": 1.7,
            "c": 0.2,
        },
    )
    net = small_network(events, 1.3 * WEIGHT, watch=[*KINDS, ("u", "max"), ("i + u", "integral")])
    assert_exact(net, DRIVE, spiking=True)


THREE_MODES = model(
    "three_modes",
    modes={
        "rest": Mode(
            {"v": "(i - v)/tau", "i": "-i/tau_s", "c": "0"},
            [
                Event("v - theta", reset={"v": "v + up"}, to="peak"),
                Event("-v - low", reset={"c": "0.5*t_p"}, to="held", spike=False),
            ],
        ),
        "peak": Mode(
            {"v": "-k*v", "i": "-i/tau_s", "c": "1"},
            [Event("c - t_p", reset={"v": "v_r", "c": "0", "i": "g*i"}, to="held", spike=False)],
        ),
        "held": Mode(
            {"v": "0", "i": "-i/tau_s", "c": "1"},
            [Event("c - 2*t_p", reset={"c": "0"}, to="rest")],
        ),
    },
    receive={"exc": {"i": "i + w"}, "kick": {"v": "v + w", "c": "c + 0.1*t_p"}},
    parameters={
        "tau": 10e-3,
        "tau_s": 5e-3,
        "theta": 1.0,
        "low": 0.6,
        "up": 0.5,
        "t_p": 1.5e-3,
        "k": 120.0,
        "v_r": 0.2,
        "g": 0.8,
    },
)


@pytest.mark.parametrize("each", [False, True])
def test_three_modes_with_arrivals_in_each(each: bool) -> None:
    """Spikes on leaving two modes; kicks that move the voltage and the clock in every mode."""
    net = Network()
    net.add_input("in", 2)
    net.add_population("out", THREE_MODES, 3, initial={"i": [0.5, 1.0, 0.0]})
    net.connect("in", "out", weight=WEIGHT, port="exc")
    delay = np.array([[0.3, 1.2, 2.9], [0.7, 1.9, 2.2]]) * 1e-3 if each else 0.9e-3
    net.connect("in", "out", weight=-0.06 * WEIGHT, port="kick", delay=delay, name="kick")
    observe(net, "out", [*KINDS, ("-v", "max"), ("v + 100*c", "max"), ("c", "integral")])
    result = assert_exact(net, DRIVE, skipped=("in.times", "kick.delay"), entries=6)
    assert result.forward.spikes >= 8


def test_an_oscillating_pair_of_states() -> None:
    """Complex rates: the matrix exponential, its adjoint, and its crossings."""
    resonator = model(
        "resonator",
        dynamics={"v": "i - a*v - b*u", "u": "b*v - a*u", "i": "-i/tau_s"},
        threshold="v - theta",
        reset={"v": "v_r", "u": "u + d"},
        receive={"i": "i + w"},
        parameters={
            "a": 60.0,
            "b": 400.0,
            "tau_s": 4e-3,
            "theta": 1.0,
            "v_r": 0.1,
            "d": 0.4,
        },
    )
    net = small_network(resonator, 120 * WEIGHT, watch=[*KINDS, ("u", "max")])
    assert_exact(net, DRIVE, spiking=True)
