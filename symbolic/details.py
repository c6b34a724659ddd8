"""What a declaration says besides its equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Values, units and source of a declared model.

    Attributes
    ----------
    parameters, initial : mapping of str to float
        The default of every parameter, the initial value of every state, in SI units.
    units : mapping of str to str
        Units of states, parameters and ``"w"``; empty if none were declared.
    citation : str
        Where the model comes from; may be empty.
    """

    parameters: Mapping[str, float]
    initial: Mapping[str, float]
    units: Mapping[str, str]
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture for a derivation's page.

    Attributes
    ----------
    svg : str
        An ``<svg>`` element; it may use the page's colours as CSS variables.
    caption : str
        Sentences about it, with formulas between backticks.
    """

    svg: str
    caption: str
