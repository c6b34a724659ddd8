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


def nearest(name: str, known: Iterable[str], cutoff: float = 0.5) -> str | None:
    """Return the known name that was most likely meant, None if none is near.

    Names that differ only in case, or whose last part after a dot is the same, come before those
    that are only spelt alike; of several the one that is spelt most alike.

    Parameters
    ----------
    name : str
        What was given.
    known : iterable of str
        The names that would have been right.
    cutoff : float
        How alike the spelling must be, from 0 to 1, where no part is the same.

    Examples
    --------
    >>> nearest("c_m", ["cell.r_m", "cell.c_m"]), nearest("V", ["i", "v"]), nearest("x", ["v"])
    ('cell.c_m', 'v', None)
    """
    names = list(known)
    for part in (str.lower, _last, lambda each: _last(each).lower()):
        same = [each for each in names if part(each) == part(name)]
        if same:
            names, cutoff = same, 0.0
            break
    lower = {each.lower(): each for each in reversed(names)}
    near = get_close_matches(name.lower(), lower, n=1, cutoff=cutoff)
    return lower[near[0]] if near else None


def _last(name: str) -> str:
    """Return the part after the last dot."""
    return name.rpartition(".")[2]


def suggest(name: str, known: Iterable[str]) -> str:
    """Name the nearest known name, and list what is known.

    Examples
    --------
    >>> suggest("tua_m", ["v", "tau_m"])
    "Did you mean 'tau_m'? Known here: v, tau_m."
    """
    names = list(known)
    near = nearest(name, names, cutoff=0.6)
    question = f"Did you mean {near!r}? " if near else ""
    return f"{question}Known here: {', '.join(names) if names else 'nothing'}."
