"""Build the C views of observations: maxima and samples with their gradients."""

from __future__ import annotations

from sympy import Expr, Symbol

from saltation.codegen.kernel_model import KernelModel
from saltation.codegen.views import MaximumView, SampleView
from saltation.codegen.watch_routines import add_value
from saltation.symbolic.crossing import lie_derivative


def maximum_views(model: KernelModel) -> tuple[MaximumView, ...]:
    """Add the routines of the maxima."""
    return tuple(
        MaximumView(
            index=k,
            value=add_value(model.shop, f"maximum{k}", expression, f"Maximum {k}", ("maximum", k)),
            slopes=tuple(
                add_value(
                    model.shop,
                    f"maximum{k}_{mode.name}_slope",
                    lie_derivative(expression, model.system, mode),
                    f"Slope of maximum {k}, mode {mode.name}",
                    ("maximum_slope", k, mode.name),
                )
                for mode in model.system.modes
            ),
            gradient=_add_gradient(model, "maximum", k, expression),
        )
        for k, expression in enumerate(model.observed.maxima)
    )


def sample_views(model: KernelModel) -> tuple[SampleView, ...]:
    """Add the routines of the sampled expressions."""
    return tuple(
        SampleView(
            value=add_value(model.shop, f"sample{k}", expression, f"Sample {k}", ("sample", k)),
            gradient=_add_gradient(model, "sample", k, expression),
        )
        for k, expression in enumerate(model.observed.samples)
    )


def _add_gradient(model: KernelModel, kind: str, index: int, expression: Expr) -> str:
    shop = model.shop
    outputs = [
        (f"+nu[{k}]", shop.rename(expression.diff(x)) * Symbol("cotangent", real=True))
        for k, x in enumerate(model.system.states)
        if expression.diff(x) != 0
    ]
    outputs += [
        (
            f"+parameter[{k} * size]",
            shop.rename(expression.diff(p)) * Symbol("cotangent", real=True),
        )
        for k, p in enumerate(model.system.parameters)
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
