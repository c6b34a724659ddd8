"""The C routines of a mode's flow: flow map, adjoint flow, parameter gradients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sympy import Expr, ImmutableMatrix, Integer

from saltation.codegen.lowering import Table
from saltation.codegen.workshop import Workshop
from saltation.symbolic.equations import Key
from saltation.symbolic.flow import FlowKind, LinearFlow


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRoutines:
    """Names of the routines of one mode's flow, and the fields of its structures."""

    step: Table
    gradient_step: Table
    flow: str
    adjoint: str
    gradient: str
    parameters: tuple[int, ...]
    """Those whose gradients the flow adds to."""


def flow_map(shop: Workshop, flow: LinearFlow, letter: str = "x") -> list[Expr]:
    """Return ``x(h)`` as expressions in the C text's symbols."""
    assert flow.propagator is not None
    assert flow.shift is not None
    return mapped_states(shop, flow.propagator, flow.shift, letter)


def mapped_states(
    shop: Workshop, propagator: ImmutableMatrix, shift: ImmutableMatrix, letter: str = "x"
) -> list[Expr]:
    """Return where a linear map takes the states, as expressions in the C text's symbols."""
    n = len(shop.system.states)
    return [
        sum(
            (shop.rename(propagator[i, j]) * shop.state(j, letter) for j in range(n)),
            start=shop.rename(shift[i]),
        )
        for i in range(n)
    ]


def map_gradient(
    shop: Workshop, propagator: ImmutableMatrix, shift: ImmutableMatrix, wanted: Iterable[int]
) -> list[tuple[str, Expr]]:
    """Return what a linear map adds to the gradients of the wanted parameters that it contains."""
    nu = shop.adjoints()
    outputs = []
    for index in sorted(wanted):
        p = shop.system.parameters[index]
        total: Expr = Integer(0)
        for i, adjoint in enumerate(nu):
            total += shop.rename(shift[i].diff(p)) * adjoint
            for j in range(len(nu)):
                slope = propagator[i, j].diff(p)
                if slope != 0:
                    total += shop.rename(slope) * adjoint * shop.state(j)
        if total != 0:
            outputs.append((f"+parameter[{index} * size]", total))
    return outputs


def add_flow(shop: Workshop, mode: str, flow: LinearFlow, wanted: set[int]) -> FlowRoutines:
    """Add the routines of a triangular flow.

    Parameters
    ----------
    mode : str
        Start of the routines' names.
    wanted : set of int
        Parameters that the flow contains.
    """
    assert flow.kind is FlowKind.TRIANGULAR
    step = Table(access="s->", prefix="s")
    gradient_step = Table(access="g->", prefix="g")
    constants = f"const {shop.prefix}constants *c"
    stepped = f"{constants}, const {shop.prefix}{mode}step *s"
    return FlowRoutines(
        step=step,
        gradient_step=gradient_step,
        flow=add_map(shop, mode, flow, step, stepped),
        adjoint=add_adjoint(shop, mode, flow, step, stepped),
        gradient=_add_gradient(shop, mode, flow, gradient_step, wanted) if wanted else "",
        parameters=tuple(sorted(wanted)),
    )


def add_map(shop: Workshop, mode: str, flow: LinearFlow, step: Table, stepped: str) -> str:
    """Add the flow map ``y = x(h)``."""
    values = flow_map(shop, flow)
    lines, count, symbols = shop.body([(f"y[{k}]", v) for k, v in enumerate(values)], step)
    return shop.add(
        f"{mode}flow",
        doc=["Flow map over h (s).", *shop.cite(("flow", mode[:-1]))],
        arguments=f"{stepped}, const sal_real *x, sal_real *y",
        lines=[*shop.loads(symbols, x="x"), *lines],
        operations=count,
        unused=("c", "s", "x"),
        in_lanes=True,
    )


def add_adjoint(shop: Workshop, mode: str, flow: LinearFlow, step: Table, stepped: str) -> str:
    """Add the adjoint of the flow map, ``nu(0) = (dx(h)/dx(0))^T nu(h)``."""
    nu = shop.adjoints()
    assert flow.propagator is not None
    values = [
        sum((shop.rename(flow.propagator[i, j]) * nu[i] for i in range(len(nu))), start=Integer(0))
        for j in range(len(nu))
    ]
    lines, count, symbols = shop.body([(f"out[{k}]", v) for k, v in enumerate(values)], step)
    return shop.add(
        f"{mode}flow_adjoint",
        doc=["Adjoint of the flow map over h, backwards.", *shop.cite(("adjoint_map", mode[:-1]))],
        arguments=f"{stepped}, const sal_real *nu, sal_real *out",
        lines=[*shop.loads(symbols, nu="nu"), *lines],
        operations=count,
        unused=("c", "s", "nu"),
        in_lanes=True,
    )


def _add_gradient(
    shop: Workshop,
    mode: str,
    flow: LinearFlow,
    table: Table,
    wanted: set[int],
) -> str:
    assert flow.propagator is not None
    assert flow.shift is not None
    outputs = map_gradient(shop, flow.propagator, flow.shift, wanted)
    return add_flow_gradient(shop, mode, ("gradient", mode[:-1]), outputs, table)


def add_flow_gradient(
    shop: Workshop,
    mode: str,
    cited: Key,
    outputs: Sequence[tuple[str, Expr]],
    table: Table | None = None,
) -> str:
    """Add the routine of what a flow adds to the gradients by parameters.

    Parameters
    ----------
    outputs : sequence of (str, Expr)
        The gradients, and what is added to them.
    table : Table, optional
        Takes what depends on the duration only.
    """
    lines, count, symbols = shop.body(outputs, table)
    return shop.add(
        f"{mode}flow_gradient",
        doc=["Parameters' gradients of a flow over h.", *shop.cite(cited)],
        arguments=(
            f"const {shop.prefix}constants *c, const {shop.prefix}{mode}gradient *g, sal_real h, "
            "const sal_real *x, const sal_real *nu, sal_real *parameter, int64_t size"
        ),
        lines=[*shop.loads(symbols, x="x", nu="nu"), *lines],
        operations=count,
        unused=("c", "g", "h", "x", "nu", "parameter", "size"),
        in_lanes=True,
    )


def add_set_step(shop: Workshop, mode: str, name: str, structure: str, table: Table) -> str:
    """Add the routine that fills a structure of values per interval."""
    kinds = ("integral", "gradient") if structure == "gradient" else ("flow", "adjoint_map")
    cited = [(kind, mode[:-1]) for kind in kinds]
    outputs = [(symbol.name, value) for value, symbol in table.fields.items()]
    lines, count, _ = shop.body(outputs)
    pointer = table.access.removesuffix("->")
    return shop.add(
        f"{mode}{name}",
        doc=[f"What depends only on the duration h (s) in {shop.tags(*cited)}, once per interval."],
        arguments=(
            f"const {shop.prefix}constants *c, sal_real h, "
            f"{shop.prefix}{mode}{structure} *{pointer}"
        ),
        lines=lines,
        operations=count,
        unused=("c", "h", pointer),
        in_lanes=True,
    )
