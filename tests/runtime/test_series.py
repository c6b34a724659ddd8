"""Taylor coefficients in C, and what is asked of them: against derivatives in many digits."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from compiled import library, numerical
from mpmath import mp, mpf
from proofs import model
from sympy import Float, Symbol

from saltation.codegen.kernel import build_kernel
from saltation.codegen.options import Precision, Solver
from saltation.codegen.orders import most_terms
from saltation.symbolic.observation import ObservedSystem

ORDER = 7

HELPERS = """\
double call_root(double x, int order)
{ return sal_rough_power(sal_rough_log(x) / order); }
double call_upper(const double *p, int order)
{ return sal_upper(p, (size_t)order, 1.0, 1U); }
double call_may_turn(const double *p, int order)
{ return sal_may_turn(p, (size_t)order, 1.0, 1U); }
int call_turns(const double *p, int order, double *turn)
{ return sal_turns(p, (size_t)order, turn); }
void call_power(double *series, double exponent, int order)
{ int k; for (k = 1; k <= order; k++) { sal_power(series, 0U, exponent, 1U, (size_t)k, 1U); } }
void call_square_root(double *series, int order)
{ int k; for (k = 1; k <= order; k++) { sal_root(series, 0U, 1U, (size_t)k, 1U); } }
"""


def declared(calls: str) -> str:
    lines = [line for line in calls.splitlines() if line.startswith(("double", "int", "void"))]
    return "".join(line.split("{")[0].strip() + ";\n" for line in lines)


@cache
def helpers() -> Any:
    return library(numerical() + HELPERS, declared(HELPERS), Precision.DOUBLE)


def coefficients(rate: str, start: float) -> list[float]:
    """The coefficients of the solution of ``v' = rate`` from the start on, in C."""
    neuron = model("m", dynamics={"v": rate}, receive={"v": "v + w"})
    kernel = build_kernel(ObservedSystem(neuron.system), "m_", Precision.DOUBLE, Solver.TAYLOR)
    (routine,) = (r for r in kernel.routines if r.name == "m_default_series")
    call = (
        "void call_series(double *series)\n"
        f"{{ const double scale = 1.0; m_default_series(NULL, {ORDER}U, 1U, &scale, series); }}\n"
    )
    text = (
        numerical()
        + "typedef struct { int none; } m_constants;\n"
        + routine.signature
        + "{\n"
        + "\n".join(routine.lines)
        + "\n}\n"
    )
    ffi, lib = library(text + call, "void call_series(double *series);\n", Precision.DOUBLE)
    terms = most_terms(Precision.DOUBLE)
    series = ffi.new("double[]", kernel.rows * terms)
    series[0] = start
    lib.call_series(series)
    return list(series[0 : ORDER + 1])


def expected(rate: str, start: float) -> list[float]:
    """The same by differentiation: each derivative is that of the one before, times the rate."""
    neuron = model("m", dynamics={"v": rate}, receive={"v": "v + w"})
    (v,), (f,) = neuron.system.states, neuron.system.modes[0].flow
    x = Symbol("x", real=True)
    f = f.xreplace({v: x})
    found, derivative = [], x
    with mp.workdps(60):
        for k in range(ORDER + 1):
            value = derivative.subs(x, Float(start, 60)).evalf(50, maxn=400)
            found.append(float(mpf(str(value)) / mp.factorial(k)))
            derivative = derivative.diff(x) * f
    return found


@pytest.mark.parametrize(
    "rate",
    [
        "v**3 - 2*v",
        "1/v**2",
        "(1 + v)/(2 + v**2)",
        "v**2.5",
        "v**(-1.5)",
        "sqrt(v)/v**3",
        "v**v",
        "exp(2*v)",
        "log(v)",
        "sin(v) + cos(3*v)",
        "tan(v/2)",
        "asin(v/3)",
        "acos(v/3)",
        "atan(v)",
        "sinh(v)*cosh(v/2)",
        "tanh(v)",
        "1/(1 + exp(-v))",
        "exp(v)/(1 + exp(v))",
        "log(1 + exp(v))",
        "exprel(v)",
        "1/exprel(v) + exprel(2*v)",
    ],
)
def test_coefficients_are_those_of_the_solution(rate: str) -> None:
    np.testing.assert_allclose(coefficients(rate, 0.7), expected(rate, 0.7), rtol=1e-12)


