"""The strategies draw what they promise, and what they draw can be run."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import Case, cases, coupled_flows, linear_neurons, time_constants, triangular_flows

from saltation.runtime.interpreter import interpret
from saltation.symbolic.errors import ZenoError
from saltation.symbolic.neuron import Neuron


@settings(max_examples=30, deadline=None)
@given(neuron=linear_neurons())
def test_drawn_models_are_valid_and_linear(neuron: Neuron) -> None:
    """Every flow, guard and jump is affine in the states."""
    system = neuron.system
    for mode in system.modes:
        for expression in (*mode.flow, *(event.guard for event in mode.events)):
            for state in system.states:
                assert not expression.diff(state).has(*system.states)


@settings(max_examples=30, deadline=None)
@given(flow=st.one_of(triangular_flows(), coupled_flows()))
def test_drawn_flows_are_stable(flow: object) -> None:
    """All rates have negative real parts."""
    names = list(flow.dynamics)  # type: ignore[attr-defined]
    system = Neuron("flow", dynamics=flow.dynamics, parameters=flow.parameters).system  # type: ignore[attr-defined]
    values = {s: flow.parameters[s.name] for s in system.parameters}  # type: ignore[attr-defined]
    matrix = np.array(
        [[float(f.diff(s).subs(values)) for s in system.states] for f in system.modes[0].flow]
    )
    assert matrix.shape == (len(names), len(names))
    assert np.linalg.eigvals(matrix).real.max() < 0


@given(taus=time_constants(3))
def test_time_constants_are_positive(taus: list[float]) -> None:
    """From 2 to 41 ms."""
    assert all(2e-3 <= tau <= 41e-3 for tau in taus)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(max_spikes=4))
def test_drawn_cases_run(case: Case) -> None:
    """The interpreter runs them to the end; at worst a model is Zeno."""
    try:
        result = interpret(case.net, case.spikes, t_end=case.t_end, digits=20)
    except ZenoError:
        return
    for name in case.net.observations:
        assert all(math.isfinite(x) for x in result.observed(name).ravel())
