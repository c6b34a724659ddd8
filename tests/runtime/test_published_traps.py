"""Cases in which published tools return wrong or silently zero gradients, end to end."""

from __future__ import annotations

import numpy as np
import pytest
from proofs import assert_exact

from saltation.runtime.proof_cases import NAMED_CASES, T_END, NamedCase
from saltation.runtime.simulate import compile

CASES = {case.name: case for case in NAMED_CASES}
NUMERICAL = {"a state that the reset does not name"}


def _check(name: str, *, skipped: tuple[str, ...] = ()) -> NamedCase:
    """Check all gradients; those at stake exist, and none of them is zero throughout."""
    case = CASES[name]
    result = assert_exact(case.network(), case.spikes, t_end=T_END, spiking=True, skipped=skipped)
    at_stake = {row.key: row for row in result.rows if row.key in case.keys}
    assert set(at_stake) == set(case.keys)
    for key, row in at_stake.items():
        assert row.checked > row.zeros, f"{key} is not at stake\n{result}"
    return case


def test_threshold_and_reset_value() -> None:
    """Both move every spike that follows, and the maximum of v is the threshold itself."""
    case = _check("threshold and reset value")
    run = compile(case.network(), t_end=T_END).run(case.spikes)
    gradient = run.gradient(observations={"maximum": np.ones((1, 2))})
    assert gradient["out.theta"] == pytest.approx(2.0, rel=1e-12)
    assert abs(gradient["out.v_r"]) < 1e-14


def test_a_state_that_the_reset_does_not_name() -> None:
    """Izhikevich's u is continuous at a spike; its adjoint is not."""
    case = CASES["a state that the reset does not name"]
    assert "u" not in case.declaration["reset"]
    _check(case.name)


def test_a_moving_threshold() -> None:
    """It decays, jumps with each spike, and falls with time."""
    _check("a moving threshold")


def test_coupled_simultaneous_resets() -> None:
    """``v -> v - u - kappa, u -> u + v`` of the values before the spike."""
    _check("coupled simultaneous resets")


def test_equal_time_constants() -> None:
    """tau_m = tau_s is an ordinary point, for values and for derivatives."""
    case = _check("equal time constants")
    values = case.declaration["parameters"]
    assert values["tau_m"] == values["tau_s"]


def test_a_neuron_lifted_over_threshold_by_a_delta_synapse() -> None:
    """The spike moves with the arrival: its derivative by the input time is one."""
    name = "a neuron lifted over threshold by a delta synapse"
    case = _check(name, skipped=("in.times", "in->out.delay"))
    run = compile(case.network(), t_end=T_END).run(case.spikes)
    first = np.zeros(run.spikes["out"].times.size)
    first[0] = 1.0
    gradient = run.gradient(spike_times={"out": first})
    assert gradient["in.times"].tolist() == [1.0, *[0.0] * 5]
    assert gradient["in->out.delay"].sum() == 1.0
    assert not gradient["in->out.weight"].any()


def test_leak_with_non_zero_resting_value() -> None:
    """The gradient by the resting value, and by the time constant that leads to it."""
    _check("leak with non-zero resting value")


def test_a_reset_that_leaves_part_of_the_overshoot() -> None:
    """Several spikes of one neuron at one instant, each with a gradient."""
    name = "a reset that leaves part of the overshoot"
    case = _check(name, skipped=("in.times", "in->out.delay"))
    spikes = compile(case.network(), t_end=T_END).run(case.spikes).spikes["out"]
    pairs = set(zip(spikes.times.tolist(), spikes.units.tolist(), strict=True))
    assert len(pairs) < spikes.times.size


def test_every_named_case_has_a_test() -> None:
    """The proof's list and the tests of this file are the same."""
    tested = {
        name.removeprefix("test_").replace("_", " ")
        for name in globals()
        if name.startswith("test_")
    }
    assert {name.replace("-", " ").lower() for name in CASES} <= tested
