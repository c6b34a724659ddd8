"""Pictures of a training: decision regions, learning curves, spike rasters.

Each function draws into the axes it is given, or makes some, and returns the axes. The colours
are told apart with every common colour vision deficiency (Okabe and Ito's palette).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.history import History
from saltation.learning.protocols import FloatArray, IntArray
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ToolchainError

Axes: TypeAlias = Any
"""A ``matplotlib.axes.Axes``; matplotlib is imported when something is drawn."""

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
"""Okabe and Ito's colours, in the order in which they are used."""

_INK, _FAINT = "#333333", "#D8D8D8"
_TINT = 0.62
"""How far a region's colour is drawn towards white."""


def decision_regions(
    predict: Callable[[FloatArray], IntArray],
    samples: ArrayLike,
    labels: ArrayLike,
    *,
    class_names: Sequence[str] = ("yin", "yang", "dot"),
    resolution: int = 240,
    title: str = "Yin-Yang",
    ax: Axes | None = None,
) -> Axes:
    """Draw what a classifier says in the disc of the Yin-Yang sign, and how it does on samples.

    Regions carry the colour of the predicted class, and stay white where there is none; samples
    carry the colour of their label, and a ring if they are classified wrongly. The title tells the
    accuracy.

    Parameters
    ----------
    predict : callable
        Gives the class, shape (size,), of points (x, y), shape (size, 2); -1 where there is none.
    samples : array_like, shape (size, 2) or more columns
        Points to be drawn; the first two columns are x and y, in [0, 1].
    labels : array_like of int, shape (size,)
        Their classes.
    class_names : sequence of str
        Names of the classes 0, 1, ...
    resolution : int
        Points of the grid along each axis.
    title : str
        What is shown; the accuracy is added.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Raises
    ------
    ArrayError
        If samples and labels do not fit, or a label has no name.
    ToolchainError
        If matplotlib is not installed.
    """
    points = np.asarray(samples, dtype=np.float64)
    classes = np.asarray(labels)
    if points.ndim != 2 or points.shape[1] < 2 or classes.shape != points.shape[:1]:
        raise ArrayError(
            f"samples have shape {points.shape} and labels {classes.shape}, expected "
            f"(size, 2) and (size,)",
            argument="samples",
        )
    if classes.size and int(classes.max()) >= len(class_names):
        raise ArrayError(
            f"there are labels up to {classes.max()}, but only {len(class_names)} class names",
            argument="class_names",
        )
    ax = _axes(ax, (5.2, 5.6))
    right = predict(points[:, :2]) == classes
    _regions(ax, predict, resolution, len(class_names))
    _points(ax, points, classes, right, class_names)
    accuracy = f"{np.mean(right):.1%}" if right.size else "no samples"
    _heading(ax, title, f"{accuracy} of {right.size:,} samples, {np.sum(~right)} wrong")
    ax.set_aspect("equal")
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xticks=(), yticks=())
    ax.spines[:].set_visible(False)
    ax.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, 0.01),
        ncols=len(class_names) + 1,
        frameon=False,
        handletextpad=0.2,
        columnspacing=1.4,
        fontsize=10,
    )
    return ax


def learning_curves(history: History, *, title: str = "Learning", ax: Axes | None = None) -> Axes:
    """Draw the error rate and the loss over the epochs.

    Parameters
    ----------
    history : History
        Of ``fit``.
    title : str
        What is shown; the last accuracy is added.
    ax : matplotlib.axes.Axes, optional
        Where to draw the error rate; the loss shares its x axis, with a scale of its own.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Raises
    ------
    ArrayError
        If the history is empty.
    ToolchainError
        If matplotlib is not installed.
    """
    if not history:
        raise ArrayError("the history is empty: there is nothing to draw", argument="history")
    ax = _axes(ax, (6.4, 4.0))
    epochs = history.column("epoch")
    curves = [("training", "accuracy", PALETTE[0], 1.4)]
    if history[-1].validation_accuracy is not None:
        curves.append(("validation", "validation_accuracy", PALETTE[5], 2.2))
    for name, column, colour, width in curves:
        error = 100.0 * (1.0 - history.column(column))
        ax.plot(epochs, error, color=colour, linewidth=width, label=f"error, {name}")
    ax.set(xlabel="epoch", ylabel="error (%)", xlim=(epochs[0], max(epochs[-1], 2)))
    ax.set_ylim(bottom=0.0)
    ax.xaxis.get_major_locator().set_params(integer=True)
    loss_ax = ax.twinx()
    loss_ax.plot(
        epochs, history.column("loss"), ":", color="#777777", linewidth=1.2, label="loss, training"
    )
    loss_ax.set_ylabel("loss", color="#777777")
    loss_ax.tick_params(colors="#777777")
    loss_ax.set_ylim(bottom=min(0.0, float(history.column("loss").min())))
    _plain(ax)
    loss_ax.spines[["top", "left", "bottom", "right"]].set_visible(False)
    handles = [*ax.get_lines(), *loss_ax.get_lines()]
    loss_ax.legend(handles=handles, frameon=False, loc="upper right")
    final = curves[-1]
    _heading(ax, title, f"{history[-1:].column(final[1])[0]:.1%} {final[0]} accuracy at the end")
    return ax


