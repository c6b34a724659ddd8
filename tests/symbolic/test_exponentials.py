"""Divided differences of the exponential: values, symmetry, derivatives."""

from __future__ import annotations

import mpmath
import pytest
from high_precision import exp_difference_value, value
from sympy import Float, Integer, Rational, Symbol, exp, latex

from saltation.symbolic.exponentials import ExpDifference, exp_difference, exprel
from saltation.symbolic.parser import parse
from saltation.symbolic.plain_printer import plain

H, A, B, C = (Symbol(name, real=True) for name in ("h", "a", "b", "c"))

RATES = [
    (-1.0, -3.0, 0.5),
    (-2.0, -2.0, 0.0),
    (-2.0, -2.0 + 1e-12, -2.0 - 1e-9),
    (-2.0, -2.0, -2.0),
]


@pytest.mark.parametrize("rates", RATES)
def test_two_rates_are_the_integral_over_where_the_first_ends(
    rates: tuple[float, ...],
) -> None:
    with mpmath.workdps(40):
        a, b, h = mpmath.mpf(rates[0]), mpmath.mpf(rates[1]), mpmath.mpf("0.7")
        integral = mpmath.quad(lambda s: mpmath.exp(a * s + b * (h - s)), [0, h])
        ours = value(ExpDifference(H, A, B), {H: h, A: a, B: b})
        assert abs(ours - integral) < mpmath.mpf(10) ** -35


@pytest.mark.parametrize("rates", RATES)
def test_three_rates_are_the_integral_over_a_simplex(rates: tuple[float, ...]) -> None:
    with mpmath.workdps(25):
        a, b, c = map(mpmath.mpf, rates)
        h = mpmath.mpf("0.7")

        def inner(s: mpmath.mpf) -> mpmath.mpf:
            rest = h - s
            return mpmath.quad(lambda t: mpmath.exp(a * s + b * t + c * (rest - t)), [0, rest])

        ours = value(ExpDifference(H, A, B, C), {H: h, A: a, B: b, C: c})
        assert abs(ours - mpmath.quad(inner, [0, h])) < mpmath.mpf(10) ** -20


def test_the_order_of_the_rates_does_not_matter() -> None:
    assert ExpDifference(H, A, B, C) == ExpDifference(H, C, A, B)


def test_one_rate_is_an_exponential() -> None:
    assert exp_difference(H, A) == exp(A * H)


def test_equal_rates_are_written_out() -> None:
    assert ExpDifference(H, A, A, A) == H**2 / 2 * exp(A * H)


def test_no_duration_gives_nothing() -> None:
    assert ExpDifference(Integer(0), A, B) == 0


@pytest.mark.parametrize("rates", RATES)
@pytest.mark.parametrize("symbol", [H, A, B, C])
def test_derivatives_are_those_of_the_values(symbol: Symbol, rates: tuple[float, ...]) -> None:
    expression = ExpDifference(H, A, B, C)
    with mpmath.workdps(50):
        at = {H: mpmath.mpf("0.7")} | {
            s: mpmath.mpf(r) for s, r in zip((A, B, C), rates, strict=True)
        }
        ours = value(expression.diff(symbol), at)

        def moved(x: mpmath.mpf) -> mpmath.mpf:
            here = at | {symbol: x}
            return exp_difference_value(here[H], [here[A], here[B], here[C]])

        step = mpmath.mpf(10) ** -15
        centre = at[symbol]
        difference = (moved(centre + step) - moved(centre - step)) / (2 * step)
        assert abs(ours - difference) < mpmath.mpf(10) ** -26


def test_it_is_positive_for_a_positive_duration() -> None:
    h = Symbol("h", positive=True)
    assert ExpDifference(h, A, B).is_positive


def test_it_reads_as_mathematics() -> None:
    expression = ExpDifference(H, -1 / A, Rational(-1, 2))
    assert str(expression) == "E(h; -1/2, -1/a)"
    assert latex(expression).startswith(r"E\!\left(h;\, ")


@pytest.mark.parametrize("rates", RATES)
def test_values_of_numbers_have_the_digits_asked_for(rates: tuple[float, ...]) -> None:
    with mpmath.workdps(70):
        expected = exp_difference_value(mpmath.mpf("0.7"), list(map(mpmath.mpf, rates)))
        h = Float(str(mpmath.mpf("0.7")), 70)
        ours = ExpDifference(h, *(Float(mpmath.mpf(rate), 70) for rate in rates))
        assert ours.is_Float or ours.evalf(60).is_Float
        assert abs(mpmath.mpf(str(ours.evalf(60))) / expected - 1) < mpmath.mpf(10) ** -58


@pytest.mark.parametrize("x", [-40.0, -1.0, -1e-9, 0.0, 1e-9, 0.3, 30.0])
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_exprel_and_its_derivatives_have_no_gap(x: float, order: int) -> None:
    argument = Symbol("x", real=True)
    ours = exprel(argument).diff(argument, order) if order else exprel(argument)
    with mpmath.workdps(50):
        expected = mpmath.quad(lambda s: s**order * mpmath.exp(x * s), [0, 0.5, 0.9, 1])
        value = ours.xreplace({argument: Float(x, 40)}).evalf(35)
        assert abs(mpmath.mpf(str(value)) / expected - 1) < mpmath.mpf(10) ** -33


def test_exprel_is_read_and_written_by_its_name() -> None:
    names = {"x": Symbol("x", real=True)}
    read = parse("1/exprel((25 - x)/10)", names=names, model="m", where="w")
    assert str(read) == "1/exprel(5/2 - x/10)"
    assert plain(exprel(names["x"]).diff(names["x"])) == "exprel'(x)"
    assert latex(exprel(names["x"])) == r"\operatorname{exprel}\left(x\right)"
    assert parse("exprel(0)", names={}, model="m", where="w") == 1
