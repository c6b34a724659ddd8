"""Right-hand sides that have no value in the state in which a solver's steps failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from sympy import Expr

from saltation.runtime.evaluation import value_at
from saltation.symbolic.plain_printer import plain
from saltation.symbolic.system import HybridSystem

_AHEAD = 2.0**-22
"""How far ahead of a time its successors lie in any precision, relative to it."""

_ADVICE = (
    "Keep the states away from there, as by a guard that fires before, or write an equation that "
    "has a value there."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undefined:
    """A right-hand side that is no number."""

    state: str
    """The state whose derivative it is."""

    expression: Expr
    mode: str
    """The mode it belongs to; empty where the model has only one."""

    reads: Mapping[str, float]
    """The states that it reads, in declaration order."""

    ahead: bool
    """Whether it still is a number in this state, and is none where the flow leads at once."""

    def __str__(self) -> str:
        """Say where it is no number, and what to do."""
        where = ", ".join(f"{name} = {value:.3g}" for name, value in self.reads.items())
        mode = f"in mode {self.mode}, " if self.mode else ""
        what = "is a number only as far as" if self.ahead else "is not a number where"
        return (
            f"{mode}the right-hand side of d{self.state}/dt = {plain(self.expression)} {what} "
            f"{where}. {_ADVICE}"
        )


def undefined_at(
    system: HybridSystem,
    mode: int,
    states: Sequence[float],
    parameters: Mapping[str, float],
    time: float,
) -> Undefined | None:
    """Find the first right-hand side of a mode that has no value in a state.

    If all have one there, those are tried to which the flow leads within the rounding of the time.

    Parameters
    ----------
    system : HybridSystem
        The model.
    mode : int
        The number of the active mode.
    states : sequence of float
        The values of its states, in their order.
    parameters : mapping of str to float
        The values of its parameters by name.
    time : float, unit s
        When it is in this state.

    Returns
    -------
    Undefined or None
        None if all have a value, one beyond the range of the computer's numbers included.
    """
    names = [state.name for state in system.states]
    here = dict(zip(names, states, strict=False))
    flow = system.modes[mode].flow
    slopes = [value_at(right, {**parameters, **here}) for right in flow]
    soon = {
        name: here[name] + _AHEAD * time * (slope or 0.0)
        for name, slope in zip(names, slopes, strict=True)
    }
    found = next(_without_value(flow, {**parameters, **here}), None)
    ahead = found is None and all(map(isfinite, soon.values()))
    if ahead:
        found = next(_without_value(flow, {**parameters, **soon}), None)
    if found is None:
        return None
    read = {symbol.name for symbol in flow[found].free_symbols}
    return Undefined(
        state=names[found],
        expression=flow[found],
        mode=system.modes[mode].name if len(system.modes) > 1 else "",
        reads={name: value for name, value in here.items() if name in read},
        ahead=ahead,
    )


def _without_value(flow: Sequence[Expr], values: Mapping[str, float]) -> Iterator[int]:
    return (k for k, right in enumerate(flow) if value_at(right, values) is None)
