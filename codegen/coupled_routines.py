"""The C routines of a coupled linear flow: a matrix exponential, its adjoint, certain crossings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sympy import Expr, ImmutableMatrix, Integer, Matrix, Symbol

from saltation.codegen.flow_routines import (
    FlowRoutines,
    add_adjoint,
    add_flow_gradient,
    add_map,
)
from saltation.codegen.lowering import Table
from saltation.codegen.views import EventView, WatchView
from saltation.codegen.watch_routines import add_value, candidate_arguments
from saltation.codegen.workshop import Workshop
from saltation.symbolic.crossing import lie_derivative
from saltation.symbolic.equations import Key
from saltation.symbolic.flow import LinearFlow
from saltation.symbolic.system import SystemMode


def add_coupled_flow(shop: Workshop, mode: str, flow: LinearFlow, wanted: set[int]) -> FlowRoutines:
    """Add the routines of a coupled flow; its flow map's entries are fields of the step."""
    step = Table(access="s->", prefix="s")
    named = replace(flow, propagator=_entries(flow, "phi"), shift=_shift(flow))
    stepped = f"const {shop.prefix}constants *c, const {shop.prefix}{mode}step *s"
    slopes = coupled_slopes(shop, flow, wanted)
    shop.coupled_rows = max(shop.coupled_rows, flow.matrix.rows + 1)
    return FlowRoutines(
        step=step,
        gradient_step=Table(access="g->", prefix="g"),
        flow=add_map(shop, mode, named, step, stepped),
        adjoint=add_adjoint(shop, mode, named, step, stepped),
        gradient=_add_gradient(shop, mode, flow, slopes) if slopes else "",
        parameters=tuple(slopes),
    )


def coupled_fields(flow: LinearFlow) -> tuple[str, ...]:
    """Return the names of the step's fields."""
    names = [*_entries(flow, "phi"), *_shift(flow)]
    return tuple(str(name).removeprefix("s->") for name in names if name != 0)


def _reachable(flow: LinearFlow) -> set[tuple[int, int]]:
    n = flow.matrix.rows
    pairs = {(i, i) for i in range(n)}
    for _ in range(n):
        pairs |= {(i, k) for i, j in set(pairs) for k in range(n) if flow.matrix[j, k] != 0}
    return pairs


def _entries(flow: LinearFlow, name: str) -> ImmutableMatrix:
    n, pairs = flow.matrix.rows, _reachable(flow)
    return ImmutableMatrix(
        n,
        n,
        lambda i, j: Symbol(f"s->{name}_{i}_{j}", real=True) if (i, j) in pairs else Integer(0),
    )


def _shift(flow: LinearFlow) -> ImmutableMatrix:
    n, pairs = flow.matrix.rows, _reachable(flow)
    driven = [any((i, j) in pairs and flow.drive[j] != 0 for j in range(n)) for i in range(n)]
    return ImmutableMatrix(
        n, 1, lambda i, _: Symbol(f"s->psi_{i}", real=True) if driven[i] else Integer(0)
    )


def augmented(flow: LinearFlow) -> ImmutableMatrix:
    """Return the matrix of ``z' = A z`` for ``z = (x, 1)``."""
    n = flow.matrix.rows
    return ImmutableMatrix(
        Matrix.vstack(Matrix.hstack(flow.matrix, flow.drive), Matrix.zeros(1, n + 1))
    )


def _array(shop: Workshop, name: str, values: Sequence[Expr]) -> str:
    text = ", ".join(shop.constant(value) for value in values)
    return f"const sal_real {name}[{len(values)}] = {{ {text} }};"


def add_coupled_set_flow(shop: Workshop, mode: str, flow: LinearFlow) -> str:
    """Add the routine that fills the step with the entries of the matrix exponential."""
    m = flow.matrix.rows + 1
    lines = [_array(shop, "a", list(augmented(flow))), f"sal_real e[{m * m}];"]
    lines.append(f"sal_expm({m}, a, h, e);")
    for i in range(m - 1):
        for j in range(m - 1):
            if _entries(flow, "phi")[i, j] != 0:
                lines.append(f"s->phi_{i}_{j} = e[{i * m + j}];")
        if _shift(flow)[i] != 0:
            lines.append(f"s->psi_{i} = e[{i * m + m - 1}];")
    return shop.add(
        f"{mode}set_flow",
        doc=[
            "The flow map over h (s): the exponential of A h, A augmented by the drive.",
            *shop.cite(*((kind, mode[:-1]) for kind in ("matrix", "drive", "propagator", "shift"))),
        ],
        arguments=_step_arguments(shop, mode),
        lines=lines,
        operations=0,
        unused=("c", "h", "s"),
    )


