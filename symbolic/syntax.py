"""Reading an expression from text: Python's grammar, a whitelist of nodes, good messages."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from saltation.symbolic import algebra
from saltation.symbolic.algebra import AlgebraError
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ExpressionError
from saltation.symbolic.functions import ADVICE, FUNCTIONS, USABLE
from saltation.symbolic.place import Place, suggest
from saltation.symbolic.relations import relation_hint
from saltation.symbolic.system import TIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sympy import Expr, Symbol

MOST_CHARACTERS = 20_000
"""Longest text of one expression."""

MOST_LEVELS = 100
"""Deepest nesting of one expression."""

_LOOKALIKES = {
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MULTIPLICATION SIGN}": "*",
    "\N{MIDDLE DOT}": "*",
    "\N{DOT OPERATOR}": "*",
    "\N{DIVISION SIGN}": "/",
    "\N{SUPERSCRIPT TWO}": "**2",
    "\N{SUPERSCRIPT THREE}": "**3",
    "\N{NO-BREAK SPACE}": "an ordinary space",
}

_OPERATORS: Mapping[type[ast.AST], tuple[str, str]] = {
    ast.BitXor: ("^", "Use ** for powers."),
    ast.FloorDiv: ("//", "Use / for division; a state cannot be rounded."),
    ast.Mod: ("%", "Declare an event that wraps the state around instead."),
    ast.MatMult: ("@", "Equations are scalar: use *."),
    ast.BitAnd: ("&", "Equations are real-valued: declare events and modes instead."),
    ast.BitOr: ("|", "Equations are real-valued: declare events and modes instead."),
    ast.LShift: ("<<", "Equations are real-valued: write a product."),
    ast.RShift: (">>", "Equations are real-valued: write a quotient."),
    ast.Invert: ("~", "Equations are real-valued: declare events and modes instead."),
}

_WORDS = r"(?!(?:and|or|not|if|else|is|in|lambda|await|yield)\b)"
_NUMBER_NAME = re.compile(r"(?<![\w.])(\d+(?:\.\d*)?|\.\d+)\s*(?!e[+-]?\d)([A-Za-z_]\w*)")
_NAME_TERM = re.compile(rf"((?<!\w){_WORDS}[A-Za-z_]\w*|\))\s+{_WORDS}([A-Za-z_]\w*|\d)")


def read(text: str, *, names: Mapping[str, Symbol], place: Place, guard: bool) -> Expr:
    """Read the expression that `text` denotes; see `saltation.symbolic.parser.parse`."""
    _check_characters(text, place)
    flat = re.sub(r"\s", " ", text)
    offset = len(flat) - len(flat.lstrip())
    tree = _tree(flat.strip(), offset, place)
    reader = _Reader(names=names, place=place, guard=guard, text=flat, offset=offset)
    return reader.read(tree, 0)


def _fail(
    place: Place,
    code: Code,
    message: str,
    position: int | None,
    hint: str | None = None,
    symbol: str | None = None,
) -> NoReturn:
    raise place.error(
        code, message, kind=ExpressionError, position=position, hint=hint, symbol=symbol
    )


def _check_characters(text: str, place: Place) -> None:
    if len(text) > MOST_CHARACTERS:
        _fail(
            place,
            Code.TEXT_SIZE,
            f"the expression has {len(text)} characters; at most {MOST_CHARACTERS} are read",
            None,
        )
    if not text.strip():
        _fail(place, Code.SYNTAX, "the expression is empty", None, "Write 0 if zero is meant.")
    for position, character in enumerate(text):
        if character in "#\\;" or not (character.isprintable() or character in "\t\n\r "):
            _fail(place, Code.SYNTAX, f"unexpected character {character!r}", position)
        if ord(character) > 127:
            instead = _LOOKALIKES.get(character)
            hint = f"Write {instead}." if instead else "Spell names out in ASCII, such as 'tau'."
            _fail(place, Code.NON_ASCII, f"unexpected character {character!r}", position, hint)


def _tree(text: str, offset: int, place: Place) -> ast.expr:
    """Parse by Python's grammar."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's own remarks, such as on "0or 1"
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        position = offset + max((error.offset or 1) - 1, 0)
        _refuse_syntax(text, offset, position, error.msg, place)
    except (RecursionError, MemoryError, ValueError):
        _fail(place, Code.TEXT_SIZE, "the expression is nested too deeply", None)


