"""Interpreted networks: who reaches whom, when, and what a perturbation leaves alone."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from single_neuron import run_single

from saltation.runtime.interpreter import Interpreter, Perturbation, interpret, neuron
from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ZenoError
from saltation.symbolic.models import leaky_integrator, lif, lif_delta
from saltation.symbolic.neuron import Neuron

NOTE = Neuron("note", dynamics={"v": "0"}, receive={"v": "10*v + w"})
"""A neuron that writes down the weights of its arrivals as decimal digits."""

RELAY = Neuron(
    "relay", dynamics={"v": "0"}, threshold="v - 1", reset={"v": "0"}, receive={"v": "v + w"}
)
"""A neuron that fires at once on every arrival of weight 1."""


def _two_layers(seed: int = 1) -> tuple[Network, dict[str, Spikes]]:
    random = np.random.default_rng(seed)
    net = Network()
    net.add_input("in", 3)
    net.add_population("hidden", lif, 4, parameters={"tau_m": [15e-3, 20e-3, 25e-3, 10e-3]})
    net.add_population("out", leaky_integrator, 2)
    net.connect("in", "hidden", weight=random.uniform(3, 8, (3, 4)), delay=1e-3)
    net.connect("hidden", "out", weight=random.uniform(-2, 2, (4, 2)))
    net.observe("top", "out", "v", kind="max")
    net.observe("at", "out", "v", kind="sample", at=[0.01, 0.02, 0.03])
    times = random.uniform(0, 0.02, (2, 3))
    return net, {"in": Spikes.from_first_times(times)}


def test_a_network_is_its_neurons_one_after_the_other() -> None:
    """Each hidden neuron alone, on its delayed arrivals, spikes as in the network."""
    net, spikes = _two_layers()
    result = interpret(net, spikes, t_end=0.04)
    weights = net.values()["in->hidden.weight"]
    for b in range(2):
        times, units = spikes["in"].sample(b)
        for unit, tau in enumerate([15e-3, 20e-3, 25e-3, 10e-3]):
            arrivals = [(t + 1e-3, 0, weights[j, unit]) for t, j in zip(times, units, strict=True)]
            alone = run_single(lif, arrivals, t_end=0.04, parameters={"tau_m": tau}).times
            mine = result.times("hidden", b)[result.units("hidden", b) == unit]
            assert mine == pytest.approx(alone, abs=1e-15)
            assert len(alone) > 0
    assert result.observed("top").shape == (2, 2)
    assert result.observed("at").shape == (2, 3, 2)


def test_spikes_come_sorted_by_time() -> None:
    """All spikes of a sample in one list, in the order of time."""
    net, spikes = _two_layers()
    for b in range(2):
        assert np.all(np.diff(interpret(net, spikes, t_end=0.04).times("hidden", b)) >= 0)


def test_arrivals_at_one_instant_apply_in_the_order_of_their_emission() -> None:
    """Delays let spikes overtake: two that meet apply as they were emitted."""
    net = Network()
    net.add_input("in", 2)
    net.add_population("note", NOTE, 1)
    net.connect("in", "note", weight=[[1.0], [2.0]], delay=[[0.25], [0.5]])
    net.observe("read", "note", "v", kind="sample", at=[1.0])
    spikes = {"in": Spikes.from_events([[(0.25, 1), (0.5, 0)], [(0.25, 1), (0.5 - 1e-9, 0)]])}
    read = interpret(net, spikes, t_end=1.0).observed("read")
    assert read[:, 0, 0].tolist() == [21.0, 12.0]


def test_ties_are_ordered_by_projection_and_then_by_unit() -> None:
    """Three spikes of one instant: the first projection's, and within it the lower unit's."""
    net = Network()
    net.add_input("a", 2)
    net.add_input("b", 1)
    net.add_population("note", NOTE, 1)
    net.connect("b", "note", weight=[[3.0]])
    net.connect("a", "note", weight=[[1.0], [2.0]])
    net.observe("read", "note", "v", kind="sample", at=[1.0])
    spikes = {
        "a": Spikes.from_events([[(0.5, 1), (0.5, 0)]]),
        "b": Spikes.from_events([[(0.5, 0)]]),
    }
    assert interpret(net, spikes, t_end=1.0).observed("read")[0, 0, 0] == 312.0


def test_a_tie_across_projections_goes_by_projection_first() -> None:
    """Unit 1 of the first projection comes before unit 0 of the second."""
    net = Network()
    net.add_input("a", 2)
    net.add_input("b", 1)
    net.add_population("note", NOTE, 1)
    net.connect("a", "note", weight=[[1.0], [2.0]])
    net.connect("b", "note", weight=[[3.0]])
    net.observe("read", "note", "v", kind="sample", at=[1.0])
    spikes = {"a": Spikes.from_events([[(0.5, 1)]]), "b": Spikes.from_events([[(0.5, 0)]])}
    assert interpret(net, spikes, t_end=1.0).observed("read")[0, 0, 0] == 23.0


def test_a_spike_travels_through_relays_within_one_instant() -> None:
    """Without delays a spike arrives where it is due at the time of its emission."""
    net = Network()
    net.add_input("in", 1)
    for pre, post in (("in", "first"), ("first", "second")):
        net.add_population(post, RELAY, 1)
        net.connect(pre, post, weight=[[1.0]])
    result = interpret(net, {"in": Spikes.from_events([[(0.125, 0), (1.0, 0)]])}, t_end=1.0)
    assert result.times("second").tolist() == [0.125, 1.0]


def test_an_arrival_after_the_end_has_no_effect_and_one_at_the_end_has() -> None:
    """0.5 + 0.5 arrives at t_end = 1, and 0.5 + 0.75 never."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("note", NOTE, 2)
    net.connect("in", "note", weight=[[1.0, 1.0]], delay=[[0.5, 0.75]])
    net.observe("read", "note", "v", kind="sample", at=[1.0])
    read = interpret(net, {"in": Spikes.from_events([[(0.5, 0)]])}, t_end=1.0).observed("read")
    assert read[0, 0].tolist() == [1.0, 0.0]


