"""The C routines of states that drive a nonlinear flow and follow a linear one of their own."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, ImmutableMatrix, Integer

from saltation.codegen.flow_routines import map_gradient, mapped_states
from saltation.codegen.workshop import Workshop
from saltation.symbolic.flow import driving_flow
from saltation.symbolic.system import SystemMode


def add_driving(shop: Workshop, mode: SystemMode, driving: Sequence[int]) -> dict[str, str]:
    """Add the exact flow of driving states, its adjoint and its parameters' gradients."""
    if not driving:
        return {"drive": "", "drive_adjoint": "", "drive_gradient": ""}
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
    return {
        "drive": _add(shop, f"{mode.name}_drive", "x", flow, ["The exact flow over h.", *cited]),
        "drive_adjoint": _add(
            shop,
            f"{mode.name}_drive_adjoint",
            "nu",
            back,
            ["The adjoint of the exact flow over h, added.", *cited],
        ),
        "drive_gradient": _add_gradient(shop, mode.name, propagator, shift, cited),
    }


def _add(
    shop: Workshop, name: str, read: str, outputs: list[tuple[str, Expr]], doc: list[str]
) -> str:
    lines, count, symbols = shop.body(outputs)
    return shop.add(
        name,
        doc=doc,
        arguments=(
            f"const {shop.prefix}constants *c, sal_real h, const sal_real *{read}, sal_real *out"
        ),
        lines=[*shop.loads(symbols, **{read: read}), *lines],
        operations=count,
        unused=("c", "h", read),
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
