"""Flow maps against matrix exponentials in many digits."""

from __future__ import annotations

import random
import warnings
from typing import Any

import mpmath
import pytest
from high_precision import coefficients, flow_to, largest, matrix_value, value

from saltation.symbolic.blocks import coupled_blocks, strong_components
from saltation.symbolic.errors import ModelWarning
from saltation.symbolic.flow import DURATION, FlowKind, LinearFlow, linear_flow
from saltation.symbolic.models import adaptive_lif, lif, lif_refractory
from saltation.symbolic.neuron import Mode, Neuron
from saltation.symbolic.system import HybridSystem

FIVE = Neuron(
    "five",
    modes={
        "only": Mode(
            {
                "v": "(g*(e_l - v) + i1 + i2 - u)/c_m",
                "i1": "-i1/tau_1",
                "i2": "(i1 - i2)/tau_2",
                "u": "(d - u)/tau_w",
                "th": "(i2 + u - th)/tau_th",
            }
        )
    },
    receive={"i1": "i1 + w"},
    parameters={
        "g": 1.0,
        "e_l": -0.5,
        "c_m": 2.0,
        "tau_1": 0.5,
        "tau_2": 2.0,
        "tau_w": 3.0,
        "d": 0.25,
        "tau_th": 4.0,
    },
)

RESONATOR = Neuron(
    "resonator",
    modes={"only": Mode({"v": "(i - v - k*u)/tau_m", "u": "(a*v - u + b)/tau_u", "i": "-i/tau_s"})},
    receive={"i": "i + w"},
    parameters={"tau_m": 1.0, "tau_u": 3.0, "tau_s": 0.7, "k": 1.0, "a": 2.0, "b": 0.3},
)


def only_flow(system: HybridSystem) -> LinearFlow:
    flow = linear_flow(system, system.modes[0])
    assert flow is not None
    return flow


def drawn(system: HybridSystem, seed: int, spread: float = 1.0) -> dict[Any, Any]:
    """Random parameters between 0.5 and 0.5 + spread."""
    generator = random.Random(seed)
    return {p: mpmath.mpf(0.5 + spread * generator.random()) for p in system.parameters}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("neuron", [lif, adaptive_lif, FIVE], ids=lambda n: n.name)
@pytest.mark.parametrize("spread", [2.0, 1e-9, 0.0], ids=["different", "nearly equal", "equal"])
def test_a_triangular_map_is_the_matrix_exponential(
    neuron: Neuron, spread: float, seed: int
) -> None:
    system = neuron.system
    flow = only_flow(system)
    assert flow.kind is FlowKind.TRIANGULAR
    assert flow.propagator is not None
    assert flow.shift is not None
    with mpmath.workdps(40):
        values = drawn(system, seed, spread) | {DURATION: mpmath.mpf("0.9")}
        matrix, _ = coefficients(system, system.modes[0], values)
        ours = matrix_value(flow.propagator, values)
        assert largest(ours - mpmath.expm(matrix * values[DURATION])) < mpmath.mpf(10) ** -34
        start = [mpmath.mpf(k + 1) / 7 for k in range(len(system.states))]
        moved = ours * mpmath.matrix(start) + matrix_value(flow.shift, values)
        expected = flow_to(system, system.modes[0], values, start, values[DURATION])
        assert largest(moved - mpmath.matrix(expected)) < mpmath.mpf(10) ** -34


def test_a_triangular_map_does_not_divide_by_differences_of_rates() -> None:
    flow = only_flow(lif.system)
    assert flow.propagator is not None
    tau_m, tau_s = lif.system.parameters[:2]
    equal = flow.propagator.subs(tau_m, tau_s)
    assert value(equal[0, 1], {tau_s: 2.0, DURATION: 3.0}) == pytest.approx(
        1.5 * 2.718281828459045**-1.5
    )


