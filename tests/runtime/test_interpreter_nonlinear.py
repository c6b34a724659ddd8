"""Nonlinear flows, guards, jumps and observations in the interpreter, against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import pytest
from mpmath import mp
from proofs import model
from single_neuron import Single, run_single

from saltation.symbolic.errors import NonFiniteError
from saltation.symbolic.models import adex, eif, hodgkin_huxley, izhikevich, qif, theta_neuron

DIGITS = 36


def _exact(value: Any, expected: Any, digits: int = DIGITS - 4) -> None:
    """Assert that two numbers agree to so many digits."""
    mine = mpmath.mpf(str(value))
    assert abs(mine - expected) <= abs(expected) * mpmath.mpf(10) ** -digits, (mine, expected)


CLOSED_FORMS: dict[str, tuple[str, float, Callable[[Any], Any]]] = {
    "quadratic": ("x**2 + 4", 0.0, lambda t: 2 * mp.tan(2 * t)),
    "quadratic between its rests": ("x**2 - 1", 0.5, lambda t: -mp.tanh(t - mp.atanh(0.5))),
    "logistic": ("3*x*(1 - x)", 0.25, lambda t: 1 / (1 + 3 * mp.exp(-3 * t))),
    "bernoulli": ("x - x**3", 0.5, lambda t: 1 / mp.sqrt(1 + 3 * mp.exp(-2 * t))),
    "exponential": ("exp(-x)", 0.0, lambda t: mp.log(1 + t)),
    "gompertz": ("-x*log(x)", 0.5, lambda t: mp.exp(mp.log(0.5) * mp.exp(-t))),
    "reciprocal": ("1/x", 1.0, lambda t: mp.sqrt(1 + 2 * t)),
    "rational": ("(1 + x**2)/(2*x)", 1.0, lambda t: mp.sqrt(2 * mp.exp(t) - 1)),
    "tanh": ("tanh(x)", 0.5, lambda t: mp.asinh(mp.sinh(0.5) * mp.exp(t))),
    "root": ("-sqrt(x)", 4.0, lambda t: (2 - t / 2) ** 2),
    "riccati in time": ("1 + (x - t)**2", 0.0, lambda t: t),
    "gaussian in time": ("-2*t*x", 1.0, lambda t: mp.exp(-(t**2))),
    "removable singularity": (
        "4*exprel(-x)*x",
        1.0,
        lambda t: mp.log(1 + (mp.e - 1) * mp.exp(4 * t)),
    ),
}


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_a_flow_is_its_closed_form(name: str) -> None:
    """Thirty-two digits of every state, halfway and at the end."""
    text, start, solution = CLOSED_FORMS[name]
    at = (0.25, 0.75)
    mine = run_single(
        model("one", dynamics={"x": text}, initial={"x": start}),
        t_end=0.75,
        watch={"x": ("x", "sample", at)},
    )
    with mpmath.workdps(50):
        for value, time in zip(mine.observations["x"], at, strict=True):
            _exact(value, solution(mpmath.mpf(time)))


def test_a_quadratic_neuron_spikes_where_the_arctangent_says() -> None:
    """From `v_r` to `theta` it takes ``tau/s (atan(theta/s) - atan(v_r/s))``, s the root of eta."""
    values = {"tau_m": 0.0078125, "eta": 2.25, "theta": 50.0, "v_r": -20.0}
    times = run_single(qif, t_end=0.05, parameters=values).spikes
    with mpmath.workdps(50):
        s = mpmath.mpf(1.5)
        unit = mpmath.mpf(values["tau_m"]) / s
        first = (mp.atan(50 / s) - mp.atan(qif.initial["v"] / s)) * unit
        period = (mp.atan(50 / s) + mp.atan(20 / s)) * unit
        assert len(times) == 3
        for k, time in enumerate(times):
            _exact(time, first + k * period)


def test_a_theta_neuron_is_a_quadratic_neuron_without_bounds() -> None:
    """With ``x = tan(phi/2)`` it is ``tau x' = x^2 + eta``: once round in ``pi tau/sqrt(eta)``."""
    mine = run_single(theta_neuron, t_end=0.1, parameters={"eta": 4.0}).spikes
    with mpmath.workdps(50):
        period = mp.pi * mpmath.mpf(theta_neuron.parameters["tau_m"]) / 2
        passed = mp.atan(mp.tan(theta_neuron.initial["phi"] / 2) / 2) / mp.pi + mpmath.mpf(0.5)
        # The declaration's pi has the digits of a double.
        for k, time in enumerate(mine):
            _exact(time, period * (k + 1 - passed), 14)
        assert len(mine) == 6


