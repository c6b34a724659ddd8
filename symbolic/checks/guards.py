"""Guards: each must be able to rise through zero, transversally, by something that happens."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sympy import Expr, PolynomialError, S, diff, factor_list

from saltation.symbolic.codes import Code
from saltation.symbolic.exact import exact, sign, substituted, vanishes
from saltation.symbolic.system import TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sympy import Symbol

    from saltation.symbolic.errors import ModelWarning
    from saltation.symbolic.model import Equation, ParsedEvent, ParsedMode, ParsedModel

_MOST_FACTORED = 100
"""Most operations of a guard that is factored."""

_HIGHEST = 8
"""Highest degree of a guard that is factored."""


def check_guards(model: ParsedModel) -> Iterator[ModelWarning]:
    """Run every check of guards; raise the first error, yield the warnings."""
    for mode in model.modes.values():
        for event in mode.events:
            check_depends_on_state(model, event.guard)
            check_transversal(model, event.guard)
            check_moves(model, mode, event)
            yield from always_falling(model, mode, event)
        yield from proportional_guards(model, mode)
    yield from initially_above(model)
    yield from unreachable_guards(model)


def check_depends_on_state(model: ParsedModel, guard: Equation) -> None:
    """Refuse a guard that no state can move."""
    symbols = guard.expression.free_symbols
    if symbols & set(model.states.values()):
        return
    if TIME in symbols:
        raise guard.place.error(
            Code.GUARD_WITHOUT_STATE,
            "the guard depends on time and on no state",
            symbol=TIME.name,
            hint="Declare a clock: a state with dynamics '1', and a guard on it, such as "
            "'clock - period'. A reset of the clock then repeats the event.",
        )
    what = "on parameters only" if symbols else "on nothing"
    raise guard.place.error(
        Code.GUARD_CONSTANT,
        f"the guard depends {what}: it can never rise through zero",
        hint="Write a difference between a state and its threshold, such as 'v - theta'.",
    )


def check_transversal(model: ParsedModel, guard: Equation) -> None:
    """Refuse a guard whose gradient is zero, or does not exist, on its surface."""
    for factor, multiplicity in _factors(guard.expression):
        if _has_state(model, factor) and multiplicity.is_positive and multiplicity != 1:
            raise guard.place.error(
                Code.GUARD_NOT_TRANSVERSAL,
                f"the guard contains the power ({factor})**{multiplicity}: where it is zero, its "
                "gradient is zero or infinite, so it cannot be crossed transversally",
                hint=f"Write '{factor}' itself; its sign gives the direction.",
            )


def _factors(guard: Expr) -> list[tuple[Expr, Expr]]:
    """Split a guard into factors with their multiplicities, as far as that is cheap."""
    factors = list(guard.as_powers_dict().items())
    if guard.is_Add and guard.count_ops() <= _MOST_FACTORED and 1 < _degree(guard) <= _HIGHEST:
        with suppress(PolynomialError):
            factors += [(base, S(power)) for base, power in factor_list(exact(guard))[1]]
    return factors


def _degree(expression: Expr) -> Expr:
    """Bound the degree of a polynomial; what is no polynomial counts as one variable."""
    if expression.is_Number:
        return S.Zero
    if expression.is_Add:
        return max(_degree(term) for term in expression.args)
    if expression.is_Mul:
        return sum(_degree(factor) for factor in expression.args)
    if expression.is_Pow and expression.exp.is_Rational:
        return _degree(expression.base) * abs(expression.exp)
    return S.One


def _has_state(model: ParsedModel, expression: Expr) -> bool:
    return bool(expression.free_symbols & set(model.states.values()))


def rate(model: ParsedModel, mode: ParsedMode, guard: Expr) -> Expr:
    """Return the Lie derivative of a guard: its rate of change along the flow."""
    terms = [
        diff(guard, symbol) * mode.flow[name].expression for name, symbol in model.states.items()
    ]
    return sum(terms, diff(guard, TIME))


def after(model: ParsedModel, expression: Expr, jump: Mapping[str, Equation]) -> Expr:
    """Return the value that an expression has after a jump."""
    values = {model.states[name]: equation.expression for name, equation in jump.items()}
    return substituted(expression, values)


def _jumped(model: ParsedModel, mode: ParsedMode, event: ParsedEvent) -> bool:
    """Whether a jump other than its own can lift an event's guard, also by entering the mode."""
    jumps = [port.jump for port in model.ports]
    for source in model.modes.values():
        for other in source.events:
            if other.target != mode.name or other is event:
                continue
            if source.name != mode.name:
                return True
            jumps.append(other.reset)
    guard = event.guard.expression
    return any(not vanishes(after(model, guard, jump) - guard) for jump in jumps)


def check_moves(model: ParsedModel, mode: ParsedMode, event: ParsedEvent) -> None:
    """Refuse a guard that is constant along the flow and that no jump changes."""
    guard = event.guard.expression
    if vanishes(rate(model, mode, guard)) and not _jumped(model, mode, event):
        raise event.guard.place.error(
            Code.GUARD_INVARIANT,
            "the guard is constant along the dynamics, and no jump changes it: the event can "
            "never happen",
            hint="Check the dynamics of the states in it, and which states 'receive' changes.",
        )


