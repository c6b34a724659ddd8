"""Print expressions as the mathematics of a plain text: products by a space, powers by ``^``."""

# ruff: noqa: N802, N815  (SymPy finds a printer's methods by the names of its classes)

from __future__ import annotations

from typing import Any

from sympy import Add, Basic, Expr, Float, Integer, Integral, Mul, Pow, Rational
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from saltation.symbolic.exponentials import ExpDifference, exprel_form
from saltation.symbolic.quantity import Quantity
from saltation.symbolic.sums import TermSum, VectorSum

UNBROKEN = "\u00a0"
"""A space at which no line is broken; texts that leave this package have plain ones."""


class OrderedTerms:
    """Puts the terms of a sum in an order that reads well.

    A positive term comes first: ``v_r - i`` for ``-i + v_r``. The plain exponentials of a flow map
    come before its divided differences, a lone ``e`` after the terms that it is added to, and a sum
    over terms at the end.
    """

    def _as_ordered_terms(self, expr: Add, order: str | None = None) -> list[Expr]:
        terms = super()._as_ordered_terms(expr, order=order)  # type: ignore[misc]
        return sorted(terms, key=_rank)


def _rank(term: Expr) -> tuple[bool, bool, int, bool]:
    nodes = max((len(d.args) for d in term.atoms(ExpDifference)), default=0)
    sums = term.has(TermSum, VectorSum)
    return sums, bool(term.could_extract_minus_sign()), nodes, isinstance(term, Quantity)


def quotient(expression: Expr) -> tuple[list[Expr], list[Expr], bool]:
    """Split a product into the factors above and below the line, and its sign."""
    coefficient, rest = expression.as_coeff_Mul()
    above: list[Expr] = []
    below: list[Expr] = []
    for factor in rest.as_ordered_factors() if rest != 1 else []:
        exponent = factor.exp if isinstance(factor, Pow) else None
        if exponent is not None and exponent.is_Rational and exponent < 0:
            below.append(Pow(factor.base, -exponent))
        else:
            above.append(factor)
    negative = bool(coefficient < 0)
    size = abs(coefficient)
    if isinstance(size, Rational):
        above = [Integer(size.p), *above] if size.p != 1 else above
        below = [Integer(size.q), *below] if size.q != 1 else below
    elif size != 1:
        above = [size, *above]
    return above, below, negative


class PlainPrinter(OrderedTerms, StrPrinter):  # type: ignore[misc]
    """Prints ``nu_v (v_r - i)/tau_m`` where SymPy prints ``nu_v*(-i + v_r)/tau_m``."""

    def _print_Add(self, expr: Add, order: str | None = None) -> str:
        text = ""
        for term in self._as_ordered_terms(expr, order=order):
            part = self._print(term)
            if not text:
                text = part
            elif part.startswith("-"):
                text += f" - {part[1:]}"
            else:
                text += f" + {part}"
        return text

    def _print_Mul(self, expr: Mul) -> str:
        above, below, negative = quotient(expr)
        top = " ".join(self._factor(f) for f in above) or "1"
        bottom = " ".join(self._factor(f) for f in below)
        if len(below) > 1:
            bottom = f"({bottom})"
        return ("-" if negative else "") + (f"{top}/{bottom}" if below else top)

    def _factor(self, factor: Expr) -> str:
        return str(self.parenthesize(factor, PRECEDENCE["Mul"]))

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        base, exponent = expr.base, expr.exp
        if exponent == Rational(1, 2):
            return f"sqrt({self._print(base)})"
        if exponent.is_Rational and exponent < 0:
            return f"1/{self._factor(Pow(base, -exponent))}"
        power = PRECEDENCE["Pow"]
        return f"{self.parenthesize(base, power + 1)}^{self.parenthesize(exponent, power)}"

    def _print_Float(self, expr: Float) -> str:
        return repr(float(expr))

    def _print_Integral(self, expr: Integral) -> str:
        variable, low, high = expr.limits[0]
        inside = self.parenthesize(expr.function, PRECEDENCE["Mul"], strict=True)
        return f"int_{self._print(low)}^{self._print(high)} {inside} d{self._print(variable)}"

    def _print_ExpDifference(self, expr: ExpDifference) -> str:
        short = exprel_form(expr)
        if short is not None:
            return f"exprel{chr(39) * short[1]}({self._print(short[0])})"
        h, *rates = (self._print(a) for a in expr.args)
        return f"E({h}; {', '.join(rates)})".replace(" ", UNBROKEN)

    def _print(self, expr: Basic, **kwargs: Any) -> str:
        if isinstance(expr, ExpDifference):
            return self._print_ExpDifference(expr)
        return str(super()._print(expr, **kwargs))

    def _print_MatrixBase(self, expr: Any) -> str:
        if expr.cols == 1:
            return "(" + ", ".join(self._print(e) for e in expr) + ")"
        rows = ("[" + ", ".join(self._print(e) for e in row) + "]" for row in expr.tolist())
        return "[" + ", ".join(rows) + "]"

    _print_ImmutableDenseMatrix = _print_MatrixBase

    def _print_MatMul(self, expr: Any) -> str:
        return " ".join(str(self.parenthesize(a, PRECEDENCE["Mul"])) for a in expr.args)

    def _print_MatAdd(self, expr: Any) -> str:
        return " + ".join(self._print(a) for a in expr.args)

    def _print_TermSum(self, expr: Any) -> str:
        over = expr.range if expr.range.isalnum() else f"({expr.range})"
        return f"sum_{over} {self.parenthesize(expr.term, PRECEDENCE['Mul'], strict=True)}"

    _print_VectorSum = _print_TermSum

    def _print_Transpose(self, expr: Any) -> str:
        return f"{self._print(expr.arg)}^T"


def plain(expression: Basic) -> str:
    """Return an expression as plain text.

    Examples
    --------
    >>> from sympy.abc import a, n, x, t
    >>> print(plain(n * (-a + x) / t**2 - x / 2))
    n (x - a)/t^2 - x/2
    """
    return unbroken_plain(expression).replace(UNBROKEN, " ")


def unbroken_plain(expression: Basic) -> str:
    """Return the same with `UNBROKEN` for spaces at which a line should not end."""
    return str(PlainPrinter({"order": None}).doprint(expression))
