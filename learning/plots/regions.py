"""Decision regions of a classifier of the plane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.plots.canvas import (
    INK,
    PALETTE,
    Axes,
    check_picture,
    heading,
    new_axes,
    save,
)
from saltation.learning.protocols import FloatArray, IntArray
from saltation.symbolic.errors import ArrayError
from saltation.symbolic.words import counted

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
    path: str | PathLike[str] | None = None,
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
    path : path-like, optional
        Where to save the picture, of a given `ax` the whole figure. The ending is the format, such
        as ``.png`` or ``.pdf``; the folder is made if there is none.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Raises
    ------
    ArrayError
        If samples and labels do not fit, or a label has no name.
    DestinationError
        If `path` cannot be written; nothing is drawn then.
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
            f"there are labels up to {classes.max()}, but only "
            f"{counted(len(class_names), 'class name')}",
            argument="class_names",
        )
    target = check_picture(path, "decision_regions")
    ax = new_axes(ax, (5.2, 5.6))
    right = predict(points[:, :2]) == classes
    _regions(ax, predict, resolution, len(class_names))
    _points(ax, points, classes, right, class_names)
    accuracy = f"{np.mean(right):.1%}" if right.size else "no samples"
    heading(ax, title, f"{accuracy} of {right.size:,} samples, {np.sum(~right)} wrong")
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
    save(ax, target, "decision_regions")
    return ax


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
    rim = Circle((0.5, 0.5), 0.5, facecolor="none", edgecolor=INK, linewidth=1.2)
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
