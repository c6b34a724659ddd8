"""The symbols that equations are written with, in plain text and in LaTeX."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sympy import Expr, MatrixSymbol, Symbol
from sympy.printing.latex import greek_letters_set, tex_greek_dictionary

from saltation.symbolic.quantity import Quantity
from saltation.symbolic.system import HybridSystem

_GREEK: dict[str, str] = {
    word: tex_greek_dictionary.get(word, f"\\{word}")
    for letter in greek_letters_set - {"omicron"}
    for word in (letter, letter.capitalize())
}
"""Greek letters by their names; a capital like a Latin one has no command of its own."""

_LETTERS = re.compile(r"([A-Za-z]+)(\d*)")


def latex_name(name: str) -> str:
    r"""Return a model's own name in LaTeX.

    Examples
    --------
    >>> print(latex_name("tau_m"), latex_name("v"), latex_name("i1"), latex_name("gain_exc_2"))
    \tau_{\mathrm{m}} v i_{1} \mathrm{gain}_{\mathrm{exc},2}
    """
    head, *subscripts = filter(None, name.split("_"))
    match = _LETTERS.fullmatch(head)
    if match is not None:
        head = match[1]
        subscripts = [match[2], *subscripts] if match[2] else subscripts
    head = _latex_word(head, upright=len(head) > 1)
    if not subscripts:
        return head
    parts = ",".join(_latex_word(part, upright=True) for part in subscripts)
    return f"{head}_{{{parts}}}"


def _latex_word(word: str, *, upright: bool) -> str:
    if word in _GREEK:
        return _GREEK[word]
    return rf"\mathrm{{{word}}}" if upright and not word.isdigit() else word


@dataclass(slots=True)
class Notation:
    """Makes the symbols of a system's derivation and remembers how each is set in LaTeX.

    A name of the mathematics that the model uses for something of its own gets a prime.

    Attributes
    ----------
    latex : dict
        The LaTeX form of every symbol made so far.
    taken : frozenset of str
        The model's own names.
    """

    system: HybridSystem
    latex: dict[Expr, str] = field(default_factory=dict)
    taken: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        own = (*self.system.states, *self.system.parameters, self.system.weight)
        self.latex.update({symbol: latex_name(symbol.name) for symbol in own})
        self.taken = frozenset(symbol.name for symbol in own)

    def quantity(self, name: str, latex: str, *, positive: bool = False) -> Quantity:
        """Return a symbol with a plain name and a LaTeX form."""
        while name in self.taken:
            name, latex = f"{name}'", f"{latex}'"
        assumptions = {"nonnegative": True} if positive else {}
        symbol = Quantity(name, real=True, **assumptions)
        self.latex[symbol] = latex
        return symbol

    def matrix(self, name: str, latex: str, rows: int, columns: int) -> MatrixSymbol:
        """Return the symbol of a matrix."""
        while name in self.taken:
            name, latex = f"{name}'", f"{latex}'"
        symbol = MatrixSymbol(name, rows, columns)
        self.latex[symbol] = latex
        return symbol

    def _of(self, symbol: Symbol) -> str:
        return self.latex[symbol]

    def rate(self, x: Symbol) -> Quantity:
        """Return ``dx/dt``."""
        # a dot above would look like the letter i itself
        return self.quantity(f"d{x.name}/dt", rf"\frac{{d{self._of(x)}}}{{dt}}")

    def at(self, x: Symbol, when: str) -> Quantity:
        """Return ``x(when)``."""
        return self.quantity(f"{x.name}({when})", f"{self._of(x)}({when})")

    def after(self, x: Symbol) -> Quantity:
        """Return ``x^+``, the state just after a jump."""
        return self.quantity(f"{x.name}^+", f"{self._of(x)}^{{+}}")

    def adjoint(self, x: Symbol, mark: str = "") -> Quantity:
        """Return ``nu_x``, marked ``+`` after, ``-`` before a jump."""
        suffix = f"^{mark}" if mark else ""
        return self.quantity(
            f"nu_{x.name}{suffix}",
            rf"\nu_{{{self._of(x)}}}" + (f"^{{{mark}}}" if mark else ""),
        )

    def pulled(self, x: Symbol) -> Quantity:
        """Return ``nuhat_x``, the adjoint pulled back through a jump at a given time."""
        return self.quantity(f"nuhat_{x.name}", rf"\hat{{\nu}}_{{{self._of(x)}}}")

    def adjoint_rate(self, x: Symbol) -> Quantity:
        """Return ``dnu_x/dt``."""
        return self.quantity(f"dnu_{x.name}/dt", rf"\frac{{d\nu_{{{self._of(x)}}}}}{{dt}}")

    def adjoint_at(self, x: Symbol, when: str) -> Quantity:
        """Return ``nu_x(when)``."""
        return self.quantity(f"nu_{x.name}({when})", rf"\nu_{{{self._of(x)}}}({when})")

    def gradient(self, symbol: Symbol, suffix: str = "") -> Quantity:
        """Return ``dL/dp``."""
        return self.quantity(
            f"dL/d{symbol.name}{suffix}", rf"\frac{{dL}}{{d{self._of(symbol)}{suffix}}}"
        )
