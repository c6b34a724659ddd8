"""Adjoints of events and arrivals against finite differences of what happens around them.

The oracle runs a stretch of flow, a jump, and a second stretch, in 34 digits: matrix exponentials
for the flows, a root finder for the time of an event. It knows nothing of adjoints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import mpmath
import pytest
from high_precision import coefficients, flow_to, largest, value
from sympy import Expr, Symbol

from saltation.symbolic.adjoint import (
    SPIKE_TIME,
    adjoint_flow,
    adjoint_symbols,
    arrival_adjoint,
    event_adjoint,
    parameter_flow,
)
from saltation.symbolic.models import adaptive_lif, leaky_integrator, lif, lif_delta, lif_refractory
from saltation.symbolic.neuron import Event, Mode, Neuron
from saltation.symbolic.system import HybridSystem, SystemMode

BENT = Neuron(
    "bent",
    modes={
        "a": Mode(
            {"v": "(i + b - v)/tau_m", "i": "-i/tau_s"},
            [Event("v - theta - k*i", reset={"v": "v_r + k*i**2*v", "i": "i*exp(-v/3)"}, to="b")],
        ),
        "b": Mode(
            {"v": "(k - v)/tau_s", "i": "(v - i)/tau_m"},
            [Event("v - 9", reset={"v": "0"}, to="a")],
        ),
    },
    receive={"v": "v + w*(k - v)", "i": "i + w**2*tau_m"},
    parameters={"tau_m": 0.8, "tau_s": 0.5, "theta": 0.4, "v_r": 0.1, "k": 0.3, "b": 0.2},
)
"""A nonlinear reset and arrival, two modes, parameters in every part."""

UNITS = {
    "tau_m": 0.8,
    "tau_s": 0.5,
    "tau_a": 1.5,
    "theta": 0.4,
    "v_r": 0.1,
    "beta": 0.2,
    "t_r": 0.3,
}
TOLERANCE = mpmath.mpf(10) ** -16


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A stretch of flow, a jump, a second stretch; what it costs at the end."""

    system: HybridSystem
    before: SystemMode
    after: SystemMode
    jump: tuple[Expr, ...]
    guard: Expr | None
    cost: list[Any]
    time_cost: Any
    end: Any

    def landing(self, values: Mapping[Symbol, Any], x: list[Any]) -> list[Any]:
        at = {**values, **dict(zip(self.system.states, x, strict=True))}
        return [value(j, at) for j in self.jump]

    def time(self, values: Mapping[Symbol, Any], start: list[Any], guess: Any) -> Any:
        assert self.guard is not None

        def height(t: Any) -> Any:
            x = flow_to(self.system, self.before, values, start, t)
            return value(self.guard, {**values, **dict(zip(self.system.states, x, strict=True))})

        return mpmath.findroot(height, guess)

    def loss(self, values: Mapping[Symbol, Any], start: list[Any], when: Any) -> Any:
        x = flow_to(self.system, self.before, values, start, when)
        y = flow_to(self.system, self.after, values, self.landing(values, x), self.end - when)
        return mpmath.fdot(self.cost, y) + self.time_cost * when


def adjoint_along(
    episode: Episode, mode: SystemMode, values: Mapping[Symbol, Any], nu: list[Any], h: Any
) -> list[Any]:
    """``exp(A^T h) nu``."""
    matrix, _ = coefficients(episode.system, mode, values)
    back = mpmath.expm(matrix.T * h) * mpmath.matrix(nu)
    return list(back)


def parameter_share(
    episode: Episode,
    mode: SystemMode,
    values: Mapping[Symbol, Any],
    start: list[Any],
    nu_end: list[Any],
    h: Any,
) -> dict[Symbol, Any]:
    """The integral of ``nu^T df/dp`` along a stretch, by quadrature."""
    system = episode.system
    shares = {}
    for p, integrand in parameter_flow(system, mode).items():

        def at(t: Any, integrand: Expr = integrand) -> Any:
            x = flow_to(system, mode, values, start, t)
            nu = adjoint_along(episode, mode, values, nu_end, h - t)
            here = dict(zip(system.states, x, strict=True)) | dict(
                zip(adjoint_symbols(system), nu, strict=True)
            )
            return value(integrand, {**values, **here})

        shares[p] = mpmath.quad(at, [0, h], method="gauss-legendre", maxdegree=4)
    return shares


