"""Pictures: what is drawn, read back from the axes."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("matplotlib")

import matplotlib
from matplotlib import pyplot
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from saltation.learning.history import EpochRecord, History
from saltation.learning.plots import (
    PALETTE,
    decision_regions,
    learning_curves,
    raster,
    rasters,
    training,
)
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ToolchainError


@pytest.fixture
def ax():
    return Figure().subplots()


def left_is_zero(points):
    """Class 0 left of the middle, 1 right of it, and no prediction at the very top."""
    return np.where(points[:, 1] > 0.9, -1, (points[:, 0] > 0.5).astype(int))


def test_decision_regions_show_the_prediction_and_ring_the_wrong(ax):
    samples = np.array([[0.2, 0.5], [0.8, 0.5], [0.3, 0.4]])
    decision_regions(left_is_zero, samples, [0, 1, 1], ax=ax, resolution=50, title="Halves")
    image = ax.get_images()[0].get_array()
    blue, orange = (np.array(to_rgb(colour)) for colour in PALETTE[:2])
    assert np.argmax(image[25, 10]) == np.argmax(blue)
    assert np.argmax(image[25, 40]) == np.argmax(orange)
    assert image[48, 25].tolist() == [1.0, 1.0, 1.0]
    *classes, wrong = ax.collections
    assert [len(points.get_offsets()) for points in classes] == [1, 2, 0]
    assert wrong.get_offsets().tolist() == [[0.3, 0.4]]
    assert ax.get_title(loc="left") == "66.7% of 3 samples, 1 wrong"


def test_decision_regions_name_bad_arguments(ax):
    with pytest.raises(ArrayError, match=r"shape \(3,\) and labels \(3,\)"):
        decision_regions(left_is_zero, np.zeros(3), [0, 0, 0], ax=ax)
    with pytest.raises(ArrayError, match="labels up to 3, but only 3 class names"):
        decision_regions(left_is_zero, np.zeros((1, 2)), [3], ax=ax)


def history(validation):
    return History(
        tuple(
            EpochRecord(
                epoch=epoch,
                rate=0.1,
                loss=1.0 / epoch,
                accuracy=1.0 - 0.5 / epoch,
                validation_loss=None,
                validation_accuracy=1.0 - 0.6 / epoch if validation else None,
                silent_labels=0.0,
                spikes_per_sample=1.0,
                seconds=0.1,
            )
            for epoch in (1, 2, 3)
        )
    )


def test_learning_curves_show_errors_and_loss(ax):
    learning_curves(history(validation=True), ax=ax)
    training, validation = ax.get_lines()
    np.testing.assert_allclose(training.get_ydata(), [50.0, 25.0, 50.0 / 3])
    np.testing.assert_allclose(validation.get_ydata(), [60.0, 30.0, 20.0])
    assert ax.get_title(loc="left") == "80.0% validation accuracy at the end"
    _, loss_ax = ax.figure.axes
    np.testing.assert_allclose(loss_ax.get_lines()[0].get_ydata(), [1.0, 0.5, 1.0 / 3])


def test_learning_curves_without_validation_show_the_training(ax):
    learning_curves(history(validation=False), ax=ax)
    assert len(ax.get_lines()) == 1
    assert ax.get_title(loc="left") == "83.3% training accuracy at the end"


def test_learning_curves_of_nothing_are_refused(ax):
    with pytest.raises(ArrayError, match="history is empty"):
        learning_curves(History(), ax=ax)


def test_raster_shows_the_spikes_of_one_sample_in_ms(ax):
    spikes = Spikes.from_events([[(1e-3, 0)], [(2e-3, 1), (5e-3, 0), (9e-3, 1)]])
    raster(spikes, 4, sample=1, t_end=0.02, ax=ax)
    np.testing.assert_allclose(ax.collections[0].get_offsets(), [[2, 1], [5, 0], [9, 1]])
    assert ax.get_xlim() == (0.0, 20.0)
    assert ax.get_title(loc="left") == "3 spikes, 2 of 4 units active"


def test_raster_of_a_silent_sample_is_empty(ax):
    raster(Spikes.from_events([[]]), 2, ax=ax)
    assert ax.get_title(loc="left") == "0 spikes, 0 of 2 units active"


def test_missing_matplotlib_is_an_error_that_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ToolchainError, match=r"saltation\[plot\]"):
        raster(Spikes.from_events([[]]))


def made_run(trains, inputs=None):
    sizes = {name: 4 for name in trains}
    return SimpleNamespace(
        spikes=trains,
        first_spikes=lambda name: trains[name].first_times(sizes[name]),
        **({} if inputs is None else {"inputs": inputs}),
    )


TRAINS = {
    "hidden": Spikes.from_events([[(1e-3, 0)], [(2e-3, 1), (30e-3, 3)]]),
    "out": Spikes.from_events([[], [(5e-3, 0)]]),
}


def test_rasters_show_inputs_and_populations_on_one_axis_of_time():
    inputs = {"in": Spikes.from_events([[(0.0, 0)], [(1e-3, 2)]])}
    figure = rasters(made_run(TRAINS, inputs), sample=1, figure=Figure())
    assert [ax.get_xlim() for ax in figure.axes] == [(0.0, 30.0)] * 3
    details = [ax.get_title(loc="left") for ax in figure.axes]
    assert details == [
        "1 spikes, 1 of 3 units active",
        "2 spikes, 2 of 4 units active",
        "1 spikes, 1 of 4 units active",
    ]
    assert [ax.texts[0].get_text() for ax in figure.axes][1:] == ["Spikes: hidden", "Spikes: out"]


def test_training_is_one_picture_and_is_saved(tmp_path):
    matplotlib.use("agg")
    path = tmp_path / "training.png"
    figure = training(history(validation=True), made_run(TRAINS), path=path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert len(figure.axes) == 4
    alone = training(history(validation=False))
    assert len(alone.axes) == 2
    pyplot.close("all")
