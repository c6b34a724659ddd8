"""Build the C view of one neuron model with what is observed of it."""

from __future__ import annotations

from typing import Any

from saltation.codegen.jump_views import event_views, port_views
from saltation.codegen.kernel_model import KernelModel
from saltation.codegen.mode_views import mode_view
from saltation.codegen.numerical_kernel import numerical_fields
from saltation.codegen.observation_routines import add_maxima, add_samples
from saltation.codegen.options import Precision, Solver
from saltation.codegen.solver import is_numerical
from saltation.codegen.views import KernelView, ModeView, WatchView
from saltation.symbolic.observation import ObservedSystem


def build_kernel(
    observed: ObservedSystem,
    prefix: str,
    precision: Precision,
    solver: Solver = Solver.AUTO,
    own_arrivals: bool = True,
    at_once: bool = True,
    own_parameters: bool = False,
) -> KernelView:
    """Return the view of a kernel, its routines named with a prefix.

    Neurons have arrivals of their own unless `own_arrivals` says that they share all; if `at_once`,
    they pass those of a window at once where they can. Those with `own_parameters` flow in lanes of
    their own constants where flows have closed forms.

    Raises
    ------
    UnsupportedModelError
        If only closed forms are asked for, and there is none.
    """
    model = KernelModel(observed, prefix, precision)
    numerical = is_numerical(observed, solver)
    fields = numerical_fields(model) if numerical else _closed_form_fields(model, at_once)
    n = len(model.system.states)
    samples = add_samples(model.shop, observed.samples)
    needs_state = fields.pop("needs_state") or _samples_read_states(model)
    _add_set_constants(model)
    return KernelView(
        title=f"Neuron model {model.system.name}",
        prefix=model.prefix,
        own_arrivals=own_arrivals,
        each=own_parameters and not numerical,
        states=n,
        initial_states=model.observed.declared_states,
        parameters=len(model.system.parameters),
        constant_fields=(
            *(f"p_{p.name}" for p in model.system.parameters),
            *model.shop.run.names(),
        ),
        integrals=tuple(range(n - len(model.observed.integrals), n)),
        samples=samples,
        needs_state=int(needs_state),
        coupled_rows=model.shop.coupled_rows,
        differences=tuple(sorted(model.shop.differences)),
        routines=tuple(model.shop.routines),
        **fields,
    )


def _closed_form_fields(model: KernelModel, at_once: bool) -> dict[str, Any]:
    """Add the routines of closed-form flows; return what the view holds of them."""
    events = event_views(model)
    modes: list[ModeView] = []
    watches: list[WatchView] = []
    for index in range(len(model.system.modes)):
        view = mode_view(model, index, events, len(watches), at_once)
        modes.append(view)
        watches += view.watches
    ports = port_views(model)
    return {
        "numerical": False,
        "rows": 0,
        "back_rows": 0,
        "modes": tuple(modes),
        "watches": tuple(watches),
        "events": events,
        "kept": model.kept,
        "ports": ports,
        "maxima": add_maxima(model.shop, model.observed.maxima),
        "flow": model.flow_parameters(model.system.modes),
        "needs_state": any(port.needs_state for port in ports),
    }


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
