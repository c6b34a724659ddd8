"""The C routines of jumps: resets and arrivals, and their adjoints."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Integer, Symbol

from saltation.codegen.workshop import Workshop
from saltation.symbolic.absolute import absolute_terms
from saltation.symbolic.adjoint import EventAdjoint, JumpAdjoint


def add_jump(
    shop: Workshop, name: str, jump: Sequence[Expr], doc: list[str], *, weighted: bool = False
) -> str:
    """Add a routine ``y = J(x)`` (with the weight, if weighted)."""
    outputs = [(f"y[{k}]", shop.rename(value)) for k, value in enumerate(jump)]
    lines, count, symbols = shop.body(outputs)
    weight = ", sal_real w" if weighted else ""
    return shop.add(
        name,
        doc=doc,
        arguments=f"const {shop.prefix}constants *c, const sal_real *x{weight}, sal_real *y",
        lines=[*shop.loads(symbols, x="x"), *lines],
        operations=count,
        unused=("c", "x", *(("w",) if weighted else ())),
    )


def forgotten(jump: Sequence[Expr], states: Sequence[Symbol]) -> tuple[int, ...]:
    """Return the states that may be finite after a jump although they were not before it.

    A state that the jump takes over with a factor, whatever it adds, stays infinite or NaN.
    """

    def carried(state: Symbol, after: Expr) -> bool:
        factor = after.diff(state)
        return factor != Integer(0) and not factor.free_symbols & set(states)

    pairs = zip(states, jump, strict=True)
    return tuple(k for k, (state, after) in enumerate(pairs) if not carried(state, after))


def add_landing(shop: Workshop, name: str, adjoint: EventAdjoint, doc: list[str]) -> str:
    """Add a routine that puts the state on the guard's surface; return "" if there is none.

    A run that is repeated from its recorded times then follows the first one even where the flow
    is unstable and the reset keeps what the guard was off zero by.
    """
    outputs = [
        (f"x[{k}]", shop.rename(adjoint.on_guard[state]))
        for k, state in enumerate(shop.system.states)
        if state in adjoint.on_guard
    ]
    if not outputs:
        return ""
    lines, count, symbols = shop.body(outputs)
    return shop.add(
        name,
        doc=doc,
        arguments=f"const {shop.prefix}constants *c, sal_real *x",
        lines=[*shop.loads(symbols, x="x"), *lines],
        operations=count,
        unused=("c",),
    )


def add_arrival_adjoint(shop: Workshop, name: str, adjoint: JumpAdjoint, doc: list[str]) -> str:
    """Add the adjoint of an arrival: states, weight, time, parameters."""
    outputs = [(f"out[{k}]", shop.rename(v)) for k, v in enumerate(adjoint.pulled)]
    outputs += [
        ("*change", shop.rename(adjoint.weight)),
        ("*time", shop.rename(adjoint.sensitivity)),
        *_parameter_outputs(shop, adjoint),
    ]
    lines, count, symbols = shop.body(outputs)
    return shop.add(
        name,
        doc=doc,
        arguments=(
            f"const {shop.prefix}constants *c, const sal_real *x, sal_real w, const sal_real *nu, "
            "sal_real *out, sal_real *change, sal_real *time, sal_real *parameter, int64_t size"
        ),
        lines=[*shop.loads(symbols, x="x", nu="nu"), *lines],
        operations=count,
        unused=("c", "x", "w", "nu", "parameter", "size"),
    )


def _parameter_outputs(shop: Workshop, jump: JumpAdjoint) -> list[tuple[str, Expr]]:
    return [
        (f"+parameter[{index} * size]", shop.rename(jump.parameters[p]))
        for index, p in enumerate(shop.system.parameters)
        if p in jump.parameters
    ]


def add_event_adjoint(
    shop: Workshop,
    name: str,
    adjoint: EventAdjoint,
    kept: Sequence[int],
    doc: list[str],
    *,
    given: bool,
) -> str:
    """Add the adjoint of an event whose time is implicit, or given by another jump.

    The routine returns the sensitivity that falls on the other jump: zero if implicit.
    """
    on_guard = {} if given else dict(adjoint.on_guard)

    def renamed(expression: Expr) -> Expr:
        return shop.rename(expression.subs(on_guard))

    jump = adjoint.jump
    outputs: list[tuple[str, Expr]] = [
        (":sigma", renamed(jump.sensitivity) + Symbol("e", real=True))
    ]
    ratio = Symbol("ratio", real=True)
    if not given:
        outputs.append((":slope", renamed(adjoint.slope)))
        outputs.append((":scale", renamed(absolute_terms(adjoint.slope))))
    first, count, symbols = shop.body(outputs)
    pulled = [renamed(v) for v in jump.pulled]
    parameters = {p: renamed(v) for p, v in jump.parameters.items()}
    if not given:
        first.append("const sal_real ratio = sal_ratio(cell, record, sigma, slope, scale);")
        pulled = [v - ratio * renamed(g) for v, g in zip(pulled, adjoint.gradient, strict=True)]
        for p, value in adjoint.guard_parameters.items():
            parameters[p] = parameters.get(p, 0) - ratio * renamed(value)
    second_outputs: list[tuple[str, Expr]] = [(f":out{k}", v) for k, v in enumerate(pulled)]
    second_outputs += [
        (f"+parameter[{index} * size]", parameters[p])
        for index, p in enumerate(shop.system.parameters)
        if p in parameters
    ]
    second, more, read = shop.body(second_outputs, temporaries="b")
    stores = [f"nu[{k}] = out{k};" for k in range(len(pulled))]
    loads = shop.loads(symbols | read, nu="nu")
    for at, state in enumerate(kept):
        if any(s.name == shop.state(state).name for s in symbols | read):
            loads.append(f"const sal_real {shop.state(state).name} = kept[{at}];")
    result = "sigma" if given else shop.print(Integer(0))
    return shop.add(
        name,
        doc=doc,
        result="sal_real",
        arguments=(
            f"const {shop.prefix}constants *c, "
            + ("" if given else "const sal_cell *cell, const sal_record *record, ")
            + "const sal_real *kept, sal_real e, sal_real *nu, sal_real *parameter, int64_t size"
        ),
        lines=[*loads, *first, *second, *stores, f"return {result};"],
        operations=count + more,
        unused=("c", "kept", "e", "nu", "parameter", "size"),
    )
