"""Write Taylor coefficients of expressions along a step as C: each a recurrence over its operands'.

References
----------
Griewank & Walther (2008), Evaluating Derivatives, section 13.2, table 13.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sympy import (
    Add,
    Expr,
    Function,
    Integer,
    Mul,
    Pow,
    Symbol,
    acos,
    asin,
    atan,
    cos,
    cosh,
    exp,
    log,
    pi,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)

from saltation.codegen.lowering import primitive
from saltation.codegen.places import coefficient_place
from saltation.codegen.series_steps import Linear, Step
from saltation.codegen.workshop import Workshop
from saltation.symbolic.absolute import Size
from saltation.symbolic.exponentials import ExpDifference, exprel_form
from saltation.symbolic.overflow import without_overflow

_PAIRS = {sin: cos, cos: sin, sinh: cosh, cosh: sinh}
_FADING = (exp, sinh, cosh, tanh)
_TANGENTS = {tan: "", tanh: "-"}


class _Relative(Function):  # type: ignore[misc]
    """``exprel(x) exp(-max(x, 0))``, which lies between zero and one."""

    is_positive = True


class _RelativeSlope(Function):  # type: ignore[misc]
    """``exprel'(x) exp(-max(x, 0))``, which does, too."""

    is_positive = True


@dataclass(slots=True)
class SeriesProgram:
    """The series of some expressions, row by row; the first rows are those of the states.

    Attributes
    ----------
    start : list of str
        Statements for the first coefficients, each in a variable.
    steps : list of Step
        How a further coefficient of each row is made, in order.
    terms : int
        For how many coefficients a row has room.
    made : list of int
        The rows that are made of others, in order.
    arguments : list of int
        The rows of which there are exponentials, or functions that are made of such.
    """

    shop: Workshop
    rows: int
    terms: int
    start: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    made: list[int] = field(default_factory=list)
    arguments: list[int] = field(default_factory=list)
    operations: int = 0
    _known: dict[Expr, Linear] = field(default_factory=dict)

    def copy(self) -> SeriesProgram:
        """Return the program as it is now."""
        return replace(
            self,
            start=[*self.start],
            steps=[*self.steps],
            made=[*self.made],
            arguments=[*self.arguments],
            _known={**self._known},
        )

    def linear(self, expression: Expr) -> Linear:
        """Return an expression of the C text's symbols as a sum of rows."""
        return self._of(self._lower(expression))

    def _lower(self, expression: Expr) -> Expr:
        bounded = expression.replace(lambda e: isinstance(e, ExpDifference), self._bounded)
        return self.shop.lowering(None).hoist(without_overflow(bounded, finite=True))

    def _bounded(self, difference: Expr) -> Expr:
        """Take the part that may overflow out of ``exprel`` and its derivative."""
        if not self._varies(difference):
            return primitive(difference)
        form = exprel_form(difference)
        if form is None:
            raise NotImplementedError(f"no series of {difference}")
        x, order = form
        # A number that is zero has the sign that its size is computed with, wherever it occurs.
        size = Size(x)
        part = _RelativeSlope(x, size) if order else _Relative(x, size)
        return exp((x + size) / 2) * part

    def _varies(self, expression: Expr) -> bool:
        return any(str(symbol).startswith("x_") for symbol in expression.free_symbols)

    def _of(self, expression: Expr) -> Linear:
        if expression not in self._known:
            self._known[expression] = self._make(expression)
        return self._known[expression]

    def _make(self, expression: Expr) -> Linear:
        if not self._varies(expression):
            return Linear(constant="" if expression == 0 else self._constant(expression))
        if isinstance(expression, Symbol):
            names = [self.shop.state(k).name for k in range(len(self.shop.system.states))]
            return Linear(((names.index(expression.name), ""),))
        if isinstance(expression, Add):
            return self._sum([self._of(term) for term in expression.args])
        if isinstance(expression, Mul):
            return self._product(expression)
        if isinstance(expression, Pow):
            return self._power(expression.base, expression.exp)
        return self._call(expression)

    def _constant(self, expression: Expr) -> str:
        text = self.shop.print(expression)
        return f"({text})" if not text.replace("_", "").replace("->", "").isalnum() else text

    def _sum(self, parts: Sequence[Linear]) -> Linear:
        terms: dict[int, list[str]] = {}
        for part in parts:
            for row, factor in part.terms:
                terms.setdefault(row, []).append(factor or self.shop.print(Integer(1)))
        constants = [part.constant for part in parts if part.constant]
        joined = tuple(
            (row, "" if factors == [self.shop.print(Integer(1))] else _joined(factors))
            for row, factors in terms.items()
        )
        self.operations += sum(len(part.terms) for part in parts)
        return Linear(joined, _joined(constants) if constants else "")

    def _scaled(self, factor: Expr, value: Linear) -> Linear:
        if factor == 1:
            return value
        text = self._constant(factor)
        terms = tuple((row, f"{text} * {own}" if own else text) for row, own in value.terms)
        self.operations += len(terms)
        return Linear(terms, f"({text} * {value.constant})" if value.constant else "")

    def _product(self, expression: Expr) -> Linear:
        fixed = Mul(*(f for f in expression.args if not self._varies(f)))
        above, below = [], []
        for factor in expression.args:
            if not self._varies(factor):
                continue
            if isinstance(factor, Pow) and factor.exp.is_Integer and factor.exp < 0:
                below.append(Pow(factor.base, -factor.exp))
            else:
                above.append(factor)
        if not below and len(above) == 1:
            return self._scaled(fixed, self._of(above[0]))
        value = self._chain(above) if above else None
        if below:
            value = self._quotient(value, self._chain(below))
        assert value is not None
        return self._scaled(fixed, Linear(((value, ""),)))

    def _chain(self, factors: Sequence[Expr]) -> int:
        rows = [self.single(self._of(factor)) for factor in factors]
        result = rows[0]
        for row in rows[1:]:
            result = self._times(result, row)
        return result

    def _times(self, a: int, b: int) -> int:
        if a == b:
            return self._add(f"s{a} * s{a}", "sal_square", f"{a}U")
        return self._add(f"s{a} * s{b}", "sal_product", f"{a}U", f"{b}U")

    def _quotient(self, above: int | None, below: int) -> int:
        if above is None:
            one = self.shop.print(Integer(1))
            return self._add(f"{one} / s{below}", "sal_reciprocal", f"{below}U")
        return self._add(f"s{above} / s{below}", "sal_quotient", f"{above}U", f"{below}U")

    def _power(self, base: Expr, exponent: Expr) -> Linear:
        if self._varies(exponent):
            return self._of(exp(exponent * log(base)))
        if exponent.is_Integer and 0 < exponent <= 8:
            return Linear(((self._repeated(self.single(self._of(base)), int(exponent)), ""),))
        if exponent.is_Integer and -8 <= exponent < 0:
            below = self._repeated(self.single(self._of(base)), -int(exponent))
            return Linear(((self._quotient(None, below), ""),))
        if exponent.is_Rational and exponent < 0:
            below = self.single(self._of(Pow(base, -exponent)))
            return Linear(((self._quotient(None, below), ""),))
        if exponent.is_Rational and exponent.q == 2 and exponent.p <= 8:
            root = self._root(self.single(self._of(base)))
            return Linear(((self._repeated(root, exponent.p), ""),))
        row, text = self.single(self._of(base)), self._constant(exponent)
        first = self.shop.print(Pow(Symbol(f"s{row}", real=True), exponent))
        return Linear(((self._add(first, "sal_power", f"{row}U", text), ""),))

    def _root(self, row: int) -> int:
        key = sqrt(Symbol(f"row{row}", real=True))
        if key not in self._known:
            first = self.shop.print(sqrt(Symbol(f"s{row}", real=True)))
            made = self._add(first, "sal_root", f"{row}U")
            self._known[key] = Linear(((made, ""),))
        return self._known[key].terms[0][0]

    def _repeated(self, row: int, times: int) -> int:
        key = Symbol(f"row{row}^{times}")
        if times == 1:
            return row
        if key not in self._known:
            half = self._repeated(row, times // 2)
            square = self._times(half, half)
            result = self._times(square, row) if times % 2 else square
            self._known[key] = Linear(((result, ""),))
        return self._known[key].terms[0][0]

    def _call(self, expression: Expr) -> Linear:
        """Return the row of a function of one argument."""
        kind, argument = expression.func, expression.args[0]
        if kind in (_Relative, _RelativeSlope):
            return Linear(((self._relative(argument, expression.args[1], kind), ""),))
        if kind is acos:
            return self._sum(
                [self._of((pi / 2).evalf(17)), self._scaled(Integer(-1), self._of(asin(argument)))]
            )
        row = self.single(self._of(argument))
        if kind in _FADING and row not in self.arguments:
            self.arguments.append(row)
        if kind(Symbol(f"row{row}", real=True)) in self._known:
            return self._known[kind(Symbol(f"row{row}", real=True))]
        first = self.shop.print(kind(Symbol(f"s{row}", real=True)))
        if kind is exp:
            made = self._add(first, "sal_exponential", f"{row}U")
        elif kind is log:
            made = self._add(first, "sal_inverse", f"{row}U", f"{row}U")
        elif kind is Size:
            return self._of_row(Size, row)
        elif kind in _PAIRS:
            made = self._pair(row, kind)
        elif kind in _TANGENTS:
            made = self._tangent(row, first, _TANGENTS[kind])
        elif kind in (asin, atan):
            made = self._inverse(row, first, kind)
        else:
            raise NotImplementedError(f"no series of {expression}")
        return Linear(((made, ""),))

    def _pair(self, row: int, kind: type[Expr]) -> int:
        """Return the row of a function that is made together with its derivative."""
        made = {}
        other = _PAIRS[kind]
        for which in sorted((kind, other), key=str):
            value = Symbol(f"s{row}", real=True)
            made[which] = self._add(self.shop.print(which(value)))
        argument = Symbol(f"row{row}", real=True)
        for which in made:
            partner = _PAIRS[which]
            factor = self._minus() if which is cos else self.shop.print(Integer(1))
            rows = (f"{row}U", f"{made[partner]}U", factor)
            self.steps.append(Step(made[which], "sal_partner", rows))
            self._known[which(argument)] = Linear(((made[which], ""),))
        return made[kind]

    def _tangent(self, row: int, first: str, sign: str) -> int:
        """Return the row of ``w`` with ``w' = (1 + w^2) u'``, or of that with a minus."""
        made = self._add(first)
        square = self._add(f"s{made} * s{made}")
        factor = self._minus() if sign else self.shop.print(Integer(1))
        self.steps.append(Step(made, "sal_tangent", (f"{row}U", f"{square}U", factor)))
        self.steps.append(Step(square, "sal_square", (f"{made}U",)))
        return made

    def _inverse(self, row: int, first: str, kind: type[Expr]) -> int:
        """Return the row of ``w`` with ``d w' = u'``."""
        square = Linear(((self._times(row, row), ""),))
        one = self._of(Integer(1))
        if kind is atan:
            slope = self.single(self._sum([one, square]))
        else:
            inside = self.single(self._sum([one, self._scaled(Integer(-1), square)]))
            slope = self._root(inside)
        return self._add(first, "sal_inverse", f"{row}U", f"{slope}U")

    def _relative(self, argument: Expr, size_of: Expr, kind: type[Expr]) -> int:
        """Return the row of a part of ``exprel``, from divided differences of all orders."""
        row, positive = self.single(self._of(argument)), self.single(self._of(size_of))
        size = self.single(Linear(((positive, self._minus()),)))
        if row not in self.arguments:
            self.arguments.append(row)
        key = Symbol(f"tower{size}")
        if key not in self._known:
            tower = self.rows
            self.rows += self.terms + 1
            place = f"series + {coefficient_place(tower)}"
            self.start.append(f"sal_tower_start(s{size}, order + 2U, lanes, {place});")
            self.start += [
                f"const sal_real s{k} = series[{coefficient_place(k)}];" for k in (tower, tower + 1)
            ]
            self.steps.append(Step(tower, "sal_tower", (f"{size}U",), tail="k, order"))
            self._known[key] = Linear(((tower, ""),))
        tower = self._known[key].terms[0][0]
        if kind is _Relative:
            return tower
        first = f"s{row} < {self.shop.print(Integer(0))} ? s{tower + 1} : s{tower} - s{tower + 1}"
        return self._add(first, "sal_relative_slope", f"{row}U", f"{positive}U", f"{tower}U")

    def _of_row(self, kind: type[Expr], row: int) -> Linear:
        key = kind(Symbol(f"row{row}", real=True))
        if key not in self._known:
            first = self.shop.print(kind(Symbol(f"s{row}", real=True)))
            made = self._add(first, "sal_size", f"{row}U")
            self._known[key] = Linear(((made, ""),))
        return self._known[key]

    def _minus(self) -> str:
        return f"-{self.shop.print(Integer(1))}"

    def single(self, value: Linear) -> int:
        """Return a row that has a sum of rows, made where there is none."""
        if not value.constant and len(value.terms) == 1 and not value.terms[0][1]:
            return value.terms[0][0]
        key = Symbol(f"linear {value}")
        if key not in self._known:
            made = self._add(value.first())
            self.steps.append(Step(made, value=value))
            self._known[key] = Linear(((made, ""),))
        return self._known[key].terms[0][0]

    def _add(self, first: str, rule: str = "", *operands: str) -> int:
        """Add a row, with the recurrence that makes it, if that is known already."""
        row = self.rows
        self.rows += 1
        self.start.append(f"const sal_real s{row} = {first};")
        self.made.append(row)
        self.operations += 1
        if rule:
            self.steps.append(Step(row, rule, operands))
        return row


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"
