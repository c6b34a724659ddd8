"""Units in messages: as they are written by hand, and read back as the same."""

from __future__ import annotations

import pytest

from saltation.symbolic.place import Place
from saltation.symbolic.units import read_unit, shown

PLACE = Place(model="m", equation="units", text=None)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("V*V", "V**2"),
        ("V/m", "V/m"),
        ("F/m**2", "F/m**2"),
        ("A*s", "C"),
        ("A/s", "A/s"),
        ("V*s", "V*s"),
        ("S*V", "A"),
        ("1/s**2", "1/s**2"),
        ("A/V**2", "S/V"),
        ("V/ohm", "A"),
        ("V/V", "1"),
        ("K*m/V", "s**3*A*K/kg/m"),
        ("V**(1/2)", "kg**(1/2)*m/s**(3/2)/A**(1/2)"),
    ],
)
def test_a_unit_is_written_shortly_and_read_back(given: str, written: str) -> None:
    dimension = read_unit(given, PLACE)
    assert shown(dimension) == written
    assert read_unit(written, PLACE) == dimension
