"""The C of matrix exponentials and of crossings along coupled flows."""

from __future__ import annotations

from saltation.codegen.differences import exponential_terms
from saltation.codegen.options import Precision
from saltation.codegen.render import render


def render_matrices(rows: int, precision: Precision) -> list[str]:
    """Return the text for augmented matrices of at most so many rows; none if there are none."""
    if rows == 0:
        return []
    terms = exponential_terms(precision)
    return [
        render(f"{name}.c.j2", precision, rows=rows, inverse=terms, degree=len(terms) - 1)
        for name in ("expm", "expm_slopes", "expm_search")
    ]