def add_coupled_set_step(
    shop: Workshop, mode: SystemMode, flow: LinearFlow, watched: Sequence[tuple[int, Key, Expr]]
) -> str:
    """Add the routine that fills the step with its flow, and how watched functions may bend."""
    name, m = f"{mode.name}_", flow.matrix.rows + 1
    lines = [f"{shop.prefix}{name}set_flow(c, h, s);"]
    if watched:
        lines.insert(0, _array(shop, "a", list(augmented(flow))))
        lines += [f"sal_real growth[{m * m}];", f"sal_growth({m}, a, h, growth);"]
    for index, _, function in watched:
        bend = _derivative_rows(shop, function, mode)[2]
        lines += [
            _array(shop, f"row{index}", bend),
            f"sal_bend({m}, growth, row{index}, h, s->bend{index});",
        ]
    return shop.add(
        f"{name}set_step",
        doc=[
            "The flow map over h (s), and the most that functions may rise above both ends.",
            *shop.cite(("propagator", name[:-1]), *(cited for _, cited, _ in watched)),
        ],
        arguments=_step_arguments(shop, name),
        lines=lines,
        operations=0,
        unused=("c", "h", "s"),
    )


def bend_fields(flow: LinearFlow, watched: Sequence[int]) -> tuple[str, ...]:
    """Return the fields of the step that hold how watched functions may bend."""
    return tuple(f"bend{index}[{flow.matrix.rows + 1}]" for index in watched)


def _step_arguments(shop: Workshop, mode: str) -> str:
    return f"const {shop.prefix}constants *c, sal_real h, {shop.prefix}{mode}step *s"


def coupled_slopes(
    shop: Workshop, flow: LinearFlow, wanted: set[int]
) -> dict[int, ImmutableMatrix]:
    """Return how the augmented matrix changes with the wanted parameters that it contains."""
    matrix = augmented(flow)
    slopes = {index: matrix.diff(shop.system.parameters[index]) for index in sorted(wanted)}
    return {index: slope for index, slope in slopes.items() if any(slope)}


def slope_fields(flow: LinearFlow, slopes: Iterable[int]) -> tuple[str, ...]:
    """Return the fields that hold how the flow map changes with parameters."""
    m = flow.matrix.rows + 1
    return tuple(f"d{index}[{m * m}]" for index in slopes)


def add_coupled_set_gradient(
    shop: Workshop, mode: str, flow: LinearFlow, slopes: Mapping[int, ImmutableMatrix]
) -> str:
    """Add the routine that fills a structure with how the flow map changes with parameters."""
    m = flow.matrix.rows + 1
    lines = [_array(shop, "a", list(augmented(flow)))]
    for index, slope in slopes.items():
        lines += [
            _array(shop, f"slope{index}", list(slope)),
            f"sal_expm_slope({m}, a, slope{index}, h, g->d{index});",
        ]
    return shop.add(
        f"{mode}set_gradient",
        doc=[
            "How the exponential of A h changes with parameters.",
            *shop.cite(("matrix", mode[:-1]), ("integral", mode[:-1])),
        ],
        arguments=f"const {shop.prefix}constants *c, sal_real h, {shop.prefix}{mode}gradient *g",
        lines=lines,
        operations=0,
        unused=("c", "h", "g"),
    )


def _add_gradient(
    shop: Workshop, mode: str, flow: LinearFlow, slopes: Mapping[int, ImmutableMatrix]
) -> str:
    """Add the gradients by parameters of a flow over a duration that many neurons share."""
    n, nu = flow.matrix.rows, shop.adjoints()
    m = n + 1
    outputs = []
    for index, slope in slopes.items():
        total: Expr = Integer(0)
        for i, j in sorted(_moved(flow, slope)):
            field = Symbol(f"g->d{index}[{i * m + j}]", real=True)
            total += nu[i] * field * (shop.state(j) if j < n else 1)
        outputs.append((f"+parameter[{index} * size]", total))
    return add_flow_gradient(shop, mode, ("integral", mode[:-1]), outputs)


def _moved(flow: LinearFlow, slope: ImmutableMatrix) -> set[tuple[int, int]]:
    """Return where the flow map of the states, and of the constant, changes with a parameter."""
    n, pairs = flow.matrix.rows, _reachable(flow)
    driven = {(j, n) for j in range(n) if flow.drive[j] != 0}
    onward = {*pairs, (n, n), *((i, n) for i, j in pairs for k, _ in driven if j == k)}
    changed = [(k, j) for k in range(n) for j in range(n + 1) if slope[k, j] != 0]
    return {(i, t) for i, k in pairs for b, j in changed if b == k for s, t in onward if s == j}


