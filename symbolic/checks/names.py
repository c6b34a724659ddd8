"""Names of models, modes, ports, states and parameters: usable, or clearly refused."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelTypeError
from saltation.symbolic.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from saltation.symbolic.place import Place

LONGEST_NAME = 64
"""Most characters in a name."""

_OURS = {
    "w": "the weight of an arriving spike",
    "t": "the time since the start of the run",
    "dt": "a time step",
    "initial": "the initial state in the names of values",
    "weight": "weights in the names of values",
    "delay": "delays in the names of values",
    "times": "spike times in the names of values",
}

_C_KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int
long register restrict return short signed sizeof static struct switch typedef union unsigned void
volatile while bool complex imaginary true false nullptr constexpr alignas alignof thread_local
typeof static_assert asm main
"""

_C_LIBRARY = """
acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh div erf erfc exp exp2 expm1 fabs
fdim floor fma fmax fmin fmod frexp hypot ilogb j0 j1 jn ldexp lgamma llrint llround log log10 log1p
log2 logb lrint lround modf nan nearbyint nextafter pow remainder remquo rint round scalbn
significand signbit sin sinh sqrt tan tanh tgamma trunc y0 y1 yn isnan isinf isfinite isnormal
fpclassify abs labs exit abort malloc free NAN INFINITY HUGE_VAL NULL EOF errno assert
"""
# Without gamma: an old BSD name that C99's math.h lacks, and a letter the field cannot do without.

_RESERVED_IN_C = {
    **dict.fromkeys(_C_LIBRARY.split(), "a name of C's standard library"),
    **dict.fromkeys(_C_KEYWORDS.split(), "a keyword of C"),
}

_GENERATED_PREFIXES = ("sal_", "SAL_")


def check_name(name: object, what: str, place: Place) -> str:
    """Return `name` if it can be the name of a state, parameter, mode, port or model."""
    if not isinstance(name, str):
        raise place.error(
            Code.NAME_TYPE,
            f"the name of a {what} is a text, got {type(name).__name__} ({name!r:.60})",
            kind=ModelTypeError,
            hint="Use the name itself, such as 'v', not a SymPy symbol.",
        )
    if len(name) > LONGEST_NAME or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise place.error(
            Code.NAME_FORM,
            f"{name[:80]!r} cannot be the name of a {what}",
            symbol=name,
            hint="A name is an ASCII letter, then letters, digits and single underscores; at most "
            f"{LONGEST_NAME} characters.",
        )
    if "__" in name:
        raise place.error(
            Code.NAME_FORM,
            f"{name!r} cannot be the name of a {what}: doubled underscores are kept for generated "
            "names",
            symbol=name,
            hint="Use single underscores inside the name.",
        )
    return name


def check_symbol_name(name: object, what: str, place: Place) -> str:
    """Return `name` if it can also stand in equations and in generated C."""
    text = check_name(name, what, place)
    if reason := reserved(text):
        raise place.error(
            Code.NAME_RESERVED,
            f"{text!r} cannot be the name of a {what}: it is {reason}",
            symbol=text,
            hint=f"Choose another name, such as '{text}_{what[0]}'.",
        )
    return text


def reserved(name: str) -> str | None:
    """Say what a reserved name stands for; None if the name is free.

    The letters ``I E S N O Q`` and the Greek names ``beta gamma zeta`` are free: expressions are
    read with an explicit table of names, so SymPy's meanings of them never apply.
    """
    if name in _OURS:
        return f"reserved for {_OURS[name]}"
    if keyword.iskeyword(name) or name in ("None", "True", "False"):
        return "a keyword of Python"
    if name in FUNCTIONS:
        return "the name of a function"
    if name.startswith(_GENERATED_PREFIXES):
        return "in the form of generated names (sal_...)"
    return _RESERVED_IN_C.get(name)


def check_distinct(states: Iterable[str], parameters: Iterable[str], place: Place) -> None:
    """Refuse a name that is used twice, also if only the case differs."""
    kinds = [(name, "state") for name in states] + [(name, "parameter") for name in parameters]
    seen: dict[str, tuple[str, str]] = {}
    for name, kind in kinds:
        earlier = seen.setdefault(name.lower(), (name, kind))
        if earlier == (name, kind):
            continue
        if earlier[0] == name:
            raise place.error(
                Code.NAME_DUPLICATE,
                f"{name!r} is declared both as a {earlier[1]} and as a {kind}",
                symbol=name,
                hint="Rename one of them; a state's initial value is given by 'initial'.",
            )
        raise place.error(
            Code.NAME_CASE,
            f"{earlier[0]!r} and {name!r} differ only in case",
            symbol=name,
            hint="Rename one of them: such pairs are misread, and collide in some tools.",
        )
