"""Sums over the terms of a series, as SymPy expressions that printers can set."""

from __future__ import annotations

from typing import Any

from sympy import Basic, Expr, MatrixExpr
from sympy.core.symbol import Str


class TermSum(Expr):  # type: ignore[misc]
    """A sum of scalars over the terms that its range names, such as ``sum_k b_k c_k``.

    Examples
    --------
    >>> from sympy import Symbol
    >>> TermSum(Symbol("x_k"), "k").range
    'k'
    """

    def __new__(cls, term: Basic, over: str | Str) -> Any:
        """Make the sum of a term over a range."""
        return Basic.__new__(cls, term, Str(str(over)))

    @property
    def term(self) -> Expr:
        """What is summed."""
        return self.args[0]

    @property
    def range(self) -> str:
        """The index, with a condition where there is one: ``"k"`` or ``"j<k"``."""
        return str(self.args[1])


class VectorSum(MatrixExpr):  # type: ignore[misc]
    """A sum of vectors over the terms that its range names, such as ``sum_(k<=p) X_k``.

    Examples
    --------
    >>> from sympy import MatrixSymbol
    >>> VectorSum(MatrixSymbol("K_j", 2, 1), "j<k").shape
    (2, 1)
    """

    def __new__(cls, term: Basic, over: str | Str) -> Any:
        """Make the sum of a term over a range."""
        return Basic.__new__(cls, term, Str(str(over)))

    @property
    def term(self) -> MatrixExpr:
        """What is summed."""
        return self.args[0]

    @property
    def range(self) -> str:
        """The index, with a condition where there is one: ``"k"`` or ``"j<k"``."""
        return str(self.args[1])

    @property
    def shape(self) -> tuple[Any, Any]:
        """The shape of a term."""
        rows, columns = self.term.shape
        return rows, columns
