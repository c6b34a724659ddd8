"""Arguments: checked where they are given, not where they do harm."""

from __future__ import annotations

import math
from collections.abc import Iterable

from saltation.runtime.arguments import check_number, shown
from saltation.runtime.arrays import whole_number
from saltation.symbolic.errors import ArrayError, ArrayTypeError

NONNEGATIVE = "a finite number >= 0"


def unreadable(error: Exception) -> str:
    """Say why NumPy could not read a file, without its advice.

    NumPy takes what it does not know for a pickle, and advises to load it, which could run code.

    Examples
    --------
    >>> unreadable(ValueError("you can load it unsafely using `allow_pickle=`"))
    'it holds no plain arrays'
    """
    return "it holds no plain arrays" if "pickle" in str(error) else str(error)


def check_nonnegative(value: object, named: str, argument: str) -> None:
    """Refuse what is no finite number of zero or more; see `check_number`.

    Raises
    ------
    ArrayError
        If it is negative, infinite or NaN.
    ArrayTypeError
        If it is no number.
    """
    number = check_number(value, named, argument)
    if not 0.0 <= number < math.inf:
        raise ArrayError(f"{named} is {shown(value)}, expected {NONNEGATIVE}", argument=argument)


def check_whole(
    value: object, least: int, named: str, argument: str, below: int | None = None
) -> int:
    """Return an integer that is not below the least that makes sense, and refuse all else.

    Raises
    ------
    ArrayError
        If it is too small, or not below the limit `below`, where there is one.
    ArrayTypeError
        If it is no integer.
    """
    number = whole_number(value)
    limit = "" if below is None else f" and < {below}"
    wanted = f"an integer >= {least}{limit}"
    if number is None:
        raise ArrayTypeError(f"{named} is {shown(value)}, expected {wanted}", argument=argument)
    if number < least or (below is not None and number >= below):
        raise ArrayError(f"{named} is {shown(value)}, expected {wanted}", argument=argument)
    return number


def check_simulator(sim: object, caller: str) -> None:
    """Refuse what is no compiled network, such as one that is still to be compiled.

    Raises
    ------
    ArrayTypeError
        If it has no `run` or no `net`.
    """
    if isinstance(sim, type) or not (callable(getattr(sim, "run", None)) and hasattr(sim, "net")):
        raise ArrayTypeError(
            f"{caller}: sim is {shown(sim)}, expected a compiled network: "
            f"sim = sal.compile(net, t_end=...)",
            argument="sim",
        )


def check_callable(value: object, caller: str, argument: str, wanted: str) -> None:
    """Refuse what cannot be called, or is a class instead of an instance of it.

    Raises
    ------
    ArrayTypeError
        Names the argument and what is `wanted`.
    """
    _refuse_class(value, f"{caller}: {argument}", argument)
    if not callable(value):
        raise ArrayTypeError(
            f"{caller}: {argument} is {shown(value)}, expected {wanted}", argument=argument
        )


def check_loss(loss: object, caller: str) -> None:
    """Refuse what is no loss; see `check_callable`."""
    wanted = "a callable loss(run, labels) such as sal.losses.FirstSpikeCrossEntropy('out')"
    check_callable(loss, caller, "loss", wanted)


def check_methods(
    value: object, methods: Iterable[str], named: str, argument: str, wanted: str
) -> None:
    """Refuse a class instead of its instance, and what lacks methods.

    Parameters
    ----------
    value : object
        What was given.
    methods : iterable of str
        Names of the methods that are needed.
    named : str
        What messages call it, such as ``"fit: optimiser"``.
    argument : str
        The name of the argument.
    wanted : str
        What is expected, such as ``"an optimiser such as sal.Adam(1e-3)"``.

    Raises
    ------
    ArrayTypeError
        Names the methods that are missing.
    """
    _refuse_class(value, named, argument)
    missing = [name for name in methods if not callable(getattr(value, name, None))]
    if missing:
        raise ArrayTypeError(
            f"{named} is {shown(value)}, expected {wanted}: it has no method {', '.join(missing)}",
            argument=argument,
        )


def _refuse_class(value: object, named: str, argument: str) -> None:
    if isinstance(value, type):
        raise ArrayTypeError(
            f"{named} is {shown(value)}, expected an instance: {value.__name__}(...)",
            argument=argument,
        )
