"""Write a derivation in LaTeX, and in Markdown with mathematics."""

# ruff: noqa: N802, N815  (SymPy finds a printer's methods by the names of its classes)

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sympy import Add, Basic, Expr, Float, Integral, Symbol
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE

from saltation.symbolic.derivation_text import introduction
from saltation.symbolic.equations import Equation, Relation
from saltation.symbolic.exponentials import ExpDifference, exprel_form, exprel_latex
from saltation.symbolic.formulas import typeset_sentence
from saltation.symbolic.notation import latex_name
from saltation.symbolic.plain_printer import OrderedTerms, plain, quotient

if TYPE_CHECKING:
    from saltation.symbolic.derivation import Derivation

LINE = 90
"""Plain characters of a sum after which a typeset line is broken."""


class Typesetter(OrderedTerms, LatexPrinter):  # type: ignore[misc]
    """Sets expressions with the names of a derivation's symbols.

    Customisations: ``exp(...)`` as in the text, with its fractions in a line; numbers as short as
    the double they are; divided differences as ``E(h; r_1, r_2)``.
    """

    def __init__(self, names: Mapping[Expr, str], *, folded: bool = False) -> None:
        super().__init__({"fold_short_frac": folded, "mul_symbol": r"\,"})
        self._names = names
        self._folded = folded

    def _print(self, expr: Basic, **kwargs: Any) -> str:
        if isinstance(expr, ExpDifference):
            inner = Typesetter(self._names, folded=True)
            short = exprel_form(expr)
            if short is not None:
                return exprel_latex(inner.doprint(short[0]), short[1])
            h, *rates = (inner.doprint(a) for a in expr.args)
            nodes = r",\, ".join(rates)
            return rf"E({h};\, {nodes})"
        return str(super()._print(expr, **kwargs))

    def _print_Mul(self, expr: Any) -> str:
        if not self._folded:
            return str(super()._print_Mul(expr))
        above, below, negative = quotient(expr)
        top = r"\,".join(self._factor(f) for f in above) or "1"
        bottom = r"\,".join(self._factor(f) for f in below)
        if len(below) > 1:
            bottom = rf"\left({bottom}\right)"
        return ("- " if negative else "") + (f"{top} / {bottom}" if below else top)

    def _factor(self, factor: Expr) -> str:
        return str(self.parenthesize(factor, PRECEDENCE["Mul"]))

    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> str:
        return self._names.get(expr) or latex_name(expr.name)

    def _print_MatrixSymbol(self, expr: Any, style: str = "plain") -> str:
        return self._names.get(expr) or latex_name(expr.name)

    def _print_ExpBase(self, expr: Any, exp: str | None = None) -> str:
        inside = Typesetter(self._names, folded=True).doprint(expr.args[0])
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"\exp{power}\left({inside}\right)"

    _print_exp = _print_ExpBase

    def _print_Function(self, expr: Any, exp: str | None = None) -> str:
        # the fractions of an argument in a line, as those of exp
        inner = self if self._folded else Typesetter(self._names, folded=True)
        return str(super(Typesetter, inner)._print_Function(expr, exp))

    def _print_Float(self, expr: Float) -> str:
        digits, _, exponent = repr(float(expr)).partition("e")
        return rf"{digits} \cdot 10^{{{int(exponent)}}}" if exponent else digits

    def _print_Integral(self, expr: Integral) -> str:
        variable, low, high = (self._print(a) for a in expr.limits[0])
        inside = self.parenthesize(expr.function, PRECEDENCE["Mul"], strict=True)
        return rf"\int_{{{low}}}^{{{high}}} {inside} \, d{variable}"

    def _print_MatAdd(self, expr: Any) -> str:
        return " + ".join(self._print(a) for a in expr.args)

    def _print_TermSum(self, expr: Any) -> str:
        inside = self.parenthesize(expr.term, PRECEDENCE["Mul"], strict=True)
        return rf"\sum_{{{expr.range}}} {inside}"

    _print_VectorSum = _print_TermSum

    def _print_Transpose(self, expr: Any) -> str:
        return rf"{self._print(expr.arg)}^{{\mathsf{{T}}}}"


