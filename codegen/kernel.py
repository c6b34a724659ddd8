"""Build the C view of one neuron model with what is observed of it."""

from __future__ import annotations

from saltation.codegen.jump_views import event_views, port_views
from saltation.codegen.kernel_model import KernelModel
from saltation.codegen.mode_views import mode_view
from saltation.codegen.observation_routines import add_maxima, add_samples
from saltation.codegen.printer import Precision
from saltation.codegen.views import KernelView, ModeView, WatchView
from saltation.symbolic.observation import ObservedSystem


def build_kernel(observed: ObservedSystem, prefix: str, precision: Precision) -> KernelView:
    """Return the view of a kernel, its routines named with a prefix.

    Raises
    ------
    UnsupportedModelError
        If a flow is not linear, or a watched function not affine in the states.
    """
    model = KernelModel(observed, prefix, precision)
    events = event_views(model)
    modes: list[ModeView] = []
    watches: list[WatchView] = []
    for index in range(len(model.system.modes)):
        view = mode_view(model, index, events, len(watches))
        modes.append(view)
        watches += view.watches
    ports = port_views(model)
    maxima = add_maxima(model.shop, observed.maxima)
    samples = add_samples(model.shop, observed.samples)
    n, declared = len(model.system.states), model.observed.declared_states
    integrals = tuple(range(n - len(model.observed.integrals), n))
    _add_set_constants(model)
    return KernelView(
        title=f"Neuron model {model.system.name}",
        prefix=model.prefix,
        states=n,
        initial_states=declared,
        parameters=len(model.system.parameters),
        constant_fields=(
            *(f"p_{p.name}" for p in model.system.parameters),
            *model.shop.run.names(),
        ),
        modes=tuple(modes),
        watches=tuple(watches),
        events=events,
        kept=model.kept,
        ports=ports,
        maxima=maxima,
        integrals=integrals,
        samples=samples,
        flow=int(any(mode.gradient for mode in modes)),
        needs_state=int(_samples_read_states(model) or any(port.needs_state for port in ports)),
        coupled_rows=model.shop.coupled_rows,
        differences=tuple(sorted(model.shop.differences)),
        routines=tuple(model.shop.routines),
    )


def _samples_read_states(model: KernelModel) -> bool:
    """Tell whether a sample's gradient depends on the states."""
    return any(
        (expression.diff(x).free_symbols | expression.diff(p).free_symbols)
        & set(model.system.states)
        for expression in model.observed.samples
        for x in model.system.states
        for p in (*model.system.parameters, x)
    )


def _add_set_constants(model: KernelModel) -> None:
    shop = model.shop
    outputs = [(symbol.name, value) for value, symbol in shop.run.fields.items()]
    lines, count = shop.plain_body(outputs)
    loads = [
        f"c->p_{p.name} = values->parameter[{k}][n * values->parameter_stride[{k}]];"
        for k, p in enumerate(model.system.parameters)
    ]
    shop.add(
        "set_constants",
        doc=["Values that depend on parameters only, once per run."],
        arguments=(f"const sal_population *values, int64_t n, {model.prefix}constants *c"),
        lines=[*loads, *lines],
        operations=count,
        unused=("values", "n", "c"),
    )
    shop.add(
        "set_any_constants",
        doc=["The same for a structure of any kernel."],
        arguments="const sal_population *values, int64_t n, void *constants",
        lines=[f"{model.prefix}set_constants(values, n, ({model.prefix}constants *)constants);"],
        operations=0,
    )
