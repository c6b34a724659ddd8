"""Validation of arrays: every refusal names the argument, the place in it, and what was expected.

The checks come in a fast form, a few NumPy calls on arrays that are already as wanted, and fall
back to a slow one that finds the place only when something is wrong.
"""

from __future__ import annotations

import math
import operator
from typing import Any, NoReturn, TypeAlias
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from saltation.symbolic.errors import ArrayError, ArrayTypeError

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
UnitArray: TypeAlias = NDArray[np.int32]
BoolArray: TypeAlias = NDArray[np.bool_]

FLOAT = np.dtype(np.float64)

_REFUSED = {
    "O": "Python objects",
    "b": "booleans",
    "c": "complex numbers",
    "S": "bytes",
    "U": "text",
    "V": "records",
    "M": "dates",
    "m": "time spans",
}
"""What a user would call the elements of each refused dtype kind."""


_ONE_THREAD = 8192
"""Elements up to which every BLAS computes a dot product in the calling thread."""


_known: WeakValueDictionary[int, FloatArray] = WeakValueDictionary()
"""By their identity, large arrays that whoever made them knew to be finite."""


_FEW = 16
"""Elements up to which Python finds the greatest before NumPy has begun."""


def any_array(value: object, argument: str) -> NDArray[Any]:
    """Return `value` as an array of whatever dtype; refuse what is no rectangular array."""
    if isinstance(value, np.ma.MaskedArray):
        raise ArrayTypeError(
            f"{argument} is a masked array, whose mask would be lost; "
            f"fill it first: {argument}.filled(...)",
            argument=argument,
        )
    try:
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        reason = "its rows differ in length" if "inhomogeneous" in str(error) else str(error)
        kind = ArrayTypeError if isinstance(error, ArrayTypeError) else ArrayError
        raise kind(f"{argument} cannot be made an array: {reason}", argument=argument) from error


def real_array(value: object, argument: str) -> FloatArray:
    """Return `value` as a C-contiguous float64 array, itself where it already is one.

    Parameters
    ----------
    value : array_like
        Real numbers; anything `numpy.asarray` takes.
    argument : str
        The name to use in errors.

    Raises
    ------
    ArrayError
        If the rows differ in length.
    ArrayTypeError
        If the elements are not real numbers (booleans, text, complex numbers, objects).
    """
    if type(value) is np.ndarray and value.dtype == FLOAT and value.flags.c_contiguous:
        return value
    array = any_array(value, argument)
    if array.dtype.kind not in "fiu" and array.size:
        refuse_elements(array, argument, "real numbers")
    with np.errstate(all="ignore"):
        # An overflow of this conversion is an infinity, which `check_finite` reports by place.
        # (`ascontiguousarray` would lift a scalar to shape (1,).)
        return np.asarray(array, dtype=np.float64, order="C")


def index_array(value: object, argument: str) -> IntArray:
    """Return `value` as a C-contiguous int64 array; refuse elements that are not integers."""
    array = any_array(value, argument)
    if array.dtype.kind not in "iu" and array.size:
        refuse_elements(array, argument, "integers")
    return np.asarray(array, dtype=np.int64, order="C")


def refuse_elements(array: NDArray[Any], argument: str, wanted: str) -> NoReturn:
    """Raise the error for an array whose elements are not `wanted`."""
    got = _REFUSED.get(array.dtype.kind, "numbers")
    raise ArrayTypeError(
        f"{argument} must hold {wanted}, got {got} (dtype {array.dtype})", argument=argument
    )


def check_shape(
    array: NDArray[Any],
    shape: tuple[int, ...],
    argument: str,
    axes: tuple[str, ...],
    advice: str = "",
) -> None:
    """Raise `ArrayError` unless `array` has `shape`; `axes` names its dimensions."""
    if array.shape != shape:
        named = f"[{', '.join(axes)}] = {shape}" if axes else f"{shape} (one number)"
        raise ArrayError(
            f"{argument} must have shape {named}, got {array.shape}{advice}", argument=argument
        )


def all_finite(array: FloatArray) -> bool:
    """Say whether no element is infinite or NaN.

    A sum is finite only if each term is; one that overflows is looked at by element. A large array
    that was made finite (`know_finite`) and can no longer change is not looked at again.
    """
    if array.ndim == 0:
        return math.isfinite(array.item())
    # The fastest sum for few elements; a BLAS shares that of many among threads, whose waking
    # costs milliseconds.
    if array.size <= _ONE_THREAD:
        return math.isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())
    if is_known(array):
        return True
    with np.errstate(all="ignore"):
        return math.isfinite(np.add.reduce(array.reshape(-1))) or bool(np.isfinite(array).all())


def is_known(array: FloatArray) -> bool:
    """Say whether an array was made finite (`know_finite`) and can no longer change."""
    return array.size > _ONE_THREAD and _known.get(id(array)) is array and not can_change(array)


def can_change(array: FloatArray) -> bool:
    """Whether an array can be written to, itself or through another that it is a view of."""
    return array.flags.writeable or not array.flags.owndata


def know_finite(array: FloatArray) -> None:
    """Note that a new array without views is finite: it counts once nobody can write to it."""
    if array.size > _ONE_THREAD and array.flags.owndata:
        _known[id(array)] = array


def greatest(array: NDArray[Any]) -> Any:
    """Return the greatest of some numbers, of which there is at least one."""
    return max(array.tolist()) if array.size <= _FEW else array.max()


def check_finite(array: FloatArray, argument: str, axes: tuple[str, ...]) -> None:
    """Raise `ArrayError` naming the first element that is infinite or NaN."""
    if not all_finite(array):
        refuse_first(array, ~np.isfinite(array), argument, axes, "finite")


def check_nonnegative(array: FloatArray, argument: str, axes: tuple[str, ...]) -> None:
    """Raise `ArrayError` naming the first element below zero."""
    if array.size and array.min() < 0.0:
        refuse_first(array, array < 0.0, argument, axes, "zero or more")


def refuse_first(
    array: NDArray[Any], bad: BoolArray, argument: str, axes: tuple[str, ...], wanted: str
) -> NoReturn:
    """Raise the error for the first element of `array` at which `bad` is true."""
    index = tuple(int(axis) for axis in np.unravel_index(int(np.argmax(bad)), array.shape))
    raise ArrayError(
        f"{argument} must be {wanted}, got {array[index]}{place(index, axes)}", argument=argument
    )


def place(index: tuple[int, ...], axes: tuple[str, ...]) -> str:
    """Spell an index, such as ``" at sample 3, unit 0"``; empty for a scalar."""
    named = ", ".join(f"{axis} {position}" for axis, position in zip(axes, index, strict=True))
    return f" at {named}" if named else ""


def whole_number(value: object) -> int | None:
    """Return `value` as an int if it is an integer other than a bool, else None."""
    if isinstance(value, bool | np.bool_):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def frozen_copy(array: FloatArray) -> FloatArray:
    """Return a C-contiguous copy that cannot be written to."""
    copy = np.array(array, dtype=np.float64, order="C")
    copy.setflags(write=False)
    return copy


def axes_of(array: FloatArray) -> tuple[str, ...]:
    """Name the axes of weights or delays, as messages show them."""
    return ((), ("entry",), ("pre", "post"))[array.ndim]