def equation_latex(equation: Equation, names: Mapping[Expr, str]) -> str:
    """Return an equation in LaTeX, without its number, in one line."""
    setter = Typesetter(names)
    sign = _SIGNS[equation.relation]
    return f"{setter.doprint(equation.left)} {sign} {setter.doprint(equation.right)}"


_SIGNS = {Relation.EQUALS: "=", Relation.ADDS: r"\mathrel{+}="}


def latex_document(derivation: Derivation) -> str:
    """Return the body of a LaTeX document."""
    lines = [
        rf"\section*{{Derivation of {_latex_text(derivation.system.name)}}}",
        typeset_sentence(introduction(derivation), _latex_text),
    ]
    for section, groups in _sections(derivation):
        lines += ["", rf"\subsection*{{{_latex_text(section)}}}"]
        for title, note, equations in groups:
            lines += [
                "",
                rf"\paragraph{{{_latex_text(title)}.}} {typeset_sentence(note, _latex_text)}",
                *_environment(equations, derivation.names),
            ]
    return "\n".join(lines) + "\n"


def markdown_document(derivation: Derivation) -> str:
    """Return the derivation in Markdown."""
    lines = [
        f"# Derivation of {_markdown_text(derivation.system.name)}",
        "",
        typeset_sentence(introduction(derivation), _markdown_text),
    ]
    for section, groups in _sections(derivation):
        lines += ["", f"## {_markdown_text(section)}"]
        for title, note, equations in groups:
            lines += [
                "",
                f"**{_markdown_text(title)}.** {typeset_sentence(note, _markdown_text)}",
                "",
                "$$",
                *_environment(equations, derivation.names),
                "$$",
            ]
    return "\n".join(lines) + "\n"


def latex_block(derivation: Derivation) -> str:
    """Return all equations as one block of mathematics, for notebooks."""
    rows = []
    for section, groups in _sections(derivation):
        rows.append(rf"& \textbf{{{_latex_text(section)}}}")
        for title, _, equations in groups:
            rows.append(rf"& \text{{{_latex_text(title)}}}")
            rows += _rows(equations, derivation.names)
    return "\n".join([r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"])


def _sections(
    derivation: Derivation,
) -> Iterator[tuple[str, list[tuple[str, str, list[Equation]]]]]:
    for section, equations in groupby(derivation.equations, key=lambda e: e.section):
        yield (
            section,
            [
                (title, note, list(group))
                for (title, note), group in groupby(equations, key=lambda e: (e.title, e.note))
            ],
        )


def _environment(equations: list[Equation], names: Mapping[Expr, str]) -> list[str]:
    rows = _rows(equations, names)
    return [r"\begin{align*}", *(f"{row} \\\\" for row in rows[:-1]), rows[-1], r"\end{align*}"]


def _rows(equations: list[Equation], names: Mapping[Expr, str]) -> list[str]:
    setter = Typesetter(names)
    rows = []
    for equation in equations:
        first, *others = right_rows(equation.right, setter)
        sign = _SIGNS[equation.relation]
        rows.append(f"{setter.doprint(equation.left)} &{sign} {first}")
        rows += [rf"&\qquad {other}" for other in others]
        rows[-1] += rf" \tag{{{equation.number}}}"
    return rows


def right_rows(right: Basic, setter: Typesetter) -> list[str]:
    """Break a long sum into rows, each of which but the first starts with a sign."""
    if not isinstance(right, Add) or len(plain(right)) <= LINE:
        return [setter.doprint(right)]
    rows: list[str] = []
    length = LINE
    for term in setter._as_ordered_terms(right):
        text = setter.doprint(term)
        signed = text if text.startswith("-") or not rows else f"+ {text}"
        size = len(plain(term)) + 3
        if length + size > LINE:
            rows.append(signed)
            length = size
        else:
            rows[-1] += f" {signed}"
            length += size
    return rows


def _latex_text(text: str) -> str:
    return re.sub(r"([_^#%&${}~])", r"\\\1", text)


def _markdown_text(text: str) -> str:
    return re.sub(r"([_*#<>])", r"\\\1", text)