@pytest.mark.parametrize("start", [0.0, 1e-9, -0.3, 3.0, -8.0, 30.0, -60.0])
def test_exprel_is_an_entire_function(start: float) -> None:
    found = coefficients("exprel(v)/exprel(v - 1)", start)
    wanted = expected("exprel(v)/exprel(v - 1)", start)
    np.testing.assert_allclose(found, wanted, rtol=1e-11)


def test_logistic_functions_do_not_overflow() -> None:
    for start in (-800.0, 800.0):
        assert np.isfinite(coefficients("exp(v)/(1 + exp(v))", start)).all()
        assert np.isfinite(coefficients("log(1 + exp(v))", start)).all()


@pytest.mark.parametrize(("exponent", "first"), [(2.0, 2), (1.5, 2), (3.0, 1), (0.5, 2)])
def test_powers_of_what_starts_at_zero_are_series_where_they_can_be(
    exponent: float, first: int
) -> None:
    """``(t^first (1 + t/2))^exponent``."""
    ffi, lib = helpers()
    terms = most_terms(Precision.DOUBLE)
    series = ffi.new("double[]", 2 * terms)
    series[first], series[first + 1] = 1.0, 0.5
    lib.call_power(series, exponent, ORDER)
    shift = int(exponent * first)
    binomial = [float(mp.binomial(exponent, k)) / 2**k for k in range(ORDER + 1)]
    wanted = ([0.0] * shift + binomial)[: ORDER + 1]
    if exponent >= 1:
        np.testing.assert_allclose(list(series[terms : terms + ORDER + 1]), wanted, rtol=1e-13)
    else:
        assert np.isnan(series[terms + first])


def test_roots_of_zero_are_zero() -> None:
    ffi, lib = helpers()
    series = ffi.new("double[]", 2 * most_terms(Precision.DOUBLE))
    lib.call_square_root(series, ORDER)
    assert not any(series)


def test_rough_roots_are_little_above_the_root() -> None:
    _, lib = helpers()
    for x in np.logspace(-200, 200, 401):
        for order in (1, 3, 10, 18):
            assert 0.999 < lib.call_root(x, order) / x ** (1 / order) < 1.063


def test_bounds_hold_and_turns_are_found() -> None:
    """Against the roots of the derivative, by numpy, of random polynomials."""
    ffi, lib = helpers()
    random = np.random.default_rng(2)
    theta = np.linspace(0.0, 1.0, 1001)
    counts = set()
    for _ in range(400):
        order = int(random.integers(3, 15))
        p = random.normal(size=order + 1) * random.uniform(0.3, 3.0) ** np.arange(order + 1)
        values = np.polynomial.polynomial.polyval(theta, p)
        assert lib.call_upper(ffi.new("double[]", list(p)), order) >= values.max() - 1e-12
        roots = np.polynomial.polynomial.polyroots(np.polynomial.polynomial.polyder(p))
        roots = np.sort(roots[np.abs(roots.imag) < 1e-9].real)
        roots = roots[(roots > 1e-6) & (roots < 1 - 1e-6)]
        turn = ffi.new("double[]", 32)
        count = lib.call_turns(ffi.new("double[]", list(p)), order, turn)
        np.testing.assert_allclose(list(turn[0:count]), roots, atol=1e-8)
        counts.add(count)
        if count:
            assert lib.call_may_turn(ffi.new("double[]", list(p)), order) == 1.0
    assert counts >= {0, 1, 2, 3}
