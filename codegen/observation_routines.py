"""The C routines of what is observed: maxima and samples, and their adjoints."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Symbol

from saltation.codegen.views import MaximumView, SampleView
from saltation.codegen.watch_routines import add_value
from saltation.codegen.workshop import Workshop
from saltation.symbolic.crossing import lie_derivative

_COTANGENT = Symbol("cotangent", real=True)


def add_maxima(shop: Workshop, expressions: Sequence[Expr]) -> tuple[MaximumView, ...]:
    """Add the routines of the maxima."""
    return tuple(
        MaximumView(
            index=k,
            value=add_value(shop, f"maximum{k}", expression, f"Maximum {k}", ("maximum", k)),
            slopes=tuple(
                add_value(
                    shop,
                    f"maximum{k}_{mode.name}_slope",
                    lie_derivative(expression, shop.system, mode),
                    f"Slope of maximum {k}, mode {mode.name}",
                    ("maximum_slope", k, mode.name),
                )
                for mode in shop.system.modes
            ),
            gradient=add_observed_gradient(shop, "maximum", k, expression),
        )
        for k, expression in enumerate(expressions)
    )


def add_samples(shop: Workshop, expressions: Sequence[Expr]) -> tuple[SampleView, ...]:
    """Add the routines of the sampled expressions."""
    return tuple(
        SampleView(
            value=add_value(shop, f"sample{k}", expression, f"Sample {k}", ("sample", k)),
            gradient=add_observed_gradient(shop, "sample", k, expression),
        )
        for k, expression in enumerate(expressions)
    )


def add_observed_gradient(shop: Workshop, kind: str, index: int, expression: Expr) -> str:
    """Add the routine that takes the derivative by what is observed to states and parameters."""
    outputs = [
        (f"+nu[{k}]", shop.rename(expression.diff(x)) * _COTANGENT)
        for k, x in enumerate(shop.system.states)
        if expression.diff(x) != 0
    ]
    outputs += [
        (f"+parameter[{k} * size]", shop.rename(expression.diff(p)) * _COTANGENT)
        for k, p in enumerate(shop.system.parameters)
        if expression.diff(p) != 0
    ]
    lines, count, symbols = shop.body(outputs)
    return shop.add(
        f"{kind}{index}_gradient",
        doc=[
            f"The derivative c of the loss by {kind} {index}, taken to nu and parameters.",
            *shop.cite((f"{kind}_adjoint", index), (f"{kind}_gradient", index)),
        ],
        arguments=(
            f"const {shop.prefix}constants *c, const sal_real *x, sal_real cotangent, "
            "sal_real *nu, sal_real *parameter, int64_t size"
        ),
        lines=[*shop.loads(symbols, x="x"), *lines],
        operations=count,
        unused=("c", "x", "cotangent", "nu", "parameter", "size"),
    )