def add_gradient_alone(
    shop: Workshop, mode: str, flow: LinearFlow, slopes: Mapping[int, ImmutableMatrix]
) -> str:
    """Add the same of a duration of one neuron: one matrix exponential for all parameters."""
    n = flow.matrix.rows
    m = n + 1
    outputs = []
    for index, matrix in slopes.items():
        total = sum(
            (
                shop.rename(slope) * Symbol(f"d[{k}]", real=True)
                for k, slope in enumerate(matrix)
                if slope != 0
            ),
            start=Integer(0),
        )
        outputs.append((f"+parameter[{index} * size]", total))
    lines, count, _ = shop.body(outputs)
    ahead = [
        _array(shop, "a", list(augmented(flow))),
        f"sal_real z[{m}], l[{m}], d[{m * m}];",
        f"memcpy(z, x, {n} * sizeof *z);",
        f"memcpy(l, nu, {n} * sizeof *l);",
        f"z[{n}] = {shop.print(Integer(1))};",
        f"l[{n}] = {shop.print(Integer(0))};",
        f"sal_expm_adjoint({m}, a, h, z, l, d);",
    ]
    return shop.add(
        f"{mode}flow_gradient_alone",
        doc=[
            "Parameters' gradients of one neuron's flow over h, by the derivative of exp(A h).",
            *shop.cite(("integral", mode[:-1])),
        ],
        arguments=(
            f"const {shop.prefix}constants *c, sal_real h, const sal_real *x, const sal_real *nu, "
            "sal_real *parameter, int64_t size"
        ),
        lines=[*ahead, *lines],
        operations=count,
        unused=("c", "h", "x", "nu", "parameter", "size"),
    )


def add_coupled_watch(
    shop: Workshop,
    *,
    name: str,
    title: str,
    cited: Key,
    index: int,
    function: Expr,
    mode: SystemMode,
    flow: LinearFlow,
    event: EventView | None,
) -> WatchView:
    """Add the routines of one watched function along a coupled flow."""
    value = add_value(shop, f"{name}value", function, title, cited)
    candidate = _add_candidate(shop, name, mode, cited, index, value)
    return WatchView(
        index=index,
        title=title,
        value=value,
        look=candidate,
        candidate=candidate,
        find="",
        series="",
        fourth=0,
        later=(),
        rise=_add_rise(shop, name, [f"{title}.", *shop.cite(cited)], function, mode, flow),
        event=event,
        levels=(),
    )


def _add_candidate(
    shop: Workshop, name: str, mode: SystemMode, cited: Key, index: int, value: str
) -> str:
    r"""Add the test whether a function below zero at both ends of an interval may rise above.

    Where :math:`|f''| \\le K`, it rises above the larger of its ends by at most :math:`K h^2/8`.
    """
    zero, one = shop.print(Integer(0)), shop.print(Integer(1))
    count = len(shop.system.states)
    sizes = [f"(x[{k}] < {zero} ? -x[{k}] : x[{k}])" for k in range(count)]
    terms = [f"s->bend{index}[{k}] * {size}" for k, size in enumerate(sizes)]
    return shop.add(
        f"{name}candidate",
        doc=[
            "Whether the function may cross zero in an interval: below zero at both ends it rises "
            "above these by no more than h^2/8 times a bound of its second derivative.",
            *shop.cite(cited),
        ],
        result="sal_real",
        arguments=candidate_arguments(shop, f"{mode.name}_"),
        lines=[
            f"const sal_real f = side * {value}(c, x), g = side * {value}(c, y);",
            f"const sal_real bend = s->bend{index}[{count}] + {' + '.join(terms)};",
            f"const int below = (f < {zero}) & (g < {zero}) & ((f > g ? f : g) + bend < {zero});",
            f"return below ? {zero} : {one};",
        ],
        operations=3 * count + 3,
        unused=("c",),
        in_lanes=True,
    )


def _add_rise(
    shop: Workshop,
    name: str,
    doc: list[str],
    function: Expr,
    mode: SystemMode,
    flow: LinearFlow,
) -> str:
    """Add the search for the first rise of a function through zero."""
    m = flow.matrix.rows + 1
    lines = [_array(shop, "a", list(augmented(flow)))]
    rows = _derivative_rows(shop, function, mode)
    lines += [_array(shop, f"row{k}", row) for k, row in enumerate(rows)]
    lines += [
        f"sal_real z[{m}];",
        f"memcpy(z, x, {m - 1} * sizeof *z);",
        f"z[{m - 1}] = {shop.print(Integer(1))};",
        f"return sal_coupled_rise({m}, a, z, row0, row1, row2, from, to, side);",
    ]
    return shop.add(
        f"{name}rise",
        doc=[*doc, "When it, times `side`, rises through zero in (from, to]."],
        result="sal_real",
        arguments=(
            f"const {shop.prefix}constants *c, const sal_real *x, sal_real from, sal_real to, "
            "sal_real side"
        ),
        lines=lines,
        operations=0,
        unused=("c",),
    )


def _derivative_rows(shop: Workshop, function: Expr, mode: SystemMode) -> list[list[Expr]]:
    """Return a function and its first two derivatives along a flow, as rows for ``(x, 1)``."""
    states = list(shop.system.states)
    rows, current = [], function
    for _ in range(3):
        rows.append([*(current.diff(x) for x in states), current.subs({x: 0 for x in states})])
        current = lie_derivative(current, shop.system, mode).expand()
    return rows
