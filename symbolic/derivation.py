"""Derive everything that follows from a model, as numbered equations.

The mathematics is in the modules of its parts (`flow`, `blocks`, `crossing`, `adjoint`); this one
runs them on a model and numbers what they give. ``docs/derivation.md`` explains the equations.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from types import MappingProxyType

from sympy import Expr

from saltation.symbolic.derivation_latex import (
    equation_latex,
    latex_block,
    latex_document,
    markdown_document,
)
from saltation.symbolic.derivation_text import cited_lines, derivation_text
from saltation.symbolic.details import Details, Figure
from saltation.symbolic.equations import Equation, Key, Relation
from saltation.symbolic.errors import UnknownNameError
from saltation.symbolic.flow_equations import mode_equations
from saltation.symbolic.jump_equations import event_equations, network_equations, port_equations
from saltation.symbolic.notation import Notation
from saltation.symbolic.observation import ObservedSystem
from saltation.symbolic.observation_equations import observation_equations
from saltation.symbolic.page import derivation_page
from saltation.symbolic.parts import (
    EventPart,
    ModePart,
    PortPart,
    computed_numerically,
    derive_modes,
    derive_ports,
)
from saltation.symbolic.system import HybridSystem
from saltation.symbolic.words import counted

__all__ = ["Derivation", "Equation", "Relation", "derive", "derive_observed"]


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """What follows from a model: flows, adjoints, jumps and sensitivities, as equations.

    ``str()`` gives readable text, `latex` a LaTeX document's body, `markdown` Markdown with
    mathematics, `html` a page; a notebook shows it typeset.

    Attributes
    ----------
    system : HybridSystem
        The model.
    modes : tuple of ModePart
        Per mode: the kind of flow, flow map, adjoint ODE, parameter sensitivities, events.
    ports : tuple of PortPart
        Per port: the adjoint of an arrival in every mode.
    equations : tuple of Equation
        All equations in the order of their numbers; generated C cites them.
    names : Mapping of Expr to str
        The LaTeX form of every symbol in the equations.
    details : Details or None
        Default values, units and source, where the model was declared as a `Neuron`.

    Examples
    --------
    >>> from saltation.symbolic.models import lif
    >>> derivation = lif.derive()
    >>> derivation
    Derivation('lif': 1 mode, 1 event, 1 port, 40 equations)
    >>> equation = derivation["adjoint", "default", "i"]
    >>> equation.right
    nu_i/tau_s - nu_v/tau_m
    >>> print(derivation.cite("adjoint", "default", "i")[0])
    (6) dnu_i/dt = nu_i/tau_s - nu_v/tau_m
    """

    system: HybridSystem
    modes: tuple[ModePart, ...]
    ports: tuple[PortPart, ...]
    equations: tuple[Equation, ...]
    names: Mapping[Expr, str] = field(repr=False)
    details: Details | None = None

    @property
    def events(self) -> tuple[EventPart, ...]:
        """The events of all modes, in order of declaration."""
        return tuple(event for mode in self.modes for event in mode.events)

    @property
    def numerical(self) -> bool:
        """Whether the flow of every mode is computed by Taylor steps."""
        return computed_numerically(self.modes)

    @cached_property
    def _by_key(self) -> Mapping[Key, Equation]:
        return MappingProxyType({equation.key: equation for equation in self.equations})

    def __getitem__(self, key: Key | str) -> Equation:
        """Return the equation of a key, such as ``("adjoint", "default", "v")``.

        Raises
        ------
        UnknownNameError
            There is none; the message names the most similar keys.
        """
        full = (key,) if isinstance(key, str) else tuple(key)
        if full in self._by_key:
            return self._by_key[full]
        known = {repr(k): k for k in self._by_key}
        close = difflib.get_close_matches(repr(full), known, n=3, cutoff=0.4)
        raise UnknownNameError(
            f"the derivation of {self.system.name!r} has no equation {full!r}; "
            f"similar keys: {', '.join(close) or 'none (see Derivation.equations)'}"
        )

    def tag(self, *key: str | int) -> str:
        """Return the number of an equation as it is cited, such as ``"(12)"``."""
        return self[key].tag

    def find(self, *start: str | int) -> tuple[Equation, ...]:
        """Return the equations whose key starts so, in order."""
        return tuple(e for e in self.equations if e.key[: len(start)] == start)

    def cite(self, *start: str | int, width: int = 100) -> tuple[str, ...]:
        """Return the equations whose key starts so as lines ``(12) left = right``."""
        return tuple(line for e in self.find(*start) for line in cited_lines(e, width))

    def text(self) -> str:
        """Return the derivation as plain text of at most 100 columns."""
        return derivation_text(self)

    def latex(self) -> str:
        """Return the body of a LaTeX document; it needs the package ``amsmath``."""
        return latex_document(self)

    def markdown(self) -> str:
        """Return the derivation in Markdown, with mathematics in ``$$`` blocks."""
        return markdown_document(self)

    def html(self, figures: Sequence[Figure] = (), remark: str = "") -> str:
        """Return the derivation as an HTML page that needs nothing else.

        Equations are MathML with anchors and links to those they follow from; the page is readable
        in the dark, on a phone and on paper, and loads nothing.

        Parameters
        ----------
        figures : sequence of Figure, optional
            Pictures of an example run, such as those of
            `saltation.runtime.example_figures.example_figures`.
        remark : str, optional
            A sentence about the example run, such as why there is none.
        """
        return derivation_page(self, figures, remark)

    def equation_latex(self, *key: str | int) -> str:
        """Return one equation in LaTeX, without its number."""
        return equation_latex(self[key], self.names)

    def _repr_latex_(self) -> str:
        return latex_block(self)

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        parts = ", ".join(
            counted(count, what)
            for what, count in (
                ("mode", len(self.modes)),
                ("event", len(self.events)),
                ("port", len(self.ports)),
                ("equation", len(self.equations)),
            )
        )
        return f"Derivation({self.system.name!r}: {parts})"


@lru_cache(maxsize=64)
def derive(system: HybridSystem) -> Derivation:
    """Derive flow maps, adjoint equations and jump conditions of a model.

    Parameters
    ----------
    system : HybridSystem
        The normal form of a declared model (`Neuron.system`).
    """
    return derive_observed(ObservedSystem(system))


@lru_cache(maxsize=64)
def derive_observed(observed: ObservedSystem) -> Derivation:
    """Derive a model together with what is observed of it.

    An equation that the model has without observations keeps its number; where an integral is
    observed, its right side may have a term more. Further equations are numbered after those.
    """
    system = observed.with_integrals()
    notation = Notation(system)
    modes, ports = derive_modes(system), derive_ports(system)
    written = [
        *_write(modes, ports, notation, observed.maxima),
        *observation_equations(observed, modes, notation),
    ]
    known: dict[Key, int] = {}
    if observed != ObservedSystem(observed.system):
        known = {e.key: e.number for e in derive(observed.system).equations}
    return Derivation(
        system=system,
        modes=modes,
        ports=ports,
        equations=_numbered(written, known),
        names=MappingProxyType(notation.latex),
    )


def _numbered(written: Sequence[Equation], known: Mapping[Key, int]) -> tuple[Equation, ...]:
    """Give known equations the numbers they had, and all others the next ones."""
    kept = [replace(e, number=known[e.key]) for e in written if e.key in known]
    others = [e for e in written if e.key not in known]
    if known:
        others = [
            e if e.section.startswith("Observed") else replace(e, section=f"{e.section}: integrals")
            for e in others
        ]
    more = [replace(e, number=k) for k, e in enumerate(others, start=len(known) + 1)]
    return (*sorted(kept, key=lambda e: e.number), *more)


def _write(
    modes: tuple[ModePart, ...],
    ports: tuple[PortPart, ...],
    notation: Notation,
    maxima: tuple[Expr, ...],
) -> Iterator[Equation]:
    numerical = computed_numerically(modes)
    for mode in modes:
        yield from mode_equations(mode, notation, numerical, maxima)
        for event in mode.events:
            yield from event_equations(event, notation, numerical)
    for port in ports:
        yield from port_equations(port, notation, numerical)
    yield from network_equations(notation)
