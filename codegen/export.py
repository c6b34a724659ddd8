"""Generate self-contained C of a network: header and source that need neither heap nor libm."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from saltation.codegen.differences import series_view
from saltation.codegen.export_layout import (
    arrivals,
    context_fields,
    layer_views,
    projection_views,
    source_views,
)
from saltation.codegen.export_network import ExportNetwork
from saltation.codegen.export_refusals import CALL, OWN, refuse_library
from saltation.codegen.export_style import embedded_style
from saltation.codegen.export_tables import literal, network_tables, real_bytes
from saltation.codegen.export_trim import flow_setters, trim_constants
from saltation.codegen.export_views import (
    ExportKernelView,
    ExportLayerView,
    ExportProjectionView,
    FieldView,
    SourceView,
    TableView,
)
from saltation.codegen.export_windows import stretch_views
from saltation.codegen.kernel import build_kernel
from saltation.codegen.kernel_names import kernel_names
from saltation.codegen.matrices import render_matrices
from saltation.codegen.numerical_views import (
    NumericalEventView,
    NumericalModeView,
    NumericalPortView,
)
from saltation.codegen.orders import series_order, series_reach, series_tolerance
from saltation.codegen.outlines import without_outlines
from saltation.codegen.pruning import prune
from saltation.codegen.render import render
from saltation.codegen.result_codes import EXPORTED, NUMERICAL, result_code_views
from saltation.codegen.views import KernelView
from saltation.symbolic.errors import ArrayError

_STATE = re.compile(r"\bx\[")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedCode:
    """The C of an exported network and what is known of it.

    Attributes
    ----------
    header, source : str
        The texts of ``NAME.h`` and ``NAME.c``.
    sources, projections, fields, tables : tuple
        What they hold, for tests and documentation of it.
    context_bytes, table_bytes : int
        Needs of RAM and of read-only memory.
    """

    header: str
    source: str
    sources: tuple[SourceView, ...]
    layers: tuple[ExportLayerView, ...]
    projections: tuple[ExportProjectionView, ...]
    fields: tuple[FieldView, ...]
    tables: tuple[TableView, ...]
    context_bytes: int
    table_bytes: int


def generate_export(net: ExportNetwork) -> ExportedCode:
    """Return the C of a network; the same network gives the same bytes.

    Raises
    ------
    UnsupportedModelError
        If a model calls a function of the C library.
    ArrayError
        If a value is too large for single precision, or the capacities for 32 bits.
    """
    kernels, index = _kernels(net)
    layers = layer_views(net, [kernels[k] for k in index])
    projections, tables = projection_views(net), tuple(network_tables(net))
    source = _render_source(net, kernels, layers, projections, tables)
    body = prune(without_outlines(source))
    body, trimmed = _trimmed(body, kernels)
    constants = [(f"{trimmed[k].prefix}constants", len(trimmed[k].fields)) for k in index]
    places = context_fields(net, layers, constants)
    context_bytes = _context_bytes(net, places)
    table_bytes = sum(t.bytes for t in tables)
    sources = source_views(net)
    stepped = any(kernel.numerical for kernel in kernels)
    codes = [code for code in EXPORTED if stepped or code not in NUMERICAL]
    header = render(
        "export_header.h.j2",
        net.precision,
        result_codes=result_code_views(codes),
        inputs=net.inputs,
        sources=sources,
        projections=projections,
        gradient=net.gradient,
        tape=net.tape if net.gradient and stepped else 0,
        t_end=literal(net.t_end, net.precision, "t_end"),
        context_bytes=context_bytes,
        table_bytes=table_bytes,
        kernels=trimmed,
        fields=places,
        outputs=[s.upper for s in sources if s.polled] or ["none"],
        max_states=max(kernel.states for kernel in kernels),
    )
    return ExportedCode(
        header=with_banner(net, header, "the interface of"),
        source=with_banner(net, f'#include "{net.name}.h"\n\n{body}', "simulation of"),
        sources=sources,
        layers=layers,
        projections=projections,
        fields=places,
        tables=tables,
        context_bytes=context_bytes,
        table_bytes=table_bytes,
    )


def _context_bytes(net: ExportNetwork, places: Sequence[FieldView]) -> int:
    count = 2 * real_bytes(net.precision) + sum(f.bytes for f in places)
    if count >= 2**32:
        raise ArrayError(
            f"the context would take {count:.3g} bytes, and exported C counts with 32 bits: give "
            "less capacity",
            argument="capacity",
        )
    return count


def _trimmed(body: str, kernels: Sequence[KernelView]) -> tuple[str, list[ExportKernelView]]:
    """Leave out the constants that nothing reads; return the text, and what is left by kernel."""
    trimmed: list[ExportKernelView] = []
    for kernel in kernels:
        body, fields = trim_constants(body, kernel.prefix)
        trimmed.append(
            ExportKernelView(title=kernel.title, prefix=kernel.prefix, fields=fields or ("none",))
        )
    return prune(body), trimmed


def with_banner(net: ExportNetwork, text: str, content: str) -> str:
    """Give a text its banner, and all names the network's prefix."""
    written = embedded_style(text)
    body = re.sub(r"\bsal_", f"{net.name}_", re.sub(r"\bSAL_", f"{net.name.upper()}_", written))
    banner = render(
        "export_banner.j2",
        net.precision,
        content=f"{content} network {net.name}, in {net.precision.name.lower()} precision",
        digest=hashlib.sha256(body.encode()).hexdigest()[:16],
    )
    return banner + body


