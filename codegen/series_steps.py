"""How the coefficients of a series are made: sums of rows, and recurrences over them."""

from __future__ import annotations

from dataclasses import dataclass

from saltation.codegen.places import coefficient_place


@dataclass(frozen=True, slots=True)
class Linear:
    """A sum of series, each times a factor as C text, or as it is; and a constant."""

    terms: tuple[tuple[int, str], ...] = ()
    constant: str = ""

    def text(self, at: str) -> str:
        """Return the sum of the coefficients with one number, without the constant."""
        return self._sum({row: f"series[{coefficient_place(row, at)}]" for row, _ in self.terms})

    def number(self, k: int) -> str:
        """Return the same of coefficients that are variables, as `coefficient` names them."""
        return self._sum({row: coefficient(row, k) for row, _ in self.terms})

    def first(self) -> str:
        """Return the value at the start of the step, of which each series has a variable."""
        parts = [self.constant] if self.constant else []
        parts += [f"{factor} * s{row}" if factor else f"s{row}" for row, factor in self.terms]
        return " + ".join(parts)

    def _sum(self, values: dict[int, str]) -> str:
        parts = [f"{by} * {values[row]}" if by else values[row] for row, by in self.terms]
        return " + ".join(parts)


@dataclass(frozen=True, slots=True)
class Step:
    """How a further coefficient of a row is made.

    Attributes
    ----------
    row : int
        The row.
    rule : str
        The recurrence that makes it, by its C routine; none for a sum of rows.
    operands : tuple of str
        What that is given between the series and the number of the row, as C text.
    value : Linear
        The sum.
    tail : str
        What it is given between the number of the row and that of the lanes.
    """

    row: int
    rule: str = ""
    operands: tuple[str, ...] = ()
    value: Linear = Linear()
    tail: str = "k"

    def statements(self, zero: str) -> list[str]:
        """Return C statements for coefficient `k` of all lanes."""
        if self.rule:
            given = ", ".join((*self.operands, f"{self.row}U"))
            return [f"{self.rule}(series, {given}, {self.tail}, lanes);"]
        return [
            "for (l = 0U; l < lanes; l++) {",
            f"    series[{coefficient_place(self.row, 'k')}] = {self.value.text('k') or zero};",
            "}",
        ]


def coefficient(row: int, k: int) -> str:
    """Return the variable of a coefficient where each has one of its own.

    Examples
    --------
    >>> coefficient(2, 10)
    'r2_10'
    """
    return f"r{row}_{k}"
