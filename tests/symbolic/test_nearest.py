"""The name that was most likely meant."""

from __future__ import annotations

import pytest

from saltation.symbolic.place import nearest, suggest

VALUES = ["in->cell.weight", "cell.r_m", "cell.c_m", "cell.C_s", "cell.c_s", "other.c_m"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("c_m", "cell.c_m"),
        ("C_m", "cell.c_m"),
        ("cell.C_m", "cell.c_m"),
        ("CELL.R_M", "cell.r_m"),
        ("othr.c_m", "other.c_m"),
        ("C_s", "cell.C_s"),
        ("c_s", "cell.c_s"),
        ("weight", "in->cell.weight"),
        ("cell.cm", "cell.c_m"),
        ("volts", None),
    ],
)
def test_the_last_part_of_a_name_counts_before_its_spelling(given: str, wanted: str | None) -> None:
    assert nearest(given, VALUES) == wanted


def test_nothing_is_near_where_nothing_is_known() -> None:
    assert nearest("v", []) is None
    assert suggest("v", []) == "Known here: nothing."