def test_guards_nonlinear_in_states_parameters_and_time() -> None:
    """x = t and y = exp(-t): each guard has a root of its own."""
    guards: dict[str, Callable[[Any], Any]] = {
        "x**2 - y": lambda t: t**2 - mp.exp(-t),
        "x*y*y - k**3": lambda t: t * mp.exp(-2 * t) - mpmath.mpf(0.5) ** 3,
        "log(x + k) + sin(3*t)*y": lambda t: mp.log(t + 0.5) + mp.sin(3 * t) * mp.exp(-t),
        "tanh(4*x - k) - y/k": lambda t: mp.tanh(4 * t - 0.5) - 2 * mp.exp(-t),
        "x/(1 + y) - k*t**2 - 0.125": lambda t: t / (1 + mp.exp(-t)) - t**2 / 2 - 0.125,
    }
    for guard, function in guards.items():
        neuron = model(
            "one",
            dynamics={"x": "1", "y": "-y"},
            threshold=guard,
            parameters={"k": 0.5},
            initial={"y": 1.0},
        )
        first = run_single(neuron, t_end=2.0).spikes[0]
        with mpmath.workdps(50):
            _exact(first, mp.findroot(function, mpmath.mpf(str(first)) + mpmath.mpf(10) ** -9))
            early = [function(float(first) * k / 200) for k in range(200)]
            assert all(value < 0 for value in early), guard


def test_explicit_time_in_resets_and_ports() -> None:
    """x = t from 0; at x = 1 it becomes ``-t^2 y``; an arrival at 1.5 multiplies it by ``w t``."""
    neuron = model(
        "one",
        dynamics={"x": "1", "y": "0"},
        threshold="x - 1",
        reset={"x": "-t**2*y", "y": "x + t"},
        receive={"x": "x*w*t"},
        initial={"y": 3.0},
    )
    watch = {"x": ("x", "sample", (1.25, 1.75)), "y": ("y", "sample", (1.25,))}
    mine = run_single(neuron, [(1.5, 0, 2.0)], t_end=1.75, watch=watch)
    assert [float(x) for x in mine.observations["x"]] == [-2.75, (-3 + 0.5) * 3.0 + 0.25]
    assert float(mine.observations["y"][0]) == 2.0


def test_a_port_that_depends_on_the_state_after_the_arrival_before_it() -> None:
    """Two arrivals at one instant: the second one's jump sees what the first one made."""
    neuron = model(
        "one",
        dynamics={"v": "-v", "g": "-g"},
        receive={"v": "v + w*(2 - v)**2*exp(-g)", "g": "g + w*v"},
        initial={"v": 1.0},
    )
    watch = {"v": ("v", "sample", (0.0,)), "g": ("g", "sample", (0.0,))}
    mine = run_single(neuron, [(0.0, 0, 0.5), (0.0, 0, 0.25)], t_end=0.5, watch=watch)
    with mpmath.workdps(50):
        first, g = mpmath.mpf(1.5), mpmath.mpf(0.5)
        _exact(mine.observations["v"][0], first + (2 - first) ** 2 * mp.exp(-g) / 4)
        _exact(mine.observations["g"][0], g + first / 4)