def test_sparse_and_dense_weights_run_alike() -> None:
    """Absent synapses of a sparse matrix are those of weight zero, for additive ports."""
    weight = np.array([[5.0, 0.0], [0.0, 4.0], [3.0, 6.0]])
    runs = []
    for given in (weight, scipy.sparse.csr_matrix(weight)):
        net = Network()
        net.add_input("in", 3)
        net.add_population("out", lif, 2)
        net.connect("in", "out", weight=given, delay=2e-3)
        spikes = {"in": Spikes.from_first_times([[1e-3, 2e-3, 4e-3]])}
        runs.append(interpret(net, spikes, t_end=0.05).times("out"))
    assert len(runs[0]) == 2
    assert runs[0] == pytest.approx(runs[1], abs=1e-18)


def test_values_replace_the_networks_own() -> None:
    """The values given to a run count, not those the network was built with."""
    net, spikes = _two_layers()
    other = net.values()["in->hidden.weight"] * 1.5
    changed = interpret(net, spikes, {"in->hidden.weight": other}, t_end=0.04)
    assert len(changed.times("hidden")) > len(interpret(net, spikes, t_end=0.04).times("hidden"))


@pytest.mark.parametrize(
    "key", ["in->hidden.weight", "hidden->out.weight", "hidden.tau_m", "out.tau_s", "in.times"]
)
def test_a_perturbed_run_is_a_fresh_run_of_perturbed_values(key: str) -> None:
    """What the interpreter keeps of the unperturbed run never leaks into a perturbed one."""
    net, spikes = _two_layers()
    kept = Interpreter(net, spikes, t_end=0.04)
    baseline = kept.run()
    change = Perturbation(key=key, index=1 if len(kept.values[key]) > 1 else 0, amount=1e-4)
    fresh = Interpreter(net, spikes, t_end=0.04).run(change)
    assert kept.run(change) == fresh
    assert kept.run(change) != baseline
    assert kept.run() == baseline


