"""Generate the C translation unit of a network's structure."""

from __future__ import annotations

import hashlib

from saltation.codegen.differences import series_view
from saltation.codegen.kernel import build_kernel
from saltation.codegen.kernel_names import kernel_names
from saltation.codegen.matrices import render_matrices
from saltation.codegen.options import Precision
from saltation.codegen.orders import most_terms
from saltation.codegen.outlines import RECURRENCES
from saltation.codegen.pruning import prune
from saltation.codegen.render import render
from saltation.codegen.result_codes import result_code_views
from saltation.codegen.structure import NetworkStructure
from saltation.codegen.text import GeneratedCode
from saltation.codegen.views import ComponentView, KernelView, LayerView, WireView

_NODES = 8
"""How many neurons take steps at once: whole vectors."""


def generate_network(structure: NetworkStructure, precision: Precision) -> GeneratedCode:
    """Return the C text of a network's structure; the same structure gives the same bytes."""
    kernels, kernel_of = _kernels(structure, precision)
    differences = {2, *(n for kernel in kernels for n in kernel.differences)}
    stepped = [0, *(kernel.states for kernel in kernels if kernel.numerical)]
    declarations = render(
        "abi.h.j2",
        precision,
        stepped_states=max(stepped),
        inputs=_room(structure.inputs),
        projections=_room(len(structure.wires)),
    )
    numerical = _numerical(kernels)
    text = "\n".join(
        [
            declarations,
            _render_common(precision, kernels),
            render("lists.c.j2", precision),
            render("order.c.j2", precision),
            _render_sort(precision, item="sal_arrival", what="arrivals"),
            *_render_pulses(structure, precision),
            render("inline.c.j2", precision),
            render(
                "math.c.j2",
                precision,
                series=series_view(differences, precision),
            ),
            *render_matrices(max((k.coupled_rows for k in kernels), default=0), precision),
            render("call.c.j2", precision),
            render(
                "cell.c.j2",
                precision,
                numerical=numerical,
                step_fields=max([1, *(kernel.ahead_fields for kernel in kernels)]),
                slope_fields=max([1, *(kernel.slope_fields for kernel in kernels)]),
            ),
            render("interval.c.j2", precision),
            *_render_crowds(structure, precision),
            render("group_records.c.j2", precision),
            render("kernel_interface.c.j2", precision, apart=structure.any_apart),
            render("crossing.c.j2", precision),
            *_render_steps(precision, kernels),
            *(
                render(
                    "kernel.c.j2",
                    precision,
                    k=kernel,
                    part=2 * index + 1,
                    apart=structure.any_apart,
                )
                for index, kernel in enumerate(kernels)
            ),
            _render_network(structure, precision, kernels, kernel_of),
        ]
    )
    return _with_banner(structure, precision, prune(text), declarations, 2 * len(kernels) + 1)


