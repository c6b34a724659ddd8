"""Formulas inside sentences: plain between backticks, and how each is set in LaTeX.

A sentence of a derivation writes a formula as ```gdot```. Plain text shows what is between the
backticks, LaTeX and Markdown show its typeset form from the table here; names of the model (of
states, say) are set like everywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from types import MappingProxyType

from saltation.symbolic.mathml import mathml
from saltation.symbolic.notation import FRACTION, LENGTH, latex_name, without_clash

FORMULAS = MappingProxyType(
    {
        "L": "L",
        "h": "h",
        "x(0)": "x(0)",
        "x(h)": "x(h)",
        "x": "x",
        "c": "c",
        "e": "e",
        "g": "g",
        "w": "w",
        "t": "t",
        "+": "+",
        "-": "-",
        "+=": r"\mathrel{+}=",
        "t + d": "t + d",
        "gdot": r"\dot{g}",
        "g = 0": "g = 0",
        "F": "F",
        "X_k": "X_{k}",
        "f_k": "f_{k}",
        "g_k": "g_{k}",
        "m_k": "m_{k}",
        "J": "J",
        "J_k": "J_{k}",
        "k": "k",
        "p": "p",
        "y": "y",
        "y(0)": "y(0)",
        "Phi(h)": r"\Phi(h)",
        "psi(h)": r"\psi(h)",
        "f_y": "f_{y}",
        "F_y": "F_{y}",
        "Xi_0": r"\Xi_{0}",
        "Xi_0,y": r"\Xi_{0,y}",
        "theta": r"\theta",
        "rho^+": r"\rho^{+}",
        "sigma": r"\sigma",
        "nuhat": r"\hat{\nu}",
        "nu_x = dL/dx": r"\nu_x = dL/dx",
        "nu(h)": r"\nu(h)",
        "E": "E",
        "E(h; r_1, ..., r_k)": r"E(h;\, r_1, \dots, r_k)",
        "r -> exp(r h)": r"r \mapsto \exp(r h)",
        "r_1, ..., r_k": r"r_1, \dots, r_k",
        "A": "A",
        "m +- sqrt(D)": r"m \pm \sqrt{D}",
        "exprel(x) = (exp(x) - 1)/x": r"\operatorname{exprel}(x) = (\exp(x) - 1)/x",
        "exprel'": r"\operatorname{exprel}'",
        "D > 0": "D > 0",
        "D < 0": "D < 0",
        "cosh(sqrt(D) h)": r"\cosh(\sqrt{D}\, h)",
        "sinh(sqrt(D) h)/sqrt(D)": r"\sinh(\sqrt{D}\, h) / \sqrt{D}",
        "D": "D",
        "L_j = (d/dt - l_j) L_(j-1)": r"L_j = (d/dt - \ell_j)\, L_{j-1}",
        "l_j": r"\ell_j",
        "L_j": "L_j",
        "sigma = nuhat^T f(x^-) - (nu^+)^T f(x^+) + e": r"\sigma = \hat{\nu}^{\mathsf{T}} f(x^-) "
        r"- (\nu^+)^{\mathsf{T}} f(x^+) + e",
        "sigma = (nu^-)^T f(x^-) - (nu^+)^T f(x^+)": r"\sigma = (\nu^-)^{\mathsf{T}} f(x^-) "
        r"- (\nu^+)^{\mathsf{T}} f(x^+)",
        "f(x^-)": "f(x^-)",
        "(nu^+)^T f(x^+)": r"(\nu^+)^{\mathsf{T}} f(x^+)",
        "nu^- = nuhat - sigma grad g/gdot": r"\nu^- = \hat{\nu} - \sigma \nabla g / \dot{g}",
        "nu^- = (dx^+/dx)^T nu^+": r"\nu^- = (\partial x^+ / \partial x)^{\mathsf{T}} \nu^+",
    }
)
"""The LaTeX of every fixed formula in the sentences of a derivation."""

_QUOTED = re.compile(r"`([^`]+)`")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def formula_latex(formula: str) -> str:
    """Return the LaTeX of a formula: from the table, or a list of a model's names."""
    if formula in FORMULAS:
        return FORMULAS[formula]
    primed = [name for name in (LENGTH, FRACTION) if f"{name}'" in formula]
    own = formula
    for name in primed:
        own = own.replace(f"{name}'", name)
    if own in FORMULAS:
        return without_clash(FORMULAS[own], primed)
    names = formula.split(", ")
    if not all(_NAME.fullmatch(name) for name in names):
        raise KeyError(f"no LaTeX form for the formula {formula!r}: add it to FORMULAS")
    return r",\, ".join(latex_name(name) for name in names)


def plain_sentence(text: str) -> str:
    """Return a sentence with its formulas in plain text."""
    return _QUOTED.sub(r"\1", text)


def typeset_sentence(text: str, escape: Callable[[str], str]) -> str:
    """Return a sentence with its formulas in LaTeX; the words between them are escaped."""
    pieces = _QUOTED.split(text)
    return "".join(
        f"${formula_latex(piece)}$" if k % 2 else escape(piece) for k, piece in enumerate(pieces)
    )


def html_sentence(text: str) -> str:
    """Return a sentence as HTML, with its formulas in MathML."""
    pieces = _QUOTED.split(text)
    return "".join(
        mathml(formula_latex(piece)) if k % 2 else escape(piece) for k, piece in enumerate(pieces)
    )
