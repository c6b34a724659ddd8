r"""Turn the LaTeX that this package writes into presentation MathML (MathML Core).

Equations have one source of notation, the LaTeX of `notation` and of the `Typesetter`; this reads
the part of LaTeX that those write, and refuses anything else by name. A formula becomes one row of
MathML; ``\left( ... \right)`` becomes a row with fences that stretch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

from sympy.printing.latex import greek_letters_set

from saltation.symbolic.mathml_table import (
    ACCENTS,
    BEFORE_PREFIX,
    FUNCTIONS,
    GREEK,
    IDENTIFIERS,
    LARGE,
    OPERATORS,
    SPACES,
)

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\.\d+|\s+|.", re.DOTALL)

_TALL = ("<mfrac", "<mtable", "<msqrt", "<mroot", "<munder", "∫", 'stretchy="true"')
"""Content around which fences grow; around all else fonts set them best as they are."""

_CELL_ENDS = {"&", "\\\\", r"\end"}
"""What ends a cell of a matrix."""


def mathml(latex: str, *, display: bool = False) -> str:
    r"""Return a formula as a ``<math>`` element.

    Parameters
    ----------
    latex : str
        A formula as this package writes it.
    display : bool
        Set it as an equation of its own, rather than in a line of text.

    Raises
    ------
    ValueError
        The formula has a command that is not known here.

    Examples
    --------
    >>> mathml(r"\tau_{\mathrm{m}}")
    '<math><msub><mi>τ</mi><mi mathvariant="normal">m</mi></msub></math>'
    """
    style = ' displaystyle="true"' if display else ""
    return f"<math{style}>{_Reader(latex).formula()}</math>"


@dataclass(slots=True)
class _Reader:
    """Reads a formula from left to right."""

    latex: str
    tokens: list[str] = field(init=False)
    at: int = 0

    def __post_init__(self) -> None:
        self.tokens = [t for t in _TOKEN.findall(self.latex) if not t.isspace()]

    def formula(self) -> str:
        """Read everything."""
        if len(self.tokens) == 1 and self.latex in OPERATORS:
            return OPERATORS[self.latex].replace("<mo>", '<mo lspace="0" rspace="0">')
        content = _joined(self.items(set()))
        if self.at < len(self.tokens):
            raise self.unknown(self.tokens[self.at])
        return content

    def unknown(self, token: str) -> ValueError:
        return ValueError(f"no MathML form for {token!r} in the formula {self.latex!r}")

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.next
        if not token or (expected and token != expected):
            raise self.unknown(token or "the end")
        self.at += 1
        return token

    def items(self, stops: set[str]) -> list[str]:
        """Read elements until one of some tokens, which is left."""
        found: list[str] = []
        while self.next and self.next not in stops and self.next != "}":
            if self.next == "\\mathrel":
                found.append(self.relation())
                continue
            signed = self.next in ("+", "-") and _ends_in_separator(found)
            element = self.scripts(self.atom())
            found.append(element.replace("<mo>", '<mo form="prefix">') if signed else element)
        return [element for element in found if element]

    def relation(self) -> str:
        r"""Read ``\mathrel{+}=``, which is one sign."""
        self.take()
        self.take("{")
        sign = self.take()
        self.take("}")
        alone = ' lspace="0" rspace="0"' if len(self.tokens) == self.at + 1 == 5 else ""
        return f"<mo{alone}>{escape(sign)}{escape(self.take('='))}</mo>"

    def group(self) -> str:
        """Read what is in braces, or one token, as one element."""
        if self.next != "{":
            return self.atom()
        self.take()
        content = self.items(set())
        self.take("}")
        return content[0] if len(content) == 1 else f"<mrow>{_joined(content)}</mrow>"

    def scripts(self, base: str) -> str:
        """Read the subscript, superscript and primes of an element."""
        below, above, primes = "", "", ""
        while self.next in ("_", "^", "'"):
            match self.take():
                case "_":
                    below = self.group()
                case "^":
                    above = self.group()
                case _:
                    primes += "′"
        if primes:
            prime = f"<mo>{primes}</mo>"
            above = f"<mrow>{prime}{above}</mrow>" if above else prime
        if base.startswith("<mo>∑"):
            return f"<munder>{base}{below}</munder>" if below else base
        if below and above:
            return f"<msubsup>{base}{below}{above}</msubsup>"
        if below:
            return f"<msub>{base}{below}</msub>"
        return f"<msup>{base}{above}</msup>" if above else base

    def atom(self) -> str:
        """Read one element without its scripts."""
        token = self.next
        if token == "{":
            return self.group()
        self.take()
        if token[0].isdigit() or token[0] == ".":
            return f"<mn>{token}</mn>" if token != "." else "<mo>.</mo>"
        if token.isalpha():
            return f"<mi>{token}</mi>"
        if token.startswith("\\"):
            return self.command(token)
        if token in OPERATORS:
            return OPERATORS[token]
        raise self.unknown(token)

    def command(self, token: str) -> str:
        """Read what follows a command that has arguments, or look up one that has none."""
        match token:
            case r"\frac":
                return f"<mfrac>{self.group()}{self.group()}</mfrac>"
            case r"\sqrt":
                return self.root()
            case r"\left":
                return self.fenced()
            case r"\mathrm" | r"\mathsf" | r"\operatorname" | r"\text":
                return self.word(function=token == r"\operatorname")
            case r"\begin":
                return self.matrix()
        name = token[1:]
        if name in ACCENTS:
            accent = f'<mo stretchy="false">{ACCENTS[name]}</mo>'
            return f'<mover accent="true">{self.group()}{accent}</mover>'
        if name in FUNCTIONS:
            return self.function(name)
        return self.sign(name, token)

    def sign(self, name: str, token: str) -> str:
        """Look up a command without arguments."""
        if name in SPACES:
            return f'<mspace width="{SPACES[name]}"/>' if SPACES[name] else ""
        if name in LARGE:
            return f"<mo>{LARGE[name]}</mo>"
        if name in IDENTIFIERS:
            return f"<mi>{IDENTIFIERS[name]}</mi>"
        if token in OPERATORS:
            return OPERATORS[token]
        if name in GREEK or name.lower() in greek_letters_set:
            letter = GREEK.get(name) or GREEK[name.lower()].upper()
            upright = ' mathvariant="normal"' if letter.isupper() else ""
            return f"<mi{upright}>{letter}</mi>"
        raise self.unknown(token)

    def function(self, name: str) -> str:
        """Read the name of a function with its power, and mark that it is applied."""
        return f"{self.scripts(f'<mi>{name}</mi>')}<mo>&#x2061;</mo>"

    def word(self, *, function: bool) -> str:
        """Read upright letters."""
        self.take("{")
        letters = ""
        while self.next != "}":
            letters += self.take()
        self.take("}")
        if function:
            return self.function(escape(letters))
        upright = ' mathvariant="normal"' if len(letters) == 1 else ""
        return f"<mi{upright}>{escape(letters)}</mi>"

    def root(self) -> str:
        if self.next != "[":
            return f"<msqrt>{self.group()}</msqrt>"
        self.take()
        index = _row(self.items({"]"}))
        self.take("]")
        return f"<mroot>{self.group()}{index}</mroot>"

    def fenced(self) -> str:
        """Read from a left fence to its right one."""
        left = self.take()
        content = _row(self.items({r"\right"}))
        self.take(r"\right")
        right = self.take()
        tall = any(sign in content for sign in _TALL)
        return (
            f"<mrow>{_fence(left, 'prefix', tall)}{content}{_fence(right, 'postfix', tall)}</mrow>"
        )

    def environment(self) -> str:
        self.take("{")
        name = ""
        while self.next != "}":
            name += self.take()
        self.take("}")
        return name

    def matrix(self) -> str:
        """Read a matrix, row by row."""
        if self.environment() != "matrix":
            raise self.unknown(r"\begin")
        rows: list[str] = []
        cells: list[str] = []
        while True:
            cells.append(f"<mtd>{_joined(self.items(_CELL_ENDS))}</mtd>")
            separator = self.take()
            if separator != "&":
                rows.append(f"<mtr>{_joined(cells)}</mtr>")
                cells = []
            if separator == r"\end" or self.next == r"\end":
                break
        if self.next == r"\end":
            self.take()
        self.environment()
        return f"<mtable>{_joined(rows)}</mtable>"


def _ends_in_separator(elements: list[str]) -> bool:
    """Tell whether a sign that follows belongs to what comes after it."""
    last = next((e for e in reversed(elements) if e and not e.startswith("<mspace")), None)
    return last is None or last in BEFORE_PREFIX


def _fence(token: str, form: str, tall: bool) -> str:
    sign = {r"\{": "{", r"\}": "}", r"\lfloor": "⌊", r"\rfloor": "⌋"}.get(token, token)
    if sign == ".":
        return ""
    return f'<mo form="{form}" fence="true" stretchy="{str(tall).lower()}">{sign}</mo>'


def _row(elements: list[str]) -> str:
    return elements[0] if len(elements) == 1 else f"<mrow>{_joined(elements)}</mrow>"


def _joined(elements: list[str]) -> str:
    return "".join(elements)