def always_falling(
    model: ParsedModel, mode: ParsedMode, event: ParsedEvent
) -> Iterator[ModelWarning]:
    """Refuse, or warn of, a guard that only ever falls with the default values."""
    guard = event.guard.expression
    defaults = {model.parameters[name]: value for name, value in model.defaults.items()}
    slope = substituted(rate(model, mode, guard), defaults)
    if sign(slope) != -1 or _jumped(model, mode, event):
        return
    if is_initially_above(model, guard):
        raise event.guard.place.error(
            Code.GUARD_SIGN,
            f"with {model.values} the guard starts at or above zero and only ever falls: its sign "
            "is the wrong way round",
            hint=f"A guard rises through zero when the event happens: write '{-guard}'.",
        )
    yield event.guard.place.warning(
        Code.GUARD_UNREACHABLE,
        f"with {model.values} the guard only ever falls, by {float(-slope):g} per second: the "
        "event can never happen",
        hint="Check the sign of the guard, and of the dynamics of the states in it.",
    )


def proportional_guards(model: ParsedModel, mode: ParsedMode) -> Iterator[ModelWarning]:
    """Warn of two guards of one mode that always rise at the same instant."""
    for number, second in enumerate(mode.events):
        for first in mode.events[:number]:
            if _proportional(model, first.guard.expression, second.guard.expression):
                yield second.guard.place.warning(
                    Code.GUARD_PROPORTIONAL,
                    f"the guard rises whenever '{first.guard.place.text}' does, and that event "
                    "is examined first",
                    hint="Merge the two events into one, or give one of them a threshold of its "
                    "own.",
                )


def _proportional(model: ParsedModel, first: Expr, second: Expr) -> bool:
    """Whether the ratio of two guards is a positive constant (with the default parameters)."""
    varying = [*model.states.values(), TIME]
    if any(not vanishes(first * diff(second, x) - second * diff(first, x)) for x in varying):
        return False
    values = {model.parameters[name]: value for name, value in model.defaults.items()}
    values |= {x: 0.6180339887 + 0.1 * place for place, x in enumerate(varying)}
    return sign(substituted(first * second, values)) == 1


def start_values(model: ParsedModel) -> dict[Symbol, float]:
    """Return the values of parameters, states and time at the start of a run."""
    values = {model.parameters[name]: value for name, value in model.defaults.items()}
    values |= {model.states[name]: value for name, value in model.initial.items()}
    return {**values, TIME: 0.0}


def initially_above(model: ParsedModel) -> Iterator[ModelWarning]:
    """Warn of a guard that is at or above zero when a run starts."""
    for event in _first_mode(model).events:
        if is_initially_above(model, event.guard.expression):
            yield event.guard.place.warning(
                Code.GUARD_INITIALLY_ABOVE,
                f"with {model.values} the guard starts at or above zero: the event is ignored "
                "until the guard has been below",
                hint="Start below the threshold, or turn the sign of the guard around.",
            )


def is_initially_above(model: ParsedModel, guard: Expr) -> bool:
    """Whether a guard is at or above zero at the initial values."""
    return sign(substituted(guard, start_values(model))) in (0, 1)


def _first_mode(model: ParsedModel) -> ParsedMode:
    return next(iter(model.modes.values()))


@dataclass(frozen=True, slots=True)
class _Approach:
    """A state that approaches a limit on its own: the guard's supremum along the way."""

    state: str
    limit: Expr
    supremum: Expr


def unreachable_guards(model: ParsedModel) -> Iterator[ModelWarning]:
    """Warn where, with the default values and without ports, no event can ever happen.

    Without ports nothing happens before the first event. If, for every guard of the first mode, the
    flow is one relaxation (or rest) that stays below it, there is no first event.
    """
    events = _first_mode(model).events
    if model.ports or model.uses_time:
        return
    bounds = [_approach(model, event.guard.expression) for event in events]
    if any(bound is None for bound in bounds):
        return
    for event, bound in zip(events, bounds, strict=True):
        if bound is not None:
            yield event.guard.place.warning(
                Code.GUARD_UNREACHABLE,
                f"with {model.values} the guard stays below zero: {bound.state} approaches "
                f"{float(bound.limit):g}, where the guard is {float(bound.supremum):g}, and no "
                "spike can arrive",
                hint="Declare 'receive', raise the drive, or lower the threshold.",
            )


def _at_rest(model: ParsedModel) -> bool:
    """Whether every rate of the first mode is zero at the initial values."""
    start = start_values(model)
    flow = _first_mode(model).flow
    return all(sign(substituted(each.expression, start)) == 0 for each in flow.values())


def _approach(model: ParsedModel, guard: Expr) -> _Approach | None:
    """Bound a guard that is affine in one state which relaxes independently of the others."""
    names = [name for name, symbol in model.states.items() if symbol in guard.free_symbols]
    if len(names) != 1:
        return None
    name, x = names[0], model.states[names[0]]
    parameters = {model.parameters[each]: value for each, value in model.defaults.items()}
    at_rest = _at_rest(model)
    flow = substituted(_first_mode(model).flow[name].expression, parameters)
    surface = substituted(guard, parameters)
    slope = diff(flow, x)
    start = substituted(x, start_values(model))
    if not at_rest and flow.free_symbols - {x}:
        return None
    if slope.free_symbols or diff(surface, x).free_symbols:
        return None
    if at_rest:
        limit = start
    elif sign(slope) == -1:
        limit = -flow.subs(x, S.Zero) / slope
    elif sign(flow.subs(x, start)) == 0:
        limit = start
    else:
        return None
    at_start, at_limit = surface.subs(x, start), surface.subs(x, limit)
    if sign(at_start) != -1 or sign(at_limit) not in (-1, 0):
        return None
    return _Approach(name, limit, at_limit)
