"""The series of exprel, through its removable singularity, against another function."""

from __future__ import annotations

from typing import Literal

import mpmath
import pytest
from single_neuron import run_single

from saltation.runtime.interpreter.arithmetic import Arithmetic
from saltation.runtime.interpreter.exprel import ExprelSeries, coefficient
from saltation.symbolic.neuron import Neuron


@pytest.mark.parametrize("library", ["gmpy2", "mpmath"])
@pytest.mark.parametrize("u", [-40.0, -7.0, -1e-12, 0.0, 1e-12, 0.3, 12.0])
def test_coefficients_are_the_integrals_that_define_them(
    u: float, library: Literal["gmpy2", "mpmath"]
) -> None:
    """exprel^(m)(u) is the integral of s^m exp(u s) over [0, 1]."""
    arithmetic = Arithmetic(36, library)
    with arithmetic.active(), mpmath.workdps(50):
        for m in (0, 1, 5, 40):
            mine = arithmetic.to_mpf(coefficient(arithmetic.number(u), m, arithmetic))
            integral = mpmath.quad(lambda s, m=m: s**m * mpmath.exp(u * s), [0, 0.5, 0.9, 1])
            assert abs(mine * mpmath.factorial(m) / integral - 1) < mpmath.mpf(10) ** -35


@pytest.mark.parametrize("start", [2.0**-7, -0.25, 0.0, 0.75, 2.5, -4.0])
def test_a_series_keeps_its_digits_also_where_it_passes_zero(start: float) -> None:
    """The series of exprel(u) is that of Kummer's function M(1, 2, u)."""
    arithmetic = Arithmetic(36)
    orders = 40
    with arithmetic.active(), mpmath.workdps(50):
        u = [arithmetic.number(c) for c in (start, -0.5, 0.25, *[0.0] * (orders - 3))]
        out: list[object] = []
        extend = ExprelSeries(out, u, arithmetic)
        for k in range(orders):
            extend(k)

        def function(t: mpmath.mpf) -> mpmath.mpf:
            return mpmath.hyp1f1(1, 2, start - t / 2 + t * t / 4)

        expected = mpmath.taylor(function, 0, orders - 1)
        for mine, wanted in zip(out, expected, strict=True):
            assert abs(arithmetic.to_mpf(mine) - wanted) < mpmath.mpf(10) ** -34


def test_a_rate_may_be_exprel_of_parameters() -> None:
    """A coefficient that depends on parameters only is evaluated once, also at 0."""
    neuron = Neuron("one", dynamics={"x": "1/exprel(k)"}, parameters={"k": 0.0})
    for k, slope in ((0.0, 1.0), (1.5, 1.5 / mpmath.expm1(1.5))):
        run = run_single(
            neuron, t_end=1.0, parameters={"k": k}, watch={"x": ("x", "sample", (1.0,))}
        )
        assert float(run.observations["x"][0]) == pytest.approx(float(slope), rel=1e-14)
