"""Copies of the recurrences of series that models call which have many of them.

A simulator's compiler puts a recurrence in at each call. Of models with many calls it takes long
over that, so that these call one copy of each, which knows for how many lanes it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SUFFIX = "_outlined"

INLINED = 8
"""How many recurrences a routine has inlined, which is faster."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A routine of the series, and its parameters between the series and the lanes.

    Attributes
    ----------
    name : str
        Its name.
    arguments : str
        The parameters' names, as they are passed on.
    parameters : str
        The same with their types.
    """

    name: str
    arguments: str
    parameters: str

    @property
    def copy(self) -> str:
        """The name of its copy."""
        return f"{self.name}{_SUFFIX}"


def _recurrence(name: str, *arguments: str) -> Recurrence:
    real = {"factor", "exponent"}
    typed = [f"{'sal_real' if each in real else 'size_t'} {each}" for each in arguments]
    return Recurrence(name, ", ".join(arguments), ", ".join(typed))


RECURRENCES = (
    _recurrence("sal_product", "x", "y", "to", "k"),
    _recurrence("sal_square", "x", "to", "k"),
    _recurrence("sal_quotient", "x", "y", "to", "k"),
    _recurrence("sal_reciprocal", "y", "to", "k"),
    _recurrence("sal_exponential", "u", "to", "k"),
    _recurrence("sal_inverse", "u", "d", "to", "k"),
    _recurrence("sal_partner", "u", "partner", "factor", "to", "k"),
    _recurrence("sal_tangent", "u", "square", "factor", "to", "k"),
    _recurrence("sal_root", "u", "to", "k"),
    _recurrence("sal_power", "u", "exponent", "to", "k"),
    _recurrence("sal_size", "u", "to", "k"),
    _recurrence("sal_relative_slope", "u", "size", "tower", "to", "k"),
    _recurrence("sal_tower", "y", "tower", "k", "order"),
)


def with_outlines(statements: Sequence[str]) -> list[str]:
    """Return statements that call copies of the recurrences, if there are many calls.

    Examples
    --------
    >>> with_outlines(["sal_root(series, 0U, 1U, k, lanes);"])
    ['sal_root(series, 0U, 1U, k, lanes);']
    >>> with_outlines(["sal_root(series, 0U, 1U, k, lanes);"] * 9)[8]
    'sal_root_outlined(series, 0U, 1U, k, lanes);'
    """
    calls = [statement for statement in statements if statement.startswith("sal_")]
    if len(calls) <= INLINED:
        return list(statements)
    return [re.sub(r"^(sal_\w+)\(", rf"\1{_SUFFIX}(", statement) for statement in statements]


def without_outlines(text: str) -> str:
    """Return C text that calls routines where simulators call outlined copies of them.

    Examples
    --------
    >>> without_outlines("sal_product_outlined(series, 0U, 1U, 2U, k, lanes);")
    'sal_product(series, 0U, 1U, 2U, k, lanes);'
    """
    return text.replace(f"{_SUFFIX}(", "(")
