"""The structure of a declaration: types, and which names may stand where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from saltation.symbolic.checks.names import check_symbol_name
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelTypeError
from saltation.symbolic.place import Place, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")


def check_type(value: object, kind: type[T], what: str, place: Place) -> T:
    """Return `value` if it is an instance of `kind`."""
    if isinstance(value, kind):
        return value
    article = "an" if kind.__name__[0] in "AEIOU" else "a"
    raise place.error(
        Code.ARGUMENT_TYPE,
        f"{_unless_named(what, place)}expected {article} {kind.__name__}, got "
        f"{type(value).__name__}",
        kind=ModelTypeError,
    )


def _unless_named(what: str, place: Place) -> str:
    """Name an argument, unless the place does so."""
    return "" if what == place.equation else f"{what}: "


def mapping(value: object, what: str, place: Place) -> dict[Any, Any]:
    """Return a copy of a mapping; an argument left out is an empty one."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return dict(value)
    raise place.error(
        Code.ARGUMENT_TYPE,
        f"{_unless_named(what, place)}expected a dict, got {type(value).__name__}",
        kind=ModelTypeError,
        hint=f"Write {what.rpartition(', ')[2].partition(' ')[0]}={{name: ...}}.",
    )


def check_form(
    dynamics: object, threshold: object, reset: object, modes: object, place: Place
) -> None:
    """Refuse a mixture of the short form (dynamics, threshold, reset) and the general (modes)."""
    short = {"dynamics": dynamics, "threshold": threshold, "reset": reset}
    given = [name for name, value in short.items() if value is not None]
    if modes is not None and given:
        raise place.error(
            Code.ARGUMENT_COMBINATION,
            f"modes= and {given[0]}= exclude each other",
            hint="Move the dynamics and events into a Mode.",
        )
    if modes is None and dynamics is None:
        raise place.error(
            Code.ARGUMENT_COMBINATION,
            "neither dynamics= nor modes= is given",
            hint="Give dynamics={'v': '-v/tau_m'}, or modes={'on': Mode(...)}.",
        )
    if reset not in (None, {}) and threshold is None and modes is None:
        raise place.error(
            Code.ARGUMENT_COMBINATION,
            "reset= is given without threshold=",
            hint="Give threshold='v - theta', or leave reset= out.",
        )
    if modes is not None and isinstance(modes, Mapping) and not modes:
        raise place.error(
            Code.ARGUMENT_COMBINATION, "modes= is empty", hint="Declare at least one Mode."
        )


def check_dynamics(dynamics: Mapping[str, object], place: Place) -> tuple[str, ...]:
    """Return the names of the states: every mode says how every state evolves."""
    states: dict[str, str] = {}
    equations: dict[str, dict[Any, Any]] = {}
    for mode, given in dynamics.items():
        equations[mode] = mapping(given, "dynamics", place)
        for state in equations[mode]:
            states.setdefault(check_symbol_name(state, "state", place), mode)
    if not states:
        raise place.error(
            Code.NO_STATE, "the model has no state", hint="Give dynamics={'v': '-v/tau_m'}."
        )
    for mode, known in equations.items():
        for state, home in states.items():
            if state not in known:
                raise place.error(
                    Code.STATE_WITHOUT_DYNAMICS,
                    f"mode {mode!r} does not say how the state {state!r} evolves "
                    f"(mode {home!r} does)",
                    symbol=state,
                    hint=f"Add {state!r}: '0' if it stands still in mode {mode!r}.",
                )
    return tuple(states)


def check_assigned(
    name: Any, states: Iterable[str], parameters: Iterable[str], place: Place
) -> str:
    """Return `name` if it is a state, which alone can change in a jump."""
    known = list(states)
    if isinstance(name, str) and name in known:
        return name
    if name in ("w", "t"):
        what = "the weight of a spike" if name == "w" else "time"
    elif name in parameters:
        what = "a parameter, and parameters are constant"
    else:
        what = "not a state"
    raise place.error(
        Code.NOT_A_STATE,
        f"assigns to {name!r}, which is {what}",
        symbol=str(name),
        hint=suggest(str(name), known)
        if what == "not a state"
        else f"Only states change: {', '.join(known)}. Make {name!r} a state with dynamics '0'."
        if name in parameters
        else f"Only states change: {', '.join(known)}.",
    )


def check_initial_name(
    name: Any, states: Iterable[str], parameters: Iterable[str], place: Place
) -> str:
    """Return `name` if it is a state, and so can have an initial value."""
    known = list(states)
    if isinstance(name, str) and name in known:
        return name
    if name in parameters:
        raise place.error(
            Code.NOT_A_STATE,
            f"{name!r} is a parameter, and has no initial value",
            symbol=str(name),
            hint="Its value belongs into parameters=.",
        )
    raise place.error(
        Code.STATE_WITHOUT_DYNAMICS,
        f"{name!r} has an initial value but no dynamics",
        symbol=str(name),
        hint=suggest(str(name), known),
    )


def check_target(target: Any, modes: Iterable[str], place: Place) -> str:
    """Return `target` if it is a mode."""
    known = list(modes)
    if isinstance(target, str) and target in known:
        return target
    raise place.error(
        Code.UNKNOWN_MODE,
        f"goes to the mode {target!r}, which is not declared",
        symbol=str(target),
        hint=suggest(str(target), known),
    )
