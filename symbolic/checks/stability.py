"""How a mode's flow behaves by itself: growth, blow-up in finite time, stiffness."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from sympy import Expr, ImmutableMatrix, Matrix, Mul, Poly, Pow, Symbol, diff, exp, expand
from sympy.polys.polytools import NoConvergence

from saltation.symbolic.blocks import strong_components
from saltation.symbolic.checks.guards import start_values
from saltation.symbolic.codes import Code
from saltation.symbolic.exact import exact, is_undefined, rational, sign, substituted
from saltation.symbolic.system import TIME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saltation.symbolic.errors import ModelWarning
    from saltation.symbolic.model import ParsedMode, ParsedModel

STIFF = 1e6
"""Ratio of the fastest to the slowest rate of a nonlinear flow from which it is called stiff."""

SLOW = 1.0
"""Rate per second that a slower state counts as: no run need last as long as that state takes."""

_NEGLIGIBLE = 1e-9
"""Share of the largest rate below which another counts as zero."""


def check_stability(model: ParsedModel) -> Iterator[ModelWarning]:
    """Run every check of stability; yield the warnings."""
    first = next(iter(model.modes.values()))
    for mode in model.modes.values():
        matrix = _jacobian(model, mode)
        yield from growing(model, mode, matrix)
        if not matrix.free_symbols - set(model.parameters.values()):
            continue
        yield from blow_up(model, mode)
        if mode is first:
            yield from stiff(model, mode, matrix)


def _jacobian(model: ParsedModel, mode: ParsedMode) -> ImmutableMatrix:
    states = list(model.states.values())
    rows = [[diff(each.expression, x) for x in states] for each in mode.flow.values()]
    return ImmutableMatrix(rows)


def growing(
    model: ParsedModel, mode: ParsedMode, matrix: ImmutableMatrix
) -> Iterator[ModelWarning]:
    """Warn of a rate whose real part is above zero, where states leave no doubt about it.

    Of states that depend on each other the rates are those of their own block of the Jacobian. It
    decides where it depends on parameters only; where other states enter, such as conductances that
    a membrane has, it decides at the start. Where the states of the block enter themselves, as in
    a spike that sets itself off, growth is ordinary, except for a state that grows by itself.
    """
    start = start_values(model) if mode is next(iter(model.modes.values())) else {}
    values = {model.parameters[name]: value for name, value in model.defaults.items()}
    for block, part in _blocks(matrix):
        if part.free_symbols <= set(values):
            yield from _growing_block(model, mode, block, (part, values), "")
        elif start and _is_given(model, block, part):
            yield from _growing_block(model, mode, block, (part, start), " at the start")
        else:
            for k, rate in zip(block, part.diagonal(), strict=True):
                if rate.free_symbols <= set(values):
                    alone = (ImmutableMatrix([[rate]]), values)
                    yield from _growing_block(model, mode, (k,), alone, " by itself")


def starting_rates(model: ParsedModel) -> Iterator[Expr]:
    """Yield rates, each of one state, that decide about growth at the start of a run."""
    matrix = _jacobian(model, next(iter(model.modes.values())))
    for block, part in _blocks(matrix):
        if _is_given(model, block, part):
            yield from part.diagonal()


def _blocks(matrix: ImmutableMatrix) -> Iterator[tuple[tuple[int, ...], ImmutableMatrix]]:
    """Yield groups of states that depend on each other, each with its part of the Jacobian."""
    for block in strong_components(matrix):
        yield block, matrix.extract(list(block), list(block))


def _is_given(model: ParsedModel, block: tuple[int, ...], part: ImmutableMatrix) -> bool:
    """Whether a block's flow is linear in its own states, whatever the others are."""
    states = tuple(model.states.values())
    return not part.free_symbols & {TIME, *(states[k] for k in block)}


def _growing_block(
    model: ParsedModel,
    mode: ParsedMode,
    block: tuple[int, ...],
    valued: tuple[ImmutableMatrix, dict[Symbol, float]],
    when: str,
) -> Iterator[ModelWarning]:
    """Warn of what grows among the states of a block with these values of its Jacobian."""
    names = list(model.states)
    for within, rates in _spectrum(*valued):
        largest = max(rates, key=lambda rate: rate.real)
        if largest.real <= _NEGLIGIBLE * max(map(abs, rates)):
            continue
        swings = " and oscillates" if abs(largest.imag) > _NEGLIGIBLE * abs(largest) else ""
        together = [names[block[k]] for k in within]
        yield mode.flow[together[0]].place.warning(
            Code.GROWING,
            f"with {model.values} {', '.join(together)} grows{when} as "
            f"exp({largest.real:g} t){swings}",
            symbol=together[0],
            hint="A state that decays has a negative rate, as in '-v/tau': check the signs, and "
            "those of the time constants.",
        )


def stiff(model: ParsedModel, mode: ParsedMode, matrix: ImmutableMatrix) -> Iterator[ModelWarning]:
    """Warn of a nonlinear flow whose rates at the start differ by many powers of ten."""
    found = [
        (abs(rate), block[0])
        for block, rates in _spectrum(matrix, start_values(model))
        for rate in rates
    ]
    fastest = max(found, default=(0.0, 0))
    slowest = min((rate for rate, _ in found if rate > 1e-15 * fastest[0]), default=fastest[0])
    if fastest[0] <= STIFF * max(slowest, SLOW):
        return
    names = list(model.states)
    yield mode.flow[names[fastest[1]]].place.warning(
        Code.STIFF,
        f"with {model.values} the rates at the start range from {slowest:.3g} to "
        f"{fastest[0]:.3g} per second: steps must follow the fastest, {names[fastest[1]]!r}, for "
        "as long as the slowest takes",
        symbol=names[fastest[1]],
        hint="Time constants are in seconds: check their units. A state that follows at once can "
        "be replaced by the value that it settles at.",
    )


