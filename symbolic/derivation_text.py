"""Write a derivation as plain text, like the appendix of a paper."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING

from sympy import Basic

from saltation.symbolic.equations import Equation
from saltation.symbolic.exponentials import ExpDifference, exprel_form
from saltation.symbolic.formulas import plain_sentence
from saltation.symbolic.notation import FRACTION, without_clash
from saltation.symbolic.plain_printer import UNBROKEN, plain, unbroken_plain

if TYPE_CHECKING:
    from saltation.symbolic.derivation import Derivation
    from saltation.symbolic.details import Details

WIDTH = 100
"""Most columns of a line."""


def equation_text(equation: Equation) -> str:
    """Return an equation in one line of plain text, without its number."""
    return f"{plain(equation.left)} {equation.relation.value} {plain(equation.right)}"


_BACKWARD = frozenset(
    (
        "adjoint",
        "adjoint_map",
        "integral",
        "gradient",
        "step_adjoint",
        "handed",
        "surface",
        "step_slope",
        "step_sensitivity",
        "pulled",
        "sensitivity",
        "before",
        "event_gradient",
        "arrival",
        "weight",
        "arrival_gradient",
        "time",
        "step_time",
        "delay",
        "cause",
        "initial",
    )
)
"""Kinds of equations that only a gradient needs."""


def derivation_text(derivation: Derivation, *, gradient: bool = True) -> str:
    """Return a derivation as plain text; without `gradient` only what a simulation needs."""
    title = f"Derivation of {derivation.system.name}"
    first = plain_sentence(introduction(derivation, gradient=gradient))
    lines = [title, "=" * len(title), "", *wrap(first, WIDTH)]
    kept = [e for e in derivation.equations if gradient or not _is_backward(e)]
    for section, equations in groupby(kept, key=lambda e: e.section):
        lines += ["", "", section, "-" * len(section)]
        for (name, note), group in groupby(equations, key=lambda e: (e.title, e.note)):
            about = wrap(f"{name}. {plain_sentence(note)}", WIDTH)
            lines += ["", *about, "", *_aligned(list(group))]
    return "\n".join(lines) + "\n"


def _is_backward(equation: Equation) -> bool:
    kind = equation.key[0]
    return kind in _BACKWARD or (kind == "step_drive" and equation.key[-1] != "flow")


def introduction(derivation: Derivation, *, gradient: bool = True) -> str:
    """Return a sentence or two about a model and the notation."""
    system = derivation.system
    parts = [f"States: `{', '.join(x.name for x in system.states)}`."]
    if system.parameters:
        parts.append(f"Parameters: `{', '.join(p.name for p in system.parameters)}`.")
    if gradient:
        parts.append("`L` is the loss, `nu_x = dL/dx` the adjoint of a state `x`.")
    parts.append("A value just before a jump is marked `-`, one just after it `+`.")
    if gradient:
        parts.append("The sign `+=` adds a share to a gradient that has others.")
    return " ".join(
        [*parts, *own_names(derivation), *functions(derivation), *_declared(derivation)]
    )


def functions(derivation: Derivation) -> tuple[str, ...]:
    """Return a sentence about the function that few readers know, if the equations have it."""
    differences = (d for e in derivation.equations for d in e.right.atoms(ExpDifference))
    if not any(exprel_form(d) for d in differences):
        return ()
    return ("`exprel(x) = (exp(x) - 1)/x`, a smooth function, and `exprel'` is its derivative.",)


def _declared(derivation: Derivation) -> Iterator[str]:
    """Yield sentences about the values and the source that the model was declared with."""
    details = derivation.details
    if details is None:
        return
    for title, values in (("Defaults", details.parameters), ("Initial state", details.initial)):
        if values:
            listed = (_with_unit(details, *item) for item in values.items())
            yield f"{title}: {', '.join(listed)}."
    if details.citation:
        yield f"Source: {details.citation.rstrip('.')}."


def _with_unit(details: Details, name: str, value: float) -> str:
    unit = details.units.get(name, "1")
    return f"`{name}` = {value:.15g}{'' if unit == '1' else f' {unit}'}"


def own_names(derivation: Derivation) -> tuple[str, ...]:
    """Return a sentence about the names of the mathematics that the model uses itself, if any."""
    names = {getattr(symbol, "name", "") for symbol in derivation.names}
    primed = {name for name in names if name.endswith("'") and "/" not in name}
    taken = {x.name for x in (*derivation.system.states, *derivation.system.parameters)}
    fraction = without_clash(FRACTION, taken)
    if fraction != FRACTION and any(f"({fraction})" in name for name in names):
        primed.add(fraction)
    if not primed:
        return ()
    signs = ", ".join(sorted(primed))
    return (f"Primed, since the model gives the names without a prime a meaning: {signs}.",)


def _aligned(equations: list[Equation]) -> list[str]:
    """Align the relations of a group of equations; break long right sides."""
    tags = max(len(e.tag) for e in equations)
    lefts = [plain(e.left) for e in equations]
    width = max(map(len, lefts))
    signs = max(len(e.relation.value) for e in equations)
    lines = []
    for equation, left in zip(equations, lefts, strict=True):
        head = f"  {equation.tag:>{tags}}  {left:<{width}} {equation.relation.value:>{signs}} "
        lines += _broken(head, equation.right, WIDTH)
    return lines


def cited_lines(equation: Equation, width: int) -> list[str]:
    """Return an equation with its number, broken into lines of at most `width` columns."""
    head = f"{equation.tag} {plain(equation.left)} {equation.relation.value} "
    return _broken(head, equation.right, width)


def _broken(head: str, right: Basic, width: int) -> list[str]:
    """Write an expression after a head, in lines that are broken before a sign if they can be."""
    lines: list[str] = []
    line = head.rstrip()
    for piece in _pieces(unbroken_plain(right), width - len(head), 0):
        if len(line) + 1 + len(piece) > width and len(line) >= len(head):
            lines.append(line)
            line = " " * (len(head) - 1)
        line += f" {piece}"
    return [text.replace(UNBROKEN, " ") for text in (*lines, line)]


def _pieces(text: str, width: int, depth: int) -> list[str]:
    """Split a text before the signs of its sums, or else between its factors.

    What is inside parentheses is split only where it is too long by itself.
    """
    if len(text) <= width:
        return [text] if depth else _split(text, 0)
    if not any(_depths(text, depth)):
        return text.split(" ")
    return [part for term in _split(text, depth) for part in _term(term, width, depth)]


def _term(text: str, width: int, depth: int) -> list[str]:
    """Split a term between its factors, if that is enough, or else inside its parentheses."""
    factors = [text] if len(text) <= width else _factors(text, depth)
    if max(map(len, factors)) <= width:
        return factors
    return _pieces(text, width, depth + 1)


def _split(text: str, depth: int) -> list[str]:
    """Split a text before the signs that are inside `depth` parentheses."""
    pieces = [""]
    inside = 0
    for word in text.split(" "):
        if word in ("+", "-") and inside <= depth:
            pieces.append(word)
        else:
            pieces[-1] = f"{pieces[-1]} {word}".lstrip()
        inside += word.count("(") - word.count(")")
    return [piece for piece in pieces if piece]


def _factors(text: str, depth: int) -> list[str]:
    """Split a text at the spaces inside `depth` parentheses, but never behind a sign."""
    pieces: list[str] = []
    joined = False
    for word, inside in zip(text.split(" "), _depths(text, depth + 1), strict=True):
        if pieces and (inside or joined):
            pieces[-1] += f" {word}"
        else:
            pieces.append(word)
        joined = word in ("+", "-")
    return pieces


def _depths(text: str, depth: int) -> list[bool]:
    """Tell of every word whether it is at the given depth of parentheses or deeper."""
    inside, result = 0, []
    for word in text.split(" "):
        result.append(inside >= depth)
        inside += word.count("(") - word.count(")")
    return result
