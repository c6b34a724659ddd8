"""Derivations: numbers, keys, and what the equations say."""

from __future__ import annotations

import pickle
import random
from typing import Any

import mpmath
import pytest
from high_precision import coefficients, flow_to, largest, matrix_value, value
from proofs import printed_with_seeds
from sympy import Eq, Symbol

from saltation.symbolic.derivation import Derivation, derive, derive_observed
from saltation.symbolic.equations import Relation
from saltation.symbolic.errors import UnknownNameError
from saltation.symbolic.flow import FlowKind
from saltation.symbolic.models import adaptive_lif, lif, lif_refractory
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.observation import ObservedSystem

from .derived_models import MODELS, NONLINEAR, RAMP, RESONATOR

named = pytest.mark.parametrize("neuron", MODELS, ids=lambda n: n.name)


def symbols(derivation: Derivation) -> dict[str, Symbol]:
    return {s.name: s for s in derivation.names if isinstance(s, Symbol)}


@named
def test_equations_are_numbered_in_order_and_keys_are_unique(neuron: Neuron) -> None:
    equations = neuron.derive().equations
    assert [e.number for e in equations] == list(range(1, len(equations) + 1))
    assert len({e.key for e in equations}) == len(equations)


@named
def test_every_symbol_of_an_equation_is_known_by_name(neuron: Neuron) -> None:
    derivation = neuron.derive()
    bound = {"t", "s"}
    for equation in derivation.equations:
        free = equation.left.free_symbols | equation.right.free_symbols
        assert {s.name for s in free - set(derivation.names)} <= bound


def test_an_equation_is_found_by_its_key_and_cited_by_its_number() -> None:
    derivation = lif.derive()
    equation = derivation["adjoint", "default", "v"]
    assert equation.tag == derivation.tag("adjoint", "default", "v") == "(5)"
    assert derivation.cite("adjoint", "default") == (
        "(5) dnu_v/dt = nu_v/tau_m",
        "(6) dnu_i/dt = nu_i/tau_s - nu_v/tau_m",
    )
    assert derivation["delay"].relation is Relation.ADDS
    assert isinstance(equation.equality, Eq)


def test_an_unknown_key_is_an_error_that_names_similar_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"'default', 'u'.*'adjoint', 'default', 'v'"):
        lif.derive()["adjoint", "default", "u"]


def test_every_part_of_a_model_has_its_equations() -> None:
    kinds = {e.key[0] for e in lif.derive().equations}
    assert kinds == {
        "dynamics",
        "flow",
        "adjoint",
        "adjoint_map",
        "integral",
        "gradient",
        "guard",
        "slope",
        "surface",
        "chain",
        "rate",
        "reset",
        "pulled",
        "sensitivity",
        "before",
        "event_gradient",
        "jump",
        "arrival",
        "weight",
        "time",
        "delay",
        "cause",
        "initial",
    }


def test_a_nonlinear_flow_has_its_adjoint_and_jumps_but_no_map() -> None:
    derivation = NONLINEAR.derive()
    assert derivation.modes[0].kind is FlowKind.NONLINEAR
    kinds = {e.key[0] for e in derivation.equations}
    assert {"adjoint", "integral", "before", "time"} <= kinds
    assert not kinds & {"flow", "adjoint_map", "gradient", "chain"}


def test_a_coupled_flow_has_its_matrix_and_the_closed_form_of_its_pair() -> None:
    derivation = RESONATOR.derive()
    assert derivation.modes[0].kind is FlowKind.COUPLED
    system = RESONATOR.system
    with mpmath.workdps(40):
        values: dict[Any, Any] = {p: mpmath.mpf(k + 2) / 7 for k, p in enumerate(system.parameters)}
        h = mpmath.mpf("0.8")
        matrix, drive = coefficients(system, system.modes[0], values)
        shown = derivation["matrix", "default"].right
        assert largest(matrix_value(shown, values) - matrix) < mpmath.mpf(10) ** -35
        assert value(derivation["drive", "default"].right[2], values) == drive[2]
        names = symbols(derivation)
        here = values | {
            names["h"]: h,
            names["m_v,u"]: value(derivation["mean", "default", "v", "u"].right, values),
            names["D_v,u"]: value(derivation["discriminant", "default", "v", "u"].right, values),
        }
        exponential = mpmath.expm(matrix * h)
        for i, x in enumerate("vu"):
            for j, y in enumerate("vu"):
                entry = value(derivation["exponential", "default", x, y].right, here)
                assert abs(entry - exponential[i, j]) < mpmath.mpf(10) ** -35


