"""Small tables, as text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


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
    lines = (table.heading, *table.rows)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _html(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.heading)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
