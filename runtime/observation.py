"""Observations: quantities of a population that a run reports, and losses can use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saltation.runtime.arrays import (
    FloatArray,
    check_finite,
    check_nonnegative,
    frozen_copy,
    real_array,
)
from saltation.runtime.frozen import FrozenArrays
from saltation.runtime.naming import unknown_name
from saltation.runtime.population import Population
from saltation.symbolic.errors import ArrayError, NetworkError
from saltation.symbolic.parser import parse

if TYPE_CHECKING:
    from sympy import Expr

KINDS = {
    "max": "the greatest value in the run",
    "integral": "the integral over the run",
    "sample": "the values at the times at=[...], of which many record a trace",
}
"""What can be observed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observation(FrozenArrays):
    """An expression of a population's states and parameters, observed during a run."""

    name: str
    """Name of the observation."""

    population: str
    """Name of the population."""

    expression: Expr
    """What is observed, in the symbols of the model."""

    kind: str
    """``"max"``, ``"integral"`` or ``"sample"``."""

    at: FloatArray | None
    """Times of the samples, shape (k,), unit s; None for the other kinds."""


def make_observation(
    name: str, population: Population, expression: Any, kind: object, at: object
) -> Observation:
    """Return an observation, with its expression parsed in the model's symbols.

    Raises
    ------
    NetworkError
        If `at` is missing for samples, or given for another kind.
    UnknownNameError
        If `kind` is none of the three.
    ArrayError
        If the times are not finite, negative, or not sorted.
    ExpressionError
        If the expression does not parse, or has other names than the model.
    """
    where = f"observe {name!r}"
    if not isinstance(kind, str) or kind not in KINDS:
        raise unknown_name("kind", kind, KINDS, where, meanings=KINDS)
    if kind == "sample" and at is None:
        raise NetworkError(f"{where}: samples need times: give at=[...], in seconds")
    if kind != "sample" and at is not None:
        raise NetworkError(f"{where}: at= is for kind='sample', not for kind={kind!r}")
    system = population.neuron.system
    return Observation(
        name=name,
        population=population.name,
        expression=parse(
            expression,
            names={symbol.name: symbol for symbol in (*system.states, *system.parameters)},
            model=system.name,
            where=f"observation {name!r}",
        ),
        kind=kind,
        at=None if at is None else _checked_times(at),
    )


def _checked_times(at: object) -> FloatArray:
    times = real_array(at, "at")
    if times.ndim != 1 or not times.size:
        raise ArrayError(
            f"at must be a list of at least one time, got shape {times.shape}", argument="at"
        )
    check_finite(times, "at", ("position",))
    check_nonnegative(times, "at", ("position",))
    falls = times[1:] < times[:-1]
    if falls.any():
        position = int(falls.argmax()) + 1
        raise ArrayError(
            f"at must be sorted, got {times[position]} after {times[position - 1]} "
            f"at position {position}",
            argument="at",
        )
    return frozen_copy(times)
