"""Small tables, as text and as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from textwrap import wrap

_WIDEST = 36
"""Most characters in a line of a cell that has spaces to break it at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A heading, and rows of ready strings under it."""

    heading: tuple[str, ...]
    """Names of the columns; the first names the table."""

    rows: tuple[tuple[str, ...], ...]
    """The cells, a tuple for each row."""


def as_text(tables: Sequence[Table]) -> str:
    """Lay the tables out in columns, those without rows left out.

    Examples
    --------
    >>> print(as_text([Table(heading=("input", "size"), rows=(("in", "4"), ("noise", "10")))]))
    input  size
    in     4
    noise  10
    """
    return "\n\n".join(_columns(table) for table in tables if table.rows)


def as_html(tables: Sequence[Table]) -> str:
    """Return the tables as HTML, everything escaped, those without rows left out."""
    return "".join(_html(table) for table in tables if table.rows)


def _columns(table: Table) -> str:
    lines = [line for row in (table.heading, *table.rows) for line in _wrapped(row)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _wrapped(row: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the lines of a row whose cells are wide."""
    cells = (wrap(cell, _WIDEST, break_long_words=False, break_on_hyphens=False) for cell in row)
    yield from zip_longest(*cells, fillvalue="")


def _html(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.heading)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
