"""Every picture is saved by `path=`, to a file that is looked at before anything is drawn."""

import inspect
import sys
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("matplotlib")

import matplotlib
from matplotlib import pyplot
from matplotlib.figure import Figure

from saltation.learning import plots
from saltation.learning.history import EpochRecord, History
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, DestinationError, ToolchainError

SPIKES = Spikes.from_events([[(1e-3, 0), (2e-3, 1)]])
RUN = SimpleNamespace(spikes={"out": SPIKES}, first_spikes=lambda name: SPIKES.first_times(2))
HISTORY = History(
    (
        EpochRecord(
            epoch=1,
            rate=0.1,
            loss=0.5,
            accuracy=0.6,
            silent_labels=0.0,
            spikes_per_sample=1.0,
            seconds=0.1,
        ),
    )
)


def predict(points):
    return np.zeros(len(points), dtype=np.int64)


DRAWN = {
    "raster": lambda **options: plots.raster(SPIKES, **options),
    "rasters": lambda **options: plots.rasters(RUN, **options),
    "learning_curves": lambda **options: plots.learning_curves(HISTORY, **options),
    "training": lambda **options: plots.training(HISTORY, RUN, **options),
    "decision_regions": lambda **options: plots.decision_regions(
        predict, [[0.5, 0.5]], [0], resolution=20, **options
    ),
}


@pytest.fixture(autouse=True)
def figures():
    matplotlib.use("agg")
    yield
    pyplot.close("all")


def test_these_are_all_pictures():
    drawn = {name for name in plots.__all__ if inspect.isfunction(getattr(plots, name))}
    assert drawn == set(DRAWN)


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
@pytest.mark.parametrize(("ending", "start"), [(".png", b"\x89PNG"), (".PDF", b"%PDF")])
def test_a_picture_is_saved_into_a_folder_that_is_made(draw, ending, start, tmp_path):
    path = tmp_path / "new" / f"picture{ending}"
    drawn = draw(path=path)
    assert path.read_bytes().startswith(start)
    assert drawn is not None
    again = str(tmp_path / f"again{ending}")
    draw(path=again)


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("", DestinationError, "path '.*' is a folder, expected a file: name one in it"),
        ("taken/a.png", DestinationError, "cannot be made, as '.*taken' is a file"),
        ("picture.doc", ArrayError, r"path ends in '\.doc', expected one of .*\.pdf.*\.png.*\.svg"),
    ],
)
def test_a_path_that_cannot_be_is_refused_before_anything_is_drawn(
    draw, name, error, message, tmp_path
):
    (tmp_path / "taken").touch()
    with pytest.raises(error, match=message):
        draw(path=tmp_path / name)
    assert pyplot.get_fignums() == []
    assert [each.name for each in tmp_path.iterdir()] == ["taken"]


def test_decisions_are_not_computed_for_a_picture_that_cannot_be_saved(tmp_path):
    def never(points):
        raise AssertionError("computed for nothing")

    with pytest.raises(DestinationError):
        plots.decision_regions(never, [[0.5, 0.5]], [0], path=tmp_path)


def test_of_given_axes_the_whole_figure_is_saved(tmp_path):
    figure = Figure(figsize=(4.0, 2.0))
    _, right = figure.subfigures(1, 2)
    path = tmp_path / "whole.png"
    assert plots.raster(SPIKES, ax=right.subplots(), path=path) in figure.axes
    assert pyplot.imread(path).shape[:2] == (300, 600)  # at 150 points an inch
    assert plots.rasters(RUN, figure=right, path=tmp_path / "part.png") is right
    assert pyplot.imread(tmp_path / "part.png").shape[:2] == (300, 600)


def test_missing_matplotlib_is_told_before_the_path_is(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ToolchainError, match=r"saltation\[plot\]"):
        plots.raster(SPIKES, path=tmp_path / "picture.png")
