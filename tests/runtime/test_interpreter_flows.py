"""The interpreter's flows and spike times against solve_ivp, closed forms and themselves."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad, solve_ivp
from scipy.special import exprel
from single_neuron import run_single
from sympy import lambdify

from saltation.symbolic.errors import ModelWarning, NonFiniteError
from saltation.symbolic.models import lif
from saltation.symbolic.neuron import Neuron

FITZHUGH_NAGUMO = Neuron(
    "fitzhugh_nagumo",
    dynamics={"v": "50*(v - v**3/3 - u + i)", "u": "4*(v + 0.7 - 0.8*u)", "i": "-i/0.1"},
    threshold="v - 1",
    receive={"i": "i + w"},
    initial={"v": -1.2, "u": -0.62},
)

ELEMENTARY = {
    "exp": "-5*x + 3*exp(-y)",
    "log": "2*log(3 + x) - 4*x",
    "sin": "sin(5*x + y) - x",
    "cos": "3*cos(7*y) - x*y",
    "tan": "1 - tan(x/2)*3",
    "tanh": "4*tanh(3*y - x) - x",
    "sinh": "1 - sinh(x)*2",
    "cosh": "2 - cosh(x)",
    "asin": "1 - asin(x/4)*5",
    "acos": "acos(x/5) - 3*x",
    "atan": "3*atan(4*y) - x",
    "exprel": "2 - x/exprel(5*(x - y))",
    "root": "sqrt(2 + y) - x",
    "quotient": "(1 + y)/(2 + x**2) - x",
    "parameter power": "(1 + y)**k - 3*x",
    "whole parameter power": "2 - x**m",
    "variable power": "(2 + y)**x - 3*x",
    "base": "2**(-x) - y",
}

POWERS = {"k": 0.7, "m": 3.0}


def _scipy(neuron: Neuron, x0: list[float], t: NDArray[np.float64]) -> NDArray[np.float64]:
    system = neuron.system
    values = {symbol: neuron.parameters[symbol.name] for symbol in system.parameters}
    functions = [{"ExpDifference": lambda _h, _zero, x: exprel(x)}, "scipy"]
    flow = lambdify([system.states], [f.subs(values) for f in system.modes[0].flow], functions)
    solution = solve_ivp(
        lambda _, x: flow(x), (0, t[-1]), x0, t_eval=t, method="DOP853", rtol=1e-13, atol=1e-14
    )
    result: NDArray[np.float64] = solution.y
    return result


@pytest.mark.parametrize("name", ELEMENTARY)
def test_every_function_flows_as_solve_ivp_says(name: str) -> None:
    """States along a flow with that function agree with DOP853 at tight tolerances."""
    text = ELEMENTARY[name]
    neuron = Neuron(
        "one",
        dynamics={"x": text, "y": "3*x - 20*y*(1 + y)"},
        parameters={key: power for key, power in POWERS.items() if f"**{key}" in text},
        initial={"x": 0.0, "y": 0.3},
    )
    at = np.array([0.05, 0.31, 0.5])
    mine = run_single(neuron, t_end=0.5, watch={"x": ("x", "sample", at), "y": ("y", "sample", at)})
    expected = _scipy(neuron, [0.0, 0.3], at)
    assert np.array(mine.observations["x"], float) == pytest.approx(expected[0], rel=2e-12)
    assert np.array(mine.observations["y"], float) == pytest.approx(expected[1], rel=2e-12)


def test_spikes_of_a_nonlinear_model_are_those_of_solve_ivp() -> None:
    """FitzHugh and Nagumo's v rises through 1 when solve_ivp's events say so."""
    mine = run_single(FITZHUGH_NAGUMO, [(0.05, 0, 3.0), (0.3, 0, 2.0)], t_end=0.6)

    def flow(_: float, x: NDArray[np.float64]) -> list[float]:
        v, u, i = x
        return [50 * (v - v**3 / 3 - u + i), 4 * (v + 0.7 - 0.8 * u), -i / 0.1]

    def guard(_: float, x: NDArray[np.float64]) -> float:
        return float(x[0] - 1)

    guard.direction = 1  # type: ignore[attr-defined]
    expected, x = [], np.array([-1.2, -0.62, 0.0])
    for start, stop, w in ((0, 0.05, 0.0), (0.05, 0.3, 3.0), (0.3, 0.6, 2.0)):
        x[2] += w
        solution = solve_ivp(
            flow, (start, stop), x, method="DOP853", events=guard, rtol=1e-13, atol=1e-13
        )
        expected += solution.t_events[0].tolist()
        x = solution.y[:, -1]
    assert len(expected) >= 2
    assert mine.times == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("library", ["gmpy2", "mpmath"])
def test_lif_with_tau_m_twice_tau_s_spikes_at_its_closed_form(library: str) -> None:
    """One arrival at 0: with e = exp(-t/tau_m), v = w (e - e^2) reaches 1 at a quadratic's root."""
    pytest.importorskip(library)
    tau, w = 0.0625, 5.0
    mine = run_single(
        lif,
        [(0.0, 0, w)],
        t_end=0.03,
        parameters={"tau_m": tau, "tau_s": tau / 2},
        digits=50,
        library=library,  # type: ignore[arg-type]
    )
    with mpmath.workdps(60):
        e = (1 + mpmath.sqrt(1 - 4 / mpmath.mpf(w))) / 2
        expected = -tau * mpmath.log(e)
        assert abs(mpmath.mpf(str(mine.spikes[0])) - expected) < mpmath.mpf(10) ** -48