def difference(function: Callable[[Any], Any], at: Any) -> Any:
    step = mpmath.mpf(10) ** -10
    return (function(at + step) - function(at - step)) / (2 * step)


EVENTS = [
    (lif, 0, ["0.1", "2"]),
    (adaptive_lif, 0, ["0.1", "2", "0.05"]),
    (lif_refractory, 0, ["0.1", "2", "0.02"]),
    (lif_refractory, 1, ["0.1", "2", "0.02"]),
    (BENT, 0, ["0.1", "2"]),
]


@pytest.mark.parametrize(("neuron", "index", "start"), EVENTS, ids=lambda x: getattr(x, "name", ""))
def test_an_event_has_the_derivatives_of_what_happens_around_it(
    neuron: Neuron, index: int, start: list[str]
) -> None:
    system = neuron.system
    mode = system.modes[index]
    event = mode.events[0]
    with mpmath.workdps(34):
        episode = Episode(
            system=system,
            before=mode,
            after=system.modes[event.target],
            jump=event.reset,
            guard=event.guard,
            cost=[mpmath.mpf(k + 2) / 3 for k in range(len(system.states))],
            time_cost=mpmath.mpf("0.6"),
            end=mpmath.mpf("1.1"),
        )
        values = {
            p: mpmath.mpf(str((UNITS | dict(BENT.parameters))[p.name])) for p in system.parameters
        }
        x0 = [mpmath.mpf(x) for x in start]
        when = episode.time(values, x0, mpmath.mpf("0.25"))
        assert 0 < when < episode.end
        nu0, gradient = _through_event(
            episode, event_adjoint(system, mode, event), values, x0, when
        )

        for k in range(len(x0)):

            def by_state(x: Any, k: int = k) -> Any:
                moved = [*x0[:k], x, *x0[k + 1 :]]
                return episode.loss(values, moved, episode.time(values, moved, when))

            assert abs(difference(by_state, x0[k]) - nu0[k]) < TOLERANCE
        for p in system.parameters:

            def by_parameter(x: Any, p: Symbol = p) -> Any:
                moved = values | {p: x}
                return episode.loss(moved, x0, episode.time(moved, x0, when))

            assert abs(difference(by_parameter, values[p]) - gradient[p]) < TOLERANCE


def _through_event(
    episode: Episode, adjoint: Any, values: dict[Symbol, Any], x0: list[Any], when: Any
) -> tuple[list[Any], dict[Symbol, Any]]:
    """Go backwards through an episode by the rules of an event's adjoint."""
    system = episode.system
    x = flow_to(system, episode.before, values, x0, when)
    rest = episode.end - when
    y = episode.landing(values, x)
    nu = adjoint_along(episode, episode.after, values, episode.cost, rest)
    gradient = dict.fromkeys(system.parameters, mpmath.mpf(0))
    for p, share in parameter_share(episode, episode.after, values, y, episode.cost, rest).items():
        gradient[p] += share
    here = values | dict(zip(system.states, x, strict=True))
    here |= dict(zip(adjoint_symbols(system), nu, strict=True))
    jump = adjoint.jump
    sigma = value(jump.sensitivity, here) + episode.time_cost
    ratio = sigma / value(adjoint.slope, here)
    before = [
        value(pulled, here) - ratio * value(slope, here)
        for pulled, slope in zip(jump.pulled, adjoint.gradient, strict=True)
    ]
    for p, share in jump.parameters.items():
        gradient[p] += value(share, here)
    for p, slope in adjoint.guard_parameters.items():
        gradient[p] -= ratio * value(slope, here)
    for p, share in parameter_share(episode, episode.before, values, x0, before, when).items():
        gradient[p] += share
    return adjoint_along(episode, episode.before, values, before, when), gradient


