"""Series in straight lines, as neurons in lanes have them, are those of loops bit for bit."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from compiled import library, numerical
from numpy.typing import NDArray
from proofs import model

from saltation.codegen.kernel import build_kernel
from saltation.codegen.numerical_views import NumericalModeView
from saltation.codegen.options import Precision, Solver
from saltation.codegen.orders import most_terms
from saltation.codegen.views import KernelView
from saltation.symbolic.observation import ObservedSystem

LANES = 8
TERMS = most_terms(Precision.DOUBLE)

RATES = {
    "square": "v**2 + u",
    "product": "u*v - v**3",
    "quotient": "(1 + u)/(3 + v**2)",
    "reciprocal": "1/(3 + v) + u",
    "exponential": "exp(v/2) - u",
    "logarithm": "log(3 + v)*u",
    "sine": "sin(v) + u*cos(v)",
    "hyperbolic tangent": "tanh(v) - u",
    "tangent": "tan(v/4)*u",
    "many": "v**2 + u*v + exp(-u*v) + sin(v)",
}

CALL = """\
void call(int straight, size_t order, const double *scale, double *series, double *nu,
    double *share)
{{
    const double one[8] = {{ 1, 1, 1, 1, 1, 1, 1, 0 }};
    double coarse[8] = {{ 0 }};
    if (straight) {{
        {0.series_back_lanes}(NULL, order, 8U, scale, series);
        {0.series_adjoint_lanes}(NULL, order, 8U, scale, one, series, 1.0, nu, share, coarse);
    }} else {{
        {0.series_back}(NULL, order, 8U, scale, series);
        {0.series_adjoint}(NULL, order, 8U, scale, one, series, 1.0, nu, share, coarse);
    }}
}}
"""


def view(rate: str) -> tuple[KernelView, NumericalModeView]:
    """A model of two states, the second of which is a damped copy of the first."""
    neuron = model("m", dynamics={"v": rate, "u": "(v - u)/3"}, receive={"v": "v + w"})
    kernel = build_kernel(ObservedSystem(neuron.system), "m_", Precision.DOUBLE, Solver.TAYLOR)
    (mode,) = kernel.modes
    assert isinstance(mode, NumericalModeView)
    return kernel, mode


@cache
def routines(rate: str) -> tuple[Any, Any, int]:
    """The series and the adjoint of a model in C, both ways."""
    kernel, mode = view(rate)
    names = {
        mode.series_back,
        mode.series_back_lanes,
        mode.series_adjoint,
        mode.series_adjoint_lanes,
    }
    text = numerical() + "typedef struct { int none; } m_constants;\n"
    for routine in kernel.routines:
        if routine.name in names:
            text += "\n".join([routine.signature, "{", *routine.lines, "}\n"])
    call = CALL.format(mode)
    ffi, lib = library(text + call, call.split("\n{")[0] + ";\n")
    return ffi, lib, kernel.back_rows


def both(rate: str, order: int, straight: int) -> list[NDArray[np.float64]]:
    """All coefficients of a step in eight lanes, and the adjoint at its start."""
    ffi, lib, rows = routines(rate)
    generator = np.random.default_rng(1)
    series = np.zeros((rows, TERMS, LANES))
    series[:2, 0] = generator.uniform(-1, 1, (2, LANES))
    scale = generator.uniform(0.1, 1, LANES)
    nu = generator.normal(size=(2, LANES))
    share = np.zeros((2, TERMS, LANES))
    arrays = [ffi.from_buffer("double[]", a) for a in (scale, series, nu, share)]
    lib.call(straight, order, *arrays)
    return [series[:, : order + 1], nu, share[:, :order]]


@pytest.mark.parametrize("order", [6, 9, 10, 12, 15, 19])
@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_straight_lines_are_loops_bit_for_bit(rate: str, order: int) -> None:
    mode = view(rate)[1]
    assert mode.straight
    assert mode.series_back_lanes != mode.series_back
    for ours, theirs in zip(both(rate, order, 1), both(rate, order, 0), strict=True):
        assert np.isfinite(theirs).all()
        assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize("rate", ["(3 + v)**1.3", "exprel(v)"], ids=["power", "exprel"])
def test_what_has_branches_stays_in_loops(rate: str) -> None:
    mode = view(rate)[1]
    assert not mode.straight
    assert mode.series_lanes == mode.series
