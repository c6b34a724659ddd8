"""Tell generated code where the gradients go that are wanted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from saltation.runtime.arrays import FloatArray

if TYPE_CHECKING:
    from saltation.runtime.problem import Memory

Row: TypeAlias = tuple[str | None, ...]
"""The keys of a table of pointers, None where a pointer is null."""


@dataclass(frozen=True, slots=True)
class Destinations:
    """Which fields of a request are not those of one that wants nothing.

    Attributes
    ----------
    flat : tuple of (str, tuple of (str or None))
        For a field with one table its name, and the key of each entry.
    nested : tuple of (str, tuple of (tuple of (str or None), or None))
        For a field with a table for each population its name and those tables, None for one
        without a key.
    """

    flat: tuple[tuple[str, Row], ...]
    nested: tuple[tuple[str, tuple[Row | None, ...]], ...]


class Requests:
    """Makes the requests of a network.

    Parameters
    ----------
    memory : Memory
        What holds the tables that all requests share.
    flat : mapping of str to sequence of str
        For each field with one table its keys.
    nested : mapping of str to sequence of sequences of str
        For each field with a table for each population the keys of each.
    outputs : int
        The larger of the numbers of populations and observations.
    """

    def __init__(
        self,
        memory: Memory,
        flat: Mapping[str, Sequence[str]],
        nested: Mapping[str, Sequence[Sequence[str]]],
        outputs: int,
    ) -> None:
        self._flat, self._nested = flat, nested
        rows = [*flat.values(), *(row for rows in nested.values() for row in rows)]
        populations = max(map(len, nested.values()))
        most = max(outputs, 1, *map(len, rows))
        self._none = none = memory.table([memory.ffi.NULL] * most)
        each = memory.new("sal_real **[]", [none] * max(populations, 1))
        self._nothing = memory.new("sal_request *")
        for field in ("spike", "observation", *flat):
            setattr(self._nothing, field, none)
        for field in nested:
            setattr(self._nothing, field, each)

    def destinations(self, wanted: Collection[str]) -> Destinations:
        """Return the fields that belong to these keys."""
        rows = {field: _row(keys, wanted) for field, keys in self._flat.items()}
        tables = {
            field: tuple(_row(keys, wanted) for keys in rows)
            for field, rows in self._nested.items()
        }
        return Destinations(
            flat=tuple((field, row) for field, row in rows.items() if row is not None),
            nested=tuple((field, table) for field, table in tables.items() if any(table)),
        )

    def make(
        self, memory: Memory, destinations: Destinations, gradients: Mapping[str, FloatArray]
    ) -> Any:
        """Return a request, without cotangents, of the gradients that are zeros now."""
        request = memory.new("sal_request *", self._nothing[0])
        for field, row in destinations.flat:
            setattr(request, field, _table(memory, row, gradients))
        for field, rows in destinations.nested:
            tables = [self._none if row is None else _table(memory, row, gradients) for row in rows]
            setattr(request, field, memory.new("sal_real **[]", tables))
        return request


def _row(keys: Sequence[str], wanted: Collection[str]) -> Row | None:
    """Return the keys that are wanted, each in its place; None if there are none."""
    row = tuple(key if key in wanted else None for key in keys)
    return row if any(row) else None


def _table(memory: Memory, row: Row, gradients: Mapping[str, FloatArray]) -> Any:
    null, pointer = memory.ffi.NULL, memory.pointer
    return memory.table(
        [null if key is None else pointer("sal_real[]", gradients[key]) for key in row]
    )
