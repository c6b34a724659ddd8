"""Write a derivation as one HTML page that needs nothing else: no network, no script, no font."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from saltation.symbolic.derivation_latex import Typesetter, right_rows
from saltation.symbolic.equations import Equation, Relation
from saltation.symbolic.formulas import html_sentence
from saltation.symbolic.mathml import mathml
from saltation.symbolic.page_style import STYLE
from saltation.symbolic.page_tables import notation_table, parameter_table, state_table
from saltation.symbolic.references import anchor, linked_runs, sources
from saltation.symbolic.words import counted

if TYPE_CHECKING:
    from saltation.symbolic.derivation import Derivation
    from saltation.symbolic.details import Figure

_SIGNS = {Relation.EQUALS: "=", Relation.ADDS: r"\mathrel{+}="}

_PREFIX, _INFIX = '<mo form="prefix">', '<mo form="infix">'

_ABOUT = {
    "dynamics": "Between events the state follows this flow forward in time, and the adjoint "
    "follows it back.",
    "guard": "Where the guard rises through zero, the state jumps. On the way back the adjoint "
    "jumps, too: the event's time depends on all that came before.",
    "jump": "A spike from another neuron, or from an input, arrives at a given time.",
    "delay": "What one neuron says to another on the way back, and what is left at the start.",
    "initial": "What is left of the adjoint at the start.",
    "maximum": "A value that the loss may read.",
    "sample": "A value that the loss may read.",
}
"""A sentence about a section, by the kind of its first equation."""


def derivation_page(derivation: Derivation, figures: Sequence[Figure], remark: str) -> str:
    """Return a derivation as an HTML page; see `Derivation.html`."""
    sections = [
        (name, list(equations))
        for name, equations in groupby(derivation.equations, key=lambda e: e.section)
    ]
    title = escape(derivation.system.name)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8"/>',
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>",
        '<meta name="color-scheme" content="light dark"/>',
        f"<title>{title}: derivation</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        '<div class="page">',
        *_header(derivation),
        *_contents(sections, bool(figures or remark)),
        "<main>",
        *_model(derivation),
        *_example(figures, remark),
        '<section id="notation">',
        "<h2>Notation</h2>",
        *notation_table(derivation),
        "</section>",
        *(line for name, equations in sections for line in _section(derivation, name, equations)),
        "</main>",
        "<footer>Made by Saltation. The numbers of the equations recur in the comments of the "
        "generated C.</footer>",
        "</div>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _header(derivation: Derivation) -> Iterator[str]:
    yield "<header>"
    yield '<p class="kind">Derivation of the neuron model</p>'
    yield f"<h1>{escape(derivation.system.name)}</h1>"
    yield f"<p>{_counts(derivation)}</p>"
    if derivation.details is not None and derivation.details.citation:
        yield f'<p class="citation">Source: {escape(derivation.details.citation)}</p>'
    yield "</header>"


def _counts(derivation: Derivation) -> str:
    """Say how large the model is."""
    system = derivation.system
    counts = {
        "state": len(system.states) - (system.time is not None),
        "parameter": len(system.parameters),
        "mode": len(system.modes),
        "event": len(derivation.events),
        "port": len(system.ports),
        "equation": len(derivation.equations),
    }
    parts = [counted(count, what) for what, count in counts.items()]
    return f"{', '.join(parts[:-1])}; {parts[-1]}."


def _contents(sections: Sequence[tuple[str, list[Equation]]], example: bool) -> Iterator[str]:
    yield '<nav aria-label="Contents">'
    yield "<ol>"
    yield '<li><a href="#model">States and parameters</a></li>'
    if example:
        yield '<li><a href="#example">An example run</a></li>'
    yield '<li><a href="#notation">Notation</a></li>'
    for name, equations in sections:
        numbers = "".join(linked_runs(equations))
        link = f'<a href="#{slug(name)}">{escape(name)}</a>'
        yield f'<li>{link} <span class="numbers">{numbers}</span></li>'
    yield "</ol>"
    yield "</nav>"


def _model(derivation: Derivation) -> Iterator[str]:
    yield '<section id="model">'
    yield "<h2>States and parameters</h2>"
    yield from state_table(derivation)
    yield from parameter_table(derivation)
    yield "</section>"


def _example(figures: Sequence[Figure], remark: str) -> Iterator[str]:
    if not figures and not remark:
        return
    yield '<section id="example">'
    yield "<h2>An example run</h2>"
    if remark:
        yield f"<p>{escape(remark)}</p>"
    if figures:
        yield '<div class="figures">'
        for figure in figures:
            yield "<figure>"
            yield figure.svg
            yield f"<figcaption>{html_sentence(figure.caption)}</figcaption>"
            yield "</figure>"
        yield "</div>"
    yield "</section>"


def _section(derivation: Derivation, name: str, equations: list[Equation]) -> Iterator[str]:
    yield f'<section id="{slug(name)}">'
    yield f"<h2>{escape(name)}</h2>"
    about = _ABOUT.get(str(equations[0].key[0]))
    if about:
        yield f'<p class="about">{about}</p>'
    for (title, note), members in groupby(equations, key=lambda e: (e.title, e.note)):
        group = list(members)
        yield f"<h3>{escape(title)}</h3>"
        if note:
            yield f"<p>{html_sentence(note)}</p>"
        origin = sources(derivation, group)
        if origin:
            yield f'<p class="from">From {", ".join(linked_runs(origin))}.</p>'
        yield from _equations(derivation, title, group)
    yield "</section>"


def _equations(derivation: Derivation, title: str, equations: list[Equation]) -> Iterator[str]:
    setter = Typesetter(derivation.names)
    label = f'role="group" aria-label="Equations: {escape(title)}"'
    yield f'<div class="box sunk" tabindex="0" {label}>'
    yield '<table class="equations" role="presentation">'
    for equation in equations:
        left = mathml(setter.doprint(equation.left), display=True)
        sign = mathml(_SIGNS[equation.relation])
        first, *others = (mathml(row, display=True) for row in right_rows(equation.right, setter))
        # a sign at the start of a line belongs to both sides of it
        more = "".join(
            f'<span class="more">{row.replace(_PREFIX, _INFIX, 1)}</span>' for row in others
        )
        key = escape(", ".join(map(str, equation.key)))
        tag = f'<a href="#{anchor(equation)}" title="{key}">{equation.tag}</a>'
        yield (
            f'<tr id="{anchor(equation)}"><td class="left">{left}</td>'
            f'<td class="sign">{sign}</td><td class="right">{first}{more}</td>'
            f'<td class="tag">{tag}</td></tr>'
        )
    yield "</table>"
    yield "</div>"


def slug(text: str) -> str:
    """Return a section's anchor.

    Examples
    --------
    >>> slug("Event 0 of mode on: a spike, then mode refractory")
    'Event-0-of-mode-on-a-spike-then-mode-refractory'
    """
    return re.sub(r"\W+", "-", text).strip("-")
