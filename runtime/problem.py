"""Hand a network's values and spikes to generated code, and keep them alive while it reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saltation.runtime.arrays import FloatArray
from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes


@dataclass(slots=True)
class Memory:
    """Makes pointers for C, and holds what they point to."""

    ffi: Any
    real: np.dtype[Any]
    kept: list[Any] = field(default_factory=list)

    def reals(self, array: NDArray[Any]) -> Any:
        """Return a pointer to an array as the precision's reals (a copy only if it must be)."""
        return self.pointer("sal_real *", np.ascontiguousarray(array, dtype=self.real))

    def pointer(self, kind: str, array: NDArray[Any]) -> Any:
        """Return a pointer to an array of the right type."""
        if not array.size:
            return self.ffi.NULL
        self.kept.append(array)
        return self.ffi.cast(kind, self.ffi.from_buffer(array))

    def new(self, kind: str, value: Any = None) -> Any:
        """Return new C memory."""
        made = self.ffi.new(kind, value) if value is not None else self.ffi.new(kind)
        self.kept.append(made)
        return made


def make_outline(
    memory: Memory,
    net: Network,
    values: Mapping[str, FloatArray],
    t_end: float,
    threads: int,
    tolerances: tuple[float, float],
) -> Any:
    """Return the C problem with all that calls share: settings, and the network's own values."""
    outline = memory.new("sal_problem *")
    outline.threads = threads
    outline.t_end = t_end
    outline.rtol, outline.atol = tolerances
    outline.population = _populations(memory, net, values)
    outline.projection = _projections(memory, net, values)
    outline.observation = _samplings(memory, net)
    return outline


def make_problem(
    memory: Memory,
    outline: Any,
    net: Network,
    values: Mapping[str, FloatArray],
    changed: Iterable[str],
    spikes: Mapping[str, Spikes],
    batch: int,
    most_events: int,
) -> Any:
    """Return the C problem of one call: the outline, and what is new under the `changed` keys."""
    problem = memory.new("sal_problem *", outline[0])
    problem.batch = batch
    problem.most_events = most_events
    problem.input = _inputs(memory, net, spikes)
    owners = {key.rpartition(".")[0] for key in changed}
    if not owners <= net.projections.keys():
        problem.population = _populations(memory, net, values)
    if not owners.isdisjoint(net.projections):
        problem.projection = _projections(memory, net, values)
    return problem


def _inputs(memory: Memory, net: Network, spikes: Mapping[str, Spikes]) -> Any:
    inputs = memory.new(f"sal_spikes[{len(net.inputs) + 1}]")
    for item, name in zip(inputs, net.inputs, strict=False):
        given = spikes[name]
        item.offset = memory.pointer("int64_t *", given.offsets)
        item.time = memory.reals(given.times)
        item.unit = memory.pointer("int32_t *", given.units)
    return inputs


def _populations(memory: Memory, net: Network, values: Mapping[str, FloatArray]) -> Any:
    populations = memory.new(f"sal_population[{len(net.populations) + 1}]")
    for item, (name, population) in zip(populations, net.populations.items(), strict=False):
        item.size = population.size
        item.parameter, item.parameter_stride = _strided(
            memory, [values[f"{name}.{p}"] for p in population.parameters]
        )
        item.initial, item.initial_stride = _strided(
            memory, [values[f"{name}.initial.{s}"] for s in population.initial]
        )
    return populations


def _strided(memory: Memory, arrays: list[FloatArray]) -> tuple[Any, Any]:
    pointers = memory.new("sal_real *[]", [memory.reals(a) for a in arrays] or [memory.ffi.NULL])
    strides = memory.new("int32_t[]", [int(a.ndim > 0) for a in arrays] or [0])
    return memory.ffi.cast("const sal_real *const *", pointers), strides


def _projections(
    memory: Memory,
    net: Network,
    values: Mapping[str, FloatArray],
) -> Any:
    projections = memory.new(f"sal_projection[{len(net.projections) + 1}]")
    for item, (name, projection) in zip(projections, net.projections.items(), strict=False):
        delay = values[f"{name}.delay"]
        item.pre_size = projection.pre_size
        item.post_size = projection.post_size
        item.weight = memory.reals(values[f"{name}.weight"])
        item.delay = memory.reals(delay)
        item.delay_each = int(delay.ndim > 0)
        if projection.pattern is not None:
            item.row_start = memory.pointer("int64_t *", projection.pattern.indptr)
            item.row_target = memory.pointer("int32_t *", projection.pattern.indices)
    return projections


def _samplings(memory: Memory, net: Network) -> Any:
    samplings = memory.new(f"sal_sampling[{len(net.observations) + 1}]")
    for item, observation in zip(samplings, net.observations.values(), strict=False):
        if observation.at is not None:
            item.at = memory.reals(observation.at)
            item.count = observation.at.size
    return samplings
