"""Expressions as a list of elementary operations, each on the results of earlier ones.

Parts of an expression that contain parameters only stay SymPy expressions: they are coefficients,
evaluated once for each neuron.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import sympy
from sympy import Add, Expr, Integer, Mul, Pow, Symbol

from saltation.runtime.interpreter.arithmetic import Arithmetic, Number
from saltation.runtime.interpreter.exprel import exprel
from saltation.symbolic.errors import UnsupportedModelError
from saltation.symbolic.exponentials import ExpDifference, exprel_form


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An argument of the tape: a state, or the weight of an arrival."""

    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A constant plus a linear combination of earlier results."""

    terms: tuple[tuple[Expr, int], ...]
    constant: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """The product of two results."""

    left: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """A result to a constant exponent."""

    base: int
    exponent: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Elementary:
    """An elementary function ``y(u)``, known by its value and by its slope ``dy/du``.

    The slope is another result (or this one, for ``exp``); a later one is allowed, because
    coefficient `k` of `y` needs the slope only up to ``k - 1``.
    """

    name: str
    argument: int
    slope: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exprel:
    """The entire function ``(exp(u) - 1)/u``."""

    argument: int


Operation: TypeAlias = Variable | Sum | Product | Power | Elementary | Exprel

_SLOPES: Mapping[str, Callable[[Expr], Expr]] = {
    "log": lambda u: 1 / u,
    "sin": lambda u: sympy.cos(u),
    "cos": lambda u: -sympy.sin(u),
    "sinh": lambda u: sympy.cosh(u),
    "cosh": lambda u: sympy.sinh(u),
    "asin": lambda u: (1 - u**2) ** sympy.Rational(-1, 2),
    "acos": lambda u: -((1 - u**2) ** sympy.Rational(-1, 2)),
    "atan": lambda u: 1 / (1 + u**2),
    "tanh": lambda u: 1 - sympy.tanh(u) ** 2,
}

_REWRITTEN: Mapping[str, Callable[[Expr], Expr]] = {
    "tan": lambda u: sympy.sin(u) / sympy.cos(u),
}


class Tape:
    """A program for some expressions of some variables.

    Parameters
    ----------
    variables : sequence of Symbol
        The arguments; every other symbol is a parameter.
    expressions : iterable of Expr
        What to compute; `outputs` holds the position of each result.
    """

    def __init__(self, variables: Sequence[Symbol], expressions: Iterable[Expr]) -> None:
        self.variables = frozenset(variables)
        self.operations: list[Operation | None] = []
        self._positions: dict[Expr, int] = {}
        for position, variable in enumerate(variables):
            self._positions[variable] = self._append(Variable(position=position))
        self.outputs = tuple(self.add(sympy.sympify(expression)) for expression in expressions)

    def add(self, expression: Expr) -> int:
        """Append what `expression` needs; return the position of its value."""
        known = self._positions.get(expression)
        if known is not None:
            return known
        if self._constant(expression):
            position = self._append(Sum(terms=(), constant=expression))
        elif isinstance(expression, Add):
            position = self._append(self._sum(expression))
        elif isinstance(expression, Mul):
            position = self._product(expression)
        elif isinstance(expression, Pow):
            position = self._power(expression)
        else:
            position = self._function(expression)
        self._positions[expression] = position
        return position

    def _append(self, operation: Operation | None) -> int:
        self.operations.append(operation)
        return len(self.operations) - 1

    def _constant(self, expression: Expr) -> bool:
        return not (expression.free_symbols & self.variables)

    def _sum(self, expression: Expr) -> Sum:
        constants = [term for term in expression.args if self._constant(term)]
        varying = [term for term in expression.args if not self._constant(term)]
        terms = []
        for term in varying:
            coefficient, rest = self._split(term)
            terms.append((coefficient, self.add(rest)))
        return Sum(terms=tuple(terms), constant=Add(*constants))

    def _split(self, term: Expr) -> tuple[Expr, Expr]:
        factors = Mul.make_args(term)
        constant = [factor for factor in factors if self._constant(factor)]
        varying = [factor for factor in factors if not self._constant(factor)]
        return Mul(*constant), Mul(*varying)

    def _product(self, expression: Expr) -> int:
        coefficient, rest = self._split(expression)
        if coefficient != 1:
            return self._append(Sum(terms=((coefficient, self.add(rest)),), constant=Integer(0)))
        first, *others = (self.add(factor) for factor in rest.args)
        for other in others:
            first = self._append(Product(left=first, right=other))
        return first

    def _power(self, expression: Expr) -> int:
        base, exponent = expression.as_base_exp()
        if self._constant(exponent):
            return self._append(Power(base=self.add(base), exponent=exponent))
        return self.add(sympy.exp(exponent * sympy.log(base), evaluate=False))

    def _function(self, expression: Expr) -> int:
        if (inside := _exprel_argument(expression)) is not None:
            return self._append(Exprel(argument=self.add(inside)))
        name = type(expression).__name__
        if name in _REWRITTEN:
            return self.add(_REWRITTEN[name](expression.args[0]))
        if name != "exp" and name not in _SLOPES:
            known = ", ".join(sorted(["exp", "exprel", *_SLOPES, *_REWRITTEN]))
            raise UnsupportedModelError(
                f"the interpreter has no Taylor recurrence for {expression}: "
                f"it knows powers, {known}"
            )
        argument = expression.args[0]
        at = self.add(argument)
        # The place is taken before the slope is built: sin needs cos, which needs sin.
        position = self._append(None)
        self._positions[expression] = position
        slope = position if name == "exp" else self.add(_SLOPES[name](argument))
        self.operations[position] = Elementary(name=name, argument=at, slope=slope)
        return position


def evaluate(expression: Expr, values: Mapping[Symbol, Number], arithmetic: Arithmetic) -> Number:
    """Return the value of an expression of parameters only."""
    if expression.is_Symbol:
        return values[expression]
    if expression.is_number:
        return arithmetic.constant(expression)
    arguments = [evaluate(argument, values, arithmetic) for argument in expression.args]
    if isinstance(expression, Add):
        return sum(arguments[1:], arguments[0])
    if isinstance(expression, Mul):
        product = arguments[0]
        for argument in arguments[1:]:
            product = product * argument
        return product
    if isinstance(expression, Pow):
        return arithmetic.power(arguments[0], arguments[1])
    if (inside := _exprel_argument(expression)) is not None:
        return exprel(evaluate(inside, values, arithmetic), arithmetic)
    name = type(expression).__name__
    if name in _REWRITTEN:
        return evaluate(_REWRITTEN[name](expression.args[0]), values, arithmetic)
    if name not in arithmetic.functions:
        raise UnsupportedModelError(f"the interpreter cannot evaluate {expression}")
    return arithmetic.functions[name](arguments[0])


def _exprel_argument(expression: Expr) -> Expr | None:
    """Return `u` if the expression is ``exprel(u)``, otherwise None."""
    form = exprel_form(expression) if isinstance(expression, ExpDifference) else None
    return form[0] if form is not None and form[1] == 0 else None