@pytest.mark.parametrize("neuron", [lif, adaptive_lif, RAMP], ids=lambda n: n.name)
def test_maps_and_closed_gradients_are_the_integrals_along_the_flow(neuron: Neuron) -> None:
    """The equations as they are shown: x(h), nu(0), and dL/dp twice, against quadrature."""
    system, derivation = neuron.system, neuron.derive()
    mode, names = system.modes[0], symbols(derivation)
    generator = random.Random(2)
    with mpmath.workdps(30):
        h = mpmath.mpf("0.6")
        values: dict[Any, Any] = {
            p: mpmath.mpf(0.5 + generator.random()) for p in system.parameters
        }
        start = [mpmath.mpf(generator.random()) for _ in system.states]
        nu_end = [mpmath.mpf(generator.random()) for _ in system.states]
        matrix, _ = coefficients(system, mode, values)
        here = values | {names["h"]: h}
        for x, x0, nu in zip(system.states, start, nu_end, strict=True):
            here |= {names[f"{x.name}(0)"]: x0, names[f"nu_{x.name}(h)"]: nu}
        end = flow_to(system, mode, values, start, h)
        nu_start = mpmath.expm(matrix.T * h) * mpmath.matrix(nu_end)
        for k, x in enumerate(system.states):
            assert abs(value(derivation["flow", "default", x.name].right, here) - end[k]) < 1e-25
            back = derivation["adjoint_map", "default", x.name].right
            assert abs(value(back, here) - nu_start[k]) < 1e-25
        for equation in derivation.find("integral", "default"):
            integrand = equation.right.function

            def at(t: Any, integrand: Any = integrand) -> Any:
                nu = mpmath.expm(matrix.T * (h - t)) * mpmath.matrix(nu_end)
                along = dict(values)
                along |= dict(
                    zip(system.states, flow_to(system, mode, values, start, t), strict=True)
                )
                along |= {names[f"nu_{x.name}"]: nu[k] for k, x in enumerate(system.states)}
                return value(integrand, along)

            integral = mpmath.quad(at, [0, h], method="gauss-legendre", maxdegree=4)
            closed = derivation[("gradient", *equation.key[1:])].right
            assert abs(value(closed, here) - integral) < mpmath.mpf(10) ** -20


def test_the_shown_jump_is_the_rule_with_its_symbols() -> None:
    derivation = lif_refractory.derive()
    s = symbols(derivation)
    assert derivation["before", 1, "c"].right == -s["sigma"] / s["gdot"]
    assert derivation["before", 1, "v"].right == s["nu_v^+"]
    assert derivation["event_gradient", 1, "t_r"].right == s["sigma"] / s["gdot"]
    assert derivation["slope", 1].right == 1
    assert derivation["sensitivity", 0].right == s["e"] - s["nu_c^+"]


@pytest.mark.parametrize("power", [1, 2])
def test_observing_keeps_the_numbers_of_the_model(power: int) -> None:
    v, i = lif.system.states
    plain = derive(lif.system)
    observed = derive_observed(
        ObservedSystem(lif.system, maxima=(v,), integrals=(v**power,), samples=(i + v,))
    )
    numbers = {e.key: e.number for e in plain.equations}
    shared = [e for e in observed.equations if e.key in numbers]
    # the square makes the flow nonlinear: it has no map, whose numbers are left out
    assert (len(shared) == len(numbers)) is (power == 1)
    assert all(e.number == numbers[e.key] for e in shared)
    more = [e for e in observed.equations if e.key not in numbers]
    assert [e.number for e in more] == [len(numbers) + 1 + k for k in range(len(more))]
    nu_q = symbols(observed)["nu_sal_integral_0"]
    before, now = (d["adjoint", "default", "v"].right for d in (plain, observed))
    assert (now - before + (v**power).diff(v) * nu_q).expand() == 0


def test_a_maximum_and_a_sample_have_values_slopes_and_adjoints() -> None:
    v, i = lif.system.states
    tau_m = lif.system.parameters[0]
    observed = derive_observed(ObservedSystem(lif.system, maxima=(v,), samples=(i * tau_m,)))
    c = symbols(observed)["c"]
    assert observed["maximum", 0].right == v
    assert observed["maximum_slope", 0, "default"].right == (i - v) / tau_m
    assert observed["maximum_adjoint", 0, "v"].right == c
    assert observed["sample_adjoint", 0, "i"].right == c * tau_m
    assert observed["sample_gradient", 0, "tau_m"].right == c * i
    slope = observed["slope_chain", 0, "default", 0].right
    assert (slope + (i - v) / tau_m).expand() == 0


def test_a_derivation_is_made_once_and_does_not_change() -> None:
    derivation = derive(lif.system)
    assert derive(lif.system) is derivation
    with pytest.raises(AttributeError):
        derivation.equations = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        derivation.names[lif.system.states[0]] = "x"  # type: ignore[index]


def test_symbols_of_the_mathematics_survive_pickling() -> None:
    equation = lif.derive()["sensitivity", 0]
    assert pickle.loads(pickle.dumps(equation)) == equation


def test_the_text_does_not_depend_on_the_seed_of_hashes() -> None:
    code = "from saltation.symbolic.models import *; print(adaptive_lif.derive().latex())"
    texts = printed_with_seeds(code, "1", "2")
    assert len(texts) == 1
    assert "nu_{a}" in texts.pop()
