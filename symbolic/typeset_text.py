"""Units and numbers as text with proper signs, where no mathematics can be set."""

from __future__ import annotations

import re

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def unit_text(unit: str) -> str:
    """Return a declared unit as it is written in print; the unit of a plain number is empty.

    Examples
    --------
    >>> unit_text("A/m**2"), unit_text("S*V**-1"), unit_text("1")
    ('A/m²', 'S·V⁻¹', '')
    """
    if unit.strip() == "1":
        return ""
    raised = re.sub(r"\s*\*\*\s*(-?\d+)", lambda power: power[1].translate(_RAISED), unit)
    return re.sub(r"\s*\*\s*", "·", raised)


def number_text(value: float, digits: int = 3) -> str:
    """Return a number with a few digits, with a power of ten where it is large or small.

    Examples
    --------
    >>> number_text(-6e-9), number_text(0.25), number_text(1e-6)
    ('−6·10⁻⁹', '0.25', '10⁻⁶')
    """
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    mantissa = mantissa.replace("-", "\N{MINUS SIGN}")
    if not exponent:
        return mantissa
    power = f"10{str(int(exponent)).translate(_RAISED)}"
    return {"1": power, "\N{MINUS SIGN}1": f"\N{MINUS SIGN}{power}"}.get(
        mantissa, f"{mantissa}·{power}"
    )
