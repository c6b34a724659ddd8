"""The first coefficients of all rows, and of their adjoint, in straight lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from saltation.codegen.places import coefficient_place, state_place
from saltation.codegen.series_rests import Derivative, indented
from saltation.codegen.series_steps import Linear, Step, coefficient
from saltation.codegen.series_text import in_one_loop, sum_of
from saltation.codegen.unrolled import STAGES, further


def in_stages(
    counter: str, stage: Callable[[int, int], list[str]], start: int, terms: int
) -> list[str]:
    """Return the statements of all stages that an order has, each from where the last one ends.

    Parameters
    ----------
    counter : str
        A statement that has a `{}` for how far a stage leads.
    stage : callable
        Gives the statements of a stage from one number to another.
    start : int
        Where the first one begins.
    terms : int
        For how many coefficients there is room.
    """
    lines = []
    ends = [end for end in STAGES if end < terms]
    for low, high in zip([start, *ends], ends, strict=False):
        body = [*stage(low, high), counter.format(high)]
        lines += [f"if (order >= {high}U) {{", *indented(body), "}"]
    return lines


def state_stage(
    steps: Sequence[Step], rates: Sequence[Linear], suffix: str, low: int, high: int
) -> list[str]:
    """Return statements that make the coefficients from `low` on, those of states up to `high`."""
    made: list[tuple[str, str, str]] = []
    for k in range(low, high):
        for step in steps:
            place = f"series[{coefficient_place(step.row, f'{k}U')}]"
            made.append((coefficient(step.row, k), further(step, k, suffix), place))
        for row, rate in enumerate(rates):
            place = f"series[{coefficient_place(row, f'{k + 1}U')}]"
            made.append((coefficient(row, k + 1), _next(row, rate, k, suffix), place))
    rows = {*range(len(rates)), *(step.row for step in steps)}
    loads = {
        coefficient(row, k): f"series[{coefficient_place(row, f'{k}U' if k else '')}]"
        for row in sorted(rows)
        for k in range(low + 1)
    }
    loads |= {f"own{s}": f"own[{state_place(s)}]" for s in range(len(rates))}
    return in_one_loop(made, {"h0": "scale[l]", **loads})


def _next(row: int, rate: Linear, k: int, suffix: str) -> str:
    """Return a state's coefficient `k` + 1, of the rate's coefficient before it."""
    if not rate.terms:
        return f"0.0{suffix}"
    rest, factor, last = split(rate)
    part = f"1.0{suffix} / {k + 1}.0{suffix}"
    final = f"({part} * {f'own{row}' if factor else 'h0'}) * {coefficient(last, k)}"
    return f"({part} * h0) * ({rest.number(k)}) + {final}" if rest.terms else final


def split(rate: Linear) -> tuple[Linear, str, int]:
    """Return a rate without the row that is made last, and that row's factor and number."""
    *terms, (row, factor) = sorted(rate.terms)
    return Linear(tuple(terms)), factor, row


def adjoint_stage(
    columns: Sequence[Sequence[Derivative]],
    seeded: Sequence[bool],
    latest: Sequence[Sequence[tuple[str, int]]],
    suffix: str,
    low: int,
    high: int,
) -> list[str]:
    """Return statements that make the shares of the coefficients `low` to `high` before the last.

    Parameters
    ----------
    columns : sequence of sequences of Derivative
        For each state, the rates' derivatives by it.
    seeded : sequence of bool
        For each state, whether its end is that of its series.
    latest : sequence of sequences of (str, int)
        For each state, what the shares made last are multiplied by, and of which rates they are.
    suffix : str
        Of literals.
    low, high : int
        Which shares.
    """
    states = range(len(columns))
    made: list[tuple[str, str, str]] = []
    for m in range(low, high):
        for s in states:
            place = f"share[{coefficient_place(s, f'(order - {m + 1}U)')}]"
            made.append((f"q{s}_{m}", f"(part{m} * h0) * p{s}_{m}", place))
        for s in states:
            terms = [f"seed{s}"] if seeded[s] else []
            terms += [t for i, d in enumerate(columns[s]) for t in _later(d.series, i, m, suffix)]
            terms += [f"{factor} * q{i}_{m}" for factor, i in latest[s]]
            place = f"pulled[{state_place(s)}]" if m + 1 == high else ""
            made.append((f"p{s}_{m + 1}", sum_of(terms) or f"0.0{suffix}", place))
    rows = sorted({row for column in columns for d in column for row, _ in d.series.terms})
    loads = {"h0": "scale[l]"}
    loads |= {f"p{s}_{low}": f"pulled[{state_place(s)}]" for s in states}
    loads |= {f"seed{s}": f"nu[{state_place(s)}] * whole[l]" for s in states}
    loads |= {
        f"q{s}_{m}": f"share[{coefficient_place(s, f'(order - {m + 1}U)')}]"
        for s in states
        for m in range(low)
    }
    loads |= {
        coefficient(row, k): f"series[{coefficient_place(row, f'{k}U')}]"
        for row in rows
        for k in range(1, high)
    }
    parts = [f"const sal_real part{m} = sal_one_by(order - {m}U);" for m in range(low, high)]
    return [*parts, *in_one_loop(made, loads)]


def _later(value: Linear, i: int, m: int, suffix: str) -> list[str]:
    """Return what the shares of rate `i` before the last add, as `sal_correlation_after` does."""
    terms = []
    for row, factor in value.terms:
        pairs = [f"{coefficient(row, j)} * q{i}_{m - j}" for j in reversed(range(1, m + 1))]
        total = f"({sum_of([f'0.0{suffix}', *pairs])})"
        terms.append(f"{factor} * {total}" if factor else total)
    return terms
