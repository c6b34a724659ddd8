"""The checks of a declaration, by subject.

Names, structure and values are checked while a declaration is read (`saltation.symbolic.reading`),
expressions while they are parsed; everything about the meaning of the whole follows in `check`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from saltation.symbolic.checks.expressions import check_start
from saltation.symbolic.checks.guards import check_guards
from saltation.symbolic.checks.resets import check_resets
from saltation.symbolic.checks.units import check_units
from saltation.symbolic.checks.usage import check_usage

if TYPE_CHECKING:
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
    found = chain(check_start(model), check_guards(model), check_resets(model), check_usage(model))
    return given, list({str(warning): warning for warning in found}.values())
