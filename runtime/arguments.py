"""Numbers given as arguments: refused with their names where they make no sense."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np

from saltation.symbolic.errors import ArrayError, ArrayTypeError

_SHOWN = 60
"""The longest `repr` that a message shows."""

POSITIVE = "a finite number > 0"


def shown(value: object) -> str:
    """Show what was given in place of something else.

    A class is called one, a function has a name; what has no short `repr` goes by its type.

    Examples
    --------
    >>> shown("a"), shown(int), shown(len), shown("a" * 100)
    ("'a'", 'the class int', 'len', 'str')
    """
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    text = repr(value)
    short = len(text) <= _SHOWN and "\n" not in text and not text.startswith("<")
    return text if short else type(value).__name__


def is_number(value: object) -> bool:
    """Say whether something is one real number; truth values are none.

    Examples
    --------
    >>> [is_number(value) for value in (0, 0.5, np.float32(1), np.array(1.0), True, "1", None)]
    [True, True, True, True, False, False, False]
    """
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in "fiu"
    return isinstance(value, Real) and not isinstance(value, bool)


def check_number(value: object, named: str, argument: str, wanted: str = "a number") -> float:
    """Return a number as a float, and refuse what is none.

    Parameters
    ----------
    value : object
        What was given.
    named : str
        What messages call it, such as ``"Adam: rate"``.
    argument : str
        The name of the argument.
    wanted : str
        What is expected of it.

    Raises
    ------
    ArrayTypeError
        If it is no number.
    """
    if not is_number(value):
        raise ArrayTypeError(f"{named} is {shown(value)}, expected {wanted}", argument=argument)
    return float(value)  # type: ignore[arg-type]


def check_positive(value: object, named: str, argument: str, unit: str = "") -> float:
    """Return a finite number above zero as a float, and refuse all else; see `check_number`.

    Parameters
    ----------
    value : object
        What was given.
    named, argument : str
        As of `check_number`.
    unit : str, optional
        What it is in, in words, such as ``"seconds"``.

    Raises
    ------
    ArrayError
        If it is zero, negative, infinite or NaN.
    ArrayTypeError
        If it is no number.
    """
    wanted = f"{POSITIVE}, in {unit}" if unit else POSITIVE
    number = check_number(value, named, argument, wanted)
    if not 0.0 < number < math.inf:
        raise ArrayError(f"{named} is {shown(value)}, expected {wanted}", argument=argument)
    return number
