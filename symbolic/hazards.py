"""Where an expression has no value: divisions, roots, logarithms, and what must hold of each.

A hazard is an argument with a domain. Whether a value of the argument lies in it is decided where
the values are known: of the default values by `saltation.symbolic.checks.domains`, of a
population's by `saltation.symbolic.requirements`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from sympy import Expr, Pow, S, acos, asin, exp, log, preorder_traversal

if TYPE_CHECKING:
    from collections.abc import Iterator


class Domain(Enum):
    """What an argument must be; the value completes a sentence."""

    NONZERO = "not zero"
    POSITIVE = "above zero"
    NONNEGATIVE = "not below zero"
    NEGATIVE = "below zero"

    def holds(self, sign: int) -> bool:
        """Whether a number of this sign (-1, 0 or 1) lies in the domain."""
        match self:
            case Domain.NONZERO:
                return sign != 0
            case Domain.POSITIVE:
                return sign > 0
            case Domain.NONNEGATIVE:
                return sign >= 0
        return sign < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """A part of an expression that has a value only where its argument lies in a domain.

    Attributes
    ----------
    node : Expr
        The part, such as ``log(v)``.
    argument : Expr
        What must lie in the domain, such as ``v``.
    domain : Domain
        The domain.
    """

    node: Expr
    argument: Expr
    domain: Domain

    @property
    def what(self) -> str:
        """What the part does, for messages, such as ``"the logarithm of v"``."""
        if self.node.func is log:
            return f"the logarithm of {self.argument}"
        if self.node.func in (asin, acos):
            return f"{self.node} of an argument beyond 1"
        if self.domain is Domain.NONZERO:
            return f"a division by {1 / self.node}"
        if self.node.exp == S.Half:
            return f"the square root of {self.argument}"
        return f"the power {self.node}"

    def position(self, text: str | None) -> int | None:
        """Find the argument in an equation's text, where it is spelt as SymPy spells it.

        Of several places the one behind a sign of division, or in a call, is meant.
        """
        spelt = rf"(?<!\w){re.escape(str(self.argument))}(?!\w)"
        before = r"/\s*\(?\s*" if self.domain is Domain.NONZERO else r"\w\(\s*"
        for pattern in (f"{before}({spelt})", f"({spelt})"):
            found = re.search(pattern, text or "")
            if found:
                return found.start(1)
        return None


def hazards(expression: Expr) -> Iterator[Hazard]:
    """Yield what can leave its domain in an expression, each once.

    Examples
    --------
    >>> from sympy import log, symbols
    >>> x, y = symbols("x y", real=True)
    >>> [(each.what, each.domain.value) for each in hazards(log(x)/y)]
    [('a division by y', 'not zero'), ('the logarithm of x', 'above zero')]
    """
    seen = set()
    for node in preorder_traversal(expression):
        if node in seen or not node.args:
            continue
        seen.add(node)
        found = _hazard(node)
        if found is not None and not found.argument.is_Number:
            yield found


def _hazard(node: Expr) -> Hazard | None:
    if node.func is log:
        return Hazard(node=node, argument=node.args[0], domain=Domain.POSITIVE)
    if node.func in (asin, acos):
        return Hazard(node=node, argument=1 - node.args[0] ** 2, domain=Domain.NONNEGATIVE)
    if not isinstance(node, Pow) or node.base.func is exp:
        return None
    if not node.exp.is_Number:
        return Hazard(node=node, argument=node.base, domain=Domain.POSITIVE)
    if node.exp == int(node.exp):
        inverse = Hazard(node=node, argument=node.base, domain=Domain.NONZERO)
        return inverse if node.exp < 0 else None
    domain = Domain.POSITIVE if node.exp < 0 else Domain.NONNEGATIVE
    return Hazard(node=node, argument=node.base, domain=domain)
