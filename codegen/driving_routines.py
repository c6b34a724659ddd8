"""The C routines of states that drive a nonlinear flow and follow a linear one of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Expr, ImmutableMatrix, Integer

from saltation.codegen.flow_routines import map_gradient, mapped_states
from saltation.codegen.lowering import Table
from saltation.codegen.workshop import Workshop
from saltation.symbolic.flow import driving_flow
from saltation.symbolic.system import SystemMode

_ROUTINES = ("set_drive", "drive", "drive_adjoint", "drive_gradient")


def add_driving(shop: Workshop, mode: SystemMode, driving: Sequence[int]) -> dict[str, Any]:
    """Add the exact flow of driving states, its adjoint and its parameters' gradients.

    What depends only on the duration, mostly exponentials, is computed for all lanes at once. The
    flow and its adjoint read it.
    """
    if not driving:
        return {
            "drives": 0,
            "set_drive": "",
            "drive": "",
            "drive_rates": "",
            "drive_adjoint": "",
            "drive_gradient": "",
        }
    propagator, shift = driving_flow(shop.system, mode, driving)
    ends = mapped_states(shop, propagator, shift)
    flow = [(f"out[{k}]", ends[k]) for k in driving]
    nu = shop.adjoints()
    back = [
        (
            f"+out[{j}]",
            sum((shop.rename(propagator[k, j]) * nu[k] for k in driving), start=Integer(0)),
        )
        for j in driving
    ]
    names = [shop.system.states[k].name for k in driving]
    cited = shop.cite(*(("step_drive_flow", mode.name, name) for name in names))
    table, name = Table(access="", prefix="d"), f"{mode.name}_drive"
    exact = "The exact flow over a step."
    adjoint = "The adjoint of the exact flow over a step, added."
    return {
        "drive": _add(shop, name, "x", flow, table, [exact, *cited]),
        "drive_rates": _add_rates(shop, mode, driving),
        "drive_adjoint": _add(shop, f"{name}_adjoint", "nu", back, table, [adjoint, *cited]),
        "drive_gradient": _add_gradient(shop, mode.name, propagator, shift, cited),
        "set_drive": _add_set(shop, f"{mode.name}_set_drive", table, cited),
        # States that stay where they are need none; C has no array without elements.
        "drives": max(len(table.fields), 1),
    }


def _add_rates(shop: Workshop, mode: SystemMode, driving: Sequence[int]) -> str:
    outputs = [(f"out[{k}]", shop.rename(mode.flow[k])) for k in driving]
    lines, count, symbols = shop.body(outputs)
    return shop.add(
        f"{mode.name}_drive_rates",
        doc=["Rates of change of the driving states.", *shop.cite(("dynamics", mode.name))],
        arguments=f"const {shop.prefix}constants *c, const sal_real *x, sal_real *out",
        lines=[*shop.loads(symbols, x="x"), *lines],
        operations=count,
        unused=("c", "x"),
        in_lanes=True,
    )


def _place(field: int) -> str:
    """Return where a field of the present lane is; sums, as a product may be too narrow."""
    return " + ".join(["SAL_NODES"] * field) or "0"


def _add(
    shop: Workshop,
    name: str,
    read: str,
    outputs: list[tuple[str, Expr]],
    table: Table,
    doc: list[str],
) -> str:
    lines, count, symbols = shop.body(outputs, table)
    fields = [
        f"const sal_real {symbol.name} = drives[{_place(k)}];"
        for k, symbol in enumerate(table.fields.values())
        if symbol in symbols
    ]
    return shop.add(
        name,
        doc=doc,
        arguments=(
            f"const {shop.prefix}constants *c, const sal_real *drives, const sal_real *{read}, "
            "sal_real *out"
        ),
        lines=[*shop.loads(symbols, **{read: read}), *fields, *lines],
        operations=count,
        unused=("c", "drives", read),
        in_lanes=True,
    )


def _add_set(shop: Workshop, name: str, table: Table, cited: list[str]) -> str:
    fields = [(f"drives[{_place(k)}]", value) for k, value in enumerate(table.fields)]
    lines, count, _ = shop.body(fields)
    return shop.add(
        name,
        doc=["What depends only on the duration h (s) of the exact flow.", *cited],
        arguments=f"const {shop.prefix}constants *c, sal_real h, sal_real *drives",
        lines=lines,
        operations=count,
        unused=("c", "h", "drives"),
        in_lanes=True,
    )


def _add_gradient(
    shop: Workshop,
    mode: str,
    propagator: ImmutableMatrix,
    shift: ImmutableMatrix,
    cited: list[str],
) -> str:
    outputs = map_gradient(shop, propagator, shift, range(len(shop.system.parameters)))
    if not outputs:
        return ""
    lines, count, symbols = shop.body(outputs)
    return shop.add(
        f"{mode}_drive_gradient",
        doc=["What the exact flow over h adds to the parameters' gradients.", *cited],
        arguments=(
            f"const {shop.prefix}constants *c, sal_real h, const sal_real *x, const sal_real *nu, "
            "sal_real *parameter, int64_t size"
        ),
        lines=[*shop.loads(symbols, x="x", nu="nu"), *lines],
        operations=count,
        unused=("c", "h", "x", "nu", "parameter", "size"),
    )
