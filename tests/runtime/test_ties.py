"""Simultaneous arrivals, samples and events: what applies first, and whose gradient it is."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from proofs import drive, model, observe, small_network

from saltation.runtime.interpreter import interpret
from saltation.runtime.network import Network
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import leaky_integrator, lif, lif_delta

T_END = 0.02


AFFINE = model(
    "affine",
    dynamics={"v": "-v/tau"},
    receive={"add": {"v": "v + w"}, "scale": {"v": "w*v"}},
    parameters={"tau": 10e-3},
)


@pytest.mark.parametrize("first", ["add", "scale"])
@pytest.mark.parametrize("sparse", [False, True])
def test_arrivals_of_one_spike_apply_in_the_order_of_the_projections(
    first: str, sparse: bool
) -> None:
    """Adding and scaling do not commute: ``3 (0 + 2)`` or ``3 * 0 + 2``."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", AFFINE, 1)
    ports = {"add": 2.0, "scale": 3.0}
    for port in (first, *(p for p in ports if p != first)):
        weight = np.array([[ports[port]]])
        net.connect(
            "in",
            "out",
            weight=scipy.sparse.csr_matrix(weight) if sparse else weight,
            port=port,
            name=port,
        )
    observe(net, "out", [("v", "sample", [0.005])])
    run = compile(net, t_end=T_END).run(drive([(0.005, 0)]))
    assert run.observations["out_0"].ravel() == pytest.approx([6.0 if first == "add" else 2.0])


@pytest.mark.parametrize("sparse", [False, True])
def test_an_earlier_emission_applies_first(sparse: bool) -> None:
    """Two arrivals at one instant, the later-declared projection's spike emitted earlier."""
    net = Network()
    net.add_input("in", 2)
    net.add_population("out", AFFINE, 1)
    add, scale = np.array([[2.0], [0.0]]), np.array([[1.0], [3.0]])
    for port, weight, delay in [("scale", scale, 0.0), ("add", add, 0.25)]:
        net.connect(
            "in",
            "out",
            weight=scipy.sparse.csr_matrix(weight) if sparse else weight,
            port=port,
            delay=delay,
            name=port,
        )
    observe(net, "out", [("v", "sample", [0.75])])
    run = compile(net, t_end=1.0).run(drive([(0.5, 0), (0.75, 1)]), {"out.tau": 1e9})
    assert run.observations["out_0"].ravel() == pytest.approx([6.0])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("sparse", [False, True])
def test_simultaneous_input_spikes_apply_as_in_the_interpreter(
    order: tuple[int, int], sparse: bool
) -> None:
    """Dense and sparse weights agree with the interpreter, however the spikes are listed."""
    squared = model(
        "squared",
        dynamics={"v": "-v/tau"},
        receive={"v": "w*v + w"},
        parameters={"tau": 10e-3},
    )
    weight = np.array([[2.0], [3.0]])
    net = small_network(
        squared,
        scipy.sparse.csr_matrix(weight) if sparse else weight,
        watch=[("v", "sample", [0.005])],
    )
    spikes = drive([(0.005, unit) for unit in order])
    run = compile(net, t_end=T_END).run(spikes)
    expected = interpret(net, spikes, t_end=T_END).observed("out_0")
    assert run.observations["out_0"].ravel() == pytest.approx(np.ravel(expected))


def test_a_sample_at_an_arrival_sees_the_state_after_it() -> None:
    """Samples are right-continuous, at the start of the run and at its end too."""
    net = small_network(
        lif_delta, np.array([[0.5], [0.25]]), watch=[("v", "sample", [0.0, 0.01, 0.02])]
    )
    run = compile(net, t_end=T_END).run(drive([(0.0, 0), (0.01, 1), (0.02, 0)]))
    decay = np.exp(-0.5)
    expected = [0.5, 0.5 * decay + 0.25, (0.5 * decay + 0.25) * decay + 0.5]
    assert run.observations["out_0"].ravel() == pytest.approx(expected, rel=1e-15)


def test_a_sample_at_an_event_fired_by_an_arrival_sees_the_reset_state() -> None:
    net = small_network(lif_delta, np.array([[1.5]]), watch=[("v", "sample", [0.01])])
    run = compile(net, t_end=T_END).run(drive([(0.01, 0)]), {"out.v_r": 0.125})
    assert run.spikes["out"].times.tolist() == [0.01]
    assert run.observations["out_0"].ravel().tolist() == [0.125]
    gradient = run.gradient(observations={"out_0": np.ones((1, 1, 1))})
    assert gradient["out.v_r"] == 1.0
    assert not gradient["in->out.weight"].any()


