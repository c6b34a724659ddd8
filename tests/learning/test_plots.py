"""Pictures: what is drawn, read back from the axes."""

import re
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
from saltation.symbolic.errors import ArrayError, ArrayTypeError, ToolchainError


@pytest.fixture
def ax():
    return Figure().subplots()


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def numbers(axis):
    """What is written at the ticks that are seen."""
    axis.axes.figure.draw_without_rendering()
    low, high = sorted(axis.get_view_interval())
    return [
        label.get_text()
        for place, label in zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=True)
        if low <= place <= high
    ]


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


def record(epoch, **measured):
    counts = {"rate": 0.1, "silent_labels": 0.0, "spikes_per_sample": 1.0, "seconds": 0.1}
    return EpochRecord(epoch=epoch, **counts, **measured)


def history(validation, epochs=3):
    return History(
        tuple(
            record(
                epoch,
                loss=1.0 / epoch,
                accuracy=1.0 - 0.5 / epoch,
                validation_loss=1.5 / epoch if validation else None,
                validation_accuracy=1.0 - 0.6 / epoch if validation else None,
            )
            for epoch in range(1, epochs + 1)
        )
    )


def losses_alone(losses, validation=None):
    """The history of a loss that predicts nothing: its accuracies are NaN."""
    others = validation or [None] * len(losses)
    return History(
        tuple(
            record(
                epoch,
                loss=loss,
                accuracy=np.nan,
                validation_loss=other,
                validation_accuracy=None if other is None else np.nan,
            )
            for epoch, (loss, other) in enumerate(zip(losses, others, strict=True), start=1)
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
    np.testing.assert_allclose(loss_ax.get_lines()[1].get_ydata(), [1.5, 0.75, 0.5])
    assert legend(loss_ax) == [
        *("error, training", "error, validation"),
        *("loss, training", "loss, validation"),
    ]


def test_learning_curves_without_validation_show_the_training(ax):
    learning_curves(history(validation=False), ax=ax)
    assert len(ax.get_lines()) == 1
    assert ax.get_title(loc="left") == "83.3% training accuracy at the end"


def test_losses_are_the_curves_where_there_are_no_accuracies(ax):
    learning_curves(losses_alone([16.0, 15.0, 14.5], [17.0, 16.0, 15.1234]), ax=ax)
    assert ax.figure.axes == [ax]
    training, validation = ax.get_lines()
    np.testing.assert_allclose(training.get_ydata(), [16.0, 15.0, 14.5])
    np.testing.assert_allclose(validation.get_ydata(), [17.0, 16.0, 15.1234])
    assert legend(ax) == ["loss, training", "loss, validation"]
    assert ax.get_ylabel() == "loss"
    assert ax.get_title(loc="left") == "validation loss 15.12 at the end"


def ringed(ax):
    """Where the best epoch is marked."""
    (ring,) = [line for line in ax.get_lines() if line.get_label().startswith("best")]
    return ring.get_label(), *ring.get_xdata(), *ring.get_ydata()


def test_a_best_epoch_before_the_last_is_marked_and_told(ax):
    learning_curves(losses_alone([3.0, 2.0, 1.0], [3.5, 2.5, 2.75]), ax=ax)
    assert ringed(ax) == ("best epoch, 2", 2.0, 2.5)
    assert legend(ax) == ["loss, training", "loss, validation", "best epoch, 2"]
    expected = "validation loss 2.5 in the best epoch, 2.75 at the end"
    assert ax.get_title(loc="left") == expected


def test_a_best_epoch_by_accuracy_is_marked_on_the_error(ax):
    numbers = ((0.5, 0.9), (0.75, 0.8), (0.625, 0.7))
    records = [
        record(k, loss=1.0, accuracy=0.5, validation_accuracy=each, validation_loss=loss)
        for k, (each, loss) in enumerate(numbers, start=1)
    ]
    learning_curves(History(tuple(records)), ax=ax)
    assert ringed(ax) == ("best epoch, 2", 2.0, 25.0)
    expected = "75.0% validation accuracy in the best epoch, 62.5% at the end"
    assert ax.get_title(loc="left") == expected


def test_losses_of_training_alone_say_so(ax):
    learning_curves(losses_alone([3.0, 2.0]), ax=ax)
    assert legend(ax) == ["loss, training"]
    assert ax.get_title(loc="left") == "training loss 2 at the end"


@pytest.mark.parametrize(
    ("losses", "validation", "scale"),
    [
        ([1.0, 0.5, 0.09], None, "log"),
        ([1.0, 0.5, 0.11], None, "linear"),
        ([1.0, 0.5, 0.2], [1.5, 0.8, 0.1], "log"),
        ([1.0, 0.5, -0.01], None, "linear"),
        ([1.0, 0.5, 0.0], None, "linear"),
        ([1.0, 1e-9], None, "log"),
    ],
)
def test_losses_are_logarithmic_where_all_are_positive_and_span_more_than_a_decade(
    ax, losses, validation, scale
):
    learning_curves(losses_alone(losses, validation), ax=ax)
    assert ax.get_yscale() == scale


def test_a_logarithmic_axis_of_little_more_than_a_decade_has_several_numbers(ax):
    learning_curves(losses_alone([2.5, 1.0, 0.21]), ax=ax)
    assert {"0.5", "1", "2"} <= set(numbers(ax.yaxis))


@pytest.mark.parametrize(
    ("made", "marks"),
    [
        (history(validation=True, epochs=1), ["o", "o", "s", "s"]),
        (losses_alone([3.0], [4.0]), ["o", "o"]),
    ],
    ids=["errors", "losses"],
)
def test_a_single_epoch_is_seen_as_points(ax, made, marks):
    learning_curves(made, ax=ax)
    lines = [line for each in ax.figure.axes for line in each.get_lines()]
    assert [line.get_marker() for line in lines] == marks
    assert ax.get_xlim()[0] < 1.0 < ax.get_xlim()[1]


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


@pytest.mark.parametrize("size", [1, 2, 3])
def test_units_are_numbered_by_integers_however_few(ax, size):
    raster(Spikes.from_events([[(1e-3, 0)]]), size, ax=ax)
    assert numbers(ax.yaxis) == [str(unit) for unit in range(size)]


def test_the_last_mark_is_within_the_axes(ax):
    raster(Spikes.from_events([[(1e-3, 0), (50e-3, 0)]]), ax=ax)
    assert 50.0 < ax.get_xlim()[1] < 51.0


@pytest.mark.parametrize("size", [1, 2, 8, 30])
def test_marks_of_one_unit_do_not_reach_those_of_the_next(size):
    figure = pyplot.figure(figsize=(6.4, 4.8), layout="constrained")
    ax, _ = figure.subplots(2)
    raster(Spikes.from_events([[(1e-3, 0)]]), size, ax=ax)
    figure.draw_without_rendering()
    height = np.sqrt(ax.collections[0].get_sizes()[0]) * figure.dpi / 72.0
    unit = ax.transData.transform([(0.0, 1.0)]) - ax.transData.transform([(0.0, 0.0)])
    assert height < max(unit[0, 1], 5.1 * figure.dpi / 72.0)
    pyplot.close(figure)


def test_spikes_beyond_the_axis_are_told(ax):
    raster(Spikes.from_events([[(1e-3, 0), (20e-3, 0), (21e-3, 1)]]), t_end=0.02, ax=ax)
    assert ax.get_title(loc="left") == (
        "3 spikes, 2 of 2 units active, 1 of the spikes later than shown"
    )


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
    limits = [ax.get_xlim() for ax in figure.axes]
    assert limits == [limits[0]] * 3
    assert limits[0][0] == 0.0
    assert 30.0 < limits[0][1] < 31.0  # the last spike's mark is whole
    details = [ax.get_title(loc="left") for ax in figure.axes]
    assert details == [
        "1 spike, 1 of 3 units active",
        "2 spikes, 2 of 4 units active",
        "1 spike, 1 of 4 units active",
    ]
    assert [ax.texts[0].get_text() for ax in figure.axes][1:] == ["Spikes: hidden", "Spikes: out"]


def test_rasters_end_where_the_run_does():
    run = made_run(TRAINS)
    run.simulator = SimpleNamespace(t_end=0.1)
    assert [ax.get_xlim() for ax in rasters(run, figure=Figure()).axes] == [(0.0, 100.0)] * 2
    shorter = rasters(run, t_end=0.04, figure=Figure())
    assert [ax.get_xlim() for ax in shorter.axes] == [(0.0, 40.0)] * 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rasters(TRAINS["hidden"]), "rasters: run is Spikes, expected a run"),
        (lambda: rasters(None), "rasters: run is None, expected a run"),
        (
            lambda: training(history(validation=True), TRAINS["hidden"]),
            "training: run is Spikes, expected a run",
        ),
        (
            lambda: raster(made_run(TRAINS)),
            "raster: spikes is SimpleNamespace, expected Spikes such as run.spikes['hidden']",
        ),
        (
            lambda: rasters(made_run(TRAINS), sample=0.5),
            "rasters: sample is 0.5, expected an integer",
        ),
    ],
)
def test_spikes_and_runs_are_not_confused(call, message):
    with pytest.raises(ArrayTypeError, match="^" + re.escape(message)):
        call()
    assert pyplot.get_fignums() == []


