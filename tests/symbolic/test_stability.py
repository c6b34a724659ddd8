"""The rates of a flow at its start."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import I, Matrix, Poly, Rational, Symbol, expand, prod

from saltation.symbolic.checks.stability import _eigenvalues, _roots
from saltation.symbolic.neuron import Neuron

X = Symbol("x")
ROOTS = {
    "powers of ten apart": [-(10**11), Rational(-7, 1000)],
    "three sizes": [-(10**30), -1, Rational(-1, 10**30)],
    "one": [Rational(-1, 3)],
    "oscillation": [3 * I, -3 * I],
    "damped": [Rational(-1, 100) + 5 * I, Rational(-1, 100) - 5 * I, -40],
    "zero": [0, -2],
}


@pytest.mark.parametrize("roots", ROOTS.values(), ids=ROOTS)
@pytest.mark.parametrize("leading", [1, Rational(-3, 7)])
def test_roots_are_found_whatever_their_sizes(roots: list[object], leading: object) -> None:
    found = _roots(Poly(leading * expand(prod(X - root for root in roots)), X))
    order = sorted(
        range(len(roots)), key=lambda k: (complex(roots[k]).real, complex(roots[k]).imag)
    )
    found = sorted(found, key=lambda root: (round(root.real, 9), root.imag))
    expected = [complex(roots[k]) for k in order]
    np.testing.assert_allclose(found, expected, rtol=1e-15, atol=1e-15 * max(map(abs, expected)))


def test_repeated_rates_are_exact() -> None:
    rate = Rational(-200)
    jordan = Matrix([[rate, 1, 0], [0, rate, 1], [0, 0, rate]])
    assert _eigenvalues(jordan) == [-200.0, -200.0, -200.0]


@pytest.mark.filterwarnings("ignore:.*S322-blow-up")
def test_rates_beyond_the_range_of_doubles_are_no_error() -> None:
    """There is nothing to say about them: the run stops where they overflow."""
    steep = Neuron("steep", dynamics={"v": "exp(v) - v"}, parameters={}, initial={"v": 1e3})
    assert steep.initial == {"v": 1e3}
