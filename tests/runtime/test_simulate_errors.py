"""Every wrong input to compile, run and gradient is an error that says what; edges are not."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest
from proofs import drive, model, small_network

from saltation.runtime.network import Network
from saltation.runtime.simulate import Run, Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import (
    AbsentSpikeError,
    ArrayError,
    ArrayTypeError,
    GradientError,
    ModelWarning,
    NonFiniteError,
    SaltationError,
    UnknownNameError,
    UnsupportedModelError,
    ZenoError,
)
from saltation.symbolic.models import leaky_integrator, lif, lif_delta
from saltation.symbolic.neuron import Event, Mode

T_END = 0.05


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    net = small_network(
        lif,
        np.array([[12.0, 0.5], [9.0, 0.1]]),
        watch=[("v", "max"), ("v", "sample", [0.01, 0.02])],
    )
    return compile(net, t_end=T_END)


@pytest.fixture(scope="module")
def run(simulator: Simulator) -> Run:
    result = simulator.run(drive([(0.001, 0), (0.004, 1)], [(0.002, 1)]))
    assert len(result.spikes["out"].times) > 1
    assert (result.spikes["out"].units == 0).all()
    return result


@pytest.mark.parametrize("t_end", [0, 0.0, -1.0, np.nan, np.inf, -np.inf])
def test_a_run_must_have_a_positive_length(t_end: float) -> None:
    message = "^compile: t_end is .*, expected a finite number > 0, in seconds$"
    with pytest.raises(ArrayError, match=message) as caught:
        compile(small_network(lif), t_end=t_end)
    assert caught.value.argument == "t_end"


@pytest.mark.parametrize("t_end", ["1", None, True, [0.1], 1j])
def test_a_length_must_be_a_number(t_end: Any) -> None:
    with pytest.raises(ArrayTypeError, match="t_end"):
        compile(small_network(lif), t_end=t_end)


def test_the_shortest_length_that_is_a_number_can_be_run() -> None:
    with pytest.warns(ModelWarning, match="S325-slow"):
        simulator = compile(small_network(lif, np.full((1, 1), 7.0)), t_end=5e-324)
    assert simulator.run({"in": Spikes.silent(1)}).spikes["out"].n_spikes == 0


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True, 10**9])
def test_threads_must_be_a_sensible_number(threads: Any) -> None:
    with pytest.raises(ArrayError, match="threads") as caught:
        compile(small_network(lif), t_end=T_END, threads=threads)
    assert caught.value.argument == "threads"


def test_an_unknown_precision_names_those_that_exist() -> None:
    with pytest.raises(UnknownNameError, match=r"half.*double|double.*half"):
        compile(small_network(lif), t_end=T_END, precision="half")


def test_a_sample_after_the_end_is_an_error() -> None:
    net = small_network(lif, watch=[("v", "sample", [0.01, 0.06])])
    with pytest.raises(ArrayError, match=r"out_0.*0\.06"):
        compile(net, t_end=T_END)


@pytest.mark.parametrize(
    ("declaration", "place"),
    [
        (
            {"dynamics": {"v": "v**2 - v/tau"}, "threshold": "v - 1", "reset": {"v": "0"}},
            "dynamics",
        ),
        (
            {"dynamics": {"v": "sin(t) - v/tau"}, "threshold": "v - 1", "reset": {"v": "0"}},
            "dynamics",
        ),
        ({"dynamics": {"v": "-v/tau"}, "threshold": "v**2 - 1", "reset": {"v": "0"}}, "guard"),
    ],
    ids=["nonlinear flow", "nonlinear drive", "nonlinear guard"],
)
def test_models_without_a_closed_form_are_refused_where_it_is_asked_for(
    declaration: dict[str, Any], place: str
) -> None:
    neuron = model("curved", **declaration, parameters={"tau": 0.01}, initial={"v": 0.5})
    with pytest.raises(UnsupportedModelError, match=place) as caught:
        compile(small_network(neuron), t_end=T_END, solver="closed_form")
    assert caught.value.model == "curved"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({}, SaltationError, "in"),
        ({"in": drive([])["in"], "other": drive([])["in"]}, UnknownNameError, "other"),
        ({"in": [0.1]}, ArrayTypeError, "in"),
        ({"in": Spikes.from_events([[(0.1, 2)]])}, ArrayError, "in"),
    ],
    ids=["missing", "unknown", "no Spikes", "unit out of range"],
)
def test_spikes_must_fit_the_inputs(
    simulator: Simulator, change: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        simulator.run(change)


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("in->out.wait", 1.0, UnknownNameError),
        ("in->out.weight", np.ones((2, 3)), ArrayError),
        ("in->out.weight", np.full((2, 2), np.nan), ArrayError),
        ("in->out.weight", np.full((2, 2), np.inf), ArrayError),
        ("in->out.weight", np.ones((2, 2), complex), ArrayTypeError),
        ("in->out.weight", [["a", "b"], ["c", "d"]], ArrayTypeError),
        ("in->out.delay", -1e-3, ArrayError),
        ("out.tau_m", [1.0, 2.0], ArrayError),
        ("out.theta", np.nan, ArrayError),
        ("out.initial.v", None, ArrayTypeError),
    ],
)
def test_values_must_fit_the_network(
    simulator: Simulator, key: str, value: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match=re.escape(key)):
        simulator.run(drive([(0.001, 0)]), {key: value})


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"spike_times": {"outs": [1.0]}}, UnknownNameError, "outs"),
        ({"spike_times": {"out": np.ones(99)}}, ArrayError, "out"),
        ({"spike_times": {"out": np.ones((2, 3))}}, ArrayError, "out"),
        ({"spike_times": {"out": np.full((2, 2), np.nan)}}, ArrayError, "out"),
        ({"spike_times": {"out": "late"}}, ArrayTypeError, "out"),
        ({"spike_times": np.ones(3)}, ArrayTypeError, "is ndarray.*spike_times={'out': array}"),
        ({"spike_times": {"out": drive([])["in"]}}, ArrayTypeError, r"Spikes.*first_times\(n\)"),
        ({"observations": [1.0]}, ArrayTypeError, "is list.*observations={'out_1': array}"),
        ({"observations": {"top": [1.0]}}, UnknownNameError, "top"),
        ({"observations": {"out_0": np.ones(2)}}, ArrayError, "out_0"),
        ({"observations": {"out_1": np.ones((2, 2))}}, ArrayError, r"\[sample, time, unit\] = "),
        ({"observations": {"out_0": np.ones((2, 2, 1))}}, ArrayError, r"\[sample, unit\] = "),
        ({"observations": {"out_0": np.full((2, 2), np.inf)}}, ArrayError, "out_0"),
        ({"wrt": ["out.tau"]}, UnknownNameError, "tau"),
        ({"wrt": ["in.weight"]}, UnknownNameError, "in.weight"),
        ({"wrt": ["V"]}, UnknownNameError, "did you mean 'out.initial.v'"),
        ({"grazing": "ignore"}, UnknownNameError, "ignore"),
    ],
)
def test_cotangents_must_fit_the_outputs(
    run: Run, arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        run.gradient(**arguments)


def test_a_gradient_without_a_loss_says_what_to_give(run: Run) -> None:
    with pytest.raises(GradientError, match=r"spike_times={'out': dL_dt}.*{'out_0': dL_do}"):
        run.gradient()
    assert not any(g.any() for g in run.gradient(spike_times={}).values())


def test_a_run_is_summed_up_in_a_line(run: Run) -> None:
    assert repr(run) == (
        f"Run(2 samples of {T_END} s; in: 3 input spikes, out: {run.spikes['out'].times.size} "
        "spikes, out_0: (2, 2), out_1: (2, 2, 2))"
    )


def test_a_loss_cannot_depend_on_a_spike_that_does_not_exist(run: Run) -> None:
    cotangent = np.zeros((2, 2))
    cotangent[1, 1] = 0.5
    with pytest.raises(AbsentSpikeError, match=r"sample 1, unit 1"):
        run.gradient(spike_times={"out": cotangent})
    cotangent[1, 1] = 0.0
    assert not any(g.any() for g in run.gradient(spike_times={"out": cotangent}).values())


@pytest.mark.parametrize(
    "reset",
    ["v - 1e-6", "v", "v + u", "2*v - 1.5*c"],
    ids=["creeping", "same", "added zero", "upwards"],
)
def test_endless_firing_at_one_instant_is_an_error_or_a_single_spike(reset: str) -> None:
    """A reset that hardly lowers a lifted voltage, or raises it, cannot go on for ever.

    On the guard's surface each of them is fine: only the run can tell.
    """
    zeno = model(
        "zeno",
        dynamics={"v": "-v/tau", "u": "0"},
        threshold="v - 1",
        reset={"v": reset},
        receive={"v": "v + w"},
        parameters={"tau": 0.01, "c": 1.0},
        initial={"u": -1.0},
    )
    net = small_network(zeno, np.array([[2.0]]), initial={"u": 0.0})
    sim = compile(net, t_end=T_END)
    if reset in ("v", "v + u"):
        # The guard's value is what it was: it does not fire again.
        assert len(sim.run(drive([(0.001, 0)])).spikes["out"].times) == 1
        return
    with pytest.raises(ZenoError, match=r"'out', neuron 0, sample 1, at 0\.001"):
        sim.run(drive([], [(0.001, 0)]))


def test_two_modes_that_fire_each_other_are_zeno() -> None:
    """Every mode's guard is above zero in the other one."""
    pingpong = model(
        "pingpong",
        modes={
            "a": Mode({"v": "-v/tau"}, [Event("v - 1", reset={"v": "2*v - 1.8"}, to="b")]),
            "b": Mode({"v": "-v/tau"}, [Event("v - 0.5", reset={"v": "v"}, to="a", spike=False)]),
        },
        receive={"v": "v + w"},
        parameters={"tau": 0.01},
    )
    net = small_network(pingpong, np.array([[2.0]]))
    sim = compile(net, t_end=T_END)
    with pytest.raises(ZenoError):
        sim.run(drive([(0.001, 0)]))


