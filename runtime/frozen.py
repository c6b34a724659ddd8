"""A dict that cannot be changed, for the contents of frozen dataclasses."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

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
