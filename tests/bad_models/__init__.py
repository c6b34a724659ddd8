"""Bad declarations, by subject, each code with good neighbours; in the order of the codes."""

from bad_models import expressions, guards, structure, text, units

CASES = [*text.CASES, *structure.CASES, *expressions.CASES, *guards.CASES, *units.CASES]
