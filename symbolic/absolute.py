r"""Absolute values for computing, which stay what they are written as.

SymPy's own may turn into the root of a square, :math:`\sqrt{x \bar{x}}`, and multiplies that out,
denominators too: what was safe from overflow is then not, and a square overflows before its root.
"""

from __future__ import annotations

from sympy import Abs, Add, Dummy, Expr, Function, Mul, Number, Pow, expand_mul


class Size(Abs):  # type: ignore[misc]
    """The absolute value of a real expression; signs and factors of known sign are taken out.

    Examples
    --------
    >>> from sympy import Symbol, exp
    >>> x, y = Symbol("x", real=True), Symbol("y", real=True)
    >>> Size(-2 * x * exp(y)), Size(y - x) == Size(x - y)
    (2*exp(y)*Size(x), True)
    """

    @classmethod
    def eval(cls, arg: Expr) -> Expr | None:
        """Take out signs, and factors whose sign is known."""
        if isinstance(arg, Number):
            return abs(arg)
        if arg.is_extended_nonnegative:
            return arg
        if arg.is_extended_nonpositive or arg.could_extract_minus_sign():
            return cls(-arg)
        if not isinstance(arg, Mul):
            return None
        known = [f for f in arg.args if f.is_extended_nonnegative or f.is_extended_nonpositive]
        if not known:
            return None
        rest = [factor for factor in arg.args if factor not in known]
        return Mul(*map(cls, known), cls(Mul(*rest)))


def absolute_terms(expression: Expr) -> Expr:
    """Return the sum of the absolute values of an expression's terms.

    Products are multiplied out, but nothing below a fraction line or inside a function.
    """
    whole = {
        part: Dummy(real=True, positive=part.is_positive)
        for part in expression.atoms(Function)
        | {p for p in expression.atoms(Pow) if not p.exp.is_nonnegative}
    }
    terms = expand_mul(expression.xreplace(whole))
    parts = {dummy: part for part, dummy in whole.items()}
    return Add(*(Size(term.xreplace(parts)) for term in Add.make_args(terms)))
