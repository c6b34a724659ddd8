"""Taylor series of ``exprel(u) = (exp(u) - 1)/u`` along a flow, through ``u = 0`` as elsewhere.

The recurrence of a quotient divides by `u_0` at every order, and loses all digits where `u` passes
zero. Near there the function's own Taylor series at `u_0` is composed with that of `u` instead; its
coefficients are sums of positive terms. Elsewhere the quotient does, at a fraction of the cost.
"""

from __future__ import annotations

from saltation.runtime.interpreter.arithmetic import Arithmetic, Number

_NEAR = 0.5
"""Arguments nearer to zero at the start of a step are not divided by."""

_MOST_TERMS = 10_000
"""More terms are needed only where the exponential is out of range anyway."""


def exprel(u: Number, arithmetic: Arithmetic) -> Number:
    """Return ``(exp(u) - 1)/u``, 1 at 0."""
    return coefficient(u, 0, arithmetic)


def coefficient(u: Number, m: int, arithmetic: Arithmetic) -> Number:
    """Return ``exprel^(m)(u)/m!``.

    It is ``sum_j binom(m + j, m) u^j/(m + j + 1)!``, and ``exp(u) sum_j (-u)^j/(m + j + 1)!``, from
    the integral of ``s^m exp(u s)`` over [0, 1]: no term is negative in the first for positive `u`,
    in the second for negative `u`.
    """
    one = arithmetic.number(1)
    negative = u < 0
    size = abs(u)
    term = one
    for k in range(2, m + 2):
        term = term / k
    total = term
    for j in range(1, _MOST_TERMS):
        ways = 1 if negative else (m + j) * one / j
        term = term * size * ways / (m + j + 1)
        total += term
        if j > 2 * size and total + term == total:
            break
    return total * arithmetic.functions["exp"](u) if negative else total


class ExprelSeries:
    """The series of ``exprel(u)``, one coefficient after the other.

    Parameters
    ----------
    out, argument : list of Number
        The series of the result and of `u`, constant terms first.
    """

    def __init__(self, out: list[Number], argument: list[Number], arithmetic: Arithmetic) -> None:
        self._out, self._argument, self._arithmetic = out, argument, arithmetic
        self._outer: list[Number] = []
        self._powers: list[list[Number]] = []
        self._exponential: list[Number] = []
        self._changes: list[Number] = []

    def __call__(self, k: int) -> None:
        """Append coefficient `k`."""
        if k == 0:
            self._outer, self._powers, self._changes = [], [], []
            self._exponential = [self._arithmetic.functions["exp"](self._argument[0])]
            self._out.append(exprel(self._argument[0], self._arithmetic))
        elif abs(self._argument[0]) < _NEAR:
            self._compose(k)
        else:
            self._divide(k)

    def _divide(self, k: int) -> None:
        # y u = E - 1 with E' = E u'
        u, exponential, dot = self._argument, self._exponential, self._arithmetic.dot
        self._changes.append(k * u[k])
        change = dot(self._changes, exponential[::-1]) / k
        exponential.append(change)
        self._out.append((change - dot(u[1 : k + 1], self._out[::-1])) / u[0])

    def _compose(self, k: int) -> None:
        self._outer.append(coefficient(self._argument[0], k, self._arithmetic))
        # Power m of (u - u_0) starts at order m: its coefficients from there on.
        dot, change = self._arithmetic.dot, self._argument[1 : k + 1]
        self._powers.append([])
        for m, power in enumerate(self._powers):
            if m == 0:
                power.append(change[k - 1])
            else:
                below = self._powers[m - 1]
                power.append(dot(change, below[k - m - 1 :: -1]))
        self._out.append(dot(self._outer, [power[-1] for power in self._powers]))