def test_a_triangular_flow_is_recognised_in_any_order_of_its_states() -> None:
    states = {"i": "-i/5", "v": "(i + j - v)/2", "j": "(i - j)/3"}
    names = list(states)
    for order in (names, names[::-1], [names[1], names[0], names[2]]):
        neuron = Neuron("chain", dynamics={x: states[x] for x in order}, receive={"i": "i + w"})
        flow = only_flow(neuron.system)
        assert flow.kind is FlowKind.TRIANGULAR
        assert [order[k] for k in flow.order] == ["v", "j", "i"]


def test_explicit_time_is_a_state_with_slope_one() -> None:
    ramp = Neuron("ramp", dynamics={"v": "(t - v)/tau"}, parameters={"tau": 0.5})
    flow = only_flow(ramp.system)
    assert flow.kind is FlowKind.TRIANGULAR
    assert flow.shift is not None
    tau = ramp.system.parameters[0]
    with mpmath.workdps(30):
        ours = value(flow.shift[0], {tau: 0.5, DURATION: 0.75})
        # v = t - tau + tau exp(-t/tau) from v(0) = 0
        assert abs(ours - (0.25 + 0.5 * mpmath.exp(-1.5))) < mpmath.mpf(10) ** -25


@pytest.mark.parametrize(
    ("dynamics", "kind"),
    [
        ({"v": "u", "u": "-v"}, FlowKind.COUPLED),
        ({"v": "v**2"}, None),
        ({"v": "exp(-t) - v"}, None),
        ({"v": "(v + 1)**2 - v**2"}, FlowKind.TRIANGULAR),
        ({"v": "v*u", "u": "0"}, None),
    ],
)
def test_flows_are_classified_by_what_they_are(
    dynamics: dict[str, str], kind: FlowKind | None
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)  # some grow without bound
        system = Neuron("some", dynamics=dynamics).system
    flow = linear_flow(system, system.modes[0])
    assert (flow.kind if flow else None) is kind


def test_every_mode_has_its_own_flow() -> None:
    system = lif_refractory.system
    flows = [linear_flow(system, mode) for mode in system.modes]
    assert [flow.rates[0] == 0 for flow in flows if flow] == [False, True]


@pytest.mark.parametrize(
    ("a", "sign"), [((2, 1), -1), ((-2, 1), 1), ((1, 3), 0)], ids=["complex", "real", "equal"]
)
def test_a_coupled_pair_has_one_form_for_all_rates(a: tuple[int, int], sign: int) -> None:
    system = RESONATOR.system
    flow = only_flow(system)
    assert flow.kind is FlowKind.COUPLED
    (block,) = coupled_blocks(flow.matrix)
    assert [system.states[k].name for k in block.states] == ["v", "u"]
    with mpmath.workdps(60):
        names = {p.name: p for p in system.parameters}
        values = {p: mpmath.mpf(RESONATOR.parameters[p.name]) for p in system.parameters}
        values[names["a"]] = mpmath.mpf(a[0]) / a[1]
        values[DURATION] = mpmath.mpf("1.3")
        # equal rates are the limit D -> 0 of the quotient sinh(sqrt(D) h)/sqrt(D)
        values[names["a"]] += mpmath.mpf(10) ** -45
        discriminant = value(block.discriminant, values)
        assert mpmath.sign(mpmath.nint(discriminant * 1000)) == sign
        exponential = matrix_value(block.exponential(block.mean, block.discriminant), values)
        matrix, _ = coefficients(system, system.modes[0], values)
        expected = mpmath.expm(matrix * values[DURATION])[:2, :2]
        assert largest(exponential - expected) < mpmath.mpf(10) ** -30


def test_states_are_grouped_by_mutual_dependence() -> None:
    system = Neuron(
        "groups",
        dynamics={"a": "b - a + f", "b": "c - b", "c": "-a", "d": "e", "e": "a - d", "f": "-f"},
    ).system
    assert strong_components(only_flow(system).matrix) == ((0, 1, 2), (3, 4), (5,))
