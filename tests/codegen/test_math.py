"""The generated code's exponential, divided differences and matrix exponential, against mpmath."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from compiled import library, mathematics
from hypothesis import given
from hypothesis import strategies as st
from proofs import examples

from saltation.codegen.matrices import render_matrices
from saltation.codegen.options import Precision

DIGITS = 60
ULP = {Precision.DOUBLE: 2.0**-52, Precision.SINGLE: 2.0**-23}
DTYPE: dict[Precision, Any] = {Precision.DOUBLE: np.float64, Precision.SINGLE: np.float32}

made = cache(mathematics)


@pytest.mark.parametrize(
    ("precision", "low", "high"),
    [(Precision.DOUBLE, -708.0, 709.5), (Precision.SINGLE, -86.99, 88.5)],
)
def test_the_exponential_is_right_to_an_ulp(precision: Precision, low: float, high: float) -> None:
    """Over the whole range where the result is a normal number, and close to zero."""
    random = np.random.default_rng(5)
    points = np.concatenate(
        [
            random.uniform(low, high, 3000),
            random.uniform(-1, 1, 1000),
            np.geomspace(1e-300 if precision is Precision.DOUBLE else 1e-30, 1, 200),
            -np.geomspace(1e-300 if precision is Precision.DOUBLE else 1e-30, 1, 200),
            np.arange(-80, 81) * np.log(2) / 2,
        ]
    ).astype(DTYPE[precision])
    call = made(precision).call_exp
    with mp.workdps(DIGITS):
        worst = max(float(abs(call(float(x)) / mp.exp(mp.mpf(float(x))) - 1)) for x in points)
    assert worst <= ULP[precision]


@pytest.mark.parametrize("precision", list(Precision))
def test_the_exponential_at_its_ends(precision: Precision) -> None:
    """Zero below the range, infinity above it, one at zero, and NaN stays NaN."""
    call = made(precision).call_exp
    assert [call(0.0), call(-0.0)] == [1.0, 1.0]
    assert [call(-1e4), call(-1e30), call(-np.inf)] == [0.0, 0.0, 0.0]
    assert [call(1e4), call(1e30), call(np.inf)] == [np.inf, np.inf, np.inf]
    assert np.isnan(call(np.nan))


def divided_difference(h: float, rates: Sequence[float]) -> mp.mpf:
    """Return the divided difference of ``exp(. h)`` by Newton's table in 260 digits.

    Equal rates are moved apart by 1e-40, which changes the result in its 30th digit.
    """
    with mp.workdps(260):
        nodes = [mp.mpf(rate) + k * mp.mpf(10) ** -40 for k, rate in enumerate(rates)]
        table = [mp.exp(node * mp.mpf(h)) for node in nodes]
        for length in range(1, len(nodes)):
            table = [
                (table[k + 1] - table[k]) / (nodes[k + length] - nodes[k])
                for k in range(len(nodes) - length)
            ]
        return table[0]


@st.composite
def rates_of_flows(draw: st.DrawFn) -> list[float]:
    """Two to five rates: zero, some far apart, some equal or nearly equal to one another."""
    count = draw(st.integers(2, 5))
    rates: list[float] = []
    for _ in range(count):
        kind = draw(st.sampled_from(["far", "far", "zero", "equal", "near"]))
        if kind in ("equal", "near") and rates:
            near = draw(st.sampled_from([1e-15, 1e-12, 1e-8, 1e-5, 1e-3, 3e-2]))
            rates.append(rates[0] * (1 + (near if kind == "near" else 0.0)))
        else:
            rates.append(0.0 if kind == "zero" else draw(st.integers(-4000, 400)) / 10)
    return rates


def assert_differences(
    precision: Precision, h: float, rates: Sequence[float], smallest: float
) -> None:
    """Compare the difference at some rates, and at the first of two twice, with the table's."""
    lib = made(precision)
    cases = [(getattr(lib, f"call_dd{len(rates)}"), rates)]
    if len(rates) == 2:
        cases.append((lib.call_dd2_slope, (rates[0], *rates)))
    for call, nodes in cases:
        value = call(h, *rates)
        with mp.workdps(DIGITS):
            expected = divided_difference(h, nodes)
            # Each level of the table may lose a bit, and rounding exponents costs |rate h| ulps.
            ulps = 4 * 2 ** len(nodes) + 2 * max(abs(r) for r in rates) * h
            assert abs(value - expected) <= ulps * ULP[precision] * expected + smallest


@examples(300)
@given(rates=rates_of_flows(), power=st.integers(-60, 0))
def test_divided_differences_in_double_precision(rates: list[float], power: int) -> None:
    """Equal, near and far rates, intervals from a microsecond to a second."""
    assert_differences(Precision.DOUBLE, 10 ** (power / 10), rates, 1e-300)


@examples(150)
@given(rates=rates_of_flows(), power=st.integers(-60, -10))
def test_divided_differences_in_single_precision(rates: list[float], power: int) -> None:
    """The same with 24 bits; what would be denormal may be zero."""
    h = float(np.float32(10 ** (power / 10)))
    assert_differences(Precision.SINGLE, h, [float(np.float32(r)) for r in rates], 1e-37)


def test_divided_differences_do_not_depend_on_the_order_of_the_rates() -> None:
    """Bit for bit from three rates on, where they are sorted; two agree to rounding."""
    lib = made(Precision.DOUBLE)
    random = np.random.default_rng(1)
    for _ in range(50):
        rates = random.uniform(-200, 0, 5).tolist()
        shuffled = random.permutation(rates).tolist()
        assert lib.call_dd5(0.01, *rates) == lib.call_dd5(0.01, *shuffled)
        a, b = rates[:2]
        assert lib.call_dd2(0.01, a, b) == pytest.approx(lib.call_dd2(0.01, b, a), rel=4e-16)


