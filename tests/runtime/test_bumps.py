"""Bounds of a function that rises and falls between two arrivals: three rates, of any ratio."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from compiled import library

from saltation.codegen.options import Precision
from saltation.codegen.render import render

COUNT = 2000
DTYPES = {Precision.DOUBLE: "f8", Precision.SINGLE: "f4"}
ROUTINE = """\
void call(const {real} *x, {real} third, {real} fourth, int cubic, {real} *may, int count)
{{
    int n;
    for (n = 0; n < count; n++, x += 8) {{
        may[n] = sal_may_cross(1, x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7],
                               third, fourth, cubic);
    }}
}}
"""
RATES = [
    (l1, -1.0 / tau_m, -1.0 / tau_s)
    for l1 in (0.0, -0.3)
    for tau_m, tau_s in (
        (1.0, 0.05),
        (1.0, 0.25),
        (1.0, 0.4),
        (1.0, 0.4999),
        (1.0, 0.5001),
        (1.0, 0.8),
        (1.0, 1.001),
        (1.0, 3.0),
        (0.3, 2.0),
    )
]
"""The signs of the third and fourth derivatives are all that these can be."""


@cache
def routine(template: str, precision: Precision) -> Any:
    """What tells whether there may be a crossing, as it is in lanes or in exported C."""
    text = render(template, precision) + ROUTINE.format(real=precision.value)
    declared = ROUTINE.format(real=precision.value).split("{")[0].strip() + ";"
    return library(text, declared, precision)


def chain(factors: Any, rates: tuple[float, ...], h: Any) -> list[Any]:
    """The functions L_0 to L_2 of a sum of three exponentials, after h."""
    terms = factors * np.exp(np.multiply.outer(np.asarray(h), np.array(rates)))
    values = [terms.sum(-1)]
    for rate in rates[:2]:
        terms = terms * (np.array(rates) - rate)
        values.append(terms.sum(-1))
    return values


def asked(
    template: str,
    precision: Precision,
    rates: tuple[float, ...],
    longest: float,
    cubic: int,
    closest: float,
) -> tuple[Any, Any, Any]:
    """Of functions below zero at both ends that rise and fall: their peaks and scales, answers."""
    generator = np.random.default_rng(7)
    first, second, last = rates
    h = generator.exponential(longest, COUNT)
    where = np.linspace(0.0, 1.0, 401)[:, None] * h
    factors = np.tile([0.0, 1.0, -1.0], (COUNT, 1)) / (second - last)
    factors[:, 2] *= 1.0 + generator.uniform(-0.5, 1.0, COUNT) * min(1.0, abs(second - last))
    peak = (chain(factors, rates, where)[0] * np.exp(-first * where)).max(0)
    # Half of them just cross.
    near = generator.choice([-1.0, 1.0], COUNT) * 10.0 ** generator.uniform(closest, -0.5, COUNT)
    factors[:, 0] = -np.abs(peak) * (1.0 + near)
    f, g = chain(factors, rates, np.zeros(COUNT)), chain(factors, rates, h)
    bumps = (f[0] < 0) & (g[0] < 0) & (f[1] > 0) & (f[2] < 0)
    w = np.expm1((second - first) * h) / (second - first)
    e, u = np.exp((second - first) * h), np.exp(second * h)
    given = np.stack([*f, g[0], g[1], w, e, u], axis=1)[bumps]
    third = first - 2 * second + last
    fourth = third * (2 * first - 3 * second + last)
    ffi, functions = routine(template, precision)
    rows = np.ascontiguousarray(given, dtype=DTYPES[precision])
    may = np.empty(len(rows), rows.dtype)
    real = f"{precision.value} *"
    to, back = (ffi.cast(real, array.ctypes.data) for array in (rows, may))
    functions.call(to, third, fourth, cubic, back, len(rows))
    path = chain(factors[bumps], rates, where[:, bumps])[0]
    return path.max(0), np.abs(factors[bumps]).sum(1), may


@pytest.mark.parametrize("precision", list(Precision))
@pytest.mark.parametrize("template", ["crossing.c.j2", "export_crossing.c.j2"])
@pytest.mark.parametrize("rates", RATES)
def test_no_bump_that_crosses_is_left_out(
    rates: tuple[float, ...], template: str, precision: Precision
) -> None:
    told, found = 0, 0
    for longest in (0.1, 1.0, 10.0):
        highest, scale, may = asked(template, precision, rates, longest, 1, -6.0)
        crosses = highest > (1e-12 if precision is Precision.DOUBLE else 1e-5) * scale
        assert np.all(may[crosses] > 0)
        told += np.sum(may == 0)
        found += np.sum(crosses)
    assert min(told, found) > COUNT / 50


@pytest.mark.parametrize(("tau_s", "left"), [(0.25, 0.7), (0.4, 0.7), (0.5, 0.0)])
def test_of_those_that_do_not_cross_few_are_left(tau_s: float, left: float) -> None:
    rates = (0.0, -1.0, -1.0 / tau_s)
    highest, _, may = asked("crossing.c.j2", Precision.DOUBLE, rates, 1.0, 1, -1.0)
    _, _, tangents = asked("crossing.c.j2", Precision.DOUBLE, rates, 1.0, 0, -1.0)
    misses = highest < 0
    assert np.mean(may[misses]) <= left * np.mean(tangents[misses])
    assert np.all(may <= tangents)
