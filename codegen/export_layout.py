"""Lay out an exported network: buffers, descriptors, and the context with its size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from saltation.codegen.export_network import ExportNetwork
from saltation.codegen.export_tables import literal, real_bytes
from saltation.codegen.export_views import (
    ExportLayerView,
    ExportProjectionView,
    FieldView,
    SourceView,
)
from saltation.codegen.export_windows import stretch_views
from saltation.codegen.views import KernelView


def upper_name(name: str) -> str:
    """Return a name as part of a macro's.

    Examples
    --------
    >>> upper_name("in->out")
    'IN_TO_OUT'
    """
    return name.replace("->", "_to_").upper()


def source_views(net: ExportNetwork) -> tuple[SourceView, ...]:
    """Return the sources of spikes, each with its place in the context."""
    views = []
    first = 0
    cycles = {
        net.inputs + population: number
        for number, cycle in enumerate(net.structure.cycles, start=1)
        for population in cycle
    }
    for index, source in enumerate(net.sources):
        views.append(
            SourceView(
                name=source.name,
                upper=f"SAL_SOURCE_{upper_name(source.name)}",
                index=index,
                size=source.size,
                capacity=source.capacity,
                first=first,
                polled=int(source.polled),
                cycle=cycles.get(index, 0),
            )
        )
        first += source.capacity
    return tuple(views)


def projection_views(net: ExportNetwork) -> tuple[ExportProjectionView, ...]:
    """Return the projections; the weights of all are one array where they can change."""
    views = []
    weight = 0
    for index, (projection, wire) in enumerate(
        zip(net.projections, net.structure.wires, strict=True)
    ):
        sparse = projection.column is not None
        source = -1 - wire.source if wire.source < 0 else net.inputs + wire.source
        longest = max(projection.delay, default=0.0)
        views.append(
            ExportProjectionView(
                index=index,
                name=projection.name,
                upper=f"SAL_PROJECTION_{upper_name(projection.name)}",
                entries=len(projection.weight),
                weight=weight,
                weights=f"{weight}U" if net.gradient else f"sal_weight{index}",
                longest=literal(longest, net.precision),
                column=f"sal_column{index}" if sparse else "NULL",
                column_source=f"sal_column_source{index}" if sparse else "NULL",
                numbers=(
                    source,
                    projection.post_size,
                    wire.port,
                    int(len(projection.delay) > 1),
                ),
            )
        )
        weight += len(projection.weight)
    return tuple(views)


def layer_views(net: ExportNetwork, kernels: Sequence[KernelView]) -> tuple[ExportLayerView, ...]:
    """Return the populations, each with its places in the context."""
    views = []
    state = side = unit = record = kept = 0
    for index, (population, kernel) in enumerate(zip(net.populations, kernels, strict=True)):
        source = net.sources[net.inputs + index]
        incoming = tuple(j for j, w in enumerate(net.structure.wires) if w.target == index)
        shared = all(
            net.projections[j].column is None and len(net.projections[j].delay) == 1
            for j in incoming
        )
        each = int(any(len(values) > 1 for values in population.parameters.values()))
        silent = not all(event.spike for event in kernel.events)
        records = max(2 * source.capacity, 2 * population.events + 8) if silent else source.capacity
        places = (state, side, unit, *((record, records, kept) if net.gradient else ()))
        views.append(
            ExportLayerView(
                index=index,
                name=source.name,
                source=net.inputs + index,
                size=source.size,
                kernel=kernel,
                each=each,
                constants=source.size if each else 1,
                parameters=_pointers(f"sal_parameter{index}", len(population.parameters)),
                parameter_strides=_strides(population.parameters.values()),
                initials=_pointers(f"sal_initial{index}", len(population.initial)),
                initial_strides=_strides(population.initial.values()),
                projections=incoming or (0,),
                numbers=(
                    *places,
                    net.inputs + index,
                    source.size,
                    len(incoming),
                    kernel.states,
                    int(shared),
                    each,
                ),
                record=record,
                records=records,
            )
        )
        state += source.size * kernel.states
        side += source.size * len(kernel.watches)
        unit += source.size
        record += records
        kept += records * len(kernel.kept)
    return tuple(views)


def _pointers(name: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name}_{k}" for k in range(count)) or ("NULL",)


def _strides(arrays: Iterable[Sequence[float]]) -> tuple[int, ...]:
    return tuple(int(len(a) > 1) for a in arrays) or (0,)


def context_fields(
    net: ExportNetwork,
    layers: Sequence[ExportLayerView],
    constants: Sequence[tuple[str, int]],
) -> tuple[FieldView, ...]:
    """Return the context's fields, widest numbers first, filled up so that nothing is padded.

    Parameters
    ----------
    constants : sequence of (str, int)
        For each population the type of its constants, and how many numbers that is.
    """
    real = real_bytes(net.precision)
    spikes = sum(source.capacity for source in net.sources)
    records = sum(layer.records for layer in layers)
    weights = sum(len(p.weight) for p in net.projections)
    made = [
        _array("sal_real", real, "state", sum(la.size * la.kernel.states for la in layers)),
        _array("sal_real", real, "spike_time", spikes),
    ]
    if net.structure.cycles:
        made.append(_array("sal_real", real, "border", len(stretch_views(net))))
    if net.gradient:
        kept = sum(la.records * len(la.kernel.kept) for la in layers)
        adjoints = _together(net, [la.size * la.kernel.states for la in layers])
        made += [
            _array("sal_real", real, "weight", weights),
            _array("sal_real", real, "gradient", weights),
            _array("sal_real", real, "record_time", records),
            _array("sal_real", real, "cotangent", records),
            _array("sal_real", real, "kept", kept),
            _array("sal_real", real, "adjoint", adjoints),
        ]
        if any(layer.kernel.numerical for layer in layers):
            made += _tape(net, real, records, max(la.kernel.states for la in layers))
    for layer, (kind, numbers) in zip(layers, constants, strict=True):
        made.append(
            _array(kind, real * numbers, f"constants{layer.index}", layer.constants, "constants")
        )
    made += _counters(net, len(layers), spikes, records)
    made.append(_array("uint16_t", 2, "spike_unit", spikes))
    if net.gradient:
        made += [
            _array("uint16_t", 2, "record_unit", records),
            _array("uint16_t", 2, "arrival_projection", arrivals(net)),
        ]
    sides = sum(la.size * len(la.kernel.watches) for la in layers)
    made += [
        _array("uint8_t", 1, "spike_generation", spikes),
        _array("int8_t", 1, "side", sides),
        _array("uint8_t", 1, "mode", sum(la.size for la in layers)),
    ]
    if net.gradient:
        if any(layer.kernel.numerical for layer in layers):
            made.append(_array("uint8_t", 1, "tape_kind", net.tape))
        made += [
            _array("uint8_t", 1, "record_event", records),
            _array("uint8_t", 1, "record_given", records),
            _array("uint8_t", 1, "adjoint_mode", _together(net, [la.size for la in layers])),
        ]
    total = 2 * real + sum(f.bytes for f in made)
    if total % real:
        made.append(_array("uint8_t", 1, "filling", real - total % real))
    return tuple(made)


def _counters(net: ExportNetwork, populations: int, spikes: int, records: int) -> list[FieldView]:
    sources = len(net.sources)
    made = [
        _array("uint32_t", 4, "failed", 3),
        FieldView(declaration="uint32_t advances;", bytes=4, purpose="advances"),
        _array("uint32_t", 4, "count", sources),
        _array("uint32_t", 4, "settled", sources),
        _array("uint32_t", 4, "polled", sources),
        _array("uint32_t", 4, "arrived", len(net.projections)),
    ]
    if net.gradient and net.structure.cycles:
        made += [
            FieldView(declaration="uint32_t window;", bytes=4, purpose="window"),
            _array("uint32_t", 4, "windows", len(stretch_views(net))),
            _array("uint32_t", 4, "record_window", records),
        ]
    if net.gradient:
        made += [
            FieldView(declaration="uint32_t grazing;", bytes=4, purpose="grazing"),
            _array("uint32_t", 4, "records", populations),
            _array("uint32_t", 4, "spike_record", spikes),
            _array("uint32_t", 4, "record_interval", records),
            _array("uint32_t", 4, "arrival_spike", arrivals(net)),
        ]
    return made


def _together(net: ExportNetwork, sizes: Sequence[int]) -> int:
    """Return how much all populations need at a time while going back: of a cycle, every member."""
    return sum(sizes) if net.structure.cycles else max(sizes)


def _tape(net: ExportNetwork, real: int, records: int, states: int) -> list[FieldView]:
    """Return what repeats steps and, of one neuron, holds them."""
    return [
        _array("sal_real", real, "record_length", records),
        _array("uint32_t", 4, "record_steps", records),
        _array("sal_real", real, "tape_state", net.tape * states),
        _array("sal_real", real, "tape_length", net.tape),
        _array("sal_real", real, "arrival_sum", arrivals(net)),
    ]


def arrivals(net: ExportNetwork) -> int:
    """Return how many arrivals a neuron can have: one for each spike held and projection."""
    totals = [0] * len(net.populations)
    for wire in net.structure.wires:
        source = -1 - wire.source if wire.source < 0 else net.inputs + wire.source
        totals[wire.target] += net.sources[source].capacity
    return max(totals)


def _array(kind: str, size: int, name: str, count: int, purpose: str = "") -> FieldView:
    """Return an array; C has none without elements."""
    length = max(count, 1)
    return FieldView(
        declaration=f"{kind} {name}[{length}];", bytes=size * length, purpose=purpose or name
    )