def test_a_maximum_includes_the_overshoot_of_an_arrival_and_the_values_at_both_ends() -> None:
    """The lifted voltage counts, although the reset takes it back at the same instant."""
    net = small_network(lif_delta, np.array([[1.5]]), watch=[("v", "max")])
    run = compile(net, t_end=T_END).run(drive([(0.01, 0)], [(T_END, 0)], [(0.0, 0)]))
    assert run.observations["out_0"].ravel().tolist() == [1.5, 1.5, 1.5]
    gradient = run.gradient(observations={"out_0": np.ones((3, 1))})
    assert gradient["in->out.weight"].ravel().tolist() == [3.0]


def test_an_integral_over_resets_is_the_sum_of_its_parts() -> None:
    """A step up to 1.5, a reset to 0.5, decay: ``tau (1 - exp(-T / tau)) / 2``."""
    net = small_network(lif_delta, np.array([[1.5]]), watch=[("v", "integral")])
    run = compile(net, t_end=T_END).run(drive([(0.01, 0)]), {"out.v_r": 0.5})
    tau = 20e-3
    assert run.observations["out_0"].ravel() == pytest.approx(
        [0.5 * tau * (1 - np.exp(-0.01 / tau))], rel=1e-14
    )


def test_arrivals_at_one_instant_cost_no_flow_between_them() -> None:
    """Zero-length intervals: many arrivals at one time add up to the bit, with their gradients."""
    net = small_network(
        leaky_integrator, np.full((8, 2), 0.5), watch=[("v", "max"), ("i", "sample", [0.01])]
    )
    together = compile(net, t_end=T_END).run(drive([(0.01, unit) for unit in range(8)]))
    assert together.observations["out_1"].ravel().tolist() == [4.0, 4.0]
    gradient = together.gradient(observations={"out_0": np.ones((1, 2))})
    one = compile(
        small_network(leaky_integrator, np.full((1, 2), 4.0), watch=[("v", "max")]), t_end=T_END
    )
    alone = one.run(drive([(0.01, 0)]))
    assert alone.observations["out_0"] == pytest.approx(together.observations["out_0"], rel=1e-15)
    expected = alone.gradient(observations={"out_0": np.ones((1, 2))})
    assert gradient["in->out.weight"] == pytest.approx(
        np.repeat(expected["in->out.weight"], 8, axis=0), rel=1e-14
    )
    assert gradient["in.times"].sum() == pytest.approx(expected["in.times"].sum(), rel=1e-12)


def test_spikes_of_a_population_are_sorted_by_time_then_unit() -> None:
    """Neurons with the same weights spike at the same times: listed by unit."""
    net = small_network(lif_delta, np.full((1, 5), 1.5))
    spikes = compile(net, t_end=T_END).run(drive([(0.001, 0), (0.002, 0)])).spikes["out"]
    assert isinstance(spikes, Spikes)
    assert spikes.times.tolist() == [0.001] * 5 + [0.002] * 5
    assert spikes.units.tolist() == [*range(5), *range(5)]


@pytest.mark.parametrize("neurons", [5, 64, 65, 130, 203])
@pytest.mark.parametrize("tied", [False, True])
def test_many_spikes_of_one_interval_come_by_time_and_unit(neurons: int, tied: bool) -> None:
    weights = np.random.default_rng(neurons).permutation(np.linspace(7.0, 9.0, neurons))
    if tied:
        weights[::3] = weights[0]
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", lif, neurons)
    net.connect("in", "out", weight=weights[np.newaxis])
    spikes = compile(net, t_end=T_END).run(drive([(0.001, 0)])).spikes["out"]
    assert len(spikes.times) >= neurons
    assert np.array_equal(np.lexsort((spikes.units, spikes.times)), np.arange(len(spikes.times)))
    units, first = np.unique(spikes.units, return_index=True)
    assert np.array_equal(units, np.arange(neurons))
    assert np.all(np.diff(spikes.times[first][np.argsort(-weights, kind="stable")]) >= 0.0)
