"""The checks of a declaration, by subject.

Names, structure and values are checked while a declaration is read (`saltation.symbolic.reading`),
expressions while they are parsed; everything about the meaning of the whole follows in `check`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from saltation.symbolic.checks.domains import check_domains, check_parameters
from saltation.symbolic.checks.guards import check_guards
from saltation.symbolic.checks.resets import check_resets
from saltation.symbolic.checks.returns import check_returns
from saltation.symbolic.checks.signs import check_signs
from saltation.symbolic.checks.singularities import removable_singularities
from saltation.symbolic.checks.stability import check_stability
from saltation.symbolic.checks.units import check_units
from saltation.symbolic.checks.usage import check_usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from saltation.symbolic.errors import ModelWarning
    from saltation.symbolic.model import ParsedModel


def check(model: ParsedModel, units: object) -> tuple[dict[str, str], list[ModelWarning]]:
    """Check a parsed declaration.

    Parameters
    ----------
    model : ParsedModel
        The declaration.
    units : mapping of str to str or None
        Units as the user gave them.

    Returns
    -------
    units : dict of str to str
        A copy of the units.
    warnings : list of ModelWarning
        What is legal and probably not meant, each once.

    Raises
    ------
    ModelError
        The first thing that cannot be right.
    """
    given = check_units(model, units)
    return given, distinct(
        chain(_valued(model, given), removable_singularities(model), check_usage(model))
    )


def check_values(
    model: ParsedModel,
    units: Mapping[str, str],
    values: tuple[Mapping[str, float], Mapping[str, float]],
    called: str,
) -> list[ModelWarning]:
    """Check other values than the defaults; see `saltation.symbolic.neuron.Neuron.check_values`."""
    parameters, initial = values
    changed = replace(
        model,
        defaults={**model.defaults, **parameters},
        initial={**model.initial, **initial},
        values=called,
    )
    found = distinct(_valued(changed, units))
    known = {(each.code, each.equation) for each in _valued(model, units)} if found else set()
    return [each for each in found if (each.code, each.equation) not in known]


def _valued(model: ParsedModel, units: Mapping[str, str]) -> Iterator[ModelWarning]:
    """Run the checks that depend on values."""
    check_parameters(model)
    yield from check_guards(model)
    yield from check_resets(model)
    yield from check_returns(model)
    yield from check_domains(model)
    yield from check_stability(model)
    yield from check_signs(model, units)


def distinct(found: Iterable[ModelWarning]) -> list[ModelWarning]:
    """Keep of equal warnings the first."""
    return list({str(warning): warning for warning in found}.values())
