"""The gradient check, on runs whose gradient is known in closed form."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray

from saltation.runtime.check import GradientCheck, check_run
from saltation.runtime.check_loss import make_loss
from saltation.runtime.differences import Differences
from saltation.runtime.interpreter import Interpreter, interpret
from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, UnknownNameError
from saltation.symbolic.models import leaky_integrator, lif, lif_delta

Array = NDArray[np.float64]

T_END = 0.006
VALUES = {
    "in->out.weight": 12.0,
    "in->out.delay": 1e-3,
    "out.tau_m": 20e-3,
    "out.tau_s": 5e-3,
    "out.theta": 1.0,
    "out.v_r": 0.25,
    "out.initial.v": 0.125,
    "out.initial.i": 0.25,
    "in.times": 2e-3,
}


@cache
def _closed_form() -> tuple[float, dict[str, float]]:
    """Return the first spike time of one LIF neuron, and its derivatives.

    ``dt/dp = -(dv/dp - dtheta/dp) / (dv/dt)`` with v in closed form.
    """
    t, *symbols = sp.symbols("t w d tau_m tau_s theta v_r v0 i0 s")
    w, d, tau_m, tau_s, theta, _, v0, i0, s = symbols

    def response(x: sp.Expr) -> sp.Expr:
        return tau_s / (tau_m - tau_s) * (sp.exp(-x / tau_m) - sp.exp(-x / tau_s))

    gap = v0 * sp.exp(-t / tau_m) + i0 * response(t) + w * response(t - s - d) - theta
    at = dict(zip(symbols, map(sp.Float, VALUES.values()), strict=True))
    time = sp.nsolve(gap.subs(at), t, (4e-3, 6e-3), solver="anderson", prec=30)
    at[t] = time
    rate = sp.diff(gap, t).subs(at)
    gradient = {
        key: float(-sp.diff(gap, symbol).subs(at) / rate)
        for key, symbol in zip(VALUES, symbols, strict=True)
    }
    return float(time), gradient


def _network() -> Network:
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", lif, 1, parameters={"v_r": 0.25}, initial={"v": 0.125, "i": [0.25]})
    net.connect("in", "out", weight=[[12.0]], delay=1e-3)
    net.observe("top", "out", "v", kind="max")
    return net


@dataclasses.dataclass(frozen=True)
class ClosedFormRun:
    """What a compiled run of `_network` would give, from the closed form."""

    spikes: Mapping[str, Spikes]
    observations: Mapping[str, Array]
    change: Callable[[dict[str, Array]], None] = lambda gradient: None

    def gradient(self, spike_times: Any, observations: Any, wrt: Any = None) -> dict[str, Array]:
        shapes = {**{k: v.shape for k, v in _network().values().items()}, "in.times": (1,)}
        # The maximum of v is theta, reached at the spike.
        result = {
            key: np.full(
                shapes[key],
                np.sum(spike_times.get("out", 0.0)) * derivative
                + (np.sum(observations.get("top", 0.0)) if key == "out.theta" else 0.0),
            )
            for key, derivative in _closed_form()[1].items()
        }
        self.change(result)
        return {key: result[key] for key in (wrt or result)}


def _run(change: Callable[[dict[str, Array]], None] = lambda gradient: None) -> ClosedFormRun:
    return ClosedFormRun(
        spikes={"out": Spikes.from_events([[(_closed_form()[0], 0)]])},
        observations={"top": np.array([[1.0]])},
        change=change,
    )


def _interpreter() -> Interpreter:
    return Interpreter(
        _network(), {"in": Spikes.from_events([[(2e-3, 0)]])}, t_end=T_END, digits=36
    )


def _check(run: ClosedFormRun, **options: Any) -> GradientCheck:
    return check_run(run, _interpreter(), progress=False, **options)


def test_the_closed_form_gradient_of_a_lif_neuron_passes() -> None:
    """Weight, delay, every parameter, initial states and input time, to rounding of doubles."""
    result = _check(_run())
    assert result.passed
    assert result.worst < 1e-13
    assert {row.key for row in result.rows} == set(VALUES)
    assert {row.kind for row in result.rows} == {
        "weight",
        "delay",
        "parameter",
        "initial state",
        "input times",
    }
    assert all(row.checked == row.size == 1 for row in result.rows)
    assert result.forward.spikes == 1
    assert result.forward.time_error < 1e-17


def test_a_gradient_that_is_exactly_zero_says_so() -> None:
    """Nothing depends on v_r: the run ends before another spike."""
    row = next(row for row in _check(_run()).rows if row.key == "out.v_r")
    assert (row.zeros, row.note, row.relative) == (1, "exactly zero", 0.0)


@pytest.mark.parametrize("key", [key for key in VALUES if key != "out.v_r"])
@pytest.mark.parametrize("factor", [0.0, -1.0, 1.0 + 1e-6, float("nan")])
def test_a_wrong_gradient_fails_and_is_named(key: str, factor: float) -> None:
    """A zero, a sign, a millionth or a NaN in one entry is found, and only that."""

    def spoil(gradient: dict[str, Array]) -> None:
        gradient[key] *= factor

    result = _check(_run(spoil), keys=[key, "out.v_r"])
    assert not result.passed
    assert [row.key for row in result.rows if not row.relative <= 1e-7] == [key]


def test_a_gradient_that_should_be_zero_and_is_not_fails() -> None:
    """A structural zero is no licence for noise."""

    def spoil(gradient: dict[str, Array]) -> None:
        gradient["out.v_r"] += 1e-9

    assert not _check(_run(spoil)).passed


def test_wrong_spike_counts_fail_before_any_gradient() -> None:
    """A missing spike is named with its place."""
    missing = dataclasses.replace(_run(), spikes={"out": Spikes.silent(1)})
    result = _check(missing)
    assert not result.passed
    assert result.worst == float("inf")
    assert result.forward.miscounted == (("out", 0, 0, 0, 1),)
    assert "FAILED: another number of spikes than the interpreter in 1 neuron; " in str(result)
    assert "population 'out', sample 0, unit 0: 0 compiled, 1 interpreted" in str(result)


def test_wrong_spike_times_and_observations_fail() -> None:
    """The run itself is compared, not only its gradient."""
    late = {"out": Spikes.from_events([[(_closed_form()[0] + 1e-6, 0)]])}
    assert not _check(dataclasses.replace(_run(), spikes=late)).passed
    high = {"top": np.array([[1.0 + 1e-5]])}
    assert not _check(dataclasses.replace(_run(), observations=high)).passed


def test_a_loss_can_be_given() -> None:
    """With a loss of the first spike alone nothing but theta's own part changes."""
    given = {"spike_times": {"out": np.array([[2.0]])}}
    result = _check(_run(), loss=given)
    assert result.passed
    row = next(row for row in result.rows if row.key == "in->out.weight")
    assert row.difference == pytest.approx(2 * _closed_form()[1]["in->out.weight"], rel=1e-12)


