"""What must not change a result: order, batches, threads, storage, ways to give values."""

from __future__ import annotations

import ctypes
import ctypes.util
import platform
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from proofs import FULL_FLAGS, compiled_with, observe

from saltation.runtime.network import Network
from saltation.runtime.simulate import Run, Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import adaptive_lif, lif, lif_delta, lif_refractory
from saltation.symbolic.neuron import Neuron

T_END = 0.04
SIZE = 21  # more than are searched at once, and not a multiple of that
BATCH = 9
ROUNDING = 1e-11

Gradient = dict[str, np.ndarray]


def inputs(batch: int = BATCH, seed: int = 0) -> Spikes:
    random = np.random.default_rng(seed)
    samples = []
    for _ in range(batch):
        times = np.sort(random.uniform(0, 0.03, random.integers(3, 12)))
        samples.append([(float(t), int(random.integers(0, 4))) for t in times])
    return Spikes.from_events(samples)


def values(seed: int = 1, scale: float = 1.0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {
        "in->hidden.weight": scale * random.uniform(-3, 10, (4, SIZE)),
        "hidden->out.weight": scale * random.uniform(-1, 6, (SIZE, 3)),
    }


def network(hidden: Neuron = lif, seed: int = 1, scale: float = 1.0) -> Network:
    net = Network()
    net.add_input("in", 4)
    net.add_population("hidden", hidden, SIZE)
    net.add_population("out", adaptive_lif, 3)
    drawn = values(seed, scale)
    net.connect("in", "hidden", weight=drawn["in->hidden.weight"], delay=0.5e-3)
    net.connect("hidden", "out", weight=drawn["hidden->out.weight"], delay=1.1e-3)
    observe(net, "out", [("v", "max"), ("v", "integral"), ("v - a", "sample", [0.011, 0.023])])
    observe(net, "hidden", [("v", "max")])
    return net


def cotangents(run: Run) -> dict[str, Any]:
    """Return those of a fixed loss: a smooth function of every output's own value."""
    return {
        "spike_times": {name: np.cos(3 + 1e3 * s.times) for name, s in run.spikes.items()},
        "observations": {name: np.sin(2 + o) for name, o in run.observations.items()},
    }


def gradient(run: Run, **options: Any) -> Gradient:
    """Return the gradient of that loss."""
    return run.gradient(**cotangents(run), **options)


def assert_same(one: Mapping[str, Any], other: Mapping[str, Any], tolerance: float = 0.0) -> None:
    assert one.keys() == other.keys()
    for key, value in one.items():
        a, b = np.asarray(value), np.asarray(other[key])
        assert a.shape == b.shape, key
        if tolerance == 0.0:
            assert a.tobytes() == b.tobytes(), key
        else:
            assert np.abs(a - b).max(initial=0.0) <= tolerance * np.abs(b).max(initial=1e-6), key


def assert_same_run(one: Run, other: Run) -> None:
    for name, spikes in one.spikes.items():
        assert_same(
            {"t": spikes.times, "u": spikes.units, "o": spikes.offsets},
            {
                "t": other.spikes[name].times,
                "u": other.spikes[name].units,
                "o": other.spikes[name].offsets,
            },
        )
    assert_same(one.observations, other.observations)


@pytest.fixture(scope="module", params=[lif, lif_refractory, lif_delta], ids=lambda n: n.name)
def net(request: pytest.FixtureRequest) -> Network:
    return network(request.param, scale=0.15 if request.param is lif_delta else 1.0)


@pytest.fixture(scope="module")
def simulator(net: Network) -> Simulator:
    return compile(net, t_end=T_END, threads=1)


def test_threads_and_repetition_change_no_bit(net: Network, simulator: Simulator) -> None:
    """One, two and three threads; and the same call again."""
    spikes = {"in": inputs(40)}
    run = simulator.run(spikes)
    assert min(len(s.times) for s in run.spikes.values()) > 20
    expected = gradient(run)
    for threads in (1, 2, 3):
        other = compile(net, t_end=T_END, threads=threads).run(spikes)
        assert_same_run(run, other)
        assert_same(expected, gradient(other))
        assert_same(expected, gradient(other))


def test_rounding_by_the_caller_changes_no_bit(net: Network, simulator: Simulator) -> None:
    """Threads of their own would not have it: what is done twice would differ between them."""
    spikes = {"in": inputs(40)}
    run = simulator.run(spikes)
    wanted = cotangents(run)
    upward = {"x86_64": 0x800, "AMD64": 0x800, "aarch64": 0x400000, "arm64": 0x400000}
    little = 1e-30  # makes a difference only where sums are rounded up
    library = ctypes.CDLL(ctypes.util.find_library("m"))
    library.fesetround(upward[platform.machine()])
    try:
        assert 1.0 + little > 1.0
        others = [compile(net, t_end=T_END, threads=threads).run(spikes) for threads in (1, 2)]
        gradients = [other.gradient(**wanted) for other in others]
        assert 1.0 + little > 1.0  # as the caller had it
    finally:
        library.fesetround(0)
    for other, found in zip(others, gradients, strict=True):
        assert_same_run(run, other)
        assert_same(run.gradient(**wanted), found)


def test_optimisation_by_the_compiler_changes_no_bit(net: Network, simulator: Simulator) -> None:
    """The library as shipped (-O2), with -O1 and without optimisation gives the same bits."""
    spikes = {"in": inputs(5)}
    run = simulator.run(spikes)
    expected = gradient(run)
    for flags in (FULL_FLAGS, tuple("-O1" if f == "-O2" else f for f in FULL_FLAGS)):
        with compiled_with(flags):
            other = compile(net, t_end=T_END).run(spikes)
        assert_same_run(run, other)
        assert_same(expected, gradient(other))


def test_splitting_a_batch_changes_spikes_by_no_bit(simulator: Simulator) -> None:
    """Parts of a batch spike as the whole; their gradients add up."""
    spikes = inputs()
    run = simulator.run({"in": spikes})
    parts = [simulator.run({"in": spikes[a:b]}) for a, b in [(0, 2), (2, 3), (3, 3), (3, BATCH)]]
    for name in run.spikes:
        joined = Spikes.concatenate([p.spikes[name] for p in parts])
        assert joined.times.tobytes() == run.spikes[name].times.tobytes()
        assert (joined.units == run.spikes[name].units).all()
        assert (joined.offsets == run.spikes[name].offsets).all()
    for name, whole in run.observations.items():
        assert np.concatenate([p.observations[name] for p in parts]).tobytes() == whole.tobytes()
    gradients = [gradient(p) for p in parts]
    total = {
        key: np.concatenate([g[key] for g in gradients])
        if key == "in.times"
        else sum(g[key] for g in gradients)
        for key in gradients[0]
    }
    assert_same(total, gradient(run), ROUNDING)


def test_permuting_neurons_permutes_the_results(net: Network, simulator: Simulator) -> None:
    """Hidden neurons in another order: the same spikes and gradients, in that order."""
    order = np.random.default_rng(4).permutation(SIZE)
    own = net.values()
    moved = {
        "in->hidden.weight": own["in->hidden.weight"][:, order],
        "hidden->out.weight": own["hidden->out.weight"][order],
    }
    spikes = {"in": inputs()}
    run, other = simulator.run(spikes), simulator.run(spikes, moved)
    first, second = run.first_spikes("hidden"), other.first_spikes("hidden")
    assert first[:, order].tobytes() == second.tobytes()
    assert len(run.spikes["out"].times) == len(other.spikes["out"].times)
    assert run.spikes["out"].times == pytest.approx(other.spikes["out"].times, rel=1e-13)
    one, two = gradient(run), gradient(other)
    one["in->hidden.weight"] = one["in->hidden.weight"][:, order]
    one["hidden->out.weight"] = one["hidden->out.weight"][order]
    assert_same(one, two, ROUNDING)


def test_dense_and_full_sparse_weights_agree(net: Network, simulator: Simulator) -> None:
    """A sparse matrix with every entry is the dense one."""
    own = net.values()
    full = Network()
    full.add_input("in", 4)
    full.add_population("hidden", net.populations["hidden"].neuron, SIZE)
    full.add_population("out", adaptive_lif, 3)
    for pre, post, delay in [("in", "hidden", 0.5e-3), ("hidden", "out", 1.1e-3)]:
        weight = scipy.sparse.csr_matrix(own[f"{pre}->{post}.weight"])
        assert weight.nnz == own[f"{pre}->{post}.weight"].size
        full.connect(pre, post, weight=weight, delay=delay)
    observe(full, "out", [("v", "max"), ("v", "integral"), ("v - a", "sample", [0.011, 0.023])])
    observe(full, "hidden", [("v", "max")])
    spikes = {"in": inputs()}
    run, other = simulator.run(spikes), compile(full, t_end=T_END).run(spikes)
    assert_same_run(run, other)
    one, two = gradient(run), gradient(other)
    for key in ("in->hidden.weight", "hidden->out.weight"):
        two[key] = two[key].reshape(one[key].shape)
    assert_same(one, two, ROUNDING)


def test_one_delay_and_equal_delays_of_all_synapses_agree(
    net: Network, simulator: Simulator
) -> None:
    """The gradient of the one delay is the sum over the synapses."""
    own = net.values()
    each = Network()
    each.add_input("in", 4)
    each.add_population("hidden", net.populations["hidden"].neuron, SIZE)
    each.add_population("out", adaptive_lif, 3)
    each.connect("in", "hidden", weight=own["in->hidden.weight"], delay=np.full((4, SIZE), 0.5e-3))
    each.connect(
        "hidden", "out", weight=own["hidden->out.weight"], delay=np.full((SIZE, 3), 1.1e-3)
    )
    observe(each, "out", [("v", "max"), ("v", "integral"), ("v - a", "sample", [0.011, 0.023])])
    observe(each, "hidden", [("v", "max")])
    spikes = {"in": inputs()}
    run, other = simulator.run(spikes), compile(each, t_end=T_END).run(spikes)
    assert_same_run(run, other)
    one, two = gradient(run), gradient(other)
    for key in ("in->hidden.delay", "hidden->out.delay"):
        two[key] = np.asarray(two[key].sum())
    assert_same(one, two, ROUNDING)


def test_shared_parameters_and_equal_ones_of_all_neurons_agree(
    net: Network, simulator: Simulator
) -> None:
    """The gradient of a shared value is the sum over the neurons."""
    own = net.values()
    each = Network()
    each.add_input("in", 4)
    hidden = net.populations["hidden"]
    each.add_population(
        "hidden",
        hidden.neuron,
        SIZE,
        parameters={k: np.full(SIZE, float(v)) for k, v in hidden.parameters.items()},
        initial={k: np.full(SIZE, float(v)) for k, v in hidden.initial.items()},
    )
    each.add_population("out", adaptive_lif, 3)
    each.connect("in", "hidden", weight=own["in->hidden.weight"], delay=0.5e-3)
    each.connect("hidden", "out", weight=own["hidden->out.weight"], delay=1.1e-3)
    observe(each, "out", [("v", "max"), ("v", "integral"), ("v - a", "sample", [0.011, 0.023])])
    observe(each, "hidden", [("v", "max")])
    spikes = {"in": inputs()}
    run, other = simulator.run(spikes), compile(each, t_end=T_END).run(spikes)
    assert_same_run(run, other)
    one, two = gradient(run), gradient(other)
    for key in one:
        if key.startswith("hidden."):
            two[key] = np.asarray(two[key].sum())
    assert_same(one, two, ROUNDING)


def test_values_of_a_run_and_values_built_in_agree(net: Network, simulator: Simulator) -> None:
    """Values passed to `run` give what a network with these values gives."""
    scale = 0.15 if net.populations["hidden"].neuron is lif_delta else 1.0
    other = compile(network(net.populations["hidden"].neuron, seed=8, scale=scale), t_end=T_END)
    spikes = {"in": inputs()}
    one, two = simulator.run(spikes, values(8, scale)), other.run(spikes)
    assert_same_run(one, two)
    assert_same(gradient(one), gradient(two))


def test_changes_by_the_caller_do_not_reach_a_run(simulator: Simulator) -> None:
    """Arrays that the caller changes after the run change neither its outputs nor its gradient."""
    given, train = values(), inputs()
    if simulator.net.populations["hidden"].neuron is lif_delta:
        given = {key: 0.15 * value for key, value in given.items()}
    expected_run = simulator.run({"in": inputs()}, {k: v.copy() for k, v in given.items()})
    expected = gradient(expected_run)
    run = simulator.run({"in": train}, given)
    for array in given.values():
        array[...] = np.nan
    changed = {"in": train}
    changed["in"] = inputs(seed=99)
    assert_same_run(expected_run, run)
    assert_same(expected, gradient(run))
    for result in gradient(run).values():
        result[...] = 7.0
    assert_same(expected, gradient(run))


def test_a_part_of_the_gradient_is_that_part_of_all(simulator: Simulator) -> None:
    """`wrt` leaves the rest out, and changes no bit of what it keeps."""
    run = simulator.run({"in": inputs()})
    everything = gradient(run)
    for keys in (["in->hidden.weight"], ["in.times", "out.theta"], ["hidden->out.delay"]):
        part = gradient(run, wrt=keys)
        assert_same(part, {key: everything[key] for key in keys})


def test_the_gradient_is_linear_in_the_cotangents(simulator: Simulator) -> None:
    """Losses of spike times and of observations add up."""
    run = simulator.run({"in": inputs()})
    times = {name: np.cos(1e3 * s.times) for name, s in run.spikes.items()}
    observed = {name: np.sin(o) for name, o in run.observations.items()}
    both = run.gradient(spike_times=times, observations=observed)
    one, two = run.gradient(spike_times=times), run.gradient(observations=observed)
    assert_same({k: one[k] + two[k] for k in one}, both, ROUNDING)


def test_first_spikes_are_the_first_of_all_spikes(simulator: Simulator) -> None:
    """A loss on first spikes, given in both shapes, has one gradient."""
    run = simulator.run({"in": inputs()})
    first = run.first_spikes("out")
    by_unit = np.where(np.isfinite(first), np.arange(first.size).reshape(first.shape) + 1.0, 0.0)
    spikes = run.spikes["out"]
    flat = np.zeros(len(spikes.times))
    seen = set()
    for b in range(BATCH):
        for row in range(spikes.offsets[b], spikes.offsets[b + 1]):
            unit = int(spikes.units[row])
            if (b, unit) not in seen:
                seen.add((b, unit))
                flat[row] = by_unit[b, unit]
                assert spikes.times[row] == first[b, unit]
    assert_same(run.gradient(spike_times={"out": by_unit}), run.gradient(spike_times={"out": flat}))


def test_first_spikes_belong_to_whoever_asked_for_them(simulator: Simulator) -> None:
    """What is written to them changes neither the next answer nor a gradient."""
    run = simulator.run({"in": inputs()})
    first = run.first_spikes("out")
    given = {"out": np.isfinite(first) * 1.0}
    kept, expected = first.copy(), run.gradient(spike_times=given)
    first.fill(-1.0)
    assert_same({"first": run.first_spikes("out")}, {"first": kept})
    assert_same(run.gradient(spike_times=given), expected)
