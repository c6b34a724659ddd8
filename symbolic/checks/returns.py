"""Events that follow themselves each time their mode is entered again: resets that were forgotten.

A neuron that is reset to above its threshold fires again as soon as its refractory mode ends; one
whose clock is not reset has a refractory period only once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saltation.symbolic.checks.guards import after, rate
from saltation.symbolic.checks.resets import Chain
from saltation.symbolic.codes import Code
from saltation.symbolic.exact import sign, vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sympy import Expr

    from saltation.symbolic.errors import ModelWarning
    from saltation.symbolic.model import ParsedEvent, ParsedMode, ParsedModel


def check_returns(model: ParsedModel) -> Iterator[ModelWarning]:
    """Warn of a guard that is at or above zero whenever its mode is entered again."""
    for mode in model.modes.values():
        for event in mode.events:
            # A mode that is meant to last no time is left at once by an event without a spike.
            if not event.spike and not keeps(model, event.guard.expression, event):
                continue
            landed = Chain.start(model, mode, event).landed()
            value = sign(landed.value(event.guard.expression))
            if value not in (0, 1) or not comes_back(model, mode, event):
                continue
            where = "at zero" if value == 0 else "above zero"
            yield event.guard.place.warning(
                Code.EVENT_ON_RETURN,
                f"with {model.values} the event leaves its own guard {where}, and nothing moves "
                f"it until mode {mode.name!r} is entered again: from then on the event happens at "
                "the very instant of entering",
                symbol=mode.name,
                hint="Let the reset take the guard below zero: a membrane to below the threshold, "
                "a clock to 0.",
            )


def comes_back(model: ParsedModel, mode: ParsedMode, event: ParsedEvent) -> bool:
    """Whether other modes lead back without a change of the guard, by flow or by reset."""
    guard = event.guard.expression
    waiting, seen = [event.target], {mode.name}
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if not vanishes(rate(model, model.modes[name], guard)):
            continue
        for other in model.modes[name].events:
            if keeps(model, guard, other):
                if other.target == mode.name:
                    return True
                waiting.append(other.target)
    return False


def keeps(model: ParsedModel, guard: Expr, event: ParsedEvent) -> bool:
    """Whether the reset of an event leaves a guard as it is, whatever the state is."""
    return bool(vanishes(after(model, guard, event.reset) - guard))
