"""Taking over an expression that the user built with SymPy.

The tree is rebuilt node by node through the same algebra as a text. Symbols are matched by name:
whatever the user assumed about them, ours are real.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from sympy import (
    Add,
    Basic,
    Expr,
    Float,
    Function,
    Mul,
    Number,
    NumberSymbol,
    Piecewise,
    Pow,
    Rational,
    S,
    Symbol,
)
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from saltation.symbolic import algebra
from saltation.symbolic.algebra import AlgebraError
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ExpressionError, ModelTypeError
from saltation.symbolic.functions import ADVICE, FUNCTIONS, USABLE
from saltation.symbolic.syntax import MOST_LEVELS, unknown_name_hint
from saltation.symbolic.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from saltation.symbolic.place import Place


def adopt(tree: Basic, *, names: Mapping[str, Symbol], place: Place, guard: bool) -> Expr:
    """Rebuild a SymPy tree of known symbols; see `saltation.symbolic.parser.parse`."""
    return _Adopter(names=names, place=place, guard=guard).adopt(tree, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Adopter:
    names: Mapping[str, Symbol]
    place: Place
    guard: bool

    def fail(
        self,
        code: Code,
        message: str,
        hint: str | None = None,
        symbol: str | None = None,
    ) -> NoReturn:
        """Report trouble in the tree."""
        raise self.place.error(code, message, kind=ExpressionError, hint=hint, symbol=symbol)

    def adopt(self, node: Basic, level: int) -> Expr:
        """Rebuild `node`, nested `level` deep."""
        if level > MOST_LEVELS:
            self.fail(Code.TEXT_SIZE, f"nested more than {MOST_LEVELS} levels deep")
        try:
            match node:
                case Symbol():
                    return self.symbol(node)
                case Number() | NumberSymbol():
                    return self.number(node)
                case Add():
                    return algebra.total(self.arguments(node, level))
                case Mul():
                    return algebra.product(self.arguments(node, level))
                case Pow():
                    base, exponent = self.arguments(node, level)
                    return algebra.power(base, exponent)
                case Function():
                    return self.function(node, level)
        except AlgebraError as error:
            self.fail(error.code, error.message, error.hint)
        self.refuse(node)

    def arguments(self, node: Basic, level: int) -> list[Expr]:
        """Rebuild what `node` is made of."""
        return [self.adopt(argument, level + 1) for argument in node.args]

    def number(self, node: Expr) -> Expr:
        """Keep integers and fractions, turn every other number into a double."""
        if isinstance(node, Rational) and node.is_finite:
            return algebra.in_range(node)
        if isinstance(node, NumberSymbol):
            return Float(float(node))
        return algebra.number(algebra.as_double(node))

    def symbol(self, node: Symbol) -> Symbol:
        """Match by name."""
        name = node.name
        known = self.names.get(name)
        if known is None:
            hint = unknown_name_hint(name, self.names)
            self.fail(Code.UNKNOWN_SYMBOL, f"unknown symbol {name!r}", hint, name)
        if node.is_extended_real is False or node.is_commutative is False:
            self.fail(
                Code.NOT_REAL_SYMBOL,
                f"the symbol {name!r} is assumed not to be a real number",
                f"Every quantity is real: use Symbol({name!r}, real=True).",
                name,
            )
        return known

    def function(self, node: Expr, level: int) -> Expr:
        """Rebuild a call of a function of the table."""
        name = node.func.__name__
        if isinstance(node, AppliedUndef):
            known = name in self.names
            self.fail(
                Code.UNPRINTABLE,
                f"{node} is an undefined function",
                f"States are plain symbols: write Symbol({name!r}, real=True)."
                if known
                else "Write its expression out.",
                name,
            )
        if isinstance(node, Piecewise):
            self.fail(Code.RELATION, "a piecewise expression", ADVICE["Piecewise"])
        if name not in FUNCTIONS:
            self.fail(
                Code.UNPRINTABLE,
                f"the function {name} has no counterpart in the generated code",
                f"Allowed: {', '.join(sorted(USABLE))}.",
                name,
            )
        arguments = self.arguments(node, level)
        least, most = FUNCTIONS[name].arguments
        if not least <= len(arguments) <= most:
            self.fail(
                Code.FUNCTION_ARGUMENTS,
                f"{name} with {counted(len(arguments), 'argument')} is not supported",
            )
        return algebra.call(name, arguments)

    def refuse(self, node: Basic) -> NoReturn:
        """Say what is wrong with a node that is not on the whitelist."""
        if node is S.ImaginaryUnit:
            self.fail(
                Code.COMPLEX,
                "the imaginary unit sympy.I; every quantity is real",
                "For a symbol of that name write Symbol('I', real=True).",
            )
        if node in (S.ComplexInfinity, S.NaN, S.Infinity, S.NegativeInfinity):
            self.fail(Code.UNDEFINED_VALUE, f"the value is {node}: not a finite number")
        if isinstance(node, Relational | Boolean):
            code = Code.GUARD_RELATION if self.guard else Code.RELATION
            hint = (
                "Write the difference that rises through zero."
                if self.guard
                else "Conditions belong in the guards of events; declare one mode for each case."
            )
            self.fail(code, "a condition, where a real-valued expression is expected", hint)
        name = type(node).__name__
        if isinstance(node, Expr):
            self.fail(
                Code.UNPRINTABLE,
                f"{name} has no counterpart in the generated code",
                "Evaluate it first (such as with .doit()), or write it with the allowed functions.",
            )
        error = self.place.error(
            Code.EXPRESSION_TYPE,
            f"expected a scalar expression, got SymPy's {name}",
            kind=ModelTypeError,
        )
        raise error
