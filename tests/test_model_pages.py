"""The page of models says what the models are, and has a picture of each."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from saltation.symbolic import models
from saltation.symbolic.neuron import Neuron

DOCS = Path(__file__).parents[1] / "docs"
PATTERNS = {"izhikevich_patterns", "adex_patterns"}


def sections() -> dict[str, str]:
    parts = re.split(r"^## (\w+)$", (DOCS / "models.md").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(section: str) -> dict[str, tuple[str, str]]:
    """Value and unit by name, from all tables of a section."""
    found = re.findall(r"^\| `(\w+)` \|([^|]*)\|([^|]*)\|", section, flags=re.MULTILINE)
    return {name: (value.strip(), unit.strip()) for name, value, unit in found}


def test_each_model_has_a_section_and_no_other_has() -> None:
    assert sorted(sections()) == sorted(models.__all__)


@pytest.mark.parametrize("name", models.__all__)
def test_the_tables_hold_the_models_values_and_units(name: str) -> None:
    neuron: Neuron = getattr(models, name)
    table = rows(sections()[name])
    values = {**neuron.initial, **neuron.parameters}
    assert set(table) == set(values) | ({"w"} if neuron.ports else set())
    for quantity, value in values.items():
        assert float(table[quantity][0]) == value, quantity
    for quantity, unit in neuron.units.items():
        assert table[quantity][1] == unit.replace("**2", "²"), quantity


@pytest.mark.parametrize("name", models.__all__)
def test_each_section_has_equations_a_source_and_a_picture(name: str) -> None:
    section = sections()[name]
    assert "$$" in section
    flat = " ".join(section.split())
    assert f"Source: {getattr(models, name).citation}." in flat
    assert f"](pictures/{name}.png)" in section


def test_every_picture_is_small_and_shown() -> None:
    page = (DOCS / "models.md").read_text()
    pictures = list((DOCS / "pictures").iterdir())
    assert {picture.stem for picture in pictures} == set(models.__all__) | PATTERNS
    for picture in pictures:
        assert f"](pictures/{picture.name})" in page
        assert picture.stat().st_size < 150_000


def test_a_picture_is_drawn_by_its_name(tmp_path: Path) -> None:
    script = runpy.run_path(str(DOCS / "pictures.py"))
    drawn = dict(script["pictures"](["lif_delta"]))
    assert list(drawn) == ["lif_delta"]
    raster, membrane = drawn["lif_delta"].axes
    assert [label.get_text() for label in raster.get_yticklabels()] == ["input", "spikes"]
    assert membrane.get_ylim()[1] >= 1.0
    drawn["lif_delta"].savefig(tmp_path / "lif_delta.png")
    assert (tmp_path / "lif_delta.png").stat().st_size > 5_000
