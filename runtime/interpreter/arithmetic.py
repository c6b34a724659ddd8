"""Real numbers of many digits: MPFR's if gmpy2 is installed, otherwise mpmath's.

Both give correctly rounded basic operations at the same number of bits; gmpy2 is several times
faster.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import mul
from typing import Any, Literal, TypeAlias

import mpmath
from sympy import Expr, Float, Rational

from saltation.symbolic.errors import NonFiniteError

Number: TypeAlias = Any
"""A ``gmpy2.mpfr`` or an ``mpmath.mpf``; both mix with int."""

ELEMENTARY = ("exp", "log", "sin", "cos", "sinh", "cosh", "tanh", "asin", "acos", "atan")
"""The functions that both libraries provide under these names."""

_GUARD_BITS = 8


class Arithmetic:
    """Numbers of a given precision, and the elementary functions of them.

    Parameters
    ----------
    digits : int
        Decimal digits, at least 16.
    library : {"gmpy2", "mpmath"}, optional
        By default gmpy2 where it is installed.

    Examples
    --------
    >>> arithmetic = Arithmetic(40, library="mpmath")
    >>> with arithmetic.active():
    ...     float(arithmetic.functions["exp"](arithmetic.number(1)))
    2.718281828459045
    """

    def __init__(self, digits: int, library: Literal["gmpy2", "mpmath"] | None = None) -> None:
        self.digits = max(16, int(digits))
        self.bits = math.ceil(self.digits * math.log2(10.0)) + _GUARD_BITS
        if library is None:
            library = "gmpy2" if importlib.util.find_spec("gmpy2") else "mpmath"
        self.library = library
        self._gmpy2: Any = importlib.import_module("gmpy2") if library == "gmpy2" else None
        self._mp: Any = mpmath.MPContext()
        self._mp.prec = self.bits
        source = self._gmpy2 or self._mp
        self.functions: dict[str, Callable[[Number], Number]] = {
            name: getattr(source, name) if self._gmpy2 else _real(getattr(source, name))
            for name in ELEMENTARY
        }

    @contextmanager
    def active(self) -> Iterator[None]:
        """Compute with this precision inside the block."""
        if self._gmpy2 is None:
            yield
            return
        with self._gmpy2.context(self._gmpy2.context(), precision=self.bits):
            yield

    def number(self, value: float | int) -> Number:
        """Return `value` exactly (an int, or a float of double precision)."""
        return self._gmpy2.mpfr(value) if self._gmpy2 else self._mp.mpf(value)

    def constant(self, value: Expr) -> Number:
        """Return the value of a SymPy number: exact if binary, otherwise rounded once."""
        if isinstance(value, Float):
            value = Rational(value)
        if isinstance(value, Rational):
            return self.number(int(value.p)) / int(value.q)
        text = str(value.evalf(self.digits + 10))
        return self._gmpy2.mpfr(text) if self._gmpy2 else self._mp.mpf(text)

    def power(self, base: Number, exponent: Number) -> Number:
        """Return `base` to the `exponent`; NaN where that is not real."""
        result = base**exponent
        return result if self._gmpy2 or isinstance(result, self._mp.mpf) else self._mp.nan

    def dot(self, left: Iterable[Number], right: Iterable[Number]) -> Number:
        """Return the sum of products, rounded once with gmpy2, otherwise at every addition."""
        products = map(mul, left, right)
        return self._gmpy2.fsum(products) if self._gmpy2 else sum(products)

    def sqrt(self, value: Number) -> Number:
        """Return the square root of a number that is not negative."""
        return (self._gmpy2 or self._mp).sqrt(value)

    def to_mpf(self, value: Number) -> Any:
        """Return `value` as an ``mpmath.mpf``, with every digit it has."""
        if self._gmpy2 is None or not self._gmpy2.is_finite(value):
            return mpmath.mpf(value if self._gmpy2 is None else float(value))
        mantissa, exponent = value.as_mantissa_exp()
        return mpmath.make_mpf(mpmath.libmp.from_man_exp(int(mantissa), int(exponent)))


def _real(function: Callable[[Number], Number]) -> Callable[[Number], Number]:
    """Let mpmath's functions refuse what leads out of the real numbers."""

    def real(value: Number) -> Number:
        result = function(value)
        if isinstance(result, mpmath.ctx_mp_python._mpc):
            raise NonFiniteError(f"{function.__name__}({float(value)!r}) is not a real number")
        return result

    return real


def is_finite(value: Number) -> bool:
    """Say whether a number is neither infinite nor NaN."""
    difference = value - value
    return bool(difference == 0)