_VALUES = (ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Call)
"""What may stand before a bracket where a product is meant."""

_LANGUAGE = (
    "A model's text is no Python: it has numbers, names, + - * / **, brackets and the functions "
    "that docs/own_models.md lists."
)


def _refuse_syntax(text: str, offset: int, position: int, reason: str, place: Place) -> NoReturn:
    """Explain why Python's grammar refused, in the terms of equations."""
    product, neighbours = _NUMBER_NAME.search(text), _NAME_TERM.search(text)
    if product:
        left, right = product.groups()
        _fail(
            place,
            Code.IMPLICIT_PRODUCT,
            "a number and a name stand side by side",
            offset + product.start(2),
            f"Write {left}*{right}.",
        )
    if re.search(r"(?<![=<>!:])=(?!=)", text):
        _fail(
            place,
            Code.SYNTAX,
            "an expression contains no '='",
            offset + text.index("="),
            "Write the right-hand side only.",
        )
    if neighbours:
        left, right = neighbours.groups()
        _fail(
            place,
            Code.IMPLICIT_PRODUCT,
            "two terms stand side by side",
            offset + neighbours.start(2),
            f"Write an operator between them, such as {left}*{right}.",
        )
    if "too many nested" in reason or "too deep" in reason:
        _fail(place, Code.TEXT_SIZE, "the expression is nested too deeply", position)
    _fail(place, Code.SYNTAX, f"not an expression ({reason.lower()})", position)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Turns the nodes of one tree into SymPy."""

    names: Mapping[str, Symbol]
    place: Place
    guard: bool
    text: str
    offset: int

    def fail(
        self,
        node: ast.AST,
        code: Code,
        message: str,
        hint: str | None = None,
        symbol: str | None = None,
    ) -> NoReturn:
        """Report trouble at `node`."""
        position = self.offset + getattr(node, "col_offset", 0)
        _fail(self.place, code, message, position, hint, symbol)

    def read(self, node: ast.expr, level: int) -> Expr:
        """Turn `node`, nested `level` deep, into an expression."""
        if level > MOST_LEVELS:
            self.fail(node, Code.TEXT_SIZE, f"nested more than {MOST_LEVELS} levels deep")
        try:
            match node:
                case ast.Constant():
                    return self.constant(node)
                case ast.Name():
                    return self.name(node)
                case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                    value = self.read(node.operand, level + 1)
                    return -value if isinstance(node.op, ast.USub) else value
                case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div()):
                    return self.chain(node, level)
                case ast.BinOp(op=ast.Pow()):
                    base = self.read(node.left, level + 1)
                    return algebra.power(base, self.read(node.right, level + 1))
                case ast.Call():
                    return self.call(node, level)
        except AlgebraError as error:
            self.fail(node, error.code, error.message, error.hint)
        self.refuse(node)

    def chain(self, node: ast.BinOp, level: int) -> Expr:
        """Fold a run such as ``a + b - c*d`` from the left, without recursion along it."""
        steps: list[tuple[ast.operator, ast.expr]] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp) and isinstance(
            left.op, ast.Add | ast.Sub | ast.Mult | ast.Div
        ):
            steps.append((left.op, left.right))
            left = left.left
        value = self.read(left, level + 1)
        for operator, right in reversed(steps):
            term = self.read(right, level + 1)
            try:
                match operator:
                    case ast.Add():
                        value = algebra.total([value, term])
                    case ast.Sub():
                        value = algebra.total([value, -term])
                    case ast.Mult():
                        value = algebra.product([value, term])
                    case _:
                        value = algebra.quotient(value, term)
            except AlgebraError as error:
                self.fail(right, error.code, error.message, error.hint)
        return value

    def constant(self, node: ast.Constant) -> Expr:
        """Read a number."""
        value = node.value
        if isinstance(value, complex):
            self.fail(node, Code.COMPLEX, "a complex constant; every quantity is real")
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(node, Code.SYNTAX, f"{value!r} is not a number")
        return algebra.number(value)

    def name(self, node: ast.Name) -> Expr:
        """Look a name up in the table."""
        symbol = self.names.get(node.id)
        if symbol is not None:
            return symbol
        if node.id in FUNCTIONS:
            hint = f"Call it, such as {node.id}(x)."
            self.fail(node, Code.UNKNOWN_SYMBOL, f"{node.id!r} is a function", hint, node.id)
        hint = unknown_name_hint(node.id, self.names)
        self.fail(node, Code.UNKNOWN_SYMBOL, f"unknown symbol {node.id!r}", hint, node.id)

    def call(self, node: ast.Call, level: int) -> Expr:
        """Read a call of a function of the table."""
        if not isinstance(node.func, ast.Name):
            self.refuse_call(node)
        name = node.func.id
        function = FUNCTIONS.get(name)
        if function is None:
            self.refuse_call(node)
        least, most = function.arguments
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            self.fail(node, Code.FUNCTION_ARGUMENTS, f"{name}() takes plain arguments only")
        if not least <= len(node.args) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            self.fail(
                node,
                Code.FUNCTION_ARGUMENTS,
                f"{name}() takes {wanted} argument{'s' if wanted != '1' else ''}, "
                f"got {len(node.args)}",
            )
        return algebra.call(name, [self.read(argument, level + 1) for argument in node.args])

    def refuse_call(self, node: ast.Call) -> NoReturn:
        """Explain why this is no call of a known function."""
        func = node.func
        if isinstance(func, ast.Attribute):
            hint = f"Write {func.attr}(x)." if func.attr in USABLE else suggest("", USABLE)
            self.fail(node, Code.UNKNOWN_FUNCTION, "functions stand alone, without a dot", hint)
        if not isinstance(func, ast.Name) or func.id in self.names:
            left = self.source(func)
            if isinstance(func, ast.BinOp | ast.UnaryOp):
                left = f"({left})"
            if not (len(node.args) == 1 and isinstance(func, _VALUES)) or node.keywords:
                self.fail(node, Code.SYNTAX, f"{left} is not a function", _LANGUAGE)
            self.fail(
                node,
                Code.IMPLICIT_PRODUCT,
                f"{left} is not a function",
                f"Write a product with *: {left}*({self.source(node.args[0])}).",
            )
        advice = ADVICE.get(func.id)
        self.fail(
            node,
            Code.UNKNOWN_FUNCTION,
            f"unknown function {func.id!r}",
            advice or suggest(func.id, USABLE),
            func.id,
        )

    def refuse(self, node: ast.expr) -> NoReturn:
        """Say what is wrong with a node that is not on the whitelist."""
        if isinstance(node, ast.BinOp | ast.UnaryOp) and type(node.op) in _OPERATORS:
            sign, hint = _OPERATORS[type(node.op)]
            position = self.text.find(sign, self.offset + self.end_of_left(node))
            message = f"the operator {sign} is not allowed"
            _fail(self.place, Code.OPERATOR, message, position, hint)
        if isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp):
            code = Code.GUARD_RELATION if self.guard else Code.RELATION
            message = "a condition, where a real-valued expression is expected"
            self.fail(node, code, message, relation_hint(node, self.guard))
        if isinstance(node, ast.IfExp):
            hint = "Declare one mode for each case, with events that switch between them."
            self.fail(node, Code.RELATION, "a condition inside an expression", hint)
        if isinstance(node, ast.Attribute):
            self.fail(node, Code.SYNTAX, "names contain no dots", "Use an underscore.")
        what = re.sub(r"(?<!^)(?=[A-Z])", " ", type(node).__name__).lower()
        self.fail(node, Code.SYNTAX, f"not part of an expression ({what})", _LANGUAGE)

    def end_of_left(self, node: ast.BinOp | ast.UnaryOp) -> int:
        """Return the column after which the operator of `node` stands."""
        if isinstance(node, ast.UnaryOp):
            return node.col_offset
        return node.left.end_col_offset or node.col_offset

    def source(self, node: ast.expr) -> str:
        """Return the part of the text that made `node`."""
        end = node.end_col_offset
        return self.text[self.offset + node.col_offset : None if end is None else self.offset + end]


def unknown_name_hint(name: str, known: Mapping[str, Symbol]) -> str:
    """Say what an unknown name might have meant."""
    if name == "w":
        return "w is the weight of an arriving spike: only 'receive' may use it."
    if name == TIME.name:
        names = ", ".join(known) or "nothing"
        return f"{name} is the time itself, which cannot be used here. Known here: {names}."
    constants = {"pi": "3.141592653589793", "e": "exp(1)", "E": "exp(1)", "inf": "", "nan": ""}
    if constants.get(name):
        return f"No constants are predefined: write {constants[name]}, or declare a parameter."
    return suggest(name, known)
