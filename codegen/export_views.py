"""What the templates of an export read: frozen values of ready strings and numbers."""

from __future__ import annotations

from dataclasses import dataclass

from saltation.codegen.views import KernelView


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """An input or a population, whose spikes a context holds from ``first`` on."""

    name: str
    upper: str
    index: int
    size: int
    capacity: int
    first: int
    polled: int
    cycle: int
    """From 1 on; 0 for one that depends on none of its own spikes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportKernelView:
    """A kernel, and the fields of its constants that are left once unused ones are trimmed."""

    title: str
    prefix: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLayerView:
    """A population: its kernel, its tables, and the numbers of its descriptor."""

    index: int
    name: str
    source: int
    size: int
    kernel: KernelView
    each: int
    constants: int
    parameters: tuple[str, ...]
    parameter_strides: tuple[int, ...]
    initials: tuple[str, ...]
    initial_strides: tuple[int, ...]
    projections: tuple[int, ...]
    numbers: tuple[int, ...]
    record: int
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportProjectionView:
    """A projection: where its weights and delays are, and the numbers of its descriptor."""

    index: int
    name: str
    upper: str
    entries: int
    weight: int
    weights: str
    longest: str
    column: str
    column_source: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchView:
    """A stretch of the order of simulation: one population, or those of a cycle."""

    first: int
    members: tuple[int, ...]
    window: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A constant table, with its lines ready."""

    comment: str
    type: str
    name: str
    count: int
    lines: tuple[str, ...]
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """A field of the context: its declaration, its size, and what it is for."""

    declaration: str
    bytes: int
    purpose: str
