"""The signs of mathematics: what a LaTeX command is in MathML."""

from __future__ import annotations

from types import MappingProxyType

GREEK = MappingProxyType(
    {
        "alpha": "α",
        "beta": "β",
        "gamma": "γ",
        "delta": "δ",
        "epsilon": "ϵ",
        "varepsilon": "ε",
        "zeta": "ζ",
        "eta": "η",
        "theta": "θ",
        "iota": "ι",
        "kappa": "κ",
        "lambda": "λ",
        "mu": "μ",
        "nu": "ν",
        "xi": "ξ",
        "omicron": "ο",
        "pi": "π",
        "rho": "ρ",
        "sigma": "σ",
        "tau": "τ",
        "upsilon": "υ",
        "phi": "ϕ",
        "varphi": "φ",
        "chi": "χ",
        "psi": "ψ",
        "omega": "ω",
        "Epsilon": "Ε",
        "Theta": "Θ",
        "Phi": "Φ",
    }
)
"""Greek letters; a capital that is not here is that of its small letter."""

IDENTIFIERS = MappingProxyType({"ell": "ℓ", "infty": "∞", "partial": "∂", "nabla": "∇"})
"""Other letters and signs that stand for themselves."""

ACCENTS = MappingProxyType({"dot": "˙", "ddot": "¨", "hat": "ˆ", "bar": "¯", "tilde": "~"})
"""What is set above a letter."""

LARGE = MappingProxyType({"int": "∫", "sum": "∑", "prod": "∏"})
"""Operators that grow in displayed equations."""

FUNCTIONS = frozenset(
    (
        *("exp", "log", "ln", "min", "max"),
        *("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth"),
    )
)
"""Functions with a command of their own."""

SPACES = MappingProxyType(
    {",": "0.17em", ":": "0.22em", ";": "0.28em", " ": "0.25em", "!": "", "quad": "1em"}
)
"""Widths of spaces."""


def _operators() -> dict[str, str]:
    signs = {
        "+": "+",
        "-": "−",
        "=": "=",
        "/": "/",
        "<": "&lt;",
        ">": "&gt;",
        ",": ",",
        ";": ";",
        "!": "!",
        r"\cdot": "·",
        r"\pm": "±",
        r"\mapsto": "↦",
        r"\leftarrow": "←",
        r"\rightarrow": "→",
        r"\to": "→",
        r"\dots": "…",
        r"\ldots": "…",
        r"\leq": "≤",
        r"\geq": "≥",
        r"\bmod": "mod",
    }
    plain = {token: f"<mo>{sign}</mo>" for token, sign in signs.items()}
    plain["/"] = '<mo lspace="0" rspace="0">/</mo>'
    fences = ("(", ")", "[", "]", "|")
    return plain | {token: f'<mo stretchy="false">{token}</mo>' for token in fences}


BEFORE_PREFIX = tuple(f"<mo>{sign}</mo>" for sign in (",", ";", "=", "↦"))
"""Operators after which a sign belongs to what follows."""

OPERATORS = MappingProxyType(_operators())
"""Operators, separators and parentheses that keep their size, as elements."""
