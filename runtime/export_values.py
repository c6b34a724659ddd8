"""Hand a network's sizes and values to the generation of exported C."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from saltation.codegen.export_network import (
    ExportNetwork,
    ExportPopulation,
    ExportProjection,
    ExportSource,
)
from saltation.codegen.options import Precision
from saltation.runtime.arrays import FloatArray
from saltation.runtime.export_columns import columns_of
from saltation.runtime.gradient import GRAZING_SHARE
from saltation.runtime.network import Network
from saltation.runtime.projection import Projection
from saltation.runtime.structure import network_structure


def export_network(
    net: Network,
    values: Mapping[str, FloatArray],
    *,
    name: str,
    precision: Precision,
    t_end: float,
    gradient: bool,
    capacity: Mapping[str, int],
    events: Collection[int],
    outputs: Collection[str],
    tolerances: tuple[float, float],
    tape: int,
) -> ExportNetwork:
    """Return a network as the generation of exported C sees it."""
    sizes = {key: one.size for key, one in net.inputs.items()}
    sizes |= {key: one.size for key, one in net.populations.items()}
    return ExportNetwork(
        name=name,
        structure=network_structure(net),
        sources=tuple(
            ExportSource(name=key, size=size, capacity=capacity[key], polled=key in outputs)
            for key, size in sizes.items()
        ),
        populations=tuple(
            ExportPopulation(
                parameters={p: _numbers(values[f"{key}.{p}"]) for p in population.parameters},
                initial={s: _numbers(values[f"{key}.initial.{s}"]) for s in population.initial},
                events=most,
            )
            for (key, population), most in zip(net.populations.items(), events, strict=True)
        ),
        projections=tuple(_projection(p, values) for p in net.projections.values()),
        precision=precision,
        t_end=t_end,
        gradient=gradient,
        grazing=GRAZING_SHARE[precision.name.lower()],
        rtol=tolerances[0],
        atol=tolerances[1],
        tape=tape,
    )


def _numbers(array: FloatArray) -> tuple[float, ...]:
    return tuple(float(x) for x in np.ravel(array))


def _projection(projection: Projection, values: Mapping[str, FloatArray]) -> ExportProjection:
    """Return a projection's values; of a sparse one in the order of its targets."""
    weight, delay = values[f"{projection.name}.weight"], values[f"{projection.name}.delay"]
    columns = columns_of(projection)
    if columns is not None:
        weight = weight[columns.entry]
        delay = delay[columns.entry] if delay.ndim else delay
    return ExportProjection(
        name=projection.name,
        pre_size=projection.pre_size,
        post_size=projection.post_size,
        weight=_numbers(weight),
        delay=_numbers(delay),
        column=None if columns is None else tuple(int(k) for k in columns.start),
        column_source=None if columns is None else tuple(int(k) for k in columns.source),
    )
