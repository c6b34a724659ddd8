"""Exported C has the bits of the simulator: whole samples, streams and gradients."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import (
    device,
    events_of,
    push_all,
    random_drive,
    rich_network,
    run_self_test,
    small_network,
)

import saltation as sal
from saltation.runtime.export import export
from saltation.runtime.simulate import compile

T_END = 0.06
POPULATIONS = ("hidden", "out")


@pytest.fixture(scope="module", params=["single", "double"])
def precision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_sample_as_a_whole_has_the_spikes_of_the_simulator(
    tmp_path: Path, precision: str
) -> None:
    net, drive = small_network(), random_drive({"in": 4}, T_END, 5, 3)
    run = compile(net, T_END, precision).run(drive)
    exported = device(net, tmp_path, T_END, precision=precision, spikes=drive)
    for sample in range(5):
        assert exported.call("reset") == 0
        push_all(exported, drive, sample)
        assert exported.advance(T_END) == 0
        for name in POPULATIONS:
            expected = events_of(run.spikes[name], sample)
            assert exported.spikes(name) == expected
            assert len(expected) > 1


def test_a_network_without_what_it_observes_is_exported_as_one_that_observes_nothing(
    tmp_path: Path, precision: str
) -> None:
    """Files are equal to the byte: code, tables of weights, and the self-test's bits."""
    drive = random_drive({"in": 4}, T_END, 2, 3)
    observed = small_network()
    observed.observe("v_max", "out", "v", kind="max")
    observed.observe("charge", "hidden", "i", kind="integral")
    options: dict[str, Any] = {"precision": precision, "spikes": drive, "gradient": True}
    bare = export(small_network(), tmp_path / "bare", T_END, **options)
    made = export(observed.copy(observations=()), tmp_path / "made", T_END, **options)
    assert made.files == bare.files
    for file in made.files:
        assert (made.directory / file).read_bytes() == (bare.directory / file).read_bytes()


def test_a_stream_has_the_spikes_of_the_simulator_that_samples_where_it_is_cut(
    tmp_path: Path, precision: str
) -> None:
    net, drive = small_network(), random_drive({"in": 4}, T_END, 1, 3)
    cuts = [0.003, 0.01, 0.0101, 0.03, T_END]
    cut = net.copy()
    for name in POPULATIONS:
        for state in ("v", "i"):
            cut.observe(f"{name}_{state}", name, state, kind="sample", at=cuts)
    run = compile(cut, T_END, precision).run(drive)
    exported = device(net, tmp_path, T_END, precision=precision, capacity=256)
    waiting, seen = events_of(drive["in"], 0), []
    for to in cuts:
        while waiting and waiting[0][0] <= to:
            time, unit = waiting.pop(0)
            assert exported.push("in", unit, time) == 0
        assert exported.advance(to) == 0
        seen += exported.polled("out")
        assert all(time <= np.float32(to) for time, _ in seen)
    assert seen == events_of(run.spikes["out"], 0)


def test_cuts_change_no_more_than_rounding(tmp_path: Path) -> None:
    net, drive = small_network(), random_drive({"in": 4}, T_END, 1, 3)
    exported = device(net, tmp_path, T_END, precision="double", capacity=256)
    push_all(exported, drive, 0)
    for k in range(1, 31):
        assert exported.advance(T_END * k / 30) == 0
    streamed = exported.polled("out")
    whole = events_of(compile(net, T_END).run(drive).spikes["out"], 0)
    assert [unit for _, unit in streamed] == [unit for _, unit in whole]
    assert [t for t, _ in streamed] == pytest.approx([t for t, _ in whole], rel=1e-12)


@pytest.mark.parametrize("gradient", [True, False])
def test_the_self_test_of_a_rich_network_passes(tmp_path: Path, gradient: bool) -> None:
    export(
        rich_network(int(gradient)),
        tmp_path,
        T_END,
        name="rich",
        gradient=gradient,
        outputs=["resting", "ports", "delta", "adapting", "ringing"],
    )
    said = run_self_test(tmp_path, "rich")
    assert said.startswith("0 of "), said
    assert int(said.split()[2]) > 100


