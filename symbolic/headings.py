"""What equations of one kind have in common: where they belong, and a sentence about them."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Basic

from saltation.symbolic.equations import Equation, Key, Relation


@dataclass(frozen=True, slots=True)
class Heading:
    """What the equations that are written under it have in common."""

    section: str
    title: str
    note: str

    def write(
        self, key: Key, left: Basic, right: Basic, relation: Relation = Relation.EQUALS
    ) -> Equation:
        """Return an equation that has no number yet."""
        return Equation(
            number=0,
            key=key,
            left=left,
            right=right,
            relation=relation,
            section=self.section,
            title=self.title,
            note=self.note,
        )