def test_lif_with_equal_time_constants_spikes_where_lambert_says() -> None:
    """With tau_m = tau_s = tau, v = w (t/tau) exp(-t/tau): Lambert's W, without a special case."""
    tau, w = 0.01, 4.0
    mine = run_single(lif, [(0.0, 0, w)], t_end=0.02, parameters={"tau_m": tau, "tau_s": tau})
    with mpmath.workdps(50):
        expected = -mpmath.mpf(tau) * mpmath.lambertw(-1 / mpmath.mpf(w), 0)
        assert abs(mpmath.mpf(str(mine.spikes[0])) - expected.real) < mpmath.mpf(10) ** -34


def test_more_digits_give_more_digits() -> None:
    """A run of d digits agrees with one of 80 to about d digits, for a nonlinear flow."""
    best = run_single(FITZHUGH_NAGUMO, [(0.05, 0, 3.0)], t_end=0.4, digits=80).spikes[0]
    for digits in (20, 30, 40, 60):
        spike = run_single(FITZHUGH_NAGUMO, [(0.05, 0, 3.0)], t_end=0.4, digits=digits).spikes[0]
        with mpmath.workdps(90):
            error = abs(mpmath.mpf(str(spike)) - mpmath.mpf(str(best)))
            assert error < mpmath.mpf(10) ** (4 - digits)


def test_an_oscillator_keeps_its_energy() -> None:
    """Two hundred radians of x'' = -x change x^2 + y^2 by nothing in 30 digits."""
    oscillator = Neuron("oscillator", dynamics={"x": "200*y", "y": "-200*x"}, initial={"x": 1.0})
    mine = run_single(oscillator, t_end=1.0, watch={"e": ("x**2 + y**2 - 1", "sample", [1.0])})
    assert abs(float(mine.observations["e"][0])) < 1e-31


def test_explicit_time_drives_a_flow() -> None:
    """x' = cos(100 t) gives sin(100 t)/100, also after an arrival has cut the flow."""
    driven = Neuron("driven", dynamics={"x": "cos(100*t)"}, receive={"x": "x + w*t"})
    mine = run_single(driven, [(0.5, 0, 2.0)], t_end=0.9, watch={"x": ("x", "sample", [0.9])})
    expected = math.sin(90.0) / 100 + 1.0
    assert float(mine.observations["x"][0]) == pytest.approx(expected, abs=1e-15)


def test_coefficients_that_vanish_at_first_do_not_end_a_series() -> None:
    """The integrals of t^12 and cos(t^6) start with many zero coefficients."""
    late = Neuron(
        "late", dynamics={"x": "t**12", "y": "cos(3*t**6)"}, threshold="x + y - 9", reset={"x": "0"}
    )
    mine = run_single(
        late, t_end=1.0, watch={"x": ("x", "sample", [1.0]), "y": ("y", "sample", [1.0])}
    )
    assert float(mine.observations["x"][0]) == pytest.approx(1 / 13, rel=1e-15)
    expected = quad(lambda t: math.cos(3 * t**6), 0, 1, epsabs=1e-14, epsrel=1e-14)[0]
    assert float(mine.observations["y"][0]) == pytest.approx(expected, rel=1e-13)


def test_a_flow_that_blows_up_is_an_error() -> None:
    """x' = x^2 from 1 leaves every bound at t = 1."""
    with pytest.warns(ModelWarning, match="S322-blow-up"):
        explosive = Neuron("explosive", dynamics={"x": "x**2"}, initial={"x": 1.0})
    with pytest.raises(NonFiniteError, match="blows up"):
        run_single(explosive, t_end=2.0)


def test_a_quadratic_neuron_spikes_before_it_blows_up() -> None:
    """v' = v^2 from 1 reaches 100 at t = 0.99 and starts again from -1, then 2.01 later."""
    quadratic = Neuron(
        "quadratic",
        dynamics={"v": "v**2"},
        threshold="v - 100",
        reset={"v": "1"},
        initial={"v": 1.0},
    )
    mine = run_single(quadratic, t_end=2.5)
    assert mine.times == pytest.approx([0.99, 1.98], abs=1e-15)
