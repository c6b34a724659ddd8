"""Pictures of functions of time."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from saltation.runtime.curves import (
    LEFT,
    PANEL,
    RIGHT,
    WIDTH,
    Curve,
    Label,
    Panel,
    Picture,
    nice_ticks,
)
from saltation.runtime.example_figures import example_figures
from saltation.symbolic.models import lif

TIMES = np.linspace(0.0, 0.08, 401)


def drawn(values: np.ndarray, **more: bool) -> ElementTree.Element:
    picture = Picture(
        title="A & B",
        times=TIMES,
        panels=(
            Panel(
                label=Label(symbol="v", index="r", unit="V"),
                curves=(Curve(values=values, colour="state", **more),),
            ),
        ),
        ticks=(("input", "arrival", np.array([0.02])), ("spikes", "spike", np.array([0.04]))),
        shaded=(TIMES > 0.0399) & (TIMES < 0.0601),
    )
    return ElementTree.fromstring(picture.svg())


def curve(root: ElementTree.Element) -> list[list[tuple[float, float]]]:
    (path,) = (p for p in root.iter("path") if p.attrib.get("fill") == "none")
    return [
        [tuple(map(float, point.split())) for point in part.split("L")]  # type: ignore[misc]
        for part in path.attrib["d"].split("M")[1:]
    ]


def test_a_curve_keeps_what_shows() -> None:
    values = np.where(TIMES < 0.03, 0.0, np.sin(400.0 * TIMES))
    (points,) = curve(drawn(values))
    x, y = np.array(points).T
    assert len(points) < 150
    assert x[0] == LEFT
    assert x[-1] == WIDTH - RIGHT
    scale = (WIDTH - LEFT - RIGHT) / TIMES[-1]
    between = np.interp(LEFT + scale * TIMES, x, y)
    size = PANEL / (1.14 * (values.max() - values.min()))
    steep = np.abs(TIMES - 0.03) < 3e-4
    error = np.abs((between - between[0]) + size * values)[~steep]
    assert error.max() < 0.5  # vertically; a curve this steep is 0.12 away at most


def test_a_curve_is_broken_where_it_has_no_value() -> None:
    values = np.where((TIMES > 0.02) & (TIMES < 0.05), np.nan, 1.0 + TIMES)
    assert len(curve(drawn(values))) == 2


def test_spikes_are_marked_at_their_times_and_modes_shaded() -> None:
    root = drawn(TIMES)
    rows = [p.attrib["d"] for p in root.iter("path") if p.attrib["d"].endswith("v14")]
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    assert [float(re.findall(r"M([\d.]+)", row)[0]) for row in rows] == [
        pytest.approx(LEFT + (WIDTH - LEFT - RIGHT) / 4, abs=0.01),
        pytest.approx(middle, abs=0.01),
    ]
    (shade,) = root.iter("rect")
    assert float(shade.attrib["x"]) == pytest.approx(middle, abs=0.01)
    assert float(shade.attrib["width"]) == pytest.approx((WIDTH - LEFT - RIGHT) / 4, abs=1.2)


@pytest.mark.parametrize(
    ("scale", "label"), [(1.0, "vr (V)"), (1e-9, "vr (10−9 V)"), (2e5, "vr (103 V)")]
)
def test_an_axis_says_its_unit_and_power_of_ten(scale: float, label: str) -> None:
    texts = ["".join(t.itertext()) for t in drawn(scale * (1.0 + TIMES / 0.08)).iter("text")]
    assert label in [re.sub(r"\s+", " ", text) for text in texts]
    assert "time (ms)" in texts
    assert {"0", "20", "40", "60", "80"} <= set(texts)


@pytest.mark.parametrize("value", [0.0, 5.0, -1e-12])
def test_a_constant_has_an_axis_too(value: float) -> None:
    ((start, end),) = curve(drawn(np.full(TIMES.size, value)))
    assert start[1] == end[1]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, [0.0, 0.5, 1.0]),
        (-0.045, 0.003, [-0.04, -0.02, 0.0]),
        (-70.6e-3, 20e-3, [-0.05, 0.0]),
        (3e-10, 9e-10, [4e-10, 6e-10, 8e-10]),
    ],
)
def test_ticks_are_round_numbers_in_the_range(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high, 3) == pytest.approx(ticks, abs=1e-15)


def test_pictures_are_the_same_each_time_and_load_nothing() -> None:
    first, again = example_figures(lif), example_figures(lif)
    assert first == again
    for figure in first:
        root = ElementTree.fromstring(figure.svg)
        assert {e.tag for e in root.iter()} <= {"svg", "path", "rect", "text", "tspan"}
        assert not re.search("https?:|url|href|script", figure.svg)
        assert len(figure.svg) < 15_000
