"""Tables of results: kept as JSON, shown as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

Cell = str | int | float | None
"""What a table holds; None is shown as a dash."""

HEAD = """\
# Speed

Written by `python -m benchmarks.speed`. Times are processor times, medians of rounds in which the
variants take turns; ratios are medians of the ratios within a round. Instructions are those of the
generated code alone, counted by `valgrind --tool=callgrind`. A sample's gradient is that of the
loss by all weights, unless a table says otherwise; its time does not include the forward pass.
"""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table, with what was measured how.

    Attributes
    ----------
    title : str
        What the workload is.
    rows : tuple of dict
        Cells by the heading of their column; all rows have the same headings.
    notes : tuple of str
        Paragraphs below the table.
    machine : str
        Where and with what it was taken.
    pictures : tuple of str
        File names of pictures beside the table.
    """

    title: str
    rows: tuple[Mapping[str, Cell], ...]
    notes: tuple[str, ...] = ()
    machine: str = ""
    pictures: tuple[str, ...] = ()

    def lines(self) -> Iterable[str]:
        """Give the lines of the table as Markdown."""
        yield from (f"## {self.title}", "")
        headings = tuple(self.rows[0]) if self.rows else ()
        if headings:
            yield f"| {' | '.join(headings)} |"
            yield f"|{' --- |' * len(headings)}"
        for row in self.rows:
            yield f"| {' | '.join(shown(row[heading]) for heading in headings)} |"
        for note in self.notes:
            yield from ("", note)
        for picture in self.pictures:
            yield from ("", f"![{self.title}]({picture})")
        yield from ("", f"Taken: {self.machine}.", "")


def shown(cell: Cell) -> str:
    """Write a cell: numbers with three significant digits, counts in full.

    Examples
    --------
    >>> shown(0.012345), shown(1234.5), shown(1234567), shown(None)
    ('0.0123', '1,230', '1,234,567', '-')
    """
    if cell is None:
        return "-"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int):
        return f"{cell:,}"
    if cell != cell:
        return "-"
    rounded = float(f"{cell:.3g}")
    if abs(rounded) >= 100.0:
        return f"{rounded:,.0f}"
    return f"{rounded:#.3g}"


def read_tables(path: Path) -> dict[str, Table]:
    """Read the tables of an earlier run; none if there was no such run."""
    if not path.exists():
        return {}
    return {
        key: Table(
            title=kept["title"],
            rows=tuple(kept["rows"]),
            notes=tuple(kept["notes"]),
            machine=kept["machine"],
            pictures=tuple(kept["pictures"]),
        )
        for key, kept in json.loads(path.read_text("utf-8")).items()
    }


def write_tables(tables: Mapping[str, Table], path: Path) -> None:
    """Write all tables as JSON, and beside it as Markdown."""
    ordered = dict(sorted(tables.items()))
    kept = {key: asdict(table) for key, table in ordered.items()}
    for table in kept.values():
        # JSON has no NaN.
        table["rows"] = [
            {heading: None if cell != cell else cell for heading, cell in row.items()}
            for row in table["rows"]
        ]
    written = json.dumps(kept, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(written + "\n", encoding="utf-8")
    lines = [*HEAD.splitlines(), ""]
    for each in ordered.values():
        lines += each.lines()
    text = "\n".join(lines).rstrip() + "\n"
    path.with_suffix(".md").write_text(text, encoding="utf-8")