def _room(count: int) -> int:
    """Return room for so many, in fours: so most networks share what takes long to read."""
    return 4 * max(-(-count // 4), 1)


def _with_banner(
    structure: NetworkStructure, precision: Precision, body: str, declarations: str, parts: int
) -> GeneratedCode:
    """Return the whole text; the network is part 0, each kernel has two: forward and backward."""
    title = ", ".join(dict.fromkeys(layer.observed.system.name for layer in structure.layers))
    banner = render(
        "banner.j2",
        precision,
        title=title,
        digest=hashlib.sha256(body.encode()).hexdigest()[:16],
        precision_name=precision.name.lower(),
    )
    return GeneratedCode(source=banner + body, declarations=declarations, parts=parts)


def _render_common(precision: Precision, kernels: list[KernelView]) -> str:
    return render(
        "common.c.j2",
        precision,
        result_codes=result_code_views(),
        numerical=_numerical(kernels),
        maxima=_any_maxima(kernels),
    )


def _render_sort(
    precision: Precision, *, item: str, what: str, later: str = "sal_later(", context: str = ""
) -> str:
    """Render how something is put in order; `context` is what its comparison reads beside it."""
    given = f"const {context}, " if context else ""
    taken = f"{context.rpartition('*')[2]}, " if context else ""
    return render(
        "sort.c.j2",
        precision,
        item=item,
        what=what,
        later=later + taken,
        given=given,
        taken=taken,
    )


def _render_pulses(structure: NetworkStructure, precision: Precision) -> list[str]:
    """Render the lists of neurons with arrivals of their own, where there may be such."""
    if not structure.any_apart:
        return []
    sort = _render_sort(
        precision,
        item="sal_pulse",
        what="pulses",
        later="sal_pulse_later(",
        context="sal_volley *volleys",
    )
    return [render("pulse.c.j2", precision), sort]


def _render_crowds(structure: NetworkStructure, precision: Precision) -> list[str]:
    """Render what neurons with arrivals of their own need of kernels, where there may be such."""
    names = ("stretch", "reach", "crowd", "crowd_known") if structure.any_apart else ()
    return [render(f"{name}.c.j2", precision) for name in names]


def _numerical(kernels: list[KernelView]) -> bool:
    return any(kernel.numerical for kernel in kernels)


def _any_maxima(kernels: list[KernelView]) -> bool:
    return any(kernel.maxima for kernel in kernels)


def _render_steps(precision: Precision, kernels: list[KernelView]) -> list[str]:
    """Render what all numerical kernels share, if there is one."""
    if not _numerical(kernels):
        return []
    states = max(kernel.states for kernel in kernels)
    return [
        render(
            f"numerical_{name}.c.j2",
            precision,
            terms=most_terms(precision),
            states=states,
            nodes=_NODES,
            size=f"fabs{precision.suffix}",
            maxima=_any_maxima(kernels),
            recurrences=RECURRENCES,
        )
        for name in (
            "common",
            "lengths",
            "sums",
            "series",
            "powers",
            "outlined",
            "path",
            "polynomial",
        )
    ]


def _kernels(
    structure: NetworkStructure, precision: Precision
) -> tuple[list[KernelView], list[int]]:
    """Build one kernel per distinct model, set of observations, and kind of parameters."""
    models = [(layer.observed, layer.own_parameters) for layer in structure.layers]
    distinct = list(dict.fromkeys(models))
    kernels: list[KernelView] = []
    apart = {models[k] for k in range(len(models)) if structure.apart(k)}
    names = kernel_names(observed for observed, _ in distinct)
    for model, name in zip(distinct, names, strict=True):
        own = model in apart
        at_once = own and bool(structure.cycles)
        kernels.append(
            build_kernel(model[0], f"{name}_", precision, structure.solver, own, at_once, model[1])
        )
    return kernels, [distinct.index(model) for model in models]


def _render_network(
    structure: NetworkStructure,
    precision: Precision,
    kernels: list[KernelView],
    index: list[int],
) -> str:
    layers = [_layer_view(structure, k, index[k]) for k in range(len(structure.layers))]
    wires = [WireView(source=w.source, target=w.target, port=w.port) for w in structure.wires]
    return render(
        "network.c.j2",
        precision,
        inputs=structure.inputs,
        observations=structure.observations,
        layers=layers,
        wires=wires,
        order=structure.order,
        components=_components(structure),
        recurrent=bool(structure.cycles),
        apart=structure.any_apart,
        quiet=any(kernel.quiet for kernel in kernels),
        kernels=kernels,
        numerical=_numerical(kernels),
    )


def _components(structure: NetworkStructure) -> tuple[ComponentView, ...]:
    """Return where each stretch of the order starts, and whether it is a cycle."""
    components: list[ComponentView] = []
    first = 0
    for members in structure.stretches():
        cyclic = int(members in structure.cycles)
        components.append(ComponentView(first=first, cyclic=cyclic))
        first += len(members)
    return tuple(components)


def _layer_view(structure: NetworkStructure, k: int, kernel: int) -> LayerView:
    layer = structure.layers[k]
    projections = tuple(j for j, wire in enumerate(structure.wires) if wire.target == k)
    groups = (projections, layer.maxima, layer.integrals, layer.samples)
    starts = [sum(len(g) for g in groups[:n]) for n in range(len(groups))]
    return LayerView(
        kernel=kernel,
        numbers=tuple(n for group in groups for n in group) or (0,),
        projections=len(projections),
        maxima=len(layer.maxima),
        at_maxima=starts[1],
        integrals=len(layer.integrals),
        at_integrals=starts[2],
        samples=len(layer.samples),
        at_samples=starts[3],
    )