@pytest.mark.parametrize("precision", ["double", "single"])
def test_a_state_that_grows_beyond_all_numbers_is_an_error(precision: str) -> None:
    growing = model(
        "growing", dynamics={"v": "v/tau"}, parameters={"tau": 1e-3}, initial={"v": 1.0}
    )
    sim = compile(small_network(growing, size=2), t_end=2.0, precision=precision)
    with pytest.raises(NonFiniteError, match="'out', neuron 0, sample 0"):
        sim.run({})


@pytest.mark.parametrize("solver", ["closed_form", "taylor"])
def test_a_state_that_overflows_and_is_then_reset_is_an_error(solver: str) -> None:
    """Two great weights lift `v` beyond all numbers; the clock's event would take it back to 0."""
    hidden = model(
        "hidden",
        dynamics={"v": "-v/tau", "clock": "1"},
        threshold="clock - 0.02",
        reset={"v": "0", "clock": "0"},
        receive={"v": "v + w"},
        parameters={"tau": 1e3},
    )
    net = small_network(hidden, np.array([[1.0, 1e308]]))
    sim = compile(net, t_end=T_END, solver=solver)
    times = sim.run(drive([(0.001, 0)])).spikes["out"].times
    assert times == pytest.approx([0.02] * 2 + [0.04] * 2)
    with pytest.raises(NonFiniteError, match=r"'out', neuron 1, sample 0, at 0\.0"):
        sim.run(drive([(0.001, 0), (0.002, 0)]))