@pytest.mark.parametrize(
    "neuron", [leaky_integrator, lif_delta, adaptive_lif, BENT], ids=lambda n: n.name
)
def test_an_arrival_has_the_derivatives_of_what_happens_around_it(neuron: Neuron) -> None:
    system = neuron.system
    mode, port = system.modes[0], system.ports[0]
    with mpmath.workdps(34):
        values = {
            p: mpmath.mpf(str((UNITS | dict(BENT.parameters))[p.name])) for p in system.parameters
        }
        values[system.weight] = mpmath.mpf("0.35")
        episode = Episode(
            system=system,
            before=mode,
            after=mode,
            jump=port.jump,
            guard=None,
            cost=[mpmath.mpf(k + 2) / 3 for k in range(len(system.states))],
            time_cost=mpmath.mpf(0),
            end=mpmath.mpf("1.1"),
        )
        x0 = [mpmath.mpf(k + 1) / 5 for k in range(len(system.states))]
        when = mpmath.mpf("0.4")
        adjoint = arrival_adjoint(system, mode, port)
        x = flow_to(system, mode, values, x0, when)
        nu = adjoint_along(episode, mode, values, episode.cost, episode.end - when)
        here = values | dict(zip(system.states, x, strict=True))
        here |= dict(zip(adjoint_symbols(system), nu, strict=True))

        at_time = difference(lambda t: episode.loss(values, x0, t), when)
        assert abs(at_time - value(adjoint.sensitivity, here)) < TOLERANCE
        by_weight = difference(
            lambda w: episode.loss(values | {system.weight: w}, x0, when), values[system.weight]
        )
        assert abs(by_weight - value(adjoint.weight, here)) < TOLERANCE
        before = [value(pulled, here) for pulled in adjoint.pulled]
        nu0 = adjoint_along(episode, mode, values, before, when)
        for k in range(len(x0)):

            def by_state(z: Any, k: int = k) -> Any:
                return episode.loss(values, [*x0[:k], z, *x0[k + 1 :]], when)

            assert abs(difference(by_state, x0[k]) - nu0[k]) < TOLERANCE
        for p, share in adjoint.parameters.items():

            def by_jump(z: Any, p: Symbol = p) -> Any:
                y = episode.landing(values | {p: z}, x)
                return mpmath.fdot(nu, y)

            assert abs(difference(by_jump, values[p]) - value(share, here)) < TOLERANCE


def test_the_adjoint_equation_is_minus_the_transposed_jacobian() -> None:
    system = BENT.system
    with mpmath.workdps(30):
        values = {p: mpmath.mpf(BENT.parameters[p.name]) for p in system.parameters}
        nu = [mpmath.mpf(2), mpmath.mpf(-3)]
        here = values | dict(zip(adjoint_symbols(system), nu, strict=True))
        for mode in system.modes:
            matrix, _ = coefficients(system, mode, values)
            expected = -(matrix.T * mpmath.matrix(nu))
            ours = [value(change, here) for change in adjoint_flow(system, mode)]
            assert largest(mpmath.matrix(ours) - expected) < TOLERANCE


@pytest.mark.parametrize(
    ("neuron", "index", "kept"),
    [
        (lif, 0, "i"),
        (lif_delta, 0, ""),
        (adaptive_lif, 0, "i a"),
        (lif_refractory, 0, "i"),
        (lif_refractory, 1, "v i"),
    ],
    ids=lambda x: getattr(x, "name", ""),
)
def test_only_states_that_the_backward_pass_needs_are_kept(
    neuron: Neuron, index: int, kept: str
) -> None:
    mode = neuron.system.modes[index]
    adjoint = event_adjoint(neuron.system, mode, mode.events[0])
    assert [x.name for x in adjoint.kept] == kept.split()


def test_names_of_the_mathematics_are_free_for_models() -> None:
    """A model's own e, sigma, h and nu_v are not those of the adjoint."""

    def declared(*names: str) -> Neuron:
        e, sigma, nu_v, h = names
        return Neuron(
            "named",
            dynamics={"v": f"({e} - v + {h})/{sigma}", h: f"-{h}*{nu_v}"},
            threshold=f"v - {sigma}",
            reset={"v": f"{e}*{nu_v}", h: f"{h} + {e}"},
            receive={"v": f"v + w*({e} - v)"},
            parameters={e: 1.5, sigma: 1.0, nu_v: 0.5},
        )

    plain, taken = declared("p", "q", "r", "z"), declared("e", "sigma", "nu_v", "h")
    back = dict(
        zip(
            (*taken.system.parameters, *taken.system.states),
            (*plain.system.parameters, *plain.system.states),
            strict=True,
        )
    )
    back |= dict(zip(adjoint_symbols(taken.system), adjoint_symbols(plain.system), strict=True))
    found, expected = (
        event_adjoint(n.system, n.system.modes[0], n.system.modes[0].events[0])
        for n in (taken, plain)
    )
    assert SPIKE_TIME not in taken.system.parameters
    renamed = found.jump.sensitivity.xreplace(back)
    assert (renamed - expected.jump.sensitivity).expand() == 0
    assert [e.xreplace(back) for e in found.jump.pulled] == list(expected.jump.pulled)
