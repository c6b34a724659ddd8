"""Symbols of the mathematics around a model: adjoints, sensitivities, durations."""

from __future__ import annotations

from sympy import Symbol


class Quantity(Symbol):  # type: ignore[misc]
    """A symbol that is never equal to one of a model's states or parameters, whatever its name.

    A model may call a state ``h`` or a parameter ``e`` or ``nu_v``; the duration ``h``, the
    sensitivity ``e`` and the adjoint ``nu_v`` of the mathematics stay apart from it.

    Examples
    --------
    >>> Quantity("h", real=True) == Symbol("h", real=True)
    False
    """

    __slots__ = ()
