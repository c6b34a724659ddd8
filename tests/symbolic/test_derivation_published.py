r"""The derivation of LIF is EventProp: Wunderlich & Pehle (2021), Sci Rep 11:12829, tables 1 and 2.

They attach multipliers to the dynamics, ``lambda_V (tau_mem dV/dt + V - I)`` and
``lambda_I (tau_syn dI/dt + I)``. Integrating by parts over a stretch, the term at its start is
``-lambda_V tau_mem dV - lambda_I tau_syn dI``, and everything else vanishes by their adjoint
equations, so that

.. math:: \nu_V = dL/dV = -\tau_{mem} \lambda_V, \qquad \nu_I = dL/dI = -\tau_{syn} \lambda_I.

Their threshold is ``V = theta``, their reset ``V -> 0``, a spike adds ``w`` to the targets' ``I``
without a delay, and the prime is the derivative in reverse time.
"""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr, Function, Symbol, exp, simplify

from saltation.symbolic.derivation import Derivation, derive, derive_observed
from saltation.symbolic.models import lif
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.observation import ObservedSystem

V, CURRENT = lif.system.states
TAU_MEM, TAU_SYN, THETA, V_R = lif.system.parameters
LAMBDA_V, LAMBDA_I = Symbol("lambda_V", real=True), Symbol("lambda_I", real=True)
W = lif.system.weight


def named(derivation: Derivation) -> Mapping[str, Symbol]:
    return {s.name: s for s in derivation.names if isinstance(s, Symbol)}


def in_lambda(derivation: Derivation, expression: Expr, mark: str = "") -> Expr:
    """Write nu as lambda, and their reset to zero."""
    names = named(derivation)
    return expression.subs(
        {
            names[f"nu_v{mark}"]: -TAU_MEM * LAMBDA_V,
            names[f"nu_i{mark}"]: -TAU_SYN * LAMBDA_I,
            V_R: 0,
        }
    )


def test_the_free_dynamics_are_theirs() -> None:
    derivation = derive(lif.system)
    v, i = (derivation["dynamics", "default", x].right for x in "vi")
    assert simplify(TAU_MEM * v - (-V + CURRENT)) == 0
    assert simplify(TAU_SYN * i - (-CURRENT)) == 0


def test_the_adjoint_dynamics_are_theirs_in_reverse_time() -> None:
    derivation = derive(lif.system)
    # nu_v = -tau_mem lambda_V, and the prime is -d/dt
    lambda_v_prime = -in_lambda(derivation, derivation["adjoint", "default", "v"].right) / -TAU_MEM
    lambda_i_prime = -in_lambda(derivation, derivation["adjoint", "default", "i"].right) / -TAU_SYN
    assert simplify(TAU_MEM * lambda_v_prime - (-LAMBDA_V)) == 0
    assert simplify(TAU_SYN * lambda_i_prime - (-LAMBDA_I + LAMBDA_V)) == 0


def test_the_gradient_by_a_weight_samples_minus_tau_syn_lambda_i() -> None:
    derivation = derive(lif.system)
    weight = in_lambda(derivation, derivation["weight", "default"].right, "^+")
    assert weight == -TAU_SYN * LAMBDA_I


def test_a_spike_sends_back_the_weighted_difference_of_lambdas() -> None:
    """The entry of ``W^T (lambda_V^+ - lambda_I)`` that belongs to one target."""
    derivation = derive(lif.system)
    sigma = in_lambda(derivation, derivation["time", "default", "default"].right, "^+")
    assert simplify(sigma - W * (LAMBDA_V - LAMBDA_I)) == 0
    assert derivation["cause"].right == derivation["delay"].right == named(derivation)["sigma"]


def jump(derivation: Derivation) -> tuple[Expr, Expr]:
    """``lambda_V^-`` as we derive it, and ``dV/dt`` just before the spike, on the threshold."""
    names = named(derivation)
    slope = derivation["slope", 0].right.subs(V, THETA)
    sigma = in_lambda(derivation, derivation["sensitivity", 0].right.subs(V, THETA), "^+")
    before = in_lambda(derivation, derivation["before", 0, "v"].right, "^+")
    before = before.subs({names["sigma"]: sigma, names["gdot"]: slope})
    return before / -TAU_MEM, slope


def test_the_jump_at_a_spike_is_theirs() -> None:
    derivation = derive(lif.system)
    ours, v_dot = jump(derivation)
    assert simplify(v_dot - (CURRENT - THETA) / TAU_MEM) == 0
    # e: the loss's dl_p/dt_post and the targets' W^T (lambda_V^+ - lambda_I)
    e = named(derivation)["e"]
    theirs = LAMBDA_V + (THETA * LAMBDA_V + e) / (TAU_MEM * v_dot)
    assert simplify(ours - theirs) == 0


def test_lambda_i_passes_a_spike_of_its_own_neuron_unchanged() -> None:
    derivation = derive(lif.system)
    assert in_lambda(derivation, derivation["before", 0, "i"].right, "^+") == -TAU_SYN * LAMBDA_I


def test_a_loss_on_the_voltage_enters_as_theirs_does() -> None:
    """``-dl_V/dV`` in the adjoint dynamics, ``l_V^- - l_V^+`` in the jump."""
    loss = Function("loss")(V)
    for l_v in (exp(V / 3) + V**2, loss):
        observed = derive_observed(ObservedSystem(lif.system, integrals=(l_v,)))
        nu_q = named(observed)["nu_sal_integral_0"]
        right = in_lambda(observed, observed["adjoint", "default", "v"].right)
        lambda_v_prime = (-right / -TAU_MEM).subs(nu_q, 1)
        assert simplify(TAU_MEM * lambda_v_prime - (-LAMBDA_V - l_v.diff(V))) == 0
        names = named(observed)
        ours, v_dot = jump(observed)
        ours = ours.subs({names["nu_sal_integral_0^+"]: 1})
        step = l_v.subs(V, THETA) - l_v.subs(V, 0)
        theirs = LAMBDA_V + (THETA * LAMBDA_V + names["e"] + step) / (TAU_MEM * v_dot)
        assert simplify(ours - theirs) == 0


def test_subtracting_the_threshold_has_the_same_jump_and_gradient() -> None:
    """At ``V = theta`` the reset ``V -> V - theta`` lands where ``V -> 0`` does."""
    subtracting = Neuron(
        "subtracting",
        dynamics={"v": "(i - v)/tau_m", "i": "-i/tau_s"},
        threshold="v - theta",
        reset={"v": "v - theta"},
        receive={"i": "i + w"},
        parameters={"tau_m": 20e-3, "tau_s": 5e-3, "theta": 1.0},
    )
    results = []
    for system in (lif.system, subtracting.system):
        derivation = derive(system)
        names = named(derivation)
        ours, slope = jump(derivation)
        sigma = derivation["sensitivity", 0].right.subs({V: THETA, V_R: 0})
        theta = derivation["event_gradient", 0, "theta"].right
        results.append((ours, theta.subs({names["sigma"]: sigma, names["gdot"]: slope})))
    for one, other in zip(*results, strict=True):
        assert simplify(one - other) == 0
