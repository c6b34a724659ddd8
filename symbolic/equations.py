"""Numbered equations: what a derivation consists of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sympy import Basic, Eq

Key = tuple[str | int, ...]
"""A stable name of an equation, such as ``("adjoint", "default", "v")``."""


class Relation(Enum):
    """How the two sides of an equation belong together."""

    EQUALS = "="
    ADDS = "+="


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """One numbered equation of a derivation.

    Attributes
    ----------
    number : int
        Its number; shown as `tag`.
    key : tuple
        Its stable name: a kind, then mode, event or port, then state or parameter.
    left, right : sympy.Basic
        The two sides; matrices for the map of a coupled flow.
    relation : Relation
        Whether the right side is the value of the left one, or is added to it.
    section : str
        The part of the model that it belongs to.
    title : str
        What it is about.
    note : str
        A sentence of explanation, the same for all equations of one title; may be empty.
    """

    number: int
    key: Key
    left: Basic
    right: Basic
    relation: Relation
    section: str
    title: str
    note: str

    @property
    def tag(self) -> str:
        """The number in parentheses, such as ``"(12)"``."""
        return f"({self.number})"

    @property
    def equality(self) -> Eq:
        """The two sides as an unevaluated SymPy equality."""
        return Eq(self.left, self.right, evaluate=False)