def test_unknown_keys_and_wrong_shapes_are_named() -> None:
    """The message lists what there is, or the shapes that fit."""
    with pytest.raises(UnknownNameError, match=r"'out\.tau'.*'out\.tau_m'"):
        _check(_run(), keys=["out.tau"])
    with pytest.raises(ArrayError, match=r"shape \(1,\) or \(1, 1\), got \(3,\)"):
        _check(_run(), loss={"spike_times": {"out": np.zeros(3)}})


def test_a_tie_is_reported_and_not_compared() -> None:
    """Two arrivals that meet at the threshold: their order decides, and the loss has a kink."""
    net = Network()
    net.add_input("in", 2)
    net.add_population("out", lif_delta, 1)
    net.connect("in", "out", weight=[[0.75], [0.75]])
    spikes = {"in": Spikes.from_events([[(0.01, 0), (0.01, 1)]])}

    class Tied:
        observations: Mapping[str, Array] = {}

        def __init__(self) -> None:
            self.spikes = {"out": Spikes.from_events([[(0.01, 0)]])}

        def gradient(self, **_: Any) -> dict[str, Array]:
            return {"in.times": np.array([0.0, 1.0])}

    result = check_run(Tied(), Interpreter(net, spikes, t_end=0.05), progress=False)
    (row,) = result.rows
    assert (row.checked, row.skipped, row.where) == (0, 2, None)
    assert "2 not differentiable here (tie or grazing)" in str(result)


