"""Names of the parts of a network: which are allowed, and what to say about an unknown one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NoReturn, TypeVar

from saltation.symbolic.errors import NetworkError, UnknownNameError
from saltation.symbolic.place import nearest

Value = TypeVar("Value")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PROJECTION = re.compile(rf"{_NAME.pattern}(->{_NAME.pattern})?")


def checked_name(name: object, kind: str) -> str:
    """Return `name` if it may name a part of a network.

    Names become keys such as ``"hidden.tau_m"``, and so must hold no dot; they are ASCII
    identifiers. A projection may also be called ``pre->post``, as it is by default.

    Raises
    ------
    NetworkError
        If it is no text, or has other characters than these.
    """
    if not isinstance(name, str):
        raise NetworkError(f"the name of {_article(kind)} must be text, got {_shown(name)}")
    if (_PROJECTION if kind == "projection" else _NAME).fullmatch(name) is None:
        form = " (or two such, as in 'pre->post')" if kind == "projection" else ""
        raise NetworkError(
            f"{name!r} cannot name {_article(kind)}: use letters a-z, digits and underscores, "
            f"not starting with a digit{form}, because names become keys such as 'hidden.tau_m'"
        )
    return name


def check_known(name: object, known: Collection[str], kind: str, where: str) -> None:
    """Raise `UnknownNameError`, naming the nearest, unless `name` is among the `known` ones."""
    if not isinstance(name, str) or name not in known:
        raise unknown_name(kind, name, known, where)


def chosen_names(
    given: Iterable[str] | None, known: Collection[str], kind: str, where: str
) -> list[str]:
    """Return the names that were chosen, all the `known` ones if None; each is a known one.

    A name alone stands for itself, not for its letters.
    """
    if given is None:
        return list(known)
    names = [given] if isinstance(given, str) else list(given)
    for name in names:
        check_known(name, known, kind, where)
    return names


def unknown_name(
    kind: str,
    name: object,
    known: Iterable[str],
    where: str,
    meanings: Mapping[str, str] | None = None,
) -> UnknownNameError:
    """Return the error for a `name` that is not among the `known` ones of its `kind`.

    It names the nearest, or those that begin with the name and a dot, as the keys of a population.

    Parameters
    ----------
    kind : str
        What was looked for, such as ``"population"``.
    name : object
        What was given.
    known : iterable of str
        The names that would have been right.
    where : str
        Who looked, such as ``"connect"``.
    meanings : mapping of str to str, optional
        What each known name stands for, to be told where none is near.
    """
    names = list(known)
    near = nearest(str(name), names)
    own = [each for each in names if each.startswith(f"{name}.")]
    if own:
        advice = f"those of {name!r} are {', '.join(map(repr, own))}"
    elif near is not None:
        advice = f"did you mean {near!r}?"
    elif meanings:
        advice = f"known: {'; '.join(f'{each!r}, {meanings[each]}' for each in names)}"
    elif names:
        advice = f"known: {', '.join(map(repr, names[:20]))}{', ...' if len(names) > 20 else ''}"
    else:
        advice = "there are none yet"
    return UnknownNameError(f"{where}: there is no {kind} {_shown(name)}; {advice}")


class NamedDict(dict[str, Value]):
    """A dict by names, in which an unknown one is an `UnknownNameError` that names the nearest.

    Parameters
    ----------
    kind : str
        What the names are of, such as ``"population"``.
    where : str
        What looks them up, such as ``"run.spikes"``.

    Examples
    --------
    >>> found = NamedDict("population", "run.spikes", {"out": 1})
    >>> found["outt"]
    Traceback (most recent call last):
    ...
    saltation.symbolic.errors.UnknownNameError: run.spikes: there is no population 'outt'; did you \
mean 'out'?
    >>> found.get("outt"), "outt" in found, found == {"out": 1}
    (None, False, True)
    """

    __slots__ = ("_kind", "_where")

    def __init__(self, kind: str, where: str, items: Mapping[str, Value] | None = None) -> None:
        super().__init__({} if items is None else items)
        self._kind, self._where = kind, where

    def __missing__(self, name: object) -> NoReturn:
        raise unknown_name(self._kind, name, self, self._where)


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _shown(value: object) -> str:
    """Show a value that ought to have been a name, with its type where it is no text."""
    text = repr(value)
    short = text if len(text) <= 60 else f"{text[:57]}..."
    return short if isinstance(value, str) else f"{type(value).__name__} {short}"


def check_free(name: str, kind: str, *named: Mapping[str, object]) -> None:
    """Raise `NetworkError` if a name for a new part is that of another part."""
    for parts in named:
        if name in parts:
            other = type(parts[name]).__name__.lower()
            raise NetworkError(f"{name!r} cannot name the new {kind}: it names the {other}")
