"""Lower expressions to statements at loop levels: per run, per interval, per neuron.

What depends on parameters only is computed once per run (once per neuron and run where a parameter
has a value per neuron); what depends on an interval's duration too, once per interval; the rest for
every neuron. The hoisted values are fields of structures that the routines read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from sympy import Add, Expr, Function, Mul, Number, Symbol, cse, exp, numbered_symbols

from saltation.symbolic.exponentials import ExpDifference
from saltation.symbolic.overflow import without_overflow


class Level(IntEnum):
    """How often a value is computed, from seldom to often."""

    RUN = 0
    INTERVAL = 1
    NEURON = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """``target = value`` or ``target += value``, or the declaration of a temporary."""

    target: str
    value: Expr
    operator: str


@dataclass(slots=True)
class Table:
    """Hoisted expressions and the fields that hold them, in order of first use."""

    access: str
    prefix: str
    fields: dict[Expr, Symbol] = field(default_factory=dict)

    def symbol(self, expression: Expr) -> Symbol:
        """Return the field of an expression, made on first use."""
        if expression not in self.fields:
            name = f"{self.access}{self.prefix}{len(self.fields)}"
            self.fields[expression] = Symbol(name, real=True)
        return self.fields[expression]

    def names(self) -> list[str]:
        """Return the fields' names, without the access path."""
        return [s.name.removeprefix(self.access) for s in self.fields.values()]


@dataclass(frozen=True, slots=True)
class Lowering:
    """Where expressions of a mode are hoisted to.

    Attributes
    ----------
    parameters : frozenset of Symbol
        Symbols of level RUN that are fields themselves.
    duration : frozenset of Symbol
        Symbols of level INTERVAL; empty where a routine has a duration of its own.
    run, interval : Table
        Receive what is hoisted.
    """

    parameters: frozenset[Symbol]
    duration: frozenset[Symbol]
    run: Table
    interval: Table

    def level(self, expression: Expr) -> Level:
        """Return the level of an expression: the highest of its symbols'."""
        symbols = expression.free_symbols
        if symbols <= self.parameters:
            return Level.RUN
        if symbols <= self.parameters | self.duration:
            return Level.INTERVAL
        return Level.NEURON

    def hoist(self, expression: Expr) -> Expr:
        """Replace the largest parts of lower level by the fields that hold them."""
        level = self.level(expression)
        if level is not Level.NEURON:
            return self._field(expression, level)
        if isinstance(expression, Add | Mul):
            return self._hoist_operands(expression)
        if not expression.args:
            return expression
        return expression.func(*(self.hoist(a) for a in expression.args))

    def _field(self, expression: Expr, level: Level) -> Expr:
        if isinstance(expression, Number) or expression in self.parameters:
            return expression
        if level is Level.RUN:
            return self.run.symbol(expression)
        return self.interval.symbol(expression)

    def _hoist_operands(self, expression: Expr) -> Expr:
        parts: dict[Level, list[Expr]] = {level: [] for level in Level}
        numbers: list[Expr] = []
        for operand in expression.args:
            if isinstance(operand, Number):
                numbers.append(operand)
            else:
                parts[self.level(operand)].append(operand)
        operands = [self.hoist(a) for a in parts[Level.NEURON]]
        low = parts[Level.RUN] + parts[Level.INTERVAL]
        if low and isinstance(expression, Mul):
            joined = expression.func(*low)
            operands.append(self._field(joined, self.level(joined)))
        else:
            for level in (Level.RUN, Level.INTERVAL):
                if parts[level]:
                    operands.append(self._field(expression.func(*parts[level]), level))
        return expression.func(*numbers, *operands)


def primitive(expression: Expr) -> Expr:
    """Write what C computes: no quotient overflows; divided differences are calls of functions.

    Two or three rates take the exponentials at all as arguments, which are common subexpressions.
    Three of which two are equal, as in every derivative of two by a rate, have a shorter way.
    """

    def call(difference: Expr) -> Expr:
        h, *rates = difference.args
        name = f"sal_dd{len(rates)}"
        if len(rates) == 3 and len(set(rates)) == 2:
            name, rates = "sal_dd2_slope", sorted(set(rates), key=rates.count, reverse=True)
        known = [exp(rate * h) for rate in rates] if len(rates) <= 3 else []
        return Function(name, real=True)(h, *rates, *known)

    computed = without_overflow(expression)
    return computed.replace(lambda e: isinstance(e, ExpDifference), call)


def assignments(
    outputs: Sequence[tuple[str, Expr]], *, prefix: str = "a"
) -> tuple[Assignment, ...]:
    """Turn outputs into assignments with their common subexpressions taken out.

    Parameters
    ----------
    outputs : sequence of (str, Expr)
        C lvalues and the values they get; one that starts with ``+`` is added to, one that starts
        with ``:`` is declared as a temporary.
    prefix : str
        Start of the other temporaries' names.
    """
    if not outputs:
        return ()
    replacements, reduced = cse(
        [value for _, value in outputs],
        symbols=numbered_symbols(prefix, real=True),
        order="canonical",
    )
    statements = [
        Assignment(target=symbol.name, value=value, operator=":") for symbol, value in replacements
    ]
    for (name, _), value in zip(outputs, reduced, strict=True):
        operator = name[0] if name[0] in "+:" else "="
        statements.append(Assignment(target=name.lstrip("+:"), value=value, operator=operator))
    return tuple(statements)


def statement(assignment: Assignment, text: str) -> str:
    """Return the C statement of an assignment whose value prints as `text`."""
    if assignment.operator == ":":
        return f"const sal_real {assignment.target} = {text};"
    operator = "+=" if assignment.operator == "+" else "="
    return f"{assignment.target} {operator} {text};"


def operations(statements: Iterable[Assignment]) -> int:
    """Count the arithmetic operations and calls of some statements."""
    return sum(int(s.value.count_ops()) for s in statements)