def raster(
    spikes: Spikes,
    n: int | None = None,
    *,
    sample: int = 0,
    t_end: float | None = None,
    title: str = "Spikes",
    colour: str = PALETTE[0],
    ax: Axes | None = None,
) -> Axes:
    """Draw the spikes of one sample: time to the right, units upwards.

    Parameters
    ----------
    spikes : Spikes
        Of an input or a population, such as ``run.spikes["hidden"]``.
    n : int, optional
        Number of units; as many as have spiked if not given.
    sample : int
        Which sample of the batch.
    t_end : float, optional
        End of the time axis, in s; the last spike if not given.
    title : str
        What is shown; the number of spikes is added.
    colour : str
        Of the spikes.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Raises
    ------
    ArrayError
        If there is no such sample.
    ToolchainError
        If matplotlib is not installed.
    """
    times, units = spikes.sample(sample)
    size = n if n is not None else int(units.max(initial=0)) + 1
    ax = _axes(ax, (6.4, 3.6))
    # Few units get tall marks; those of many units overlap rather than vanish.
    height = np.clip(160.0 / size, 5.0, 36.0)
    ax.scatter(1e3 * times, units, marker="|", s=height**2, color=colour, linewidths=1.3)
    end = 1e3 * (t_end if t_end is not None else float(times.max(initial=1e-3)))
    ax.set(xlabel="time (ms)", ylabel="unit", xlim=(0.0, end), ylim=(-0.7, size - 0.3))
    ax.yaxis.get_major_locator().set_params(integer=True)
    _plain(ax)
    active = np.unique(units).size
    _heading(ax, title, f"{times.size} spikes, {active} of {size} units active")
    return ax


def _axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """Give the axes, or a new figure's."""
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ToolchainError(
            "plots need matplotlib, which is not installed: pip install 'saltation[plot]'"
        ) from error
    return pyplot.subplots(figsize=size, layout="constrained")[1]


def _heading(ax: Axes, title: str, detail: str) -> None:
    """Write a title with a line of detail beneath it."""
    ax.set_title(detail, loc="left", fontsize=9.5, color="#666666", pad=7)
    ax.annotate(
        title,
        xy=(0.0, 1.0),
        xycoords="axes fraction",
        xytext=(0, 23),
        textcoords="offset points",
        fontsize=13,
        fontweight="bold",
        color=_INK,
        annotation_clip=False,
    )


def _plain(ax: Axes) -> None:
    """Leave only the axes and a faint grid."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color=_FAINT, linewidth=0.6)
    ax.set_axisbelow(True)


def _regions(
    ax: Axes, predict: Callable[[FloatArray], IntArray], resolution: int, classes: int
) -> None:
    """Colour the disc by the predicted class, and outline it."""
    from matplotlib.patches import Circle

    centres = (np.arange(resolution) + 0.5) / resolution
    x, y = np.meshgrid(centres, centres)
    # A margin of two grid points is classified too, so that the clipped rim has no teeth.
    inside = np.hypot(x - 0.5, y - 0.5) <= 0.5 + 2.0 / resolution
    image = np.ones((*x.shape, 3))
    predicted = predict(np.column_stack([x[inside], y[inside]]))
    colours = np.array([*(_tinted(PALETTE[index]) for index in range(classes)), (1.0, 1.0, 1.0)])
    image[inside] = colours[predicted]  # no prediction, -1, is the white at the end
    # Interpolated colours smooth the borders between regions.
    shown = ax.imshow(image, extent=(0.0, 1.0, 0.0, 1.0), origin="lower", interpolation="bilinear")
    rim = Circle((0.5, 0.5), 0.5, facecolor="none", edgecolor=_INK, linewidth=1.2)
    ax.add_patch(rim)
    shown.set_clip_path(rim)


def _points(
    ax: Axes,
    points: FloatArray,
    classes: IntArray,
    right: np.ndarray[Any, Any],
    names: Sequence[str],
) -> None:
    """Draw the samples in the colour of their label, and ring those classified wrongly."""
    for index, name in enumerate(names):
        of_class = points[classes == index]
        ax.scatter(
            of_class[:, 0], of_class[:, 1], s=11, color=PALETTE[index], linewidths=0, label=name
        )
    wrong = points[~right]
    ax.scatter(
        wrong[:, 0],
        wrong[:, 1],
        s=64,
        facecolors="none",
        edgecolors="#000000",
        linewidths=1.3,
        label="wrong",
    )


def _tinted(colour: str) -> tuple[float, float, float]:
    """Draw a colour towards white."""
    from matplotlib.colors import to_rgb

    red, green, blue = (part + (1.0 - part) * _TINT for part in to_rgb(colour))
    return red, green, blue
