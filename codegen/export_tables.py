"""Constant tables in C: numbers that read back as the same bits, in lines of fair length."""

from __future__ import annotations

import math
import struct
import textwrap
from collections.abc import Sequence

from saltation.codegen.export_network import ExportNetwork, ExportProjection
from saltation.codegen.export_views import TableView
from saltation.codegen.options import Precision
from saltation.symbolic.errors import ArrayError

WIDTH = 92
"""Width of a table's lines."""

_BYTES = {"uint16_t": 2, "uint32_t": 4}


def real_bytes(precision: Precision) -> int:
    """Return the size of a number."""
    return 8 if precision is Precision.DOUBLE else 4


def literal(value: float, precision: Precision, what: str = "a number") -> str:
    """Return the shortest C literal that reads back as a number of the precision.

    Raises
    ------
    ArrayError
        If the number is too large for the precision.

    Examples
    --------
    >>> literal(0.1, Precision.SINGLE)
    '0.1F'
    >>> literal(3.0, Precision.DOUBLE)
    '3.0'
    """
    if precision is Precision.DOUBLE:
        text = repr(float(value))
    else:
        rounded = single(value)
        if not math.isfinite(rounded):
            raise ArrayError(
                f"{what} is {value!r}, too large for single precision: export in double precision",
                argument=what,
            )
        text = next(t for t in (f"{rounded:.{d}g}" for d in range(1, 10)) if single(t) == rounded)
    if not any(sign in text for sign in ".e"):
        text += ".0"
    return text + precision.suffix.upper()


def single(value: float | str) -> float:
    """Round a number to single precision; infinite if it is too large."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", float(value)))[0])
    except OverflowError:
        return math.copysign(math.inf, float(value))


def _lines(items: Sequence[str]) -> tuple[str, ...]:
    return tuple(textwrap.wrap(", ".join(items), WIDTH))


def real_table(
    name: str, comment: str, values: Sequence[float], precision: Precision, what: str
) -> TableView:
    """Return a table of numbers of the precision."""
    return TableView(
        comment=comment,
        type="sal_real",
        name=name,
        count=len(values),
        lines=_lines([literal(v, precision, what) for v in values]),
        bytes=len(values) * real_bytes(precision),
    )


def index_table(name: str, comment: str, kind: str, values: Sequence[int]) -> TableView:
    """Return a table of indices."""
    return TableView(
        comment=comment,
        type=kind,
        name=name,
        count=len(values),
        lines=_lines([f"{v}U" for v in values]),
        bytes=len(values) * _BYTES[kind],
    )


def network_tables(net: ExportNetwork) -> list[TableView]:
    """Return all tables: weights, delays and patterns, then parameters and initial states."""
    tables: list[TableView] = []
    for k, projection in enumerate(net.projections):
        made = _projection_tables(k, projection, net.precision)
        # Weights that are learned are copied from their table, which nothing reads if it is empty.
        tables += made if projection.weight or not net.gradient else made[1:]
    for k, population in enumerate(net.populations):
        name = net.sources[net.inputs + k].name
        for kind, values in (("parameter", population.parameters), ("initial", population.initial)):
            for m, (key, numbers) in enumerate(values.items()):
                what = f"{name}.{'initial.' if kind == 'initial' else ''}{key}"
                tables.append(
                    real_table(f"sal_{kind}{k}_{m}", f"{what}.", numbers, net.precision, what)
                )
    return tables


def _projection_tables(
    k: int, projection: ExportProjection, precision: Precision
) -> list[TableView]:
    name = projection.name
    sparse = projection.column is not None
    order = "by target, then source unit" if sparse else "[source unit][target]"
    tables = [
        real_table(
            f"sal_weight{k}",
            f"{name}.weight, {order}.",
            projection.weight or (0.0,),
            precision,
            f"{name}.weight",
        ),
        real_table(
            f"sal_delay{k}",
            f"{name}.delay, unit s.",
            projection.delay or (0.0,),
            precision,
            f"{name}.delay",
        ),
    ]
    if projection.column is not None and projection.column_source is not None:
        tables += [
            index_table(
                f"sal_column{k}",
                f"{name}: where the entries of each target start.",
                "uint32_t",
                projection.column,
            ),
            index_table(
                f"sal_column_source{k}",
                f"{name}: the source unit of each entry.",
                "uint16_t",
                projection.column_source or (0,),
            ),
        ]
    return tables