def test_a_raster_has_room_for_every_unit_that_spikes():
    spikes = Spikes.from_events([[(1e-3, 0), (2e-3, 4)]])
    with pytest.raises(ArrayError, match="raster: n is 3, expected at least 5, as unit 4 spikes"):
        raster(spikes, 3)
    with pytest.raises(ArrayError, match="raster: n is -1, expected an integer >= 1"):
        raster(spikes, -1)
    with pytest.raises(ArrayTypeError, match=r"raster: n is 2\.5, expected an integer >= 1"):
        raster(spikes, 2.5)
    assert pyplot.get_fignums() == []


def test_a_sample_that_is_not_there_is_named_as_the_argument_is():
    message = "rasters: sample is 9, expected an integer from -2 to 1, of 2 samples"
    with pytest.raises(ArrayError, match="^" + re.escape(message)) as caught:
        rasters(made_run(TRAINS), sample=9)
    assert caught.value.argument == "sample"
    with pytest.raises(ArrayError, match="raster: sample is -3, expected an integer from -2 to 1"):
        raster(TRAINS["out"], sample=-3)
    with pytest.raises(ArrayError, match=r"raster: sample is 1, .* from -1 to 0, of 1 sample$"):
        raster(Spikes.silent(1), sample=1)
    with pytest.raises(ArrayError, match="raster: there are no samples"):
        raster(Spikes.silent(0))
    assert pyplot.get_fignums() == []
    figure = rasters(made_run(TRAINS), sample=-1, figure=Figure())
    assert figure.axes[0].get_title(loc="left").startswith("2 spikes")


def test_training_is_one_picture_and_is_saved(tmp_path):
    matplotlib.use("agg")
    path = tmp_path / "training.png"
    figure = training(history(validation=True), made_run(TRAINS), path=path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert len(figure.axes) == 4
    alone = training(history(validation=False))
    assert len(alone.axes) == 2
    pyplot.close("all")
