"""What is to be exported, as code generation sees it: a structure with its sizes and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from saltation.codegen.options import Precision
from saltation.codegen.structure import NetworkStructure


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSource:
    """An input or a population: its name, its size, and how many of its spikes are held."""

    name: str
    size: int
    capacity: int
    polled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportProjection:
    """The values of a projection.

    Attributes
    ----------
    weight : tuple of float
        As ``[source unit][target]``, or of a sparse projection by target, then source unit.
    delay : tuple of float
        One, or one for each weight.
    column : tuple of int or None
        Of a sparse projection where each target's entries start, and their end.
    column_source : tuple of int or None
        Of a sparse projection the source unit of each entry.
    """

    name: str
    pre_size: int
    post_size: int
    weight: tuple[float, ...]
    delay: tuple[float, ...]
    column: tuple[int, ...] | None = None
    column_source: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPopulation:
    """A population's values: each parameter and initial state one number, or one per neuron.

    Attributes
    ----------
    events : int
        How many events, spikes and others, it has in a sample of the self-test at most.
    """

    parameters: Mapping[str, tuple[float, ...]]
    initial: Mapping[str, tuple[float, ...]]
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportNetwork:
    """A network with everything that its C needs.

    Attributes
    ----------
    name : str
        Of the files, and the prefix of all names in them.
    structure : NetworkStructure
        Models, ports, who feeds whom.
    sources : tuple of ExportSource
        The inputs, then the populations.
    t_end : float, unit s
        The end of the self-test's runs.
    gradient : bool
        With the adjoint and a step of gradient descent.
    grazing : float
        A guard's slope below this share of its terms counts as grazing.
    rtol, atol : float
        Tolerances of a Taylor step: relative, and absolute in the states' units.
    tape : int
        How many Taylor steps of a neuron are held at a time while going back.
    """

    name: str
    structure: NetworkStructure
    sources: tuple[ExportSource, ...]
    populations: tuple[ExportPopulation, ...]
    projections: tuple[ExportProjection, ...]
    precision: Precision
    t_end: float
    gradient: bool
    grazing: float
    rtol: float
    atol: float
    tape: int

    @property
    def inputs(self) -> int:
        """How many inputs there are."""
        return self.structure.inputs
