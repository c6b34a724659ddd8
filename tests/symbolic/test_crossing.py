"""The crossing chain along trajectories, and what it promises about zeros."""

from __future__ import annotations

import random
from typing import Any

import mpmath
import pytest
from high_precision import flow_to, value
from sympy import Symbol

from saltation.symbolic.crossing import crossing_chain, is_affine, lie_derivative
from saltation.symbolic.flow import linear_flow
from saltation.symbolic.models import adaptive_lif, lif, lif_delta
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.parser import parse
from saltation.symbolic.system import HybridSystem

CHAIN = Neuron(
    "chain",
    dynamics={"v": "(i + b - v)/tau_m", "i": "(j - i)/tau_s", "j": "-j/tau_r"},
    threshold="2*v - i - theta",
    reset={"v": "0"},
    receive={"j": "j + w"},
    parameters={"tau_m": 2.0, "tau_s": 1.0, "tau_r": 0.5, "theta": 1.0, "b": 0.4},
)


def chain_of(system: HybridSystem) -> Any:
    mode = system.modes[0]
    flow = linear_flow(system, mode)
    assert flow is not None
    return crossing_chain(mode.events[0].guard, system, mode, flow)


@pytest.mark.parametrize("equal", [False, True], ids=["different", "equal rates"])
@pytest.mark.parametrize("neuron", [lif, lif_delta, adaptive_lif, CHAIN], ids=lambda n: n.name)
def test_every_function_is_the_rate_of_the_one_before_without_its_own_rate(
    neuron: Neuron, equal: bool
) -> None:
    system = neuron.system
    chain, mode = chain_of(system), system.modes[0]
    generator = random.Random(5)
    with mpmath.workdps(50):
        values: dict[Symbol, Any] = {
            p: mpmath.mpf(0.7) if equal else mpmath.mpf(0.5 + generator.random())
            for p in system.parameters
        }
        start = [mpmath.mpf(generator.uniform(-1, 1)) for _ in system.states]

        def along(j: int, t: Any) -> Any:
            x = flow_to(system, mode, values, start, t)
            return value(chain.function(j), values | dict(zip(system.states, x, strict=True)))

        step, t = mpmath.mpf(10) ** -15, mpmath.mpf("0.3")
        for j in range(1, len(chain.rates) + 1):
            slope = (along(j - 1, t + step) - along(j - 1, t - step)) / (2 * step)
            expected = slope - value(chain.rate(j), values) * along(j - 1, t)
            assert abs(along(j, t) - expected) < mpmath.mpf(10) ** -25


@pytest.mark.parametrize("equal", [False, True], ids=["different", "equal rates"])
@pytest.mark.parametrize("neuron", [lif, lif_delta, adaptive_lif, CHAIN], ids=lambda n: n.name)
def test_further_terms_are_those_of_the_taylor_series(neuron: Neuron, equal: bool) -> None:
    system = neuron.system
    chain, mode = chain_of(system), system.modes[0]
    generator = random.Random(7)
    with mpmath.workdps(60):
        values: dict[Symbol, Any] = {
            p: mpmath.mpf(0.7) if equal else mpmath.mpf(0.5 + generator.random())
            for p in system.parameters
        }
        start = [mpmath.mpf(generator.uniform(-1, 1)) for _ in system.states]
        first, gap = (value(chain.rate(k), values) for k in (1, 2))
        gap -= first

        def along(w: Any) -> Any:
            h = mpmath.log(1 + gap * w) / gap if gap else w
            x = flow_to(system, mode, values, start, h)
            g = value(chain.function(0), values | dict(zip(system.states, x, strict=True)))
            return mpmath.exp(-first * h) * g

        now = values | dict(zip(system.states, start, strict=True))
        terms = [value(term, now) for term in chain.further_terms(3)]
        for term, expected in zip(terms, mpmath.taylor(along, 0, 5)[3:], strict=True):
            assert abs(term - expected) < mpmath.mpf(10) ** -8


def test_the_chain_of_lif_is_that_of_its_two_rates_and_a_constant() -> None:
    tau_m, tau_s, theta, _ = lif.system.parameters
    v, i = lif.system.states
    chain = chain_of(lif.system)
    assert chain.functions == (v - theta, (i - v) / tau_m, -i / (tau_m * tau_s))
    assert chain.rates == (0, -1 / tau_m, -1 / tau_s)
    assert chain.function(3) == 0


def test_states_that_the_guard_does_not_feel_add_no_rate() -> None:
    system = Neuron(
        "two",
        dynamics={"v": "-v", "a": "v - 3*a"},
        threshold="v - 1",
        reset={"v": "0", "a": "a + 1"},
        receive={"v": "v + w"},
    ).system
    assert len(chain_of(system).rates) == 2


def test_a_decaying_state_alone_never_crosses_from_below() -> None:
    chain = chain_of(lif_delta.system)
    v, (tau, _, _) = lif_delta.system.states[0], lif_delta.system.parameters
    assert chain.functions[1] == -v / tau
    assert len(chain.functions) == 2


@pytest.mark.parametrize(
    ("text", "affine"),
    [("v - theta", True), ("v*theta + i - 1", True), ("v*i", False), ("(v + 1)**2 - v**2", True)],
)
def test_affine_functions_are_recognised(text: str, affine: bool) -> None:
    names = {s.name: s for s in (*lif.system.states, *lif.system.parameters)}
    assert is_affine(parse(text, names=names, model="lif", where="test"), lif.system) is affine


def test_the_rate_of_change_along_a_flow_is_that_of_the_flow() -> None:
    v, i = lif.system.states
    tau_m, tau_s = lif.system.parameters[:2]
    change = lie_derivative(v * i, lif.system, lif.system.modes[0])
    assert (change - (i * (i - v) / tau_m - v * i / tau_s)).expand() == 0