def _spectrum(
    matrix: ImmutableMatrix, values: dict[Symbol, float]
) -> Iterator[tuple[tuple[int, ...], list[complex]]]:
    """Yield groups of states that depend on each other, with the rates of each group."""
    numbers = matrix.applyfunc(lambda entry: substituted(entry, values))
    if any(is_undefined(entry) or sign(entry) is None for entry in numbers):
        return
    if not all(isfinite(float(entry)) for entry in numbers):
        return
    rounded = ImmutableMatrix(numbers.applyfunc(lambda entry: rational(float(entry))))
    for block in strong_components(rounded):
        yield block, _eigenvalues(rounded.extract(list(block), list(block)))


def _eigenvalues(block: Matrix) -> list[complex]:
    """Return the eigenvalues of a rational matrix; repeated ones are split off exactly first."""
    if block.rows == 1:
        return [complex(block[0, 0])]
    polynomial = block.charpoly(Symbol("rate"))
    return [
        root
        for factor, multiplicity in polynomial.sqf_list()[1]
        for root in _roots(factor)
        for _ in range(multiplicity)
    ]


def _roots(polynomial: Poly) -> list[complex]:
    """Return roots whose sizes may differ by many powers of ten, none of them repeated.

    Iterations then do not converge; to isolate each root takes up to seconds.
    """
    try:
        return [complex(root) for root in polynomial.nroots(n=20, maxsteps=500)]
    except NoConvergence:
        return [complex(root) for root in polynomial.all_roots(radicals=False)]


def blow_up(model: ParsedModel, mode: ParsedMode) -> Iterator[ModelWarning]:
    """Warn of a state that runs to infinity in finite time, where no guard rises on its way.

    Upwards, where input drives a neuron, it is enough that a state runs away once it is large.
    Downwards it must do so by itself: many flows, such as the logistic one, run away only where
    they never come.
    """
    values = {model.parameters[name]: value for name, value in model.defaults.items()}
    for name, symbol in model.states.items():
        flow = expand(substituted(mode.flow[name].expression, values))
        for direction in (1, -1):
            if not _runs_away(flow, symbol, direction) or _caught(mode, symbol, direction, values):
                continue
            if direction == -1 and not _falls_for_ever(flow, symbol, model.initial[name]):
                continue
            where = "far above its resting value it is" if direction == 1 else "it falls and is"
            yield mode.flow[name].place.warning(
                Code.BLOW_UP,
                f"with {model.values} {name} grows faster than itself: {where} infinite after a "
                "finite time, and no guard of the mode rises on the way",
                symbol=name,
                hint="Give the mode a threshold that is reached first, with a reset: such as the "
                "peak of the spike.",
            )


def _falls_for_ever(flow: Expr, symbol: Symbol, start: float) -> bool:
    """Whether a polynomial flow of one state is below zero at the start and everywhere below it."""
    if flow.free_symbols != {symbol} or not flow.is_polynomial(symbol):
        return False
    polynomial = Poly(exact(flow), symbol)
    begin = rational(start)
    return sign(polynomial.eval(begin)) == -1 and polynomial.count_roots(None, begin) == 0


def _caught(mode: ParsedMode, symbol: Symbol, direction: int, values: dict[Symbol, float]) -> bool:
    """Whether a guard rises, or may rise, as a state runs in a direction."""
    for event in mode.events:
        slope = diff(event.guard.expression, symbol)
        if slope != 0 and sign(substituted(slope, values)) in (None, direction):
            return True
    return False


def _runs_away(flow: Expr, symbol: Symbol, direction: int) -> bool:
    """Whether a state's own rate certainly outgrows it, as its square or an exponential does."""
    leading: dict[tuple[float, float], Expr] = {}
    for term in flow.as_ordered_terms():
        order = _order(term, symbol)
        if order is None:
            return False
        growth = (order[1] * direction, order[2])
        leading[growth] = leading.get(growth, 0) + order[0]
    rate, power = max(leading)
    if not (rate > 0 or (rate == 0 and power > 1)) or power != int(power):
        return False
    return sign(leading[rate, power] * direction ** (int(power) + 1)) == 1


def _order(term: Expr, symbol: Symbol) -> tuple[Expr, float, float] | None:
    """Write a term as ``c exp(k x) x^n``: return ``c, k, n``, or None if it has another form."""
    factor, rest = term.as_independent(symbol, as_Add=False)
    rate, power = 0.0, 0.0
    for part in Mul.make_args(rest):
        if part == symbol:
            power += 1
        elif isinstance(part, Pow) and part.base == symbol and part.exp.is_Number:
            power += float(part.exp)
        elif isinstance(part, exp):
            slope = diff(part.args[0], symbol)
            if not slope.is_Number:
                return None
            factor *= exp(part.args[0].subs(symbol, 0))
            rate += float(slope)
        elif part != 1:
            return None
    return factor, rate, power