@pytest.mark.parametrize("solver", ["closed_form", "taylor"])
def test_an_arrival_that_lifts_a_state_to_infinity_and_over_threshold_is_an_error(
    solver: str,
) -> None:
    net = small_network(lif_delta, np.array([[1.0, 1e308]]), parameters={"theta": 1.5e308})
    sim = compile(net, t_end=T_END, solver=solver)
    with pytest.raises(NonFiniteError, match=r"'out', neuron 1, sample 0, at 0\.001 s"):
        sim.run(drive([(0.001, 0), (0.001, 0)]))


@pytest.mark.parametrize("solver", ["closed_form", "taylor"])
def test_an_arrival_that_forgets_a_state_that_overflowed_is_an_error(solver: str) -> None:
    """The port "set" puts `v` to the weight, whatever it was."""
    setting = model(
        "setting",
        dynamics={"v": "-v/tau"},
        receive={"add": {"v": "v + w"}, "set": {"v": "w"}},
        parameters={"tau": 1e3},
    )
    net = small_network(setting, np.array([[1e308, 1.0]]), port="add")
    net.add_input("other", 1)
    net.connect("other", "out", weight=[[2.0, 3.0]], port="set")
    sim = compile(net, t_end=T_END, solver=solver)
    lifts, sets = drive([(0.001, 0), (0.002, 0)])["in"], drive([(0.002, 0)])["in"]
    with pytest.raises(NonFiniteError, match=r"'out', neuron 0, sample 0, at 0\.002 s"):
        sim.run({"in": lifts, "other": sets})


