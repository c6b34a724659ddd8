r"""Quotients of exponentials, written so that nothing overflows which the whole does not.

Of a quotient such as :math:`e^x/(1 + e^x)` both parts may be infinite, or both zero, where the
whole is an ordinary number. Every product, power and sum of exponentials is an exponential times
what is neither large nor small by exponentials,

.. math::
    f = e^s r, \qquad
    \sum_k e^{s_k} r_k = e^m \sum_k e^{s_k - m} r_k, \qquad m = \max_k s_k,

and exponents of a product add up before an exponential is taken of them. This holds for any signs
and sizes of the exponents, so that no form in which a quotient is written needs a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce

from sympy import (
    Abs,
    Add,
    Expr,
    Integer,
    Mul,
    Number,
    Pow,
    cosh,
    default_sort_key,
    exp,
    log,
    sinh,
    tanh,
)

from saltation.symbolic.absolute import Size
from saltation.symbolic.exponentials import ExpDifference

_GROWING = (exp, ExpDifference, cosh, sinh)


def without_overflow(expression: Expr, finite: bool = False) -> Expr:
    """Rewrite the quotients, and logarithms of sums, that may overflow where they have a value.

    The result is for computing: it has absolute values of exponents, and is never differentiated.
    If all parts must be `finite`, a quotient is also rewritten where it is right although what is
    below is infinite.

    Examples
    --------
    >>> from sympy import Symbol
    >>> x = Symbol("x", real=True)
    >>> without_overflow(1 / (1 + exp(-x)))
    1/(1 + exp(-x))
    >>> without_overflow(exp(x) / (1 + exp(x)))
    exp(x/2 - Size(x)/2)/(exp(-x/2 - Size(x)/2) + exp(x/2 - Size(x)/2))
    >>> without_overflow(1 / (1 + exp(x)), finite=True)
    exp(-x/2 - Size(x)/2)/(exp(-x/2 - Size(x)/2) + exp(x/2 - Size(x)/2))
    """
    if not expression.has(*_GROWING) and not any(map(_is_power_of_number, expression.atoms(Pow))):
        return expression
    if isinstance(expression, Mul | Pow | Abs) and _may_overflow(expression, finite):
        scale, rest = _split(expression, finite)
        return exp(scale) * rest
    if isinstance(expression, log) and isinstance(expression.args[0], Add):
        scale, rest = _split(expression.args[0], finite)
        return scale + log(rest)
    return _rebuilt(expression, finite)


def _rebuilt(expression: Expr, finite: bool) -> Expr:
    arguments = tuple(without_overflow(part, finite) for part in expression.args)
    return expression if arguments == expression.args else expression.func(*arguments)


def _may_overflow(product: Expr, finite: bool) -> bool:
    """Tell whether a product may be no number where its value is one."""
    growing = [factor for factor in _factors(product) if _grows(factor)]
    below = [Add.make_args(factor.base) for factor in growing if _is_below(factor)]
    if any(map(_may_differ, below)) or 0 < len(below) < len(growing):
        return True
    if finite and below:
        return True
    if sum(isinstance(factor, exp) for factor in growing) > 1:
        return True
    return len(below) > 1 and any(all(map(_grows, terms)) for terms in below)


def _grows(expression: Expr) -> bool:
    """Tell whether an expression may be large or small by an exponential; see `_split`."""
    if isinstance(expression, Pow):
        return _is_power_of_number(expression) or _grows(expression.base)
    if isinstance(expression, Mul | Add | Abs):
        return any(map(_grows, expression.args))
    return isinstance(expression, _GROWING)


def _factors(product: Expr) -> Iterator[Expr]:
    """Yield the factors of a product, without their signs if it is an absolute value."""
    for factor in Mul.make_args(product):
        if isinstance(factor, Abs):
            yield from _factors(factor.args[0])
        else:
            yield factor


def _is_below(factor: Expr) -> bool:
    return isinstance(factor, Pow) and not factor.exp.is_nonnegative and not _is_number(factor.base)


def _may_differ(terms: Iterable[Expr]) -> bool:
    """Tell whether the exponentials of a sum may be infinite with different signs."""
    growing = [term for term in terms if _grows(term)]
    same = all(t.is_positive for t in growing) or all(t.is_negative for t in growing)
    return len(growing) > 1 and not same


def _split(expression: Expr, finite: bool) -> tuple[Expr, Expr]:
    """Return `s` and `r`, with ``expression = exp(s) r``."""
    if isinstance(expression, exp):
        return without_overflow(expression.args[0], finite), Integer(1)
    if isinstance(expression, Mul):
        scales, rests = zip(*(_split(part, finite) for part in expression.args), strict=True)
        return Add(*scales), Mul(*rests)
    if isinstance(expression, Pow):
        return _split_power(expression, finite)
    if isinstance(expression, Add):
        return _split_sum(expression, finite)
    if isinstance(expression, ExpDifference):
        h, *rates = (without_overflow(part, finite) for part in expression.args)
        most = _largest(rates)
        return h * most, ExpDifference(h, *(rate - most for rate in rates))
    if isinstance(expression, cosh):
        return _split_sum(expression.rewrite(exp), finite)
    if isinstance(expression, sinh):  # not as a difference, which is inaccurate near zero
        scale, rest = _split(cosh(expression.args[0]), finite)
        return scale, rest * tanh(expression.args[0])
    if isinstance(expression, Abs):
        scale, rest = _split(expression.args[0], finite)
        return scale, Size(rest)
    return Integer(0), without_overflow(expression, finite)


def _split_power(expression: Pow, finite: bool) -> tuple[Expr, Expr]:
    base, exponent = expression.base, without_overflow(expression.exp, finite)
    if _is_power_of_number(expression):
        return exponent * log(base), Integer(1)
    scale, rest = _split(base, finite)
    return exponent * scale, rest**exponent


def _split_sum(expression: Expr, finite: bool) -> tuple[Expr, Expr]:
    parts = [_split(term, finite) for term in Add.make_args(expression)]
    most = _largest(scale for scale, _ in parts)
    return most, Add(*(exp(scale - most) * rest for scale, rest in parts))


def _largest(values: Iterable[Expr]) -> Expr:
    """Return the largest of some numbers; computed to rounding, which is near enough."""
    return reduce(
        lambda x, y: (x + y) / 2 + Size(x - y) / 2, sorted(set(values), key=default_sort_key)
    )


def _is_power_of_number(power: Expr) -> bool:
    return isinstance(power, Pow) and _is_number(power.base) and not _is_number(power.exp)


def _is_number(expression: Expr) -> bool:
    return isinstance(expression, Number) and bool(expression.is_positive)