def test_maxima_integrals_and_samples_of_nonlinear_expressions() -> None:
    """v = sin t over three quarters of a turn, then a jump and half a turn more."""
    wave = model(
        "wave",
        dynamics={"v": "u", "u": "-v"},
        receive={"v": "v + w"},
        initial={"u": 1.0},
    )
    watch = {
        "top": ("v**2*u", "max"),
        "bottom": ("-exp(v)/2", "max"),
        "area": ("v**2/(1 + u**2)", "integral"),
        "at": ("tanh(v*u) + u**3", "sample", (0.5, 1.0)),
    }
    mine = run_single(wave, [(1.0, 0, 0.5)], t_end=2.5, watch=watch)
    with mpmath.workdps(50):
        a, b = mp.sin(1) + mpmath.mpf(0.5), mp.cos(1)

        def v(t: Any) -> Any:
            return mp.sin(t) if t < 1 else a * mp.cos(t - 1) + b * mp.sin(t - 1)

        def u(t: Any) -> Any:
            return mp.cos(t) if t < 1 else b * mp.cos(t - 1) - a * mp.sin(t - 1)

        # Where v^2 u has its peak, tan^2 of the phase is 2; the jump leads beyond it.
        assert a / b > mp.sqrt(2)
        _exact(mine.observations["top"][0], a * a * b)
        _exact(mine.observations["bottom"][0], mpmath.mpf(-0.5) * mp.exp(min(0, v(2.5))))
        area = mp.quad(lambda t: v(t) ** 2 / (1 + u(t) ** 2), [0, 0.5, 1])
        area += mp.quad(lambda t: v(t) ** 2 / (1 + u(t) ** 2), [1, 1.5, 2, 2.5])
        _exact(mine.observations["area"][0], area, 30)
        half = mpmath.mpf(0.5)
        _exact(mine.observations["at"][0], mp.tanh(v(half) * u(half)) + u(half) ** 3)
        _exact(mine.observations["at"][1], mp.tanh(a * b) + b**3)


BLOW_UPS = {
    "x**2": (1.0, 1.0),
    "x**2 + 1": (0.0, mp.pi / 2),
    "exp(x)": (0.0, 1.0),
    "x**5": (2.0, 1 / 64),
    "-1/x": (1.0, 0.5),
    "log(x)": (0.5, 0.3786710430610879767),
    "cosh(x)**2": (1.0, 1 - mp.tanh(1)),
}
"""Rate, initial value, and the time at which the solution ends."""


@pytest.mark.parametrize("text", BLOW_UPS)
def test_a_solution_that_ends_is_an_error_with_its_time(text: str) -> None:
    """The run stops at the end of the solution, and says which model it was."""
    start, end = BLOW_UPS[text]
    neuron = model("explosive", dynamics={"x": text, "y": "-y"}, initial={"x": start})
    with pytest.raises(NonFiniteError) as caught:
        run_single(neuron, t_end=3.0)
    (note,) = caught.value.__notes__
    assert "model 'explosive'" in note
    assert float(note.split("after ")[1].split(" s")[0]) == pytest.approx(float(end), rel=1e-5)


@pytest.mark.parametrize("library", ["gmpy2", "mpmath"])
@pytest.mark.parametrize(
    ("what", "declaration"),
    [
        ("jump of port", {"receive": {"x": "x + w/x"}}),
        (
            "reset 0",
            {"receive": {"x": "x + w"}, "threshold": "x - 1", "reset": {"x": "log(1.5 - x)"}},
        ),
        ("guards", {"receive": {"x": "x - w"}, "threshold": "log(x + 1) - 1"}),
    ],
)
def test_a_jump_to_no_number_is_an_error(
    what: str, declaration: dict[str, Any], library: str
) -> None:
    """Division by zero and the logarithm of a negative number, with model, time and states."""
    pytest.importorskip(library)
    neuron = model("broken", dynamics={"x": "-x"}, **declaration)
    with pytest.raises(NonFiniteError, match=rf"'broken'.*{what}.*t = 0\.5 s"):
        run_single(neuron, [(0.5, 0, 2.0)], t_end=1.0, library=library)  # type: ignore[arg-type]


DRIVES = {"adex": 1e-8, "eif": 0.7, "izhikevich": 60.0, "hodgkin_huxley": 0.4}


@pytest.mark.parametrize("neuron", [adex, eif, izhikevich, hodgkin_huxley], ids=lambda n: n.name)
def test_published_models_keep_their_digits(neuron: Any) -> None:
    """A run of 20 digits agrees with one of 40 to about as many, however stiff."""

    def run(digits: int) -> Single:
        watch = {"v": ("v**2", "sample", (0.004,)), "top": ("v + 1", "max")}
        drive = [(0.0005, 0, DRIVES[neuron.name])]
        return run_single(neuron, drive, t_end=0.004, watch=watch, digits=digits)

    rough, fine = run(20), run(40)
    assert len(rough.spikes) == len(fine.spikes) >= 1
    with mpmath.workdps(50):
        for one, other in zip(rough.spikes, fine.spikes, strict=True):
            _exact(one, mpmath.mpf(str(other)), 14)
        for name in ("v", "top"):
            _exact(rough.observations[name][0], mpmath.mpf(str(fine.observations[name][0])), 12)
