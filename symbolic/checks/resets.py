"""Resets: none may land where its own guard, or a chain of guards, fires for ever.

Decided on the guard's surface with the default values. What depends on the state is left to the
run, which stops with `ZenoError` after 100 events of one neuron at one instant.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sympy import Float, diff

from saltation.symbolic.checks.guards import after, is_initially_above, rate
from saltation.symbolic.codes import Code
from saltation.symbolic.exact import sign, substituted, vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sympy import Expr, Symbol

    from saltation.symbolic.errors import ModelWarning
    from saltation.symbolic.model import ParsedEvent, ParsedMode, ParsedModel

_LONGEST_CHAIN = 25
"""A chain of decidable events that is longer than this repeats itself."""


def check_resets(model: ParsedModel) -> Iterator[ModelWarning]:
    """Run every check of resets; raise the first error, yield the warnings."""
    for mode in model.modes.values():
        for event in mode.events:
            check_lands_below(model, mode, event)
            yield from follow(model, mode, event)


def check_lands_below(model: ParsedModel, mode: ParsedMode, event: ParsedEvent) -> None:
    """Refuse a reset that changes the guard's value and leaves it at or above zero."""
    if event.target != mode.name:
        return
    chain = Chain.start(model, mode, event)
    guard = event.guard.expression
    change = after(model, guard, event.reset) - guard
    value = chain.value(after(model, guard, event.reset))
    unchanged = vanishes(substituted(substituted(change, chain.defaults), resting(model, mode)))
    if unchanged or sign(value) not in (0, 1):
        return
    names = ", ".join(f"{name} = {equation.place.text}" for name, equation in event.reset.items())
    if sign(value) == 1 and is_initially_above(model, guard):
        raise event.guard.place.error(
            Code.GUARD_SIGN,
            f"with {model.values} the guard starts above zero, and is above zero again after its "
            f"own reset ({names}): its sign is the wrong way round",
            hint=f"A guard rises through zero when the event happens: write '{-guard}', or give "
            "other values.",
        )
    raise event.guard.place.error(
        Code.RESET_ABOVE,
        f"with {model.values} the reset ({names}) leaves the guard at {float(value):g}, which is "
        "not below zero: the event would follow itself without end",
        hint="Reset to a value below the threshold, such as v_r < theta.",
    )


def follow(model: ParsedModel, mode: ParsedMode, event: ParsedEvent) -> Iterator[ModelWarning]:
    """Follow what an event sets off at the same instant; refuse a chain without end."""
    chain: Chain | None = Chain.start(model, mode, event)
    passed: list[Chain] = []
    while chain is not None and len(passed) <= _LONGEST_CHAIN:
        passed.append(chain)
        chain = chain.next()
    if len(passed) > _LONGEST_CHAIN:
        names = " -> ".join(dict.fromkeys(link.mode.name for link in passed))
        raise event.guard.place.error(
            Code.RESET_CASCADE,
            f"with {model.values} the event sets off a chain of events without end ({names})",
            hint="Let a reset leave the guards of the mode that it enters below zero.",
        )
    for link in passed[1:]:
        if link.mode is not mode and link.is_falling():
            yield link.event.guard.place.warning(
                Code.MODE_LEFT_AT_ONCE,
                f"with {model.values} the guard is above zero when the mode {link.mode.name!r} is "
                "entered, and only falls: the mode is left at once",
                symbol=link.mode.name,
                hint="A guard rises through zero when the event happens: write "
                f"'{-link.event.guard.expression}'.",
            )


def resting(model: ParsedModel, mode: ParsedMode) -> dict[Symbol, Expr]:
    """Return the states that have one constant value throughout a mode, such as a stopped clock.

    Such a state stands still in the mode, no port changes it, and whoever enters the mode, from
    outside or at the start of a run, sets it to the same value.
    """
    defaults = {model.parameters[name]: value for name, value in model.defaults.items()}
    found: dict[Symbol, Expr] = {}
    for name, symbol in model.states.items():
        if mode.flow[name].expression != 0 or any(name in port.jump for port in model.ports):
            continue
        values = [substituted(value, defaults) for value in _entries(model, mode, name)]
        known = bool(values) and not any(value.free_symbols for value in values)
        if known and all(vanishes(value - values[0]) for value in values):
            found[symbol] = values[0]
    return found


def _entries(model: ParsedModel, mode: ParsedMode, name: str) -> list[Expr]:
    """Collect the values that a state can have on entering a mode."""
    symbol = model.states[name]
    starts = mode.name == next(iter(model.modes))
    entries = [Float(model.initial[name])] if starts else []
    for source in model.modes.values():
        for event in source.events:
            if event.target == mode.name and (source.name != mode.name or name in event.reset):
                entries.append(event.reset[name].expression if name in event.reset else symbol)
    return entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Events at one instant: the one that fires now, and the state in which it does."""

    model: ParsedModel
    mode: ParsedMode
    event: ParsedEvent
    state: dict[Symbol, Expr] = field(repr=False)
    defaults: dict[Symbol, float]

    @classmethod
    def start(cls, model: ParsedModel, mode: ParsedMode, event: ParsedEvent) -> Chain:
        """Start on the guard's surface: one state follows from the others, if that is easy."""
        defaults = {model.parameters[name]: value for name, value in model.defaults.items()}
        constants = resting(model, mode)
        guard = substituted(substituted(event.guard.expression, defaults), constants)
        state: dict[Symbol, Expr] = {symbol: symbol for symbol in model.states.values()}
        state |= constants
        for symbol in model.states.values():
            slope = diff(guard, symbol)
            if sign(slope) in (-1, 1):
                state[symbol] = -guard.subs(symbol, 0) / slope
                break
        return cls(model=model, mode=mode, event=event, state=state, defaults=defaults)

    def value(self, expression: Expr) -> Expr:
        """Evaluate an expression of states in the present state."""
        return substituted(substituted(expression, self.defaults), self.state)

    def is_falling(self) -> bool:
        """Whether the guard that fires is above zero, and falls whatever the state is."""
        guard = self.event.guard.expression
        slope = substituted(rate(self.model, self.mode, guard), self.defaults)
        return sign(self.value(guard)) == 1 and sign(slope) == -1

    def landed(self) -> Chain:
        """Return the state after the event, in the mode that it enters."""
        reset = {
            symbol: self.value(self.event.reset[name].expression)
            if name in self.event.reset
            else self.state[symbol]
            for name, symbol in self.model.states.items()
        }
        return replace(self, mode=self.model.modes[self.event.target], state=reset)

    def next(self) -> Chain | None:
        """Return the event that the present one sets off, if there is one and it is decidable."""
        landed = self.landed()
        entered = landed.mode
        for candidate in entered.events:
            before = sign(self.value(candidate.guard.expression))
            now = sign(landed.value(candidate.guard.expression))
            if now is None or before is None:
                return None
            if now == -1:
                continue
            if entered is not self.mode or self._refires(candidate, before, landed):
                return replace(landed, event=candidate)
        return None

    def _refires(self, candidate: ParsedEvent, before: int | None, landed: Chain) -> bool:
        """Whether a guard of the same mode, now at or above zero, fires."""
        if candidate is not self.event:
            return before == -1
        guard = candidate.guard.expression
        return not vanishes(landed.value(guard) - self.value(guard))
