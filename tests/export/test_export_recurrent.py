"""Exported C of recurrent networks takes the simulator's windows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from exported import (
    device,
    events_of,
    nonlinear_network,
    push_all,
    random_drive,
    recurrent_network,
    run_self_test,
    small_network,
)

import saltation as sal
from saltation.runtime.export import export
from saltation.runtime.simulate import compile

T_END = 0.05


@pytest.mark.parametrize(("precision", "gradient"), [("single", True), ("double", False)])
def test_the_self_test_passes(tmp_path: Path, precision: str, gradient: bool) -> None:
    net = recurrent_network()
    options: dict[str, Any] = {"precision": precision, "outputs": list(net.populations)}
    export(net, tmp_path, T_END, name="net", gradient=gradient, **options)
    said = run_self_test(tmp_path, "net")
    assert said.startswith("0 of "), said
    assert int(said.split()[2]) > 500


def test_the_gradient_is_that_of_the_simulator(tmp_path: Path) -> None:
    net, drive = recurrent_network(), random_drive({"in": 3}, 0.02, 1, 4)
    # Neurons with parameters of their own go back one by one, in the order of the device.
    runs = [compile(each, T_END).run(drive) for each in (recurrent_network(each=True), net)]
    ones = np.ones_like(runs[0].spikes["last"].times)
    gradient, in_lanes = (run.gradient(spike_times={"last": ones}) for run in runs)
    exported = device(net, tmp_path, T_END, precision="double", spikes=drive, gradient=True)
    push_all(exported, drive, 0)
    assert exported.advance(T_END) == 0
    for spike in range(ones.size):
        number = exported.number("last")
        assert exported.call("set_cotangent", number, spike, exported.real(1.0)) == 0
    assert exported.call("backward") == 0
    for name in ("in->first", "in->a", "b->c", "c->a", "own", "b->last"):
        slope = exported.weights(name)[1]
        assert slope.tolist() == gradient[f"{name}.weight"].ravel().tolist()
        np.testing.assert_allclose(slope, in_lanes[f"{name}.weight"].ravel(), rtol=1e-13)
        assert np.any(slope != 0)


def test_advances_inside_windows_do_not_move_their_borders(tmp_path: Path) -> None:
    net, drive = recurrent_network(), random_drive({"in": 3}, T_END, 1, 4)
    cuts = [k * T_END / 200 for k in range(1, 201)]
    cut = net.copy()
    for name in net.populations:
        cut.observe(f"{name}_i", name, "i", kind="sample", at=cuts)
    run = compile(cut, T_END, "single").run(drive)
    exported = device(net, tmp_path, T_END, capacity=200)
    waiting, seen = events_of(drive["in"], 0), []
    for to in cuts:
        while waiting and waiting[0][0] <= to:
            time, unit = waiting.pop(0)
            assert exported.push("in", unit, time) == 0
        assert exported.advance(to) == 0
        seen += exported.polled("last")
    assert seen == events_of(run.spikes["last"], 0)
    assert len(seen) > 10


def test_a_population_without_closed_form_drives_itself(tmp_path: Path) -> None:
    net, drive = nonlinear_network(sal.models.qif, 15.0), random_drive({"in": 3}, 0.02, 1, 4)
    net.connect("out", "hidden", weight=np.full((2, 5), 4.0), delay=1e-3)
    run = compile(net, T_END).run(drive)
    exported = device(net, tmp_path, T_END, precision="double", spikes=drive, capacity=99)
    push_all(exported, drive, 0)
    assert exported.advance(T_END) == 0
    for name in ("hidden", "out"):
        assert exported.spikes(name) == events_of(run.spikes[name], 0)
        assert exported.spikes(name)


def test_a_cycle_with_hardly_any_delay_is_refused(tmp_path: Path) -> None:
    net = small_network()
    net.connect("out", "hidden", weight=[[0.1] * 20] * 3, delay=1e-6)
    refused = pytest.raises(
        sal.errors.UnsupportedNetworkError,
        match=r"hidden -> out.* delay of 'out->hidden' is 1e-06 s",
    )
    with refused:
        export(net, tmp_path / "folder", T_END)
    assert not (tmp_path / "folder").exists()


def test_a_cycle_without_delay_is_told_a_way_out(tmp_path: Path) -> None:
    net = small_network()
    net.connect("out", "hidden", weight=[[0.1] * 20] * 3)
    least = 1.01 * T_END / 16000
    with pytest.raises(
        sal.errors.UnsupportedNetworkError,
        match=rf"net.connect\(..., delay={least:.3g}\) or more, and train with it;.*"
        r"values\['out->hidden.delay'\]",
    ):
        export(net, tmp_path / "folder", T_END)
    export(net, tmp_path / "folder", T_END, values={"out->hidden.delay": float(f"{least:.3g}")})


@pytest.mark.parametrize("precision", ["single", "double"])
def test_a_projection_back_without_synapses_needs_no_delay(tmp_path: Path, precision: str) -> None:
    net = small_network()
    (name, population), *_ = net.populations.items()
    net.connect(name, name, weight=sp.csr_array((population.size, population.size)), name="back")
    export(net, tmp_path, T_END, name="net", gradient=True, precision=precision)
    said = run_self_test(tmp_path, "net")
    assert said.startswith("0 of "), said
