"""Bad declarations, by subject, each code with good neighbours; in the order of the codes."""

from bad_models import expressions, guards, networks, structure, text, units

CASES = [
    *text.CASES,
    *structure.CASES,
    networks.CONDUCTANCES,
    *expressions.CASES,
    networks.TIME_CONSTANTS,
    networks.SLOW,
    networks.MAGNITUDES,
    units.SIGNS,
    *guards.CASES,
    *units.CASES,
]