def test_the_error_of_the_first_sample_is_reported_whatever_the_threads() -> None:
    growing = model(
        "growing",
        dynamics={"v": "v/tau"},
        receive={"v": "v + w"},
        parameters={"tau": 1e-3},
    )
    sim = compile(small_network(growing, np.array([[1e200]])), t_end=0.5, threads=3)
    quiet: list[tuple[float, int]] = []
    with pytest.raises(NonFiniteError, match="sample 2"):
        sim.run(drive(quiet, quiet, [(0.1, 0)], [(0.1, 0)], quiet, [(0.1, 0)]))


def assert_zero(gradient: dict[str, np.ndarray], net: Network) -> None:
    assert {k: v.shape for k, v in net.values().items()}.items() <= {
        k: v.shape for k, v in gradient.items()
    }.items()
    assert not any(g.any() for g in gradient.values())


def test_an_empty_batch(simulator: Simulator) -> None:
    """No sample: outputs of length zero, gradients of zero."""
    result = simulator.run(drive())
    assert result.batch == 0
    assert result.spikes["out"].times.shape == (0,)
    assert result.first_spikes("out").shape == (0, 2)
    assert result.observations["out_0"].shape == (0, 2)
    assert result.observations["out_1"].shape == (0, 2, 2)
    gradient = result.gradient(
        spike_times={"out": np.zeros(0)}, observations={"out_1": np.zeros((0, 2, 2))}
    )
    assert gradient["in.times"].shape == (0,)
    assert_zero(gradient, simulator.net)


def test_samples_without_spikes(simulator: Simulator) -> None:
    """Nothing fires or moves; a loss on the voltage still reaches the initial state."""
    result = simulator.run(drive([], [], []))
    assert np.isinf(result.first_spikes("out")).all()
    assert not result.observations["out_0"].any()
    assert_zero(result.gradient(spike_times={"out": np.zeros((3, 2))}), simulator.net)
    gradient = result.gradient(observations={"out_1": np.ones((3, 2, 2))})
    assert gradient["out.initial.v"] == pytest.approx(
        3 * 2 * (np.exp(-0.01 / 20e-3) + np.exp(-0.02 / 20e-3)), rel=1e-14
    )
    assert not gradient["in->out.weight"].any()


def test_networks_without_inputs_projections_or_populations() -> None:
    """Each runs: with an empty drive as one sample."""
    lonely = small_network(leaky_integrator, size=3, watch=[("v", "max")])
    result = compile(lonely, t_end=T_END).run({})
    assert result.observations["out_0"].shape == (result.batch, 3)
    unheard = small_network(lif_delta, size=2)
    unheard.add_input("in", 4)
    result = compile(unheard, t_end=T_END).run(drive([(0.01, 3)]))
    assert result.spikes["out"].times.size == 0
    assert_zero(result.gradient(spike_times={"out": np.zeros((1, 2))}), unheard)
    empty = Network()
    empty.add_input("in", 1)
    result = compile(empty, t_end=T_END).run(drive([(0.01, 0)]))
    assert dict(result.spikes) == {}
    assert result.gradient().keys() == {"in.times"}


def test_no_warning_and_no_nan_on_ordinary_runs(run: Run) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gradient = run.gradient(spike_times={"out": np.ones(len(run.spikes["out"].times))})
    assert all(np.isfinite(g).all() for g in gradient.values())
