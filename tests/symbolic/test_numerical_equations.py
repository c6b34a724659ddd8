"""The equations of flows that are computed numerically."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

import mpmath
import pytest
from high_precision import value
from sympy import Expr, Float, Symbol

from saltation.symbolic.derivation import derive_observed
from saltation.symbolic.derivation_text import derivation_text
from saltation.symbolic.models import adex, egru, hodgkin_huxley, lif, lif_refractory, qif
from saltation.symbolic.neuron import Event, Mode, Neuron
from saltation.symbolic.observation import ObservedSystem
from saltation.symbolic.plain_printer import plain
from saltation.symbolic.quantity import Quantity

from .derived_models import MODELS, NONLINEAR

NONLINEAR_FLOWS = {
    *("nonlinear", "quadratic_refractory", "adex", "egru", "eif", "hodgkin_huxley", "izhikevich"),
    *("lif_conductance", "qif", "theta_neuron"),
}

QUADRATIC = Neuron(
    "quadratic_refractory",
    modes={
        "on": Mode(
            {"v": "v**2/tau + i", "i": "-i/tau_s", "c": "0"},
            [Event("v - theta", reset={"v": "v_r"}, to="off")],
        ),
        "off": Mode(
            {"v": "0", "i": "-i/tau_s", "c": "1"},
            [Event("c - t_r", reset={"c": "0"}, to="on", spike=False)],
        ),
    },
    receive={"i": "i + w"},
    parameters={"tau": 0.01, "tau_s": 5e-3, "theta": 1.0, "v_r": -0.1, "t_r": 2e-3},
)

STEP_KINDS = {
    "step",
    "step_dense",
    "step_adjoint",
    "step_rate",
    "handed",
    "guard_polynomial",
    "step_slope",
    "step_sensitivity",
    "step_time",
}


@pytest.mark.parametrize("neuron", [*MODELS, QUADRATIC], ids=lambda n: n.name)
def test_only_models_with_a_nonlinear_flow_show_steps(neuron: Neuron) -> None:
    derivation = neuron.derive()
    kinds = {e.key[0] for e in derivation.equations}
    assert derivation.numerical is (neuron.name in NONLINEAR_FLOWS)
    assert kinds & STEP_KINDS == (STEP_KINDS if derivation.numerical else set())


def test_a_linear_mode_beside_a_nonlinear_one_is_computed_in_steps_too() -> None:
    derivation = QUADRATIC.derive()
    for mode in ("on", "off"):
        assert len(derivation.cite("step", mode)) == 3
        assert len(derivation.cite("step_adjoint", mode)) == 5
        assert len(derivation.cite("step_rate", mode)) == 1
    assert not derivation.find("flow")
    assert not derivation.find("chain")
    assert "another mode's is not" in derivation["dynamics", "off", "v"].note


def test_a_state_with_a_constant_rate_has_that_rate_by_the_length_of_a_step() -> None:
    derivation = QUADRATIC.derive()
    assert plain(derivation["handed", "off"].right) == "F_i nu_i^- + nu_c^-"
    assert plain(derivation["handed", "on"].right) == "F_i nu_i^- + F_v nu_v^-"
    assert plain(derivation["step_slope", 1].right) == "1"
    assert plain(derivation["step_sensitivity", 0].right) == "F_i nuhat_i + e - rho^+"
    assert plain(derivation["step_time", "default", "off"].right) == "F_i nu_i^- + nu_c^- - rho^+"


def test_a_step_and_its_adjoint_read_as_in_the_literature() -> None:
    derivation = NONLINEAR.derive()
    lines = [line.split(") ", 1)[1] for line in derivation.cite("step", "default")]
    assert lines == [
        "X_0 = x(0)",
        "X_(k+1) = (h'/(1 + k)) f_k",
        "x(h') = sum_(k<=p) X_k",
    ]
    lines = [line.split(") ", 1)[1] for line in derivation.cite("step_adjoint", "default")]
    assert lines == [
        "Lambda_k = (h'/(1 + k)) Xi_(k+1)",
        "Xi_k = nu(h') + sum_(k<=m<p) J_(m-k)^T Lambda_m",
        "sum_k J_k theta'^k = df/dx(x(theta' h'))",
        "nu(0) = Xi_0",
        "dL/dp += sum_(k<p) (df/dp)_k^T Lambda_k",
    ]
    assert plain(derivation["step_rate", "default", "end"].right) == "sum_(k<=p) (k/h') X_k"
    assert derivation.equation_latex("step", "default", "coefficient", "next") == (
        r"X_{k+1} = \frac{h'}{1 + k} f_{k}"
    )
    assert plain(derivation["guard_polynomial", 0].right) == "sum_(k<=p) g_k theta'^k"


@pytest.mark.parametrize("neuron", [lif, lif_refractory, QUADRATIC], ids=lambda n: n.name)
def test_a_maximum_has_a_polynomial_of_its_slope_where_its_model_is_numerical(
    neuron: Neuron,
) -> None:
    v = neuron.system.states[0]
    derivation = derive_observed(ObservedSystem(neuron.system, maxima=(v,)))
    shown = {e.key[-1] for e in derivation.find("slope_polynomial", 0)}
    assert shown == ({"on", "off"} if neuron is QUADRATIC else set())
    if neuron is QUADRATIC:
        bend = derivation["maximum_bend", 0, "on"].right
        rate = neuron.system.modes[0].flow
        tau = neuron.system.parameters[0]
        assert (bend - (2 * v / tau * rate[0] + rate[1])).simplify() == 0


def test_a_nonlinear_integral_makes_a_linear_model_numerical() -> None:
    v = lif.system.states[0]
    derivation = derive_observed(ObservedSystem(lif.system, integrals=(v**2,)))
    assert derivation.numerical
    assert derivation.tag("step", "default", "end")
    assert not lif.derive().numerical


@pytest.mark.parametrize(
    "neuron", [NONLINEAR, QUADRATIC, adex, hodgkin_huxley], ids=lambda n: n.name
)
def test_what_steps_give_tends_to_the_rule_as_they_shrink(neuron: Neuron) -> None:
    """In the limit F is f, and rho^+ is (nu^+)^T f(x^+): then both forms of sigma agree."""
    derivation, system = neuron.derive(), neuron.system
    names = {s.name: s for s in derivation.names if isinstance(s, Symbol)}
    modes = {mode.name: mode for mode in system.modes}
    generator = random.Random(3)
    values = {s: Float(0.3 + generator.random(), 30) for s in names.values()}

    def limit(key: tuple[Any, ...], before: str, after: str, jump: Sequence[Any]) -> Any:
        landing = dict(zip(system.states, jump, strict=True))
        handed = sum(
            names[f"nu_{x.name}^+"] * f.subs(landing, simultaneous=True)
            for x, f in zip(system.states, modes[after].flow, strict=True)
        )
        rates = {
            names[f"F_{x.name}"]: f
            for x, f in zip(system.states, modes[before].flow, strict=True)
            if f"F_{x.name}" in names
        }
        return derivation[key].right.subs(rates | {names["rho^+"]: handed})

    for event in derivation.events:
        k = event.index
        pulled = {names[f"nuhat_{e.key[2]}"]: e.right for e in derivation.find("pulled", k)}
        reset = [e.right for e in derivation.find("reset", k)]
        sigma = limit(("step_sensitivity", k), event.mode.name, event.target, reset).subs(pulled)
        assert abs((sigma - derivation["sensitivity", k].right).evalf(25, subs=values)) < 1e-15
        slope = limit(("step_slope", k), event.mode.name, event.target, reset)
        assert abs((slope - derivation["slope", k].right).evalf(25, subs=values)) < 1e-15
    for mode in system.modes:
        for port in neuron.ports:
            jump = [e.right for e in derivation.find("jump", port)]
            before = {names[f"nu_{e.key[2]}^-"]: e.right for e in derivation.find("arrival", port)}
            sigma = limit(("step_time", port, mode.name), mode.name, mode.name, jump).subs(before)
            rule = derivation["time", port, mode.name].right
            assert abs((sigma - rule).evalf(25, subs=values)) < 1e-15


def along(flow: Expr, values: dict[Any, Any], h: Symbol, s: Any) -> Any:
    return value(flow, values | {h: s})


@pytest.mark.parametrize("neuron", [QUADRATIC, egru, hodgkin_huxley], ids=lambda n: n.name)
def test_what_drives_a_flow_follows_its_own_dynamics(neuron: Neuron) -> None:
    """The closed form is the state at h = 0, and its derivative by h is the rate of change."""
    derivation, system = neuron.derive(), neuron.system
    names = {s.name: s for s in derivation.names if isinstance(s, Symbol)}
    h = next(s for s in names.values() if s.name.rstrip("'") == "h" and isinstance(s, Quantity))
    for mode in system.modes:
        flows = {e.key[2]: e.right for e in derivation.find("step_drive_flow", mode.name)}
        assert flows
        generator = random.Random(5)
        with mpmath.workdps(40):
            values: dict[Any, Any] = {
                s: mpmath.mpf(0.3 + generator.random()) for s in names.values()
            }
            end = {s: value(flows[s.name], values) for s in system.states if s.name in flows}
            for x, f in zip(system.states, mode.flow, strict=True):
                if x.name not in flows:
                    continue
                start = value(flows[x.name], values | {h: mpmath.mpf(0)})
                assert abs(start - values[names[f"{x.name}(0)"]]) < 1e-35
                flow = partial(along, flows[x.name], values, h)
                slope = mpmath.diff(flow, values[h])
                assert abs(slope - value(f, values | end)) < 1e-15


CHAINED = Neuron(
    "chained",
    dynamics={"v": "v**2 + j", "j": "(i - j)/tau_r", "i": "(d - i)/tau_s"},
    threshold="v - 1",
    reset={"v": "0"},
    receive={"i": "i + w"},
    parameters={"tau_r": 1e-3, "tau_s": 5e-3, "d": 0.1},
)


@pytest.mark.parametrize(
    ("sign", "explained"),
    [
        ("E(h; -1/tau_r", "E(h; r_1, ..., r_k) is the divided difference"),
        ("Phi(h) y", "Phi(h) is the matrix by which they follow"),
        ("+ psi(h)", "to which they add psi(h)"),
        ("f_y(y(h))", "f_y is the rate of y"),
        ("F_y =", "F_y are its rows of F"),
    ],
)
def test_signs_of_driving_states_are_explained_where_they_are_first_used(
    sign: str, explained: str
) -> None:
    text = " ".join(CHAINED.derive().text().split())
    assert -1 < text.find(explained) < text.find(sign)


def test_a_derivation_without_its_gradient_has_no_adjoints() -> None:
    forward = derivation_text(CHAINED.derive(), gradient=False)
    assert not re.search(r"\bnu_|dL/|Lambda|sigma|rho", forward)
    assert "X_(k+1)" in forward


def test_a_state_that_is_watched_drives_nothing() -> None:
    v, i = qif.system.states
    names = [e.key[2] for e in qif.derive().find("step_drive_flow")]
    assert names == ["i"]
    observed = derive_observed(ObservedSystem(qif.system, maxima=(i,)))
    assert not observed.find("step_drive_flow")
    assert not observed.find("step_drive")
    assert derive_observed(ObservedSystem(qif.system, maxima=(v,))).find("step_drive")
    lines = [line.split(") ", 1)[1] for line in qif.derive().cite("step_drive", "default")]
    assert lines == [
        "y(h) = Phi(h) y(0)",
        "nu_y(0) = Phi(h)^T nu_y(h) + Xi_0,y",
        "dL/dp += dy(h)/dp^T nu_y(h)",
        "F_y = f_y(y(h))",
    ]