def test_a_delay_of_zero_is_differentiated_to_one_side() -> None:
    """No arrival before its emission is needed for the derivative at zero delay."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", lif, 1)
    net.connect("in", "out", weight=[[12.0]])
    spikes = {"in": Spikes.from_events([[(0.0, 0)]])}
    time = interpret(net, spikes, t_end=T_END).times("out")[0]

    class Undelayed:
        observations: Mapping[str, Array] = {}

        def __init__(self) -> None:
            self.spikes = {"out": Spikes.from_events([[(time, 0)]])}

        def gradient(self, spike_times: Any, **_: Any) -> dict[str, Array]:
            # The whole response moves with the arrival.
            cotangent = float(spike_times["out"][0])
            return {"in->out.delay": np.array(cotangent), "in.times": np.array([cotangent])}

    result = check_run(Undelayed(), Interpreter(net, spikes, t_end=T_END), progress=False)
    assert result.worst < 1e-15
    assert all(row.checked == 1 for row in result.rows)


def test_one_sided_differences_are_exact_to_second_order() -> None:
    """At zero delay dv(t)/dd of a readout is -dv/dt, far closer than the step."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", leaky_integrator, 1)
    net.connect("in", "out", weight=[[3.0]])
    net.observe("v", "out", "v", kind="sample", at=[0.01])
    spikes = {"in": Spikes.from_events([[(0.0, 0)]])}
    interpreter = Interpreter(net, spikes, t_end=0.05, digits=20)
    run = ClosedFormRun(spikes={"out": Spikes.silent(1)}, observations={"v": np.zeros((1, 1, 1))})
    loss = make_loss(interpreter, run, {}, {"v": np.ones((1, 1, 1))})
    found = Differences(interpreter, loss).derivative("in->out.delay", 0)
    tau_m, tau_s, t = 20e-3, 5e-3, 0.01
    rate = (
        3 * tau_s / (tau_m - tau_s) * (-math.exp(-t / tau_m) / tau_m + math.exp(-t / tau_s) / tau_s)
    )
    assert found == pytest.approx(-rate, rel=2e-11)


def test_entries_are_drawn_from_both_kinds() -> None:
    """Of many entries some are checked, among them some that are zero."""
    net = Network()
    net.add_input("in", 12)
    net.add_population("out", lif, 1)
    net.connect("in", "out", weight=np.full((12, 1), 9.0))
    # Units 6 to 11 spike too late to matter.
    times = [1e-3 + 1e-5 * k if k < 6 else 0.04 + 1e-4 * k for k in range(12)]
    spikes = {"in": Spikes.from_first_times([times])}
    interpreter = Interpreter(net, spikes, t_end=3e-3)
    times_out = interpret(net, spikes, t_end=3e-3).times("out")

    class Many:
        observations: Mapping[str, Array] = {}

        def __init__(self) -> None:
            self.spikes = {"out": Spikes.from_events([[(t, 0) for t in times_out]])}

        def gradient(self, **_: Any) -> dict[str, Array]:
            return {"in->out.weight": np.array([[1.0]] * 6 + [[0.0]] * 6)}

    (row,) = check_run(Many(), interpreter, entries=4, progress=False).rows
    assert (row.size, row.checked, row.zeros) == (12, 4, 1)


def test_a_gradient_that_is_wrong_is_told_with_what_it_should_be() -> None:
    """The last line names the worst entry, and both numbers."""
    change = {"in->out.weight": np.array([[-1.25e-4]])}
    loss = {"spike_times": {"out": np.ones(1)}}
    result = _check(_run(lambda gradient: gradient.update(change)), loss=loss)
    expected = _closed_form()[1]["in->out.weight"]
    assert not result.passed
    place, _, numbers = str(result).splitlines()[-1].partition("in->out.weight")[2].partition(": ")
    compiled, by_differences = numbers.split(";")[0].split(", by differences ")
    assert (place, compiled) == ("[0, 0]", "compiled -0.000125")
    assert float(by_differences) == pytest.approx(expected, rel=1e-12)


def test_the_table_is_aligned_and_escaped() -> None:
    """One line for each key, in text, Markdown and HTML."""
    result = _check(_run())
    lines = str(result).splitlines()
    assert len(lines) == len(VALUES) + 3
    column = lines[0].index("kind")
    assert all(line[column - 2 : column] == "  " for line in lines[2:-1])
    assert lines[-1].startswith("passed: worst relative error")
    assert "| `in->out.weight` | weight | 1/1 |" in result.to_markdown()
    assert "in-&gt;out.weight" in result._repr_html_()


def test_a_derivative_that_no_difference_resolves_is_zero() -> None:
    """After 500 time constants an initial value is gone: neither noise nor a kink is reported."""
    net = Network()
    net.add_input("in", 1)
    parameters = {"tau_m": 2e-4, "tau_s": 1e-4}
    net.add_population("out", leaky_integrator, 1, parameters=parameters, initial={"v": 0.3})
    net.connect("in", "out", weight=[[1.0]])
    net.observe("v", "out", "v", kind="sample", at=[0.1])
    spikes = {"in": Spikes.from_events([[(0.0995, 0)]])}
    interpreter = Interpreter(net, spikes, t_end=0.1, digits=28)
    run = ClosedFormRun(spikes={"out": Spikes.silent(1)}, observations={"v": np.zeros((1, 1, 1))})
    differences = Differences(
        interpreter, make_loss(interpreter, run, {}, {"v": np.ones((1, 1, 1))})
    )
    assert differences.derivative("out.initial.v", 0, 1e-30) == 0.0
    assert abs(differences.derivative("in->out.weight", 0) or 0.0) > 1e-2
