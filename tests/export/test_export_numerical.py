"""Exported C of models without a closed form takes the simulator's Runge-Kutta steps, and back."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import (
    device,
    events_of,
    lifted_network,
    nonlinear_network,
    push_all,
    random_drive,
    run_self_test,
    stepped_network,
)

import saltation as sal
from saltation.runtime.export import export
from saltation.runtime.simulate import compile

T_END = 0.05


@pytest.mark.parametrize(
    ("name", "weight", "precision"), [("qif", 15.0, "double"), ("izhikevich", 60.0, "single")]
)
def test_the_self_test_passes(tmp_path: Path, name: str, weight: float, precision: str) -> None:
    net = nonlinear_network(getattr(sal.models, name), weight)
    export(net, tmp_path, T_END, name="net", precision=precision, outputs=["hidden", "out"])
    said = run_self_test(tmp_path, "net")
    assert said.startswith("0 of "), said
    assert int(said.split()[2]) > 50


@pytest.mark.parametrize(("precision", "tape"), [("double", 64), ("single", 5)])
def test_the_self_test_passes_with_gradient(tmp_path: Path, precision: str, tape: int) -> None:
    outputs = ["closed", "catching", "last"]
    options: dict[str, Any] = {"precision": precision, "outputs": outputs, "tape": tape}
    export(stepped_network(), tmp_path, T_END, name="net", gradient=True, **options)
    said = run_self_test(tmp_path, "net")
    assert said.startswith("0 of "), said
    assert int(said.split()[2]) > 500


@pytest.mark.parametrize("tape", [1, 50])
def test_the_gradient_is_that_of_the_simulator_whatever_the_tape_holds(
    tmp_path: Path, tape: int
) -> None:
    net, drive = nonlinear_network(sal.models.izhikevich, 60.0), random_drive({"in": 3}, 0.02, 1, 4)
    run = compile(net, 0.03).run(drive)
    ones = np.ones_like(run.spikes["out"].times)
    gradient = run.gradient(spike_times={"out": ones})
    exported = device(
        net, tmp_path, T_END, precision="double", spikes=drive, gradient=True, tape=tape
    )
    assert exported.run(events_of(drive["in"], 0), 0.03) == 0
    for spike in range(ones.size):
        number = exported.number("out")
        assert exported.call("set_cotangent", number, spike, exported.real(1.0)) == 0
    assert exported.call("backward") == 0
    for name in net.projections:
        slope = exported.weights(name)[1]
        assert slope.tolist() == gradient[f"{name}.weight"].ravel().tolist()
        assert np.all(slope != 0)


def test_the_gradient_goes_back_over_two_events_at_one_instant(tmp_path: Path) -> None:
    net, drive = lifted_network()
    run = compile(net, 0.03).run(drive)
    gradient = run.gradient(spike_times={"out": np.ones(run.spikes["out"].n_spikes)})
    exported = device(net, tmp_path, 0.03, precision="double", spikes=drive, gradient=True)
    assert exported.run(events_of(drive["in"], 0), 0.03) == 0
    for spike in range(run.spikes["out"].n_spikes):
        number = exported.number("out")
        assert exported.call("set_cotangent", number, spike, exported.real(1.0)) == 0
    assert exported.call("backward") == 0
    (name,) = net.projections
    assert exported.weights(name)[1].tolist() == gradient[f"{name}.weight"].ravel().tolist()


@pytest.mark.parametrize("tape", [1, 20])
def test_jumps_that_read_the_state_go_back_from_where_steps_led(tmp_path: Path, tape: int) -> None:
    bent = sal.Neuron(
        "bent",
        dynamics={"v": "(a*exp(-u**2) - v)/tau_v", "u": "-u*(1 + exp(u/2))/tau_u"},
        threshold="v**3 + v - theta",
        reset={"v": "0.3*u/(1 + u**2) - v**2/4"},
        receive={"u": "u + w*exp(-u**2/4)"},
        parameters={"a": 2.8, "tau_v": 16e-3, "tau_u": 3e-3, "theta": 0.7},
    )
    net, drive = nonlinear_network(bent, 1.0), random_drive({"in": 3}, 0.04, 1, 4)
    run = compile(net, T_END).run(drive)
    gradient = run.gradient(spike_times={"out": np.ones(run.spikes["out"].n_spikes)})
    exported = device(
        net, tmp_path, T_END, precision="double", spikes=drive, gradient=True, tape=tape
    )
    assert exported.run(events_of(drive["in"], 0), T_END) == 0
    for spike in range(run.spikes["out"].n_spikes):
        number = exported.number("out")
        assert exported.call("set_cotangent", number, spike, exported.real(1.0)) == 0
    assert exported.call("backward") == 0
    for name in net.projections:
        slope = exported.weights(name)[1]
        assert slope.tolist() == gradient[f"{name}.weight"].ravel().tolist()
        assert np.all(slope != 0)


def test_weights_that_change_after_the_run_leave_no_way_back(tmp_path: Path) -> None:
    net, drive = nonlinear_network(sal.models.qif, 15.0), random_drive({"in": 3}, 0.02, 1, 4)
    exported = device(net, tmp_path, T_END, spikes=drive, gradient=True)
    spikes = events_of(drive["in"], 0)
    assert exported.run(spikes, T_END) == 0
    assert exported.call("sgd_step", exported.real(1.0)) == 0
    assert exported.call("backward") == exported.codes["NOT_RUN"]
    assert exported.run(spikes, T_END) == 0
    assert exported.call("backward") == 0


def test_a_run_to_another_time_than_the_self_tests_has_the_bits_of_the_simulator(
    tmp_path: Path,
) -> None:
    net, drive = nonlinear_network(sal.models.qif, 15.0), random_drive({"in": 3}, 0.02, 1, 4)
    run = compile(net, 0.03).run(drive)
    exported = device(net, tmp_path, T_END, precision="double", spikes=drive, capacity=99)
    spikes = events_of(drive["in"], 0)
    assert exported.run(spikes, 0.03) == 0
    for name in ("hidden", "out"):
        assert exported.spikes(name) == events_of(run.spikes[name], 0)
        assert exported.spikes(name)


def test_tolerances_are_those_of_the_simulator(tmp_path: Path) -> None:
    net, drive = nonlinear_network(sal.models.qif, 15.0), random_drive({"in": 3}, 0.02, 1, 4)
    coarse = compile(net, T_END, rtol=1e-3, atol=1e-4).run(drive)
    fine = compile(net, T_END).run(drive)
    exported = device(net, tmp_path, T_END, precision="double", spikes=drive, rtol=1e-3, atol=1e-4)
    push_all(exported, drive, 0)
    assert exported.advance(T_END) == 0
    assert exported.spikes("out") == events_of(coarse.spikes["out"], 0)
    assert exported.spikes("out") != events_of(fine.spikes["out"], 0)


def test_a_state_that_grows_without_bound_is_reported(tmp_path: Path) -> None:
    net = sal.Network()
    net.add_input("in", 1)
    with pytest.warns(sal.errors.ModelWarning, match="blow-up"):
        runaway = sal.Neuron(
            "runaway",
            dynamics={"v": "(v**2 - 1)/tau", "q": "-q/tau"},
            threshold="q - 1",
            reset={"q": "0"},
            receive={"v": "v + w", "q": "q + w/10"},
            parameters={"tau": 0.01},
            initial={"v": -1.0},
        )
    net.add_population("out", runaway, 1)
    net.connect("in", "out", weight=[[3.0]])
    exported = device(net, tmp_path, T_END, capacity=8, spikes={"in": sal.Spikes.silent(1)})
    assert exported.push("in", 0, 0.01) == 0
    assert exported.advance(T_END) == exported.codes["BLOW_UP"]
    assert exported.advance(T_END) == exported.codes["BLOW_UP"]


def test_a_gradient_by_weights_of_zero_goes_back_in_parts(tmp_path: Path) -> None:
    """What a synapse that is closed multiplies has limited no step."""
    neuron = sal.Neuron(
        "closed",
        dynamics={"v": "(60 - v)/tau + s/(1 + (v - 30)**2)/tau", "s": "-s/tau_s"},
        threshold="v - 40",
        reset={"v": "0"},
        receive={"s": "s + w"},
        parameters={"tau": 0.02, "tau_s": 0.03},
    )
    net = sal.Network()
    net.add_input("in", 2)
    net.add_population("out", neuron, 3)
    net.connect("in", "out", weight=np.zeros((2, 3)))
    drive = {"in": sal.Spikes.from_events([[(0.001, 0), (0.007, 1)]])}
    run = compile(net, T_END).run(drive)
    ones = np.ones_like(run.spikes["out"].times)
    expected = run.gradient(spike_times={"out": ones})["in->out.weight"]
    assert np.all((expected < -1e-5) & (expected > -1e-2))
    exported = device(net, tmp_path, T_END, precision="double", spikes=drive, gradient=True)
    assert exported.run(events_of(drive["in"], 0), T_END) == 0
    for spike in range(ones.size):
        number = exported.number("out")
        assert exported.call("set_cotangent", number, spike, exported.real(1.0)) == 0
    assert exported.call("backward") == 0
    (name,) = net.projections
    assert exported.weights(name)[1].tolist() == expected.ravel().tolist()
