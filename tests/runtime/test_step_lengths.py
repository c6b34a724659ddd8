"""The length of the next step of a numerical flow, and when a guard is too far away to rise."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from compiled import library

from saltation.codegen.options import Precision
from saltation.codegen.render import render
from saltation.codegen.tableau import dense_rise, tableau_view

CALLS = """\
{real} call_factor({real} error) {{ return sal_step_factor(error); }}
{real} call_suggest({real} suggested, {real} h, {real} error, {real} length, {real} ideal)
{{ return sal_step_suggest(suggested, h, error, length, ideal); }}
{real} call_span({real} h, {real} error, {real} length)
{{ return sal_step_span(h, error, length); }}
{real} call_lesson({real} h, {real} error, {real} ideal)
{{ return sal_step_lesson(h, error, ideal); }}
{real} call_upper({real} value, {real} h, const {real} *slope)
{{ {real} p[5]; sal_dense(value, h, slope, p); return sal_upper(p); }}
"""


@cache
def compiled(precision: Precision) -> Any:
    tableau = tableau_view(precision.suffix.upper(), 1)
    text = "".join(
        render(f"numerical_{name}.c.j2", precision, tableau=tableau, states=1, nodes=8)
        for name in ("common", "polynomial")
    )
    calls = CALLS.format(real=precision.value)
    declarations = "".join(
        line.split("{")[0].strip().rstrip(")") + ");\n"
        for line in calls.splitlines()
        if line.startswith(precision.value)
    )
    return library(text + calls, declarations, precision)


@pytest.mark.parametrize("precision", Precision)
def test_the_factor_is_the_tenth_root_of_the_squared_error(precision: Precision) -> None:
    lib = compiled(precision)[1]
    for error in np.logspace(-25, 25, 997):
        assert lib.call_factor(error) * error**0.1 == pytest.approx(1.0, abs=0.01)
    assert lib.call_factor(0.0) > 1000.0


def test_steps_shrink_with_a_state_that_diverges() -> None:
    """The tolerance admits two fifths of the time that is left: no step is rejected on the way."""
    lib = compiled(Precision.DOUBLE)[1]
    left, suggested, length, ideal = 1.0, 0.1, 0.0, 0.0
    for step in range(40):
        h = suggested
        error = (h / (0.4 * left)) ** 10
        assert error <= 1.0, f"step {step} is rejected"
        if step > 1:
            assert error ** (1 / 10) > 0.7, f"step {step} is too short"
        suggested = lib.call_suggest(h, h, error, length, ideal)
        length, ideal = lib.call_span(h, error, length), lib.call_lesson(h, error, ideal)
        left -= h
    assert left < 1e-6


def test_a_step_after_a_rejected_one_is_followed_by_none_that_is_longer() -> None:
    lib = compiled(Precision.DOUBLE)[1]
    tried = lib.call_suggest(1.0, 1.0, 100.0, 0.0, 0.0)
    assert tried == pytest.approx(0.875 * 100.0**-0.1, rel=0.01)
    length, ideal = lib.call_span(1.0, 100.0, 0.0), lib.call_lesson(1.0, 100.0, 0.0)
    assert lib.call_suggest(tried, tried, 1e-8, length, ideal) == tried
    assert lib.call_suggest(tried, tried, 1e-8, 0.0, 0.0) > 4.0 * tried
    length, ideal = lib.call_span(tried, 1e-8, length), lib.call_lesson(tried, 1e-8, ideal)
    assert lib.call_suggest(tried, tried, 1e-8, length, ideal) > 4.0 * tried


@pytest.mark.parametrize("error", [math.inf, math.nan, 1e300])
def test_a_step_to_nowhere_is_tried_again_at_a_tenth(error: float) -> None:
    assert compiled(Precision.DOUBLE)[1].call_suggest(1.0, 1.0, error, 0.5, 2.0) == 0.1


def test_a_step_that_the_interval_cut_tells_nothing() -> None:
    lib = compiled(Precision.DOUBLE)[1]
    assert lib.call_suggest(1.0, 0.01, 1e-30, 0.5, 0.6) == 1.0
    assert lib.call_suggest(1.0, 0.5, 0.5, 0.5, 0.6) < 0.6


def test_no_function_rises_faster_than_the_bound() -> None:
    """And some rise as fast, but for the millionth that is left for rounding."""
    ffi, lib = compiled(Precision.DOUBLE)
    signs = np.random.default_rng(7).choice([-1.0, 1.0], (500, 7))
    rises = [lib.call_upper(-3.0, 0.25, ffi.new("double[7]", list(row))) + 3.0 for row in signs]
    assert max(rises) <= 0.25 * dense_rise()
    assert max(rises) == pytest.approx(0.25 * dense_rise(), rel=2e-6)