def _kernels(net: ExportNetwork) -> tuple[list[KernelView], list[int]]:
    """Build one kernel per distinct model."""
    models = [layer.observed for layer in net.structure.layers]
    distinct = list(dict.fromkeys(models))
    kernels: list[KernelView] = []
    for observed, name in zip(distinct, kernel_names(distinct), strict=True):
        # Apart from the names of what all networks share, whatever a model's name is.
        kernel = _of_weights(build_kernel(observed, f"sal_model_{name}_", net.precision))
        refuse_library(kernel, observed.system, net.precision)
        kernels.append(kernel)
    return kernels, [distinct.index(observed) for observed in models]


def _of_weights(kernel: KernelView) -> KernelView:
    """Leave out of a numerical flow's adjoint what serves the gradients of parameters."""
    modes = tuple(
        replace(mode.without_lanes(), gradient="", drive_gradient="")
        for mode in kernel.modes
        if isinstance(mode, NumericalModeView)
    )
    events = tuple(
        replace(event, parameters="")
        for event in kernel.events
        if isinstance(event, NumericalEventView)
    )
    return replace(kernel, modes=modes, events=events, flow=()) if kernel.numerical else kernel


def _render_source(
    net: ExportNetwork,
    kernels: Sequence[KernelView],
    layers: Sequence[ExportLayerView],
    projections: Sequence[ExportProjectionView],
    tables: Sequence[TableView],
) -> str:
    fan_in = [sum(w.target == k for w in net.structure.wires) for k in range(len(layers))]
    flags = _flags(net, kernels)
    parts = [
        render(
            "export_common.c.j2",
            net.precision,
            fan_in=max(1, *fan_in),
            arrivals=arrivals(net),
            order=series_order(net.rtol),
            reach=literal(series_reach(net.rtol), net.precision),
            rtol=literal(series_tolerance(net.rtol), net.precision),
            atol=literal(net.atol, net.precision),
            grazing=literal(net.grazing, net.precision),
            **flags,
        ),
        *_mathematics(net, kernels),
    ]
    parts += [
        render("export_crossing.c.j2", net.precision),
        render("export_tables.c.j2", net.precision, tables=tables),
        render(
            "export_structure.c.j2",
            net.precision,
            populations=layers,
            projections=projections,
            sources=source_views(net),
            order=net.structure.order,
            kept=[len(layer.kernel.kept) for layer in layers],
            recording=net.gradient and any(kernel.events for kernel in kernels),
            stretches=stretch_views(net),
            **flags,
        ),
    ]
    names = ("buffers", "arrivals", *(("tape",) if flags["taped"] else ()))
    parts += [render(f"export_{name}.c.j2", net.precision, **flags) for name in names]
    parts += [
        _own_functions(
            render(
                "export_kernel.c.j2",
                net.precision,
                k=k,
                setters=flow_setters(k),
                lands=_lands(k),
                **flags,
            )
        )
        for k in kernels
    ]
    return "\n".join([*parts, *_functions(net, layers, projections, flags)])


def _lands(kernel: KernelView) -> bool:
    """Return whether adjoints of jumps read the state that a numerical step led to."""
    ports, events = kernel.ports, kernel.events
    adjoints = {port.pull for port in ports if isinstance(port, NumericalPortView)}
    for event in events:
        if isinstance(event, NumericalEventView):
            adjoints |= {event.pull, event.gradient}
    return any(
        _STATE.search(line)
        for routine in kernel.routines
        if routine.name in adjoints
        for line in routine.lines
        if not line.startswith("parameter[")
    )


def _functions(
    net: ExportNetwork,
    layers: Sequence[ExportLayerView],
    projections: Sequence[ExportProjectionView],
    flags: Mapping[str, bool],
) -> list[str]:
    """Render what the caller calls."""
    names = ("forward", "api", "inspect", *(("learn", "weights") if net.gradient else ()))
    return [
        render(
            f"export_{name}.c.j2",
            net.precision,
            populations=layers,
            projections=projections,
            weights=max(1, sum(p.entries for p in projections)),
            units=sum(layer.size for layer in layers),
            **flags,
        )
        for name in names
    ]


def _flags(net: ExportNetwork, kernels: Sequence[KernelView]) -> dict[str, bool]:
    """Return what the templates may leave out."""
    return {
        "gradient": net.gradient,
        "driven": net.inputs > 0,
        "numerical": any(kernel.numerical for kernel in kernels),
        "taped": net.gradient and any(kernel.numerical for kernel in kernels),
        "closed": any(not kernel.numerical for kernel in kernels),
        "recurrent": bool(net.structure.cycles),
        "unwound": net.gradient and bool(net.structure.cycles),
        "sparse": any(p.column is not None for p in net.projections),
        "delay_each": any(len(p.delay) > 1 for p in net.projections),
    }


def _mathematics(net: ExportNetwork, kernels: Sequence[KernelView]) -> list[str]:
    """Render what all kernels share: exponentials and roots, matrices, series."""
    differences = {2, *(n for kernel in kernels for n in kernel.differences)}
    parts = [
        render(
            "export_math.c.j2",
            net.precision,
            series=series_view(differences, net.precision),
        )
    ]
    parts += render_matrices(max(kernel.coupled_rows for kernel in kernels), net.precision)
    if any(kernel.numerical for kernel in kernels):
        states = max(kernel.states for kernel in kernels)
        parts += [
            render(
                f"numerical_{name}.c.j2",
                net.precision,
                terms=series_order(net.rtol) + 1,
                states=states,
                nodes=1,
                size="sal_fabs",
            )
            for name in ("common", "lengths", "sums", "series", "powers", "polynomial")
        ]
    return parts


def _own_functions(text: str) -> str:
    """Call functions of our own where a simulator calls those that compilers have built in."""
    return CALL.sub(lambda m: f"{OWN.get(m.group(1), m.group(1))}(", text)
