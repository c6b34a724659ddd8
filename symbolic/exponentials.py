"""Divided differences of the exponential function: the closed forms of linear flows.

The flow of a triangular linear system is built of divided differences of ``r -> exp(r h)`` at the
diagonal rates. They are entire functions of the rates, so equal and nearly equal rates are ordinary
points, and a derivative by a rate is the divided difference with that rate repeated.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Function, Integer, exp, factorial
from sympy.core.function import ArgumentIndexError


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
        """Sort the rates (the function is symmetric); write ``h = 0`` and equal rates out."""
        if h.is_zero:
            return Integer(0)
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

    def _eval_is_positive(self) -> bool | None:
        return True if self.args[0].is_positive else None

    def _eval_is_real(self) -> bool | None:
        return True if all(a.is_real for a in self.args) else None

    def _sympystr(self, printer: Any) -> str:
        h, *rates = (printer.doprint(a) for a in self.args)
        return f"E({h}; {', '.join(rates)})"

    def _latex(self, printer: Any) -> str:
        h, *rates = (printer.doprint(a) for a in self.args)
        nodes = r",\, ".join(rates)
        return rf"E\!\left({h};\, {nodes}\right)"


def exp_difference(h: Expr, *rates: Expr) -> Expr:
    """Return ``exp(r h)`` for one rate and :class:`ExpDifference` for more."""
    return exp(rates[0] * h) if len(rates) == 1 else ExpDifference(h, *rates)
