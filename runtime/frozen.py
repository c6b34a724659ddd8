"""Contents of frozen dataclasses that cannot be changed: dicts, and arrays also in copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NoReturn, TypeVar

import numpy as np

Key = TypeVar("Key")
Value = TypeVar("Value")


class FrozenDict(dict[Key, Value]):
    """A dict whose items are set once, when it is made.

    Unlike `types.MappingProxyType` it can be pickled and copied, as worker processes need.

    Examples
    --------
    >>> FrozenDict(theta=1.0)["theta"]
    1.0
    """

    def _refuse(self, *_arguments: Any, **_keywords: Any) -> NoReturn:
        raise TypeError("this mapping is read-only; take dict(mapping) for a copy to change")

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


class FrozenArrays:
    """Base of frozen dataclasses whose arrays are read-only, and stay so in every copy.

    An array that was pickled or deeply copied can be written to: what was checked once would not
    have to be right any more when generated code reads it.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        contents = {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]
        return _frozen, (type(self), contents)


def _frozen(kind: type, contents: dict[str, Any]) -> Any:
    made: Any = object.__new__(kind)
    for name, value in contents.items():
        for each in value.values() if isinstance(value, Mapping) else (value,):
            if isinstance(each, np.ndarray):
                each.setflags(write=False)
        object.__setattr__(made, name, value)
    return made