@cache
def matrix_exponential(precision: Precision, rows: int) -> Any:
    text = "".join(render_matrices(rows, precision))
    real = precision.value
    text += (
        f"void call_expm(int n, const {real} *a, {real} h, {real} *out)\n"
        "{ sal_expm(n, a, h, out); }\n"
        f"void call_adjoint(int n, const {real} *a, {real} h, const {real} *x, const {real} *nu, "
        f"{real} *out)\n{{ sal_expm_adjoint(n, a, h, x, nu, out); }}\n"
    )
    declarations = (
        f"void call_expm(int n, const {real} *a, {real} h, {real} *out);"
        f"void call_adjoint(int n, const {real} *a, {real} h, const {real} *x, const {real} *nu, "
        f"{real} *out);"
    )
    return library(text, declarations, precision)


def compiled_expm(matrix: np.ndarray, h: float) -> np.ndarray:
    """Return ``exp(matrix h)`` as generated code computes it."""
    ffi, lib = matrix_exponential(Precision.DOUBLE, 6)
    out = np.empty_like(matrix)
    lib.call_expm(
        len(matrix),
        ffi.cast("double *", ffi.from_buffer(np.ascontiguousarray(matrix))),
        h,
        ffi.cast("double *", ffi.from_buffer(out)),
    )
    return out


def exact_expm(matrix: np.ndarray, h: float) -> np.ndarray:
    """Return ``exp(matrix h)`` rounded from many digits."""
    with mp.workdps(30):
        power = mp.expm(mp.matrix((matrix * 1.0).tolist()) * mp.mpf(h))
        return np.array(power.tolist(), dtype=float)


MATRICES = {
    "oscillation": [[-60.0, 400.0], [-400.0, -60.0]],
    "equal rates": [[-50.0, 1.0], [0.0, -50.0]],
    "fast and slow": [[-1e4, 3.0], [2.0, -1.0]],
    "units far apart": [[-50.0, 1e-9, 0.0], [2e10, -70.0, 5.0], [0.0, 1e3, -20.0]],
    "nothing": [[0.0, 0.0], [0.0, 0.0]],
    "nilpotent": [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]],
    "driven": [[-60.0, 400.0, 3.0], [-400.0, -60.0, 1.0], [0.0, 0.0, 0.0]],
}


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("h", [0.0, 1e-9, 1e-3, 0.02, 0.5])
def test_the_matrix_exponential(name: str, h: float) -> None:
    """Entries to rounding, relative to the largest of a row and column scaled alike."""
    matrix = np.array(MATRICES[name])
    value, expected = compiled_expm(matrix, h), exact_expm(matrix, h)
    scale = np.sqrt(np.abs(expected * expected.T)) + np.abs(expected) + 1e-300
    growth = 1 + np.abs(np.linalg.eigvals(matrix)).max() * h
    largest = np.abs(np.diag(expected)).max() if name != "fast and slow" else 1.0
    assert (np.abs(value - expected) <= 2e-15 * growth * (scale + largest * scale)).all()


@examples(5)
@given(
    entries=st.lists(st.integers(-300, 300), min_size=9, max_size=9), power=st.integers(-40, -15)
)
def test_the_adjoint_of_the_matrix_exponential(entries: list[int], power: int) -> None:
    """The derivative of ``nu^T exp(A h) x`` by every entry of A, against differences."""
    matrix, h = np.array(entries, float).reshape(3, 3), 10 ** (power / 10)
    x, nu = np.array([0.3, -1.1, 0.7]), np.array([1.2, 0.4, -0.9])
    ffi, lib = matrix_exponential(Precision.DOUBLE, 6)
    out = np.empty((3, 3))
    pointers = [ffi.cast("double *", ffi.from_buffer(array)) for array in (matrix, x, nu, out)]
    lib.call_adjoint(3, pointers[0], h, pointers[1], pointers[2], pointers[3])
    with mp.workdps(40):
        step = mp.mpf(10) ** -15
        expected = np.empty((3, 3))
        column, row = mp.matrix(x.tolist()), mp.matrix(nu.tolist()).T
        for i in range(3):
            for j in range(3):
                sides = []
                for sign in (1, -1):
                    moved = mp.matrix(matrix.tolist())
                    moved[i, j] += sign * step
                    sides.append((row * mp.expm(moved * mp.mpf(h)) * column)[0])
                expected[i, j] = float((sides[0] - sides[1]) / (2 * step))
    size = np.abs(expected).max()
    assert np.abs(out - expected).max() <= 1e-12 * size


def test_the_adjoint_is_linear_in_the_adjoint_state_to_the_bit() -> None:
    """However large it is: neither squarings nor scaling depend on it."""
    matrix, h = np.array(MATRICES["driven"]), 0.02
    x, nu = np.array([0.3, -1.1, 0.7]), np.array([1.2, 0.4, -0.9])
    ffi, lib = matrix_exponential(Precision.DOUBLE, 6)
    found = []
    for factor in (1.0, 2.0**40):
        out, scaled = np.empty((3, 3)), factor * nu
        arrays = [ffi.cast("double *", ffi.from_buffer(each)) for each in (matrix, x, scaled, out)]
        lib.call_adjoint(3, arrays[0], h, arrays[1], arrays[2], arrays[3])
        found.append(out / factor)
    np.testing.assert_array_equal(*found)
