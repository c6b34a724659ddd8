"""Taylor series of expressions along a flow, one coefficient after the other.

The recurrences are the classical ones for sums, products, powers and functions known by their
slope (Griewank & Walther, *Evaluating Derivatives*, 2008, chapter 13). Coefficient `k` of every
result needs only coefficients up to `k` of earlier results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
            return self._product(out, self._lists[operation.left], self._lists[operation.right])
        if isinstance(operation, Power):
            return self._power(out, self._lists[operation.base], self._value(operation.exponent))
        if isinstance(operation, Exprel):
            return ExprelSeries(out, self._lists[operation.argument], self._arithmetic)
        assert isinstance(operation, Elementary)
        return self._elementary(out, operation)

    def _elementary(self, out: Series, operation: Elementary) -> Extend:
        argument, slope = self._lists[operation.argument], self._lists[operation.slope]
        function, dot = self._arithmetic.functions[operation.name], self._arithmetic.dot
        changes = self._scratch()

        # k y_k = sum_j j u_j s_{k-j}, from dy = s du
        def extend(k: int) -> None:
            if k == 0:
                out.append(function(argument[0]))
                return
            changes.append(k * argument[k])
            out.append(dot(changes, slope[k - 1 :: -1]) / k)

        return extend

    def _value(self, expression: Expr) -> Number:
        return evaluate(expression, self._parameters, self._arithmetic)

    def _power(self, out: Series, base: Series, exponent: Number) -> Extend:
        whole = int(exponent) if exponent == int(exponent) else -1
        if not 0 <= whole <= 64:
            return self._any_power(out, base, exponent)
        return self._whole_power(out, base, whole)

    def _scratch(self) -> Series:
        self._extra.append([])
        return self._extra[-1]

    def _product(self, out: Series, left: Series, right: Series) -> Extend:
        dot = self._arithmetic.dot

        def extend(k: int) -> None:
            out.append(dot(left, right[k::-1]))

        def square(k: int) -> None:
            half = (k + 1) // 2
            twice = 2 * dot(left[:half], left[k : k - half : -1]) if k else 0
            out.append(twice if k % 2 else twice + left[k // 2] * left[k // 2])

        return square if left is right else extend

    def _any_power(self, out: Series, base: Series, exponent: Number) -> Extend:
        dot, power = self._arithmetic.dot, self._arithmetic.power
        changes, own = self._scratch(), self._scratch()

        # k u_0 y_k = a sum_j j u_j y_{k-j} - sum_j u_j (k - j) y_{k-j}, from u dy = a y du
        def extend(k: int) -> None:
            if k == 0:
                out.append(power(base[0], exponent))
                return
            changes.append(k * base[k])
            total = exponent * dot(changes, out[::-1])
            if k > 1:
                total -= dot(base[1:k], own[::-1])
            out.append(total / (k * base[0]))
            own.append(k * out[k])

        # u_0 y_k = -sum_j u_j y_{k-j}, from u y = 1
        def invert(k: int) -> None:
            out.append(-dot(base[1:], out[::-1]) / base[0] if k else 1 / base[0])

        return invert if exponent == -1 else extend

    def _whole_power(self, out: Series, base: Series, exponent: int) -> Extend:
        """Multiply: unlike the recurrence of other powers this allows a base of zero."""
        if exponent < 2:
            terms = [(self._arithmetic.number(1), base)] if exponent else []
            return _sum(out, terms, self._arithmetic.number(1 - exponent))
        chain: list[Extend] = []
        power = base
        digits = f"{exponent:b}"[1:]
        for place, digit in enumerate(digits, 1):
            last = place == len(digits)
            squared = out if last and digit == "0" else self._scratch()
            chain.append(self._product(squared, power, power))
            power = squared
            if digit == "1":
                power = out if last else self._scratch()
                chain.append(self._product(power, squared, base))

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
