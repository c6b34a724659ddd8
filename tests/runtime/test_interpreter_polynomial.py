"""Roots and peaks of polynomials."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saltation.runtime.interpreter.arithmetic import Arithmetic
from saltation.runtime.interpreter.polynomial import first_root, leave_zero, maximum, shift, value

ARITHMETIC = Arithmetic(36)
ONE = ARITHMETIC.number(1)


def _expand(roots: list[float], scale: float) -> list[Any]:
    """Multiply out ``scale * prod (1 - s / r)`` without rounding to double."""
    c = [ARITHMETIC.number(scale)]
    for root in roots:
        step = [-x / ARITHMETIC.number(root) for x in c]
        c = [a + b for a, b in zip([*c, c[0] * 0], [c[0] * 0, *step], strict=True)]
    return c


_ROOTS = st.lists(st.one_of(st.floats(0.01, 3.0), st.floats(-3.0, -0.01)), min_size=1, max_size=7)


@given(roots=_ROOTS, sign=st.sampled_from([-1.0, 1.0]))
@example(roots=[1.5, 1.015625, -3.0, 1.0], sign=1.0)  # nearly flat at the end of the step
@example(roots=[1.0, 1.0 + 1e-6], sign=1.0)
def test_the_first_root_is_found_wherever_it_is(roots: list[float], sign: float) -> None:
    """A product of linear factors has its smallest root in (0, 1] as first root."""
    with ARITHMETIC.active():
        c = _expand(roots, sign)
        inside = sorted(r for r in roots if 0 < r <= 1)
        # Double roots only touch zero: whether rounding lets them cross is not defined.
        if any(b - a < 1e-6 for a, b in itertools.pairwise(inside)):
            return
        found = first_root(c, ARITHMETIC, ONE)
        if not inside:
            assert found is None
        else:
            assert found is not None
            assert abs(float(found - inside[0])) < 1e-20


def test_a_root_at_the_end_of_the_step_counts() -> None:
    """The walk comes from below and may end just past the limit by rounding."""
    with ARITHMETIC.active():
        for k in range(1, 40):
            limit = ONE / 3 + ONE / (7 * k) / 3
            c = [-limit * limit * k, -limit * (1 - k), ONE]  # (s - limit) (s + k limit)
            found: Any = first_root(c, ARITHMETIC, limit)
            assert found is not None
            assert abs(float(found - limit)) < 1e-30


def test_two_roots_much_closer_than_the_samples_are_not_missed() -> None:
    """A bump that rises above zero for a millionth of the step is found."""
    with ARITHMETIC.active():
        c = _expand([0.3, 0.3 + 1e-6], -1.0)
        found: Any = first_root(c, ARITHMETIC, ONE)
        assert abs(float(found - 0.3)) < 1e-20


def test_a_bump_that_stays_just_below_zero_is_no_root() -> None:
    """A maximum of -1e-15 gives no root."""
    with ARITHMETIC.active():
        c = [ARITHMETIC.number(x) for x in (-0.25 - 1e-15, 1.0, -1.0)]
        assert first_root(c, ARITHMETIC, ONE) is None


def test_a_polynomial_that_starts_at_zero_has_the_sign_of_what_follows() -> None:
    """Division by s keeps the other roots."""
    with ARITHMETIC.active():
        c = [ARITHMETIC.number(x) for x in (1e-34, -1.0, 2.0)]
        away = leave_zero(c, ARITHMETIC.number(1e-27))
        assert away[0] < 0
        found: Any = first_root(away, ARITHMETIC, ONE)
        assert abs(float(found) - 0.5) < 1e-30


@given(
    c=st.lists(st.floats(-1, 1).filter(lambda x: x == 0 or abs(x) > 1e-6), min_size=2, max_size=8),
    limit=st.floats(0.1, 1.0),
)
def test_the_maximum_is_that_of_a_dense_sample_or_more(c: list[float], limit: float) -> None:
    """No sample exceeds the maximum, and the best sample comes close to it."""
    with ARITHMETIC.active():
        found = float(
            maximum([ARITHMETIC.number(x) for x in c], ARITHMETIC.number(limit), ARITHMETIC)
        )
    samples = np.polynomial.polynomial.polyval(np.linspace(0, limit, 4001), c)
    assert samples.max() <= found + 1e-14
    assert found <= samples.max() + 1e-5


def test_a_shifted_polynomial_has_the_same_values() -> None:
    """``p(s + x)`` in x at x = 0.25 is p at s + 0.25."""
    with ARITHMETIC.active():
        c = [ARITHMETIC.number(x) for x in (0.3, -1.0, 2.5, 0.7)]
        moved = shift(c, ARITHMETIC.number(0.5))
        assert float(value(moved, ARITHMETIC.number(0.25))) == pytest.approx(
            float(value(c, ARITHMETIC.number(0.75))), abs=1e-15
        )
