"""Print SymPy expressions as C99, in double or single precision."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Float, Integer, Pow, Rational
from sympy.printing.c import C99CodePrinter

from saltation.codegen.options import Precision
from saltation.symbolic.absolute import Size

OWN_FUNCTIONS = {"exp": "sal_exp", "expm1": "sal_expm1"}
"""Functions that the generated code brings along, so that every machine gives the same bits."""

_MOST_FACTORS = 16
"""The largest power that is a product: twice what a declaration may use, as its derivatives do."""


class CPrinter(C99CodePrinter):  # type: ignore[misc]
    """SymPy's C99 printer with the precision's literals, small powers as products, own functions.

    Customisations: literals carry the precision's suffix (no silent promotion to double); integer
    powers up to sixteen are written as products and negative ones as one division, halves and
    quarters by square roots; ``exp`` is the generated code's own; libm's functions are those of
    the precision.
    """

    def __init__(self, precision: Precision) -> None:
        super().__init__({"contract": False})
        self._precision = precision

    def _literal(self, digits: str) -> str:
        return f"{digits}{self._precision.suffix.upper()}"

    def _print_Integer(self, expr: Integer) -> str:
        return self._literal(f"{int(expr)}.0")

    def _print_Zero(self, expr: Integer) -> str:
        return self._literal("0.0")

    def _print_One(self, expr: Integer) -> str:
        return self._literal("1.0")

    def _print_NegativeOne(self, expr: Integer) -> str:
        return self._literal("-1.0")

    def _print_Half(self, expr: Rational) -> str:
        return self._literal("0.5")

    def _print_Rational(self, expr: Rational) -> str:
        return f"({self._literal(f'{expr.p}.0')}/{self._literal(f'{expr.q}.0')})"

    def _print_Float(self, expr: Float) -> str:
        return self._literal(repr(float(expr)))

    def _print_Pow(self, expr: Pow) -> str:
        base, exponent = expr.as_base_exp()
        if exponent.is_Integer and 1 <= abs(int(exponent)) <= _MOST_FACTORS:
            product = _power(self.parenthesize(base, 60), abs(int(exponent)))
            return product if exponent > 0 else f"{self._literal('1.0')}/{product}"
        if exponent.is_Rational and 4 % exponent.q == 0 and abs(exponent.p) <= _MOST_FACTORS:
            return self._power_of_root(base, exponent)
        return self._call("pow", base, exponent)

    def _power_of_root(self, base: Expr, exponent: Rational) -> str:
        """Return a power that is a multiple of a half or a quarter, by square roots."""
        whole, quarters = divmod(abs(exponent.p) * 4 // exponent.q, 4)
        root = self._call("sqrt", base)
        factors = [_power(self.parenthesize(base, 60), whole)] if whole else []
        factors += [root] if quarters > 1 else []
        factors += [f"sqrt{self._precision.suffix}({root})"] if quarters % 2 else []
        power = f"({'*'.join(factors)})" if len(factors) > 1 else factors[0]
        return power if exponent > 0 else f"{self._literal('1.0')}/{power}"

    def _call(self, name: str, *arguments: Expr) -> str:
        own = OWN_FUNCTIONS.get(name)
        full = own if own else f"{name}{self._precision.suffix}"
        return f"{full}({', '.join(self._print(a) for a in arguments)})"

    def _print_ExpBase(self, expr: Expr) -> str:
        return self._call("exp", *expr.args)

    _print_exp = _print_ExpBase

    def _print_Abs(self, expr: Expr) -> str:
        return self._call("fabs", *expr.args)

    def _print_Exp1(self, expr: Expr) -> str:
        return self._print_Float(Float(expr))

    def _print_Pi(self, expr: Expr) -> str:
        return self._print_Float(Float(expr, 17))

    def _print_Function(self, expr: Any) -> str:
        name = expr.func.__name__
        if name.startswith("sal_"):
            return f"{name}({', '.join(self._print(a) for a in expr.args)})"
        known = self.known_functions.get(name)
        return self._call(known if isinstance(known, str) else name, *expr.args)


def _power(factor: str, exponent: int) -> str:
    """Return a power as a product; of more than four factors, of powers that a compiler shares."""
    if exponent <= 4:
        return f"({'*'.join([factor] * exponent)})" if exponent > 1 else factor
    half = _power(factor, exponent // 2)
    return f"({half}*{half}*{factor})" if exponent % 2 else f"({half}*{half})"


# The base class has a method of its own for each of these, which takes them for double precision.
for _name in ("log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"):
    setattr(CPrinter, f"_print_{_name}", CPrinter._print_Function)
setattr(CPrinter, f"_print_{Size.__name__}", CPrinter._print_Abs)


def print_c(expression: Expr, precision: Precision) -> str:
    """Return an expression as C text."""
    return str(CPrinter(precision).doprint(expression))
