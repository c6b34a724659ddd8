"""From what a user writes to a SymPy expression, by a whitelist.

A text goes through Python's own grammar (`ast`), then every node is looked up in a short list of
allowed ones; nothing is ever evaluated as Python. A SymPy expression is walked in the same manner,
and its symbols are matched by name. Names come from an explicit table and nowhere else, so ``I``,
``E``, ``beta`` or ``gamma`` mean what the model says they mean.
"""

from __future__ import annotations

import math
from numbers import Rational, Real
from typing import TYPE_CHECKING, TypeAlias

from sympy import Basic, Expr

from saltation.symbolic import adoption, algebra, syntax
from saltation.symbolic.algebra import AlgebraError
from saltation.symbolic.checks.expressions import check_size, finished
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ExpressionError, ModelTypeError, SaltationError
from saltation.symbolic.place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sympy import Symbol

Expression: TypeAlias = str | Expr | int | float
"""What a user may give where an expression is wanted."""


def parse(
    text: Expression,
    *,
    names: Mapping[str, Symbol],
    model: str,
    where: str,
    guard: bool = False,
) -> Expr:
    """Turn what a user wrote into an expression of known real symbols.

    Parameters
    ----------
    text : str or sympy.Expr or number
        The expression.
    names : mapping of str to sympy.Symbol
        Every name that may occur, with the symbol it stands for.
    model : str
        Name of the model or network, for messages.
    where : str
        Which equation it is, for messages, such as ``"dynamics of 'v'"``.
    guard : bool, optional
        Whether the expression is a guard: the message about a relation then says how to write one.

    Returns
    -------
    sympy.Expr
        Integers and fractions are exact, every other constant is the double it denotes.

    Raises
    ------
    ExpressionError
        The text does not parse, or uses an unknown name or function; with the column.
    ModelTypeError
        `text` is neither a text, nor a SymPy expression, nor a number.

    Examples
    --------
    >>> from sympy import Symbol
    >>> names = {name: Symbol(name, real=True) for name in ("v", "i", "tau_m")}
    >>> parse("(i - v)/tau_m", names=names, model="lif", where="dynamics of 'v'")
    (i - v)/tau_m
    """
    if isinstance(text, Basic):
        check_size(text, Place(model=model, equation=where))
    place = Place(model=model, equation=where, text=_shown(text))
    try:
        if isinstance(text, str):
            return finished(syntax.read(text, names=names, place=place, guard=guard), place)
        if isinstance(text, Basic):
            return finished(adoption.adopt(text, names=names, place=place, guard=guard), place)
        if isinstance(text, Real) and not isinstance(text, bool):
            return algebra.number(_plain(text))
    except AlgebraError as error:
        raise place.error(
            error.code, error.message, kind=ExpressionError, hint=error.hint
        ) from error
    except SaltationError:
        raise
    except (RecursionError, MemoryError) as error:
        raise place.error(
            Code.TEXT_SIZE, "the expression is nested too deeply", kind=ExpressionError
        ) from error
    raise _wrong_type(text, place)


def _plain(value: Real) -> int | float:
    """Turn any real number, such as NumPy's or a fraction, into Python's own."""
    if isinstance(value, Rational) and value.denominator == 1:
        return int(value.numerator)
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _shown(text: object) -> str | None:
    """Show the equation as the user gave it, without letting a huge one flood the message."""
    if isinstance(text, str):
        return text
    if not isinstance(text, Expr):
        return None
    try:
        return str(text)
    except Exception:  # a broken printer must not hide the error that is being reported
        return None


def _wrong_type(text: object, place: Place) -> ModelTypeError:
    kind = type(text).__name__
    hints = {
        "NoneType": "Leave the entry out, or give an expression.",
        "bool": "Write 1 or 0.",
        "complex": "Every quantity is real: write a coupled pair of equations instead.",
        "ndarray": "An equation is the same for every neuron; a value per neuron is a parameter, "
        "given as an array to add_population.",
        "function": "Write the expression itself, as text.",
    }
    error = place.error(
        Code.EXPRESSION_TYPE,
        f"expected an expression (text, SymPy expression or number), got {kind}",
        kind=ModelTypeError,
        hint=hints.get(kind, "Write the expression as text, such as '(i - v)/tau_m'."),
    )
    assert isinstance(error, ModelTypeError)
    return error