def test_only_what_a_perturbation_reaches_is_run_again() -> None:
    """A weight of the readout leaves all hidden neurons' results the very same objects."""
    net, spikes = _two_layers()
    kept = Interpreter(net, spikes, t_end=0.04)
    baseline = kept.run()
    after = kept.run(Perturbation(key="hidden->out.weight", index=0, amount=1e-3))
    for b in range(2):
        for old, new in zip(baseline.results["hidden"][b], after.results["hidden"][b], strict=True):
            assert old is new
        assert baseline.results["out"][b][1] is after.results["out"][b][1]
        assert baseline.results["out"][b][0] is not after.results["out"][b][0]


def test_a_run_goes_on_from_the_arrivals_that_a_perturbation_leaves_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last of many arrivals comes later: a sixteenth of the run is enough, bit for bit."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", lif, 1)
    net.connect("in", "out", weight=[[1.5]])
    net.observe("top", "out", "v", kind="max")
    spikes = {"in": Spikes.from_events([[(1e-3 * k, 0) for k in range(1, 49)]])}
    kept, fresh = (Interpreter(net, spikes, t_end=0.05) for _ in range(2))
    baseline = kept.run()
    assert len(baseline.results["out"][0][0].spikes) > 2
    change = Perturbation(key="in.times", index=46, amount=1e-4)
    steps: list[int] = []
    original = neuron.take_step
    monkeypatch.setattr(neuron, "take_step", lambda *given: (steps.append(1), original(*given))[1])
    expected = fresh.run(change)
    whole = len(steps)
    assert kept.run(change) == expected != baseline
    assert 0 < len(steps) - whole < whole / 8
    assert kept.run(change) == expected


def test_an_error_says_which_neuron_it_was() -> None:
    """Population, unit and sample are noted on the way out."""
    net = Network()
    net.add_input("in", 1)
    net.add_population(
        "many",
        Neuron(
            "many",
            dynamics={"v": "0"},
            threshold="v - 1",
            reset={"v": "v - 1"},
            receive={"v": "v + w"},
        ),
        2,
    )
    net.connect("in", "many", weight=[[0.0, 1000.0]])
    with pytest.raises(ZenoError) as caught:
        interpret(net, {"in": Spikes.from_events([[(0.5, 0)]])}, t_end=1.0)
    assert any("population 'many', unit 1, sample 0" in n for n in caught.value.__notes__)


def test_both_libraries_compute_the_same() -> None:
    """gmpy2 and mpmath agree to the last few digits."""
    pytest.importorskip("gmpy2")
    net, spikes = _two_layers()
    first, second = (
        Interpreter(net, spikes, t_end=0.03, library=library).run().results["hidden"][0]
        for library in ("gmpy2", "mpmath")
    )
    for one, other in zip(first, second, strict=True):
        for a, b in zip(one.spikes, other.spikes, strict=True):
            assert abs(float(a) - float(b)) < 1e-17
            assert str(a)[:30] == str(b)[:30]


def test_a_weight_of_zero_still_arrives() -> None:
    """An arrival of weight zero applies the port's jump like any other."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("note", NOTE, 1, initial={"v": 1.0})
    net.connect("in", "note", weight=[[0.0]])
    net.observe("read", "note", "v", kind="sample", at=[1.0])
    read = interpret(net, {"in": Spikes.from_events([[(0.5, 0)]])}, t_end=1.0).observed("read")
    assert read[0, 0, 0] == 10.0


def test_delta_synapses_pass_spikes_at_their_arrival() -> None:
    """An arrival that fires a neuron gives the spike the arrival's time, delay included."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", lif_delta, 1)
    net.connect("in", "out", weight=[[1.25]], delay=0.125)
    result = interpret(net, {"in": Spikes.from_events([[(0.25, 0)]])}, t_end=1.0)
    assert result.times("out").tolist() == [0.375]
