"""C text that the routines of series share."""

from __future__ import annotations

import re
from collections.abc import Sequence

from saltation.codegen.workshop import Workshop


def sum_of(terms: Sequence[str]) -> str:
    """Return a sum.

    Examples
    --------
    >>> sum_of(["a", "b"])
    'a + b'
    """
    return " + ".join(terms)


def number(shop: Workshop, value: int) -> str:
    """Return the literal of a whole number."""
    return f"{value}.0{shop.precision.suffix.upper()}"


def with_constants(lines: Sequence[str]) -> list[str]:
    """Load the constants that are read first, as no write to a series changes them."""
    names = sorted(set(re.findall(r"c->(\w+)", "\n".join(lines))))
    loads = [f"const sal_real c_{name} = c->{name};" for name in names]
    return [*loads, *(re.sub(r"c->(\w+)", r"c_\1", line) for line in lines)]


def in_one_loop(
    assignments: Sequence[tuple[str, str, str]],
    loads: dict[str, str],
    lanes: str = "lanes",
) -> list[str]:
    """Return one loop over lanes that makes variables, each from ones before it.

    Parameters
    ----------
    assignments : sequence of (str, str, str)
        Each variable's name, its expression, and where it is stored; nowhere if that is empty.
    loads : dict of str to str
        Where variables are that expressions may read, without assignments.
    lanes : str
        How many lanes there are.
    """
    made = {name for name, _, _ in assignments}
    read = set(re.findall(r"\b[a-z]+\d+_?\d*\b", "\n".join(text for _, text, _ in assignments)))
    lines = [f"const sal_real {name} = {loads[name]};" for name in loads if name in read - made]
    for name, text, place in assignments:
        lines.append(f"const sal_real {name} = {text};")
        if place:
            lines.append(f"{place} = {name};")
    return [f"for (l = 0U; l < {lanes}; l++) {{", *(f"    {line}" for line in lines), "}"]
