"""The C routines that take neurons through a stretch of time with all their arrivals at once.

Where an arrival adds to the states what does not depend on them, and the flow is linear, what
several arrivals lead to is the sum of what each leads to. A neuron that certainly has no event
until the end of a window need not be stopped at any of its arrivals: its states there are those
without arrivals, and what each arrival adds. That no event is possible is known from bounds: a
watched function without the arrivals, raised by the most that each can add to it on the way, stays
below zero.

What a unit of weight adds to a watched function after a duration is a sum of terms, each a factor
times a product of exponentials, their divided differences and powers of the duration: positive, and
its logarithm concave, as divided differences are convolutions of exponentials. A term therefore
rises to a peak and falls from then on, and its tangents bound it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sympy import Add, Expr, ImmutableMatrix, Integer, Mul, Pow, Symbol, exp, expand

from saltation.codegen.flow_routines import mapped_states
from saltation.codegen.kernel_model import KernelModel
from saltation.codegen.lowering import Table
from saltation.codegen.quiet_views import LiftView, QuietView
from saltation.codegen.watch_routines import add_lifted_test
from saltation.codegen.workshop import Workshop
from saltation.symbolic.equations import Key
from saltation.symbolic.exponentials import ExpDifference
from saltation.symbolic.flow import DURATION, FlowKind, LinearFlow

Term = tuple[Expr, Expr]
"""A factor of parameters, and a positive function of the duration."""


def add_quiet(model: KernelModel, step: Table, wanted: Sequence[int]) -> QuietView | None:
    """Add the routines of the first mode; None where arrivals cannot be superposed.

    Parameters
    ----------
    step : Table
        What is hoisted of that mode's flow.
    wanted : sequence of int
        Parameters that the flow contains.
    """
    ports = model.system.ports
    jumps = [jump for k in range(len(ports)) if (jump := added_by(model, k)) is not None]
    flow, mode = model.flows[0], model.system.modes[0]
    if flow.kind is not FlowKind.TRIANGULAR or len(jumps) < len(ports) or model.observed.maxima:
        return None
    chains = [model.chains[event] for event in range(len(mode.events))]
    if any(chain.rate(1) != 0 or not chain.searched for chain in chains):
        return None  # only a function with a constant part may be raised by one
    name = f"{mode.name}_"
    lifts = []
    for port, jump in zip(ports, jumps, strict=True):
        for k, chain in enumerate(chains):
            terms = response_terms(chain.function(0), model.system.states, flow, jump)
            if terms is None:
                return None
            cited = (("guard", k), ("flow", mode.name), ("jump", port.name))
            lifts.append((cited, terms))
    return QuietView(
        respond=_add_response(model.shop, name, flow, step),
        slope=_add_slope(model.shop, name, flow),
        tests=tuple(
            add_lifted_test(model.shop, f"{name}guard{k}_", chain, step, name, ("guard", k))
            for k, chain in enumerate(chains)
        ),
        lifts=tuple(_add_lift(model.shop, name, k, *lift) for k, lift in enumerate(lifts)),
        **_gradients(model, name, flow, jumps, wanted),
    )


def added_by(model: KernelModel, port: int) -> tuple[Expr, ...] | None:
    """Return what a unit of weight adds to each state at a port; None if it depends on them."""
    states, w = model.system.states, model.system.weight
    jump = model.system.ports[port].jump
    added = [expand(after - state) for after, state in zip(jump, states, strict=True)]
    units = tuple(value.coeff(w, 1) for value in added)
    linear = all(expand(value - w * unit) == 0 for value, unit in zip(added, units, strict=True))
    independent = not set().union(*(unit.free_symbols for unit in units)) & {*states, w}
    return units if linear and independent else None


def response_terms(
    function: Expr, states: Sequence[Symbol], flow: LinearFlow, added: Sequence[Expr]
) -> list[Term] | None:
    """Return what a unit of weight adds to a function of the states after a duration, as terms."""
    assert flow.propagator is not None
    total = sum(
        function.diff(state) * flow.propagator[i, j] * unit
        for i, state in enumerate(states)
        for j, unit in enumerate(added)
    )
    terms = [_split(term) for term in Add.make_args(expand(total)) if term != 0]
    return None if any(not _log_concave(part) for _, part in terms) else terms


def _split(term: Expr) -> Term:
    """Split a term into what does not depend on the duration and what does."""
    factor, part = term.as_independent(DURATION, as_Add=False)
    return factor, part


def _log_concave(part: Expr) -> bool:
    """Tell whether a product is known to be positive with a concave logarithm."""
    return all(
        isinstance(f, ExpDifference)
        or (isinstance(f, exp) and f.args[0].diff(DURATION, 2) == 0)
        or f in (Integer(1), DURATION)
        or (isinstance(f, Pow) and f.base == DURATION and f.exp.is_positive)
        for f in Mul.make_args(part)
    )


def _add_response(shop: Workshop, mode: str, flow: LinearFlow, step: Table) -> str:
    """Add the map of differences of states, the flow map without its shift."""
    assert flow.propagator is not None
    nothing = ImmutableMatrix.zeros(len(shop.system.states), 1)
    values = mapped_states(shop, flow.propagator, nothing)
    lines, count, symbols = shop.body([(f"y[{k}]", v) for k, v in enumerate(values)], step)
    return shop.add(
        f"{mode}respond",
        doc=["What differences of the states become over h (s).", *shop.cite(("flow", mode[:-1]))],
        arguments=(
            f"const {shop.prefix}constants *c, const {shop.prefix}{mode}step *s, "
            "const sal_real *x, sal_real *y"
        ),
        lines=[*shop.loads(symbols, x="x"), *lines],
        operations=count,
        unused=("c", "s", "x"),
        in_lanes=True,
    )


def _add_slope(shop: Workshop, mode: str, flow: LinearFlow) -> str:
    """Add the rates of change of differences of states."""
    nothing = ImmutableMatrix.zeros(len(shop.system.states), 1)
    values = mapped_states(shop, flow.matrix, nothing)
    lines, count, symbols = shop.body([(f"y[{k}]", v) for k, v in enumerate(values)])
    return shop.add(
        f"{mode}slope",
        doc=["How differences of the states change.", *shop.cite(("flow", mode[:-1]))],
        arguments=f"const {shop.prefix}constants *c, const sal_real *x, sal_real *y",
        lines=[*shop.loads(symbols, x="x"), *lines],
        operations=count,
        unused=("c", "x"),
    )


def _gradients(
    model: KernelModel,
    mode: str,
    flow: LinearFlow,
    jumps: Sequence[Sequence[Expr]],
    wanted: Sequence[int],
) -> dict[str, Any]:
    """Add what the flow of what a pulse added adds to gradients, for each port."""
    ports = [port.name for port in model.system.ports]
    outputs = [_pulse_slopes(model.shop, flow, jump, wanted) for jump in jumps]
    slopes = sorted(set().union(*outputs))
    if not slopes:
        return {"gradients": (), "slopes": ()}
    return {
        "gradients": tuple(
            _add_pulse_gradient(model.shop, mode, port, k, slopes_of)
            for k, (port, slopes_of) in enumerate(zip(ports, outputs, strict=True))
        ),
        "slopes": tuple(slopes),
    }


def _pulse_slopes(
    shop: Workshop, flow: LinearFlow, added: Sequence[Expr], wanted: Sequence[int]
) -> dict[int, Expr]:
    """Return ``nu . dP/dp . J w`` by the index of each parameter of the propagator ``P``."""
    assert flow.propagator is not None
    found: dict[int, Expr] = {}
    for index in wanted:
        slope = flow.propagator.diff(shop.system.parameters[index])
        moved = [shop.rename(value) for value in slope * ImmutableMatrix(added)]
        total = sum((nu * m for nu, m in zip(shop.adjoints(), moved, strict=True)), Integer(0))
        if total != 0:
            found[index] = shop.rename(shop.system.weight) * total
    return found


def _add_pulse_gradient(
    shop: Workshop, mode: str, port: str, index: int, slopes: Mapping[int, Expr]
) -> str:
    """Add the routine of these gradients for one port."""
    outputs = [(f"+parameter[{k} * size]", value) for k, value in slopes.items()]
    lines, count, symbols = shop.body(outputs)
    cited = (("gradient", mode[:-1]), ("jump", port))
    return shop.add(
        f"{mode}pulse_gradient{index}",
        doc=[
            "What the flow over h (s) of what a pulse of weight w added adds to parameters' "
            f"gradients. From {shop.tags(*cited)}."
        ],
        arguments=(
            f"const {shop.prefix}constants *c, sal_real h, sal_real w, const sal_real *nu, "
            "sal_real *parameter, int64_t size"
        ),
        lines=[*shop.loads(symbols, nu="nu"), *lines],
        operations=count,
        unused=("c", "h", "w", "nu", "parameter", "size"),
        in_lanes=True,
    )


def _add_lift(
    shop: Workshop, mode: str, index: int, cited: Sequence[Key], terms: Sequence[Term]
) -> LiftView:
    """Add the routine of one port's terms in one watched function: values, slopes, factors."""
    outputs = []
    for k, (factor, part) in enumerate(terms):
        outputs += [
            (f"value[{k}]", shop.rename(part)),
            (f"slope[{k}]", shop.rename(part.diff(DURATION))),
            (f"factor[{k}]", shop.rename(factor)),
        ]
    lines, count, _ = shop.body(outputs)
    name = shop.add(
        f"{mode}lift{index}",
        doc=[
            "What a unit of weight adds to a watched function after h (s): factors times functions "
            f"of h, and their slopes. From {shop.tags(*cited)}."
        ],
        arguments=(
            f"const {shop.prefix}constants *c, sal_real h, sal_real *value, sal_real *slope, "
            "sal_real *factor"
        ),
        lines=lines,
        operations=count,
        unused=("c", "h", "value", "slope", "factor"),
    )
    return LiftView(routine=name, terms=len(terms))
