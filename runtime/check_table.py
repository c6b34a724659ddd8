"""The result of a gradient check, and how it prints."""

from __future__ import annotations

import html
from dataclasses import dataclass

from saltation.symbolic.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One kind of gradient, compared entry by entry with finite differences."""

    key: str
    """Name of the value, such as ``"hidden.tau_m"``."""

    kind: str
    """``"weight"``, ``"delay"``, ``"parameter"``, ``"initial state"`` or ``"input times"``."""

    size: int
    """Entries that the gradient has."""

    checked: int
    """Entries that were compared, without those that are not differentiable."""

    zeros: int
    """Entries among them that are exactly zero, compiled and by differences."""

    skipped: int
    """Entries where the loss is not differentiable: a tie of arrivals, or grazing a threshold."""

    relative: float
    """Worst relative error, as `check_gradient` defines it."""

    absolute: float
    """Worst absolute error."""

    where: tuple[int, ...] | None
    """Index of the entry with the worst relative error; None if nothing was compared."""

    compiled: float
    """The compiled gradient there."""

    difference: float
    """The finite difference there."""

    reason: str = ""
    """Why the gradient is zero whatever the values are; empty if it need not be."""

    @property
    def note(self) -> str:
        """What a reader should know besides the error."""
        notes = []
        if self.reason:
            notes.append(f"exactly zero because {self.reason}")
        elif self.checked and self.zeros == self.checked:
            notes.append("exactly zero")
        elif self.zeros:
            notes.append(f"{self.zeros} exactly zero")
        if self.skipped:
            notes.append(f"{self.skipped} not differentiable here (tie or grazing)")
        if not self.size:
            notes.append("no entries")
        return ", ".join(notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardCheck:
    """The run itself, compared with the interpreter's."""

    spikes: int
    """Spikes of all populations in the interpreter's run."""

    miscounted: tuple[tuple[str, int, int, int, int], ...]
    """Neurons with another number of spikes: population, sample, unit, compiled, interpreted."""

    time_error: float
    """Largest difference of a spike time, unit s."""

    observation_error: float
    """Largest difference of an observation, relative to the largest value of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientCheck:
    """How a compiled run and its gradient compare with high-precision differences."""

    rows: tuple[CheckRow, ...]
    """One row for each key that was checked."""

    forward: ForwardCheck
    """The comparison of the run itself; the rows are empty if a spike count differs."""

    tolerance: float
    """Largest relative error that passes."""

    t_end: float
    """Length of the run, unit s."""

    @property
    def worst(self) -> float:
        """Worst relative error of any entry; infinite if the spikes themselves differ."""
        if self.forward.miscounted:
            return float("inf")
        return max((row.relative for row in self.rows), default=0.0)

    @property
    def passed(self) -> bool:
        """Whether spikes, observations and every gradient agree within the tolerance."""
        return (
            self.worst <= self.tolerance
            and self.forward.time_error <= self.tolerance * self.t_end
            and self.forward.observation_error <= self.tolerance
        )

    def to_markdown(self) -> str:
        """Return the table in Markdown."""
        lines = ["| " + " | ".join(_HEADER) + " |", "| --- | --- | --: | --: | --: | --- |"]
        lines += ["| " + " | ".join((f"`{c[0]}`", *c[1:])) + " |" for c in map(_cells, self.rows)]
        return "\n".join([*lines, "", self._summary()])

    def __str__(self) -> str:
        table = [_HEADER, *map(_cells, self.rows)]
        widths = [max(len(cells[column]) for cells in table) for column in range(len(_HEADER))]
        lines = []
        for cells in table:
            padded = [
                cell.rjust(width) if column in _NUMERIC else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
            ]
            lines.append("  ".join(padded).rstrip())
        lines.insert(1, "-" * max(map(len, lines)))
        return "\n".join([*lines, self._summary()])

    def _repr_html_(self) -> str:
        def row(tag: str, cells: tuple[str, ...]) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in cells) + "</tr>"

        body = "".join(row("td", _cells(entry)) for entry in self.rows)
        return (
            f"<table><thead>{row('th', _HEADER)}</thead><tbody>{body}</tbody></table>"
            f"<p>{html.escape(self._summary())}</p>"
        )

    def _summary(self) -> str:
        forward = self.forward
        if forward.miscounted:
            population, sample, unit, compiled, expected = forward.miscounted[0]
            return (
                f"FAILED: another number of spikes than the interpreter in "
                f"{counted(len(forward.miscounted), 'neuron')}; first population {population!r}, "
                f"sample {sample}, unit {unit}: {compiled} compiled, {expected} interpreted"
            )
        return (
            f"{'passed' if self.passed else 'FAILED'}: worst relative error {self.worst:.1e} "
            f"(tolerance {self.tolerance:.1e}){self._worst_entry()}; "
            f"{counted(forward.spikes, 'spike')}, times within {forward.time_error:.1e} s, "
            f"observations within {forward.observation_error:.1e}"
        )

    def _worst_entry(self) -> str:
        """Say where the worst error is and what was compared, if it is too large."""
        if self.worst <= self.tolerance:
            return ""
        row = max(self.rows, key=lambda row: row.relative)
        place = f"[{', '.join(map(str, row.where))}]" if row.where else ""
        return f", {row.key}{place}: compiled {row.compiled!r}, by differences {row.difference!r}"


_HEADER = ("key", "kind", "entries", "relative error", "absolute error", "note")
_NUMERIC = (2, 3, 4)


def _cells(row: CheckRow) -> tuple[str, ...]:
    errors = (f"{row.relative:.1e}", f"{row.absolute:.1e}") if row.checked else ("-", "-")
    return (row.key, row.kind, f"{row.checked}/{row.size}", *errors, row.note)
