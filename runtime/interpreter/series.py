"""Taylor series of expressions along a flow, one coefficient after the other.

The recurrences are the classical ones for sums, products, powers and functions known by their
slope (Griewank & Walther, *Evaluating Derivatives*, 2008, chapter 13). Coefficient `k` of every
result needs only coefficients up to `k` of earlier results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import mul
from typing import TypeAlias

from sympy import Expr, Symbol

from saltation.runtime.interpreter.arithmetic import Arithmetic, Number
from saltation.runtime.interpreter.exprel import ExprelSeries
from saltation.runtime.interpreter.tape import (
    Elementary,
    Exprel,
    Operation,
    Power,
    Product,
    Sum,
    Tape,
    Variable,
    evaluate,
)

Series: TypeAlias = list[Number]
"""Taylor coefficients, constant term first."""

Extend: TypeAlias = Callable[[int], None]
"""Appends coefficient `k` to a series, given all series up to `k`."""


class BoundTape:
    """A tape with the parameters of one neuron filled in, and room for its series."""

    def __init__(
        self, tape: Tape, parameters: Mapping[Symbol, Number], arithmetic: Arithmetic
    ) -> None:
        self._arithmetic = arithmetic
        self._parameters = parameters
        self._lists: list[Series] = [[] for _ in tape.operations]
        self._extra: list[Series] = []
        self._extend: list[Extend] = []
        variables: list[tuple[int, Series]] = []
        for out, operation in zip(self._lists, tape.operations, strict=True):
            if isinstance(operation, Variable):
                variables.append((operation.position, out))
            elif operation is not None:
                self._extend.append(self._extension(out, operation))
        self.variables = [out for _, out in sorted(variables, key=lambda pair: pair[0])]
        self.outputs = [self._lists[position] for position in tape.outputs]

    def start(self, values: Sequence[Number]) -> None:
        """Forget all coefficients; set the constant terms of the variables, and so of all."""
        for series in self._lists:
            series.clear()
        for series in self._extra:
            series.clear()
        for series, value in zip(self.variables, values, strict=True):
            series.append(value)
        self.extend(0)

    def extend(self, k: int) -> None:
        """Append coefficient `k` to every result; the variables must have theirs."""
        for extension in self._extend:
            extension(k)

    def values(self, values: Sequence[Number]) -> list[Number]:
        """Return the outputs at a point."""
        self.start(values)
        return [series[0] for series in self.outputs]

    def _extension(self, out: Series, operation: Operation) -> Extend:
        if isinstance(operation, Sum):
            terms = [(self._value(c), self._lists[at]) for c, at in operation.terms]
            return _sum(out, terms, self._value(operation.constant))
        if isinstance(operation, Product):
            return _product(out, self._lists[operation.left], self._lists[operation.right])
        if isinstance(operation, Power):
            return self._power(out, self._lists[operation.base], self._value(operation.exponent))
        if isinstance(operation, Exprel):
            return ExprelSeries(out, self._lists[operation.argument], self._arithmetic)
        assert isinstance(operation, Elementary)
        changes: Series = []
        self._extra.append(changes)
        return _elementary(
            out,
            self._lists[operation.argument],
            self._lists[operation.slope],
            changes,
            self._arithmetic.functions[operation.name],
        )

    def _value(self, expression: Expr) -> Number:
        return evaluate(expression, self._parameters, self._arithmetic)

    def _power(self, out: Series, base: Series, exponent: Number) -> Extend:
        whole = int(exponent) if exponent == int(exponent) else -1
        if not 0 <= whole <= 64:
            return _power(out, base, exponent, self._arithmetic)
        return self._whole_power(out, base, whole)

    def _whole_power(self, out: Series, base: Series, exponent: int) -> Extend:
        """Multiply: unlike the recurrence of other powers this allows a base of zero."""
        if exponent < 2:
            terms = [(self._arithmetic.number(1), base)] if exponent else []
            return _sum(out, terms, self._arithmetic.number(1 - exponent))
        chain: list[Extend] = []
        left = base
        for step in range(exponent - 1):
            result: Series = out if step == exponent - 2 else []
            if result is not out:
                self._extra.append(result)
            chain.append(_product(result, left, base))
            left = result

        def extend(k: int) -> None:
            for extension in chain:
                extension(k)

        return extend


def _sum(out: Series, terms: Sequence[tuple[Number, Series]], constant: Number) -> Extend:
    zero = constant * 0
    if len(terms) == 1 and constant == 0:
        ((factor, series),) = terms

        def scale(k: int) -> None:
            out.append(factor * series[k])

        return scale

    def extend(k: int) -> None:
        total = zero if k else constant
        for factor, series in terms:
            total += factor * series[k]
        out.append(total)

    return extend


def _product(out: Series, left: Series, right: Series) -> Extend:
    def extend(k: int) -> None:
        out.append(sum(map(mul, left, right[k::-1])))

    return extend


def _elementary(
    out: Series,
    argument: Series,
    slope: Series,
    changes: Series,
    function: Callable[[Number], Number],
) -> Extend:
    # k y_k = sum_j j u_j s_{k-j}, from dy = s du
    def extend(k: int) -> None:
        if k == 0:
            out.append(function(argument[0]))
            return
        changes.append(k * argument[k])
        out.append(sum(map(mul, changes, slope[k - 1 :: -1])) / k)

    return extend


def _power(out: Series, base: Series, exponent: Number, arithmetic: Arithmetic) -> Extend:
    # k u_0 y_k = sum_j (a j - (k - j)) u_j y_{k-j}, from u dy = a y du
    def extend(k: int) -> None:
        if k == 0:
            out.append(arithmetic.power(base[0], exponent))
            return
        total = base[0] * 0
        for j in range(1, k + 1):
            total += (exponent * j - (k - j)) * base[j] * out[k - j]
        out.append(total / (k * base[0]))

    return extend
