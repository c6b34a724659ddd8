"""What the templates read: frozen values of ready strings and numbers."""

from __future__ import annotations

from dataclasses import dataclass

from saltation.codegen.numerical_views import (
    NumericalEventView,
    NumericalMaximumView,
    NumericalModeView,
    NumericalPortView,
    NumericalWatchView,
)
from saltation.codegen.tableau import TableauView


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    """A C function that computes expressions."""

    name: str
    doc: tuple[str, ...]
    signature: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelView:
    """One level of a crossing chain: functions ``L_2l, L_2l+1, L_2l+2``."""

    index: int
    prefix: str
    gap: str
    pieces: int
    next_prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event: its number over all modes, and the names of its routines."""

    index: int
    spike: int
    mode: int
    target: int
    reset: str
    landing: str
    implicit: str
    given: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchView:
    """A function of the state that is watched for crossings: a guard, or an observation's slope."""

    index: int
    title: str
    value: str
    candidate: str
    rise: str
    event: EventView | None
    levels: tuple[LevelView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeView:
    """A mode: the names of its routines and the fields of its structures."""

    name: str
    prefix: str
    step_fields: tuple[str, ...]
    set_step: str
    flow: str
    adjoint: str
    gradient_fields: tuple[str, ...]
    set_gradient: str
    gradient: str
    watches: tuple[WatchView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortView:
    """A port: its jump, and the adjoint of an arrival in each mode."""

    name: str
    prefix: str
    jump: str
    adjoints: tuple[str, ...]
    touches: bool
    needs_state: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MaximumView:
    """A maximum over time: the expression, its slope in each mode, its gradient."""

    index: int
    value: str
    slopes: tuple[str, ...]
    gradient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleView:
    """A sampled expression and its gradient."""

    value: str
    gradient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelView:
    """A neuron model with what is observed of it, as C; with a tableau, its flow is numerical."""

    title: str
    tableau: TableauView | None
    prefix: str
    states: int
    initial_states: int
    parameters: int
    constant_fields: tuple[str, ...]
    modes: tuple[ModeView, ...] | tuple[NumericalModeView, ...]
    watches: tuple[WatchView, ...] | tuple[NumericalWatchView, ...]
    events: tuple[EventView, ...] | tuple[NumericalEventView, ...]
    kept: tuple[int, ...]
    ports: tuple[PortView, ...] | tuple[NumericalPortView, ...]
    maxima: tuple[MaximumView, ...] | tuple[NumericalMaximumView, ...]
    integrals: tuple[int, ...]
    samples: tuple[SampleView, ...]
    flow: int
    needs_state: int
    differences: tuple[int, ...]
    coupled_rows: int
    routines: tuple[Routine, ...]

    @property
    def watched(self) -> bool:
        """Whether anything is watched along the flow."""
        return bool(self.watches or self.maxima)

    @property
    def stepped_modes(self) -> tuple[ModeView | NumericalModeView, ...]:
        """The modes whose flow has a closed form, with structures of what depends on a duration."""
        return () if self.tableau is not None else self.modes


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerView:
    """A population: its kernel, the projections into it and what is observed of it."""

    kernel: int
    numbers: tuple[int, ...]
    projections: int
    maxima: int
    at_maxima: int
    integrals: int
    at_integrals: int
    samples: int
    at_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WireView:
    """A projection: where it comes from (an input: -1 - its index), its target and port."""

    source: int
    target: int
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentView:
    """A stretch of the order of populations: where it starts, and whether it is a cycle."""

    first: int
    cyclic: int
