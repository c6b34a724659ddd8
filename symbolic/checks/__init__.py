"""The checks of a declaration, by subject: names, structure, values, expressions, guards, resets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from saltation.symbolic.model import ParsedModel


def check(model: ParsedModel, units: Mapping[str, str] | None) -> Mapping[str, str]:
    """Check a parsed declaration; return its units."""
    return dict(units or {})
