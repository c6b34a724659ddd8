"""Runs that end with first spikes: they are whole runs, as far as they go."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import assume, event, given
from hypothesis import strategies as st
from proofs import examples
from strategies import Case, cases, networks, triangular_neurons

from saltation.runtime.network import Network
from saltation.runtime.run import Run
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, GrazingError, UnknownNameError, ZenoError
from saltation.symbolic.models import (
    adaptive_lif,
    leaky_integrator,
    lif,
    lif_delta,
    lif_refractory,
    qif,
)
from saltation.symbolic.neuron import Neuron

SOURCES, BATCH, T_END = 7, 19, 0.05
MODELS: dict[str, tuple[Neuron, float]] = {
    "lif": (lif, 3.0),
    "refractory": (lif_refractory, 3.0),
    "jumps": (lif_delta, 0.5),
    "adaptive": (adaptive_lif, 3.0),
    "quadratic": (qif, 40.0),
}


def inputs(seed: int = 1, grid: float = 0.0) -> dict[str, Spikes]:
    """Return spikes of two inputs, at multiples of `grid` so that many are at one instant."""
    generator = np.random.default_rng(seed)
    trains = {}
    for name, most in (("in", 4), ("other", 2)):
        samples = []
        for sample in range(BATCH):
            counts = generator.integers(0, most, SOURCES) * (sample % 6 > 0)
            events = [
                (float(np.round(time / grid) * grid if grid else time), unit)
                for unit, count in enumerate(counts)
                for time in generator.uniform(0.0, 0.03, count)
            ]
            samples.append(sorted(events))
        trains[name] = Spikes.from_events(samples)
    return trains


def layered(model: Neuron, scale: float, size: int = 3, delay: float = 1e-3) -> Network:
    """Return populations before, beside and behind the one that is waited for."""
    generator = np.random.default_rng(5)
    net = Network()
    net.add_input("in", SOURCES)
    net.add_input("other", SOURCES)
    sizes = {"first": 40, "second": 12, "out": size, "beside": 4, "behind": 5}
    for name, count in sizes.items():
        net.add_population(name, model, count)
    shapes = {"in": SOURCES, "other": SOURCES} | sizes
    for pre, post, own in (
        ("in", "first", 0.0),
        ("other", "first", 2 * delay),
        ("first", "second", delay),
        ("other", "out", delay),
        ("second", "out", 0.0),
        ("first", "out", 3 * delay),
        ("first", "beside", 0.0),
        ("out", "behind", delay),
        ("second", "behind", 0.0),
    ):
        weight = generator.normal(0.5, 0.6, (shapes[pre], shapes[post]))
        net.connect(pre, post, scale * weight, delay=own)
    return net


def sparse(model: Neuron, scale: float) -> Network:
    """Return populations of which one has arrivals of its own."""
    net = layered(model, scale)
    generator = np.random.default_rng(6)
    weight = scipy.sparse.random_array((40, 3), density=0.3, rng=generator) * scale
    net.connect("first", "out", weight, name="sparse")
    return net


def recurrent(model: Neuron, scale: float) -> Network:
    """Return populations of which some are a cycle, with the one that is waited for behind it."""
    net = layered(model, scale)
    weight = np.random.default_rng(7).normal(0.0, 0.1 * scale, (12, 40))
    net.connect("second", "first", weight, delay=2e-3)
    return net


def waiting_in_a_cycle(model: Neuron, scale: float) -> Network:
    """Return populations of which the one that is waited for excites itself."""
    net = layered(model, scale)
    weight = np.random.default_rng(8).normal(0.0, 0.1 * scale, (3, 3))
    net.connect("out", "out", weight, delay=2e-3)
    return net


def without_delay(model: Neuron, scale: float) -> Network:
    """Return populations of which some are a cycle in which spikes arrive at once."""
    net = layered(model, scale)
    weight = np.random.default_rng(9).normal(0.0, 0.03 * scale, (12, 40))
    net.connect("second", "first", weight)
    return net


def sparse_cycles(model: Neuron, scale: float) -> Network:
    """Return populations of which two are cycles of sparse weights, each synapse with its delay."""
    net = layered(model, scale)
    generator = np.random.default_rng(10)
    for name, size in (("first", 40), ("behind", 5)):
        weight = scipy.sparse.random_array((size, size), density=0.3, rng=generator) * 0.2 * scale
        delay = weight.copy()
        delay.data = generator.uniform(1e-3, 3e-3, weight.nnz)
        net.connect(name, name, weight, delay=delay)
    return net


def several_cycles(model: Neuron, scale: float) -> Network:
    """Return a cycle that hears a population, and one behind it in order that hears inputs."""
    net = layered(model, scale)
    generator = np.random.default_rng(11)
    net.connect("second", "second", generator.normal(0.0, 0.1 * scale, (12, 12)), delay=2e-3)
    net.add_population("loop", model, 6)
    net.connect("in", "loop", scale * generator.normal(0.5, 0.6, (SOURCES, 6)))
    net.connect("loop", "loop", generator.normal(0.0, 0.1 * scale, (6, 6)), delay=2e-3)
    net.connect("loop", "behind", scale * generator.normal(0.5, 0.6, (6, 5)))
    return net


NETWORKS = [
    layered,
    sparse,
    recurrent,
    waiting_in_a_cycle,
    without_delay,
    sparse_cycles,
    several_cycles,
]


def runs(net: Network, given: dict[str, Spikes], until: str = "out", **options: Any) -> list[Run]:
    """Return the whole run and the one that ends early."""
    return [
        compile(net, T_END, until=name, **({"threads": 1} | options)).run(given)
        for name in (None, until)
    ]


def last_of_first(run: Run, population: str = "out") -> np.ndarray:
    """Return when the last of a population's first spikes came, `t_end` if one did not."""
    last = run.first_spikes(population).max(axis=1)
    return np.where(np.isfinite(last), last, run.ends)