def test_the_gradient_and_a_step_are_those_of_the_simulator(tmp_path: Path, precision: str) -> None:
    net, drive = small_network(), random_drive({"in": 4}, T_END, 1, 3)
    run = compile(net, T_END, precision).run(drive)
    first = np.zeros_like(run.spikes["out"].times)
    first[0], first[1] = -2.0, 0.5
    gradient = run.gradient(spike_times={"out": first})
    exported = device(net, tmp_path, T_END, precision=precision, gradient=True, spikes=drive)
    push_all(exported, drive, 0)
    assert exported.advance(T_END) == 0
    source = exported.number("out")
    assert exported.call("set_cotangent", source, 0, exported.real(-2.0)) == 0
    assert exported.call("set_cotangent", source, 1, exported.real(0.5)) == 0
    assert exported.call("backward") == 0
    for name in net.projections:
        weight, slope = exported.weights(name)
        assert slope.tolist() == gradient[f"{name}.weight"].ravel().tolist()
        assert np.any(slope != 0)
    before = {name: exported.weights(name) for name in net.projections}
    assert exported.call("sgd_step", exported.real(0.25)) == 0
    kind = np.float32 if precision == "single" else np.float64
    for name, (weight, slope) in before.items():
        step = kind(0.25) * slope.astype(kind)
        after, cleared = exported.weights(name)
        assert after.tolist() == (weight.astype(kind) - step).tolist()
        assert not cleared.any()


def test_gradients_of_samples_add_up(tmp_path: Path) -> None:
    net, drive = small_network(), random_drive({"in": 4}, T_END, 3, 3)
    exported = device(net, tmp_path, T_END, precision="double", gradient=True, spikes=drive)
    alone = []
    for sample in range(3):
        run = compile(net, T_END).run({"in": drive["in"].select([sample])})
        ones = np.ones_like(run.spikes["out"].times)
        alone.append(run.gradient(spike_times={"out": ones})["in->hidden.weight"].ravel())
        assert exported.call("reset") == 0
        push_all(exported, drive, sample)
        assert exported.advance(T_END) == 0
        for spike in range(ones.size):
            exported.call("set_cotangent", exported.number("out"), spike, exported.real(1.0))
        assert exported.call("backward") == 0
    total = exported.weights("in->hidden")[1]
    np.testing.assert_allclose(total, sum(alone), rtol=1e-12)


def test_a_neuron_is_exported_with_an_input_for_each_port(tmp_path: Path) -> None:
    """Its weights, conductances in siemens, make it spike: the self-test has spikes of it."""
    made = export(sal.models.lif_conductance, tmp_path, 0.05, name="cell")
    assert set(made.capacity) == {"in_exc", "in_inh", "lif_conductance"}
    assert made.capacity["lif_conductance"] > 8
    said = run_self_test(tmp_path, "cell")
    assert said.startswith("0 of "), said
    equations = (tmp_path / "README.md").read_text().partition("## Equations")[2]
    listed = set(re.findall(r"^ +(\(\d+\))  ", equations, re.M))
    assert set(re.findall(r"^ +(\(\d+\)) ", (tmp_path / "cell.c").read_text(), re.M)) <= listed
    assert listed
    assert "nu_" not in equations


def test_two_contexts_do_not_disturb_each_other(tmp_path: Path) -> None:
    net, drive = small_network(), random_drive({"in": 4}, T_END, 2, 3)
    exported = device(net, tmp_path, T_END, spikes=drive)
    contexts = [exported.context, exported.new_context()]
    for sample, context in enumerate(contexts):
        exported.context = context
        push_all(exported, drive, sample)
    for context in contexts:
        exported.context = context
        assert exported.advance(T_END) == 0
    run = compile(net, T_END, "single").run(drive)
    for sample, context in enumerate(contexts):
        exported.context = context
        assert exported.spikes("out") == events_of(run.spikes["out"], sample)
