"""Where in a declaration something was found: what errors and warnings have in common."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from saltation.symbolic.errors import ModelError, ModelWarning

if TYPE_CHECKING:
    from collections.abc import Iterable

    from saltation.symbolic.codes import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One equation, or another part, of a declaration."""

    model: str
    """Name of the model."""

    equation: str | None = None
    """Which part, such as ``"dynamics of 'v'"``."""

    text: str | None = None
    """The equation as the user wrote it."""

    def error(
        self,
        code: Code,
        message: str,
        *,
        kind: type[ModelError] = ModelError,
        position: int | None = None,
        symbol: str | None = None,
        hint: str | None = None,
    ) -> ModelError:
        """Make the error that reports `message` at this place."""
        return kind(
            message,
            code=code,
            model=self.model,
            equation=self.equation,
            text=self.text,
            position=position,
            symbol=symbol,
            hint=hint,
        )

    def warning(
        self,
        code: Code,
        message: str,
        *,
        position: int | None = None,
        symbol: str | None = None,
        hint: str | None = None,
    ) -> ModelWarning:
        """Make the warning that reports `message` at this place."""
        return ModelWarning(
            message,
            code=code,
            model=self.model,
            equation=self.equation,
            text=self.text,
            position=position,
            symbol=symbol,
            hint=hint,
        )


def suggest(name: str, known: Iterable[str]) -> str:
    """Name the nearest known name, and list what is known.

    Examples
    --------
    >>> suggest("tua_m", ["v", "tau_m"])
    "Did you mean 'tau_m'? Known here: v, tau_m."
    """
    names = list(known)
    lower = {candidate.lower(): candidate for candidate in reversed(names)}
    near = get_close_matches(name.lower(), lower, n=1, cutoff=0.6)
    question = f"Did you mean {lower[near[0]]!r}? " if near else ""
    return f"{question}Known here: {', '.join(names) if names else 'nothing'}."