def assert_cut(whole: Run, early: Run, until: str = "out") -> None:
    """Check that one run is the other one until the first spikes, and so are its gradients."""
    ends = last_of_first(whole, until)
    np.testing.assert_array_equal(early.ends, ends)
    asked: list[dict[str, np.ndarray]] = [{}, {}]
    for name, spikes in whole.spikes.items():
        before = spikes.times <= ends[spikes.samples]
        found = early.spikes[name]
        for part in ("times", "units", "samples"):
            np.testing.assert_array_equal(getattr(spikes, part)[before], getattr(found, part))
        cotangent = np.cos(1e3 * spikes.times) * before
        asked[0][name], asked[1][name] = cotangent, cotangent[before]
    first, second = (
        run.gradient(spike_times=each, grazing="clip")
        for run, each in zip((whole, early), asked, strict=True)
    )
    for key, gradient in first.items():
        np.testing.assert_array_equal(gradient, second[key], err_msg=key)


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("make", NETWORKS)
@pytest.mark.parametrize("model", MODELS)
def test_a_run_is_the_whole_one_until_it_ends(model: str, make: Any, precision: str) -> None:
    whole, early = runs(make(*MODELS[model]), inputs(), precision=precision)
    assert_cut(whole, early)
    assert (early.ends < T_END).sum() > 3
    assert (early.ends == T_END).any()


@pytest.mark.parametrize("until", ["first", "beside", "behind"])
@pytest.mark.parametrize("delay", [0.0, 4e-3])
def test_any_population_may_be_waited_for(until: str, delay: float) -> None:
    whole, early = runs(layered(*MODELS["lif"], delay=delay), inputs(), until)
    assert_cut(whole, early, until)


@pytest.mark.parametrize("model", ["lif", "jumps"])
def test_spikes_at_one_instant_keep_their_order(model: str) -> None:
    whole, early = runs(layered(*MODELS[model]), inputs(grid=2e-3))
    assert_cut(whole, early)


