"""The tables of a derivation's page: states, parameters, notation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from sympy import Symbol

from saltation.symbolic.derivation_text import functions, own_names
from saltation.symbolic.formulas import html_sentence
from saltation.symbolic.mathml import mathml
from saltation.symbolic.notation import without_clash
from saltation.symbolic.quantity import Quantity
from saltation.symbolic.references import linked_runs
from saltation.symbolic.typeset_text import unit_text

if TYPE_CHECKING:
    from saltation.symbolic.derivation import Derivation
    from saltation.symbolic.equations import Equation

NOTATION = (
    (("dynamics",), "h", "length of a stretch of flow, or of a step of it; `x(0)` and `x(h)` are "
     "the values at its ends"),
    (("flow", "step_drive_flow"), "E", "`E(h; r_1, ..., r_k)`, the divided difference of "
     "`r -> exp(r h)`"),
    (("dynamics",), "L", "the loss, any function of spike times and observations"),
    (("adjoint",), "nu", "adjoint, `nu_x = dL/dx`: by how much the loss changes with the state"),
    (("jump", "reset"), "marks", "just before and just after a jump; in a jump, a state without a "
     "mark is that before it"),
    (("guard",), "g", "guard, whose rise through zero is the event; `gdot` is its rate of change"),
    (("pulled",), "nuhat", "adjoint just before a jump whose time is given"),
    (("sensitivity", "time"), "sigma", "sensitivity of the loss to the time of a jump"),
    (("sensitivity",), "e", "what the loss and the targets of a spike say about its time"),
    (("step",), "X_k", "coefficients of the states' series along a step"),
    (("step_rate",), "F", "derivative of a step's end by its length"),
    (("integral", "weight"), "+=", "a share of a gradient that has others"),
)  # fmt: skip
"""Kinds of equations in which a sign occurs, the sign, and what it means."""

_SIGNS = {
    "E": "E",
    "L": "L",
    "nu": r"\nu",
    "nuhat": r"\hat{\nu}",
    "marks": r"x^{-},\; x^{+}",
    "+=": r"\mathrel{+}=",
    "X_k, K_k": r"X_{k},\; K_{k}",
}
"""Signs that no model can call its own."""


def state_table(derivation: Derivation) -> Iterator[str]:
    """Yield the table of states: initial value, unit, and where each one flows and jumps."""
    details = derivation.details
    states = [x for x in derivation.system.states if x != derivation.system.time]
    heads = ["State", "Name", "Initial", "Unit", "Dynamics", "Adjoint"]
    rows = []
    for x in states:
        initial = details.initial.get(x.name) if details else None
        rows.append(
            [
                mathml(derivation.names[x]),
                _code(x.name),
                _number(initial),
                _unit(derivation, x.name),
                ", ".join(linked_runs(_of(derivation, "dynamics", x))),
                ", ".join(linked_runs(_of(derivation, "adjoint", x))),
            ]
        )
    yield from _table(heads, rows)


def parameter_table(derivation: Derivation) -> Iterator[str]:
    """Yield the table of parameters: default, unit, and where each one's gradient is gathered."""
    details, rows = derivation.details, []
    for p in derivation.system.parameters:
        default = details.parameters.get(p.name) if details else None
        shares = [
            e
            for kind in ("integral", "step_adjoint", "event_gradient", "arrival_gradient")
            for e in _of(derivation, kind, p)
        ]
        rows.append(
            [
                mathml(derivation.names[p]),
                _code(p.name),
                _number(default),
                _unit(derivation, p.name),
                ", ".join(linked_runs(shares)) or "none",
            ]
        )
    if rows:
        yield from _table(["Parameter", "Name", "Default", "Unit", "Gradient"], rows)


def notation_table(derivation: Derivation) -> Iterator[str]:
    """Yield the table of signs that the equations use."""
    kinds = {e.key[0] for e in derivation.equations}
    taken = {x.name for x in (*derivation.system.states, *derivation.system.parameters)}
    rows = [
        [mathml(_sign(derivation, sign)), html_sentence(without_clash(words, taken))]
        for used, sign, words in NOTATION
        if kinds & set(used)
    ]
    for sentence in (*own_names(derivation), *functions(derivation)):
        yield f"<p>{html_sentence(sentence)}</p>"
    yield from _table(["Sign", "Meaning"], rows)


def _of(derivation: Derivation, kind: str, symbol: Symbol) -> list[Equation]:
    return [e for e in derivation.find(kind) if e.key[-1] == symbol.name]


def _sign(derivation: Derivation, sign: str) -> str:
    """Return a sign in LaTeX, with a prime if the model has that name for something of its own."""
    made = {s.name.rstrip("'"): s for s in derivation.names if isinstance(s, Quantity)}
    if sign in made and sign not in _SIGNS:
        return derivation.names[made[sign]]
    return _SIGNS.get(sign, sign)


def _unit(derivation: Derivation, name: str) -> str:
    units = derivation.details.units if derivation.details else {}
    unit = units.get(name, "")
    return escape(unit_text(unit) or unit)


def _code(name: str) -> str:
    return f'<span class="name">{escape(name)}</span>'


def _number(value: float | None) -> str:
    """Write a number as mathematics: 2.81e-10 as a power of ten."""
    if value is None:
        return ""
    digits, _, exponent = f"{value:.15g}".partition("e")
    power = rf" \cdot 10^{{{int(exponent)}}}" if exponent else ""
    return mathml(f"{digits}{power}")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table; columns of numbers are aligned at the right."""
    numbers = {k for k, head in enumerate(heads) if head in ("Initial", "Default")}
    kept = [k for k, _ in enumerate(heads) if any(row[k] for row in rows)]

    def cell(tag: str, k: int, content: str) -> str:
        kind = "number" if k in numbers else "words" if heads[k] == "Meaning" else ""
        start = f'{tag} class="{kind}"' if kind else tag
        return f"<{start}>{content}</{tag}>"

    yield '<div class="box" tabindex="0" role="group" aria-label="Table">'
    yield '<table class="values">'
    named = "".join(cell("th", k, heads[k]) for k in kept)
    yield f"<thead><tr>{named}</tr></thead>"
    yield "<tbody>"
    for row in rows:
        cells = "".join(cell("td", k, row[k]) for k in kept)
        yield f"<tr>{cells}</tr>"
    yield "</tbody>"
    yield "</table>"
    yield "</div>"
