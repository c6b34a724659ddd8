"""Divided differences of the exponential function: the closed forms of linear flows.

The flow of a triangular linear system is built of divided differences of ``r -> exp(r h)`` at the
diagonal rates. They are entire functions of the rates, so equal and nearly equal rates are ordinary
points, and a derivative by a rate is the divided difference with that rate repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sympy import Expr, Float, Function, Integer, exp, factorial
from sympy.core.function import ArgumentIndexError

_WIDEST: Final = 1_000
"""Largest spread of the rates, times the duration, at which a value is computed."""


class ExpDifference(Function):  # type: ignore[misc]
    r"""Divided difference ``exp(. h)[r_1, ..., r_k]`` of the exponential at ``k >= 2`` rates.

    .. math::
        E(h; r_1, \dots, r_k) = \int_{s_1 + \dots + s_k = h,\; s_j \ge 0}
        e^{r_1 s_1 + \dots + r_k s_k}\, ds

    The value is symmetric in the rates and positive for ``h > 0``. With one rate it is
    ``exp(r h)``, which is how :func:`exp_difference` writes it.

    References
    ----------
    McCurdy, Ng & Parlett (1984), "Accurate computation of divided differences of the exponential
    function", Mathematics of Computation 43.
    """

    @classmethod
    def eval(cls, h: Expr, *rates: Expr) -> Expr | None:
        """Sort the rates (the function is symmetric); write ``h = 0`` and equal rates out.

        Decimals are evaluated, as in SymPy's own functions.
        """
        if h.is_zero:
            return Integer(0)
        decimals = [a for a in (h, *rates) if isinstance(a, Float)]
        if decimals and all(a.is_Number for a in (h, *rates)):
            return _value(h, rates, min(a._prec for a in decimals))
        if all(rate == rates[0] for rate in rates):
            repeated = len(rates) - 1
            return h**repeated / factorial(repeated) * exp(rates[0] * h)
        ordered = tuple(sorted(rates, key=lambda rate: rate.sort_key()))
        return None if ordered == rates else cls(h, *ordered)

    def fdiff(self, argindex: int = 1) -> Expr:
        """Differentiate by the duration (first argument) or by one of the rates."""
        h, *rates = self.args
        if argindex == 1:
            return rates[0] * self + exp_difference(h, *rates[1:])
        if not 2 <= argindex <= len(self.args):
            raise ArgumentIndexError(self, argindex)
        return ExpDifference(h, *rates, rates[argindex - 2])

    def _eval_evalf(self, prec: int) -> Expr | None:
        """Compute the value at numbers, to any precision."""
        values = [a._eval_evalf(prec + 16) for a in self.args]
        if not all(v is not None and v.is_Number for v in values):
            return None
        return _value(values[0], values[1:], prec)

    def _eval_is_positive(self) -> bool | None:
        return True if self.args[0].is_positive else None

    def _eval_is_real(self) -> bool | None:
        return True if all(a.is_real for a in self.args) else None

    def _sympystr(self, printer: Any) -> str:
        short = exprel_form(self)
        if short is not None:
            return f"exprel{chr(39) * short[1]}({printer.doprint(short[0])})"
        h, *rates = (printer.doprint(a) for a in self.args)
        return f"E({h}; {', '.join(rates)})"

    def _latex(self, printer: Any) -> str:
        short = exprel_form(self)
        if short is not None:
            return exprel_latex(printer.doprint(short[0]), short[1])
        h, *rates = (printer.doprint(a) for a in self.args)
        nodes = r",\, ".join(rates)
        return rf"E\!\left({h};\, {nodes}\right)"


def exp_difference(h: Expr, *rates: Expr) -> Expr:
    """Return ``exp(r h)`` for one rate and :class:`ExpDifference` for more."""
    return exp(rates[0] * h) if len(rates) == 1 else ExpDifference(h, *rates)


def exprel(x: Expr) -> Expr:
    """Return ``(exp(x) - 1)/x`` as the entire function that it is, 1 at ``x = 0``.

    It is the divided difference of the exponential at 0 and `x`, so that its derivatives are
    divided differences too, and ``x = 0`` is an ordinary point of all of them.

    Examples
    --------
    >>> from sympy.abc import x
    >>> exprel(x), exprel(x).diff(x)
    (exprel(x), exprel'(x))
    """
    return ExpDifference(Integer(1), Integer(0), x)


DIVIDED_DIFFERENCE = (
    "`E(h; r_1, ..., r_k)` is the divided difference of `r -> exp(r h)` at the rates "
    "`r_1, ..., r_k`, an entire function: equal rates are ordinary."
)
"""What a derivation says where it writes the first one."""


def exprel_form(difference: ExpDifference) -> tuple[Expr, int] | None:
    """Return `x` and 0 or 1 for ``exprel(x)`` or its derivative; None for any other difference."""
    h, *rates = difference.args
    arguments = [rate for rate in rates if rate != 0]
    plain = h == 1 and len(arguments) == len(rates) - 1 and len(set(arguments)) == 1
    return (arguments[0], len(arguments) - 1) if plain and len(arguments) <= 2 else None


def exprel_latex(argument: str, order: int) -> str:
    """Return the LaTeX of ``exprel`` or a derivative of it."""
    return rf"\operatorname{{exprel}}{chr(39) * order}\left({argument}\right)"


def _value(h: Expr, rates: Sequence[Expr], prec: int) -> Expr | None:
    """Return a divided difference at numbers; None where the series would be long."""
    span, *places = (Float(a, precision=prec + 16) for a in (h, *rates))
    spreads = [(r - min(places)) * span for r in places]
    if span <= 0 or max(spreads) > _WIDEST:
        return None
    first = span ** (len(places) - 1) * exp(min(places) * span)
    return Float(first * _symmetric_series(spreads, prec + 16), precision=prec)


def _symmetric_series(spreads: list[Expr], prec: int) -> Expr:
    """Sum the positive terms ``h_m(spreads)/(m + n - 1)!`` over `m`, h_m complete symmetric."""
    row = [Float(1, precision=prec)] * len(spreads)
    weight = row[0] / factorial(len(spreads) - 1)
    total, m = weight, 0
    while True:
        m += 1
        weight = weight / (m + len(spreads) - 1)
        row = _next_row(row, spreads)
        total += row[-1] * weight
        # From here on each term is less than half of the one before.
        if m > 2 * max(spreads) and row[-1] * weight * 2**prec < total:
            return total


def _next_row(row: list[Expr], spreads: list[Expr]) -> list[Expr]:
    """Turn ``h_m`` of the first 1, 2, ... values into ``h_(m+1)`` of them."""
    result: list[Expr] = []
    for before, spread in zip(row, spreads, strict=True):
        result.append(before * spread + (result[-1] if result else 0))
    return result