@examples(6)
@given(
    case=cases(networks(triangular_neurons(2), max_populations=3, sparse=False, kinds=())),
    data=st.data(),
)
def test_random_networks(case: Case, data: st.DataObject) -> None:
    until = data.draw(st.sampled_from(list(case.net.populations)))
    try:
        whole, early = runs(case.net, case.spikes, until)
        event(f"ends early: {bool((early.ends < T_END).any())}")
        assert_cut(whole, early, until)
    except (ZenoError, GrazingError):
        assume(False)


@pytest.mark.parametrize("size", [1, 40])
def test_one_neuron_or_many_are_waited_for(size: int) -> None:
    whole, early = runs(layered(*MODELS["lif"], size=size), inputs())
    assert_cut(whole, early)


@pytest.mark.parametrize("make", [layered, recurrent, without_delay, sparse_cycles])
def test_work_ends_with_the_run(make: Any) -> None:
    net, given = make(*MODELS["lif"]), inputs()
    sooner = {name: train.select(early_samples(net, given)) for name, train in given.items()}
    whole, early = (run.most_events() for run in runs(net, sooner))
    assert sum(early) < 0.7 * sum(whole)


def early_samples(net: Network, given: dict[str, Spikes]) -> np.ndarray:
    """Return the samples that end early."""
    return np.flatnonzero(runs(net, given)[1].ends < 0.5 * T_END)


@pytest.mark.parametrize("threads", [1, 3])
def test_batches_and_threads_change_nothing(threads: int) -> None:
    given = inputs()
    sim = compile(layered(*MODELS["lif"]), T_END, until="out", threads=threads)
    together = sim.run(given)
    for sample in reversed(range(BATCH)):
        alone = sim.run({name: train[sample : sample + 1] for name, train in given.items()})
        assert alone.ends[0] == together.ends[sample]
        for name, spikes in together.spikes.items():
            for one, other in zip(spikes.sample(sample), alone.spikes[name].sample(0), strict=True):
                np.testing.assert_array_equal(one, other)


def test_nothing_comes_in() -> None:
    whole, early = runs(layered(*MODELS["lif"]), {n: Spikes.from_events([[]]) for n in inputs()})
    assert_cut(whole, early)
    assert early.ends.tolist() == [T_END]


def test_rates_are_those_of_the_time_that_was_run() -> None:
    net, given = layered(*MODELS["lif"]), inputs()
    _, early = runs(net, given)
    counts = early.spikes["first"].counts(40)
    np.testing.assert_allclose(early.rates("first"), counts / early.ends[:, np.newaxis])
    soonest = float(early.ends.min())
    assert early.rates("first", t_end=soonest).shape == (BATCH, 40)
    with pytest.raises(ArrayError, match=r"sample \d+ ended at"):
        early.rates("first", t_end=T_END)
    with pytest.raises(ArrayError, match=r"sample \d+ ended at"):
        early.rates("first", t_start=0.99 * T_END)


def test_a_simulator_says_with_what_its_runs_end() -> None:
    sim = compile(layered(*MODELS["lif"]), T_END, until="out", threads=1)
    assert sim.until == "out"
    assert "until='out'" in repr(sim)
    again = pickle.loads(pickle.dumps(sim))
    assert again.until == "out"
    given = inputs()
    np.testing.assert_array_equal(again.run(given).ends, sim.run(given).ends)
    assert repr(sim.run(given)).startswith(f"Run({BATCH} samples of up to {T_END} s;")


def test_what_no_run_can_wait_for() -> None:
    net = layered(*MODELS["lif"])
    with pytest.raises(UnknownNameError, match="outt"):
        compile(net, T_END, until="outt")
    with pytest.raises(UnknownNameError):
        compile(net, T_END, until="in")
    net.add_population("mute", leaky_integrator, 2)
    with pytest.raises(ArrayError, match="emits a spike"):
        compile(net, T_END, until="mute")
    net.observe("v_max", "out", "v", kind="max")
    with pytest.raises(ArrayError, match="'v_max'"):
        compile(net, T_END, until="out")
