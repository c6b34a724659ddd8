"""Learning curves, alone and beside the spikes of a trained network."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import Any

import numpy as np

from saltation.learning.history import History
from saltation.learning.plots.canvas import (
    PALETTE,
    Axes,
    Figure,
    check_picture,
    heading,
    new_axes,
    new_figure,
    plain,
    save,
)
from saltation.learning.plots.rasters import check_run, rasters
from saltation.learning.protocols import FloatArray, Run
from saltation.symbolic.errors import ArrayError

_CURVES = (("training", "", PALETTE[0], 1.4), ("validation", "validation_", PALETTE[5], 2.2))
"""Of each set of samples the name, the beginning of its columns, the colour and the width."""

_GREY = "#777777"
_DECADE = 10.0
_TICKS_OF_FEW_DECADES = (1.0, 2.0, 5.0)
"""A decade or two have hardly a power of ten to label."""


def learning_curves(
    history: History,
    *,
    title: str = "Learning",
    ax: Axes | None = None,
    path: str | PathLike[str] | None = None,
) -> Axes:
    """Draw the error rate and the loss over the epochs.

    Where there are no accuracies, because the loss predicts no classes, the losses are the curves:
    on a logarithmic axis if all are positive and they span more than a decade. With validation
    samples a ring marks the best epoch (``FitResult.best``), where that is not the last.

    Parameters
    ----------
    history : History
        Of ``fit``.
    title : str
        What is shown; the last accuracy is added, or the last loss, and those of the best epoch.
    ax : matplotlib.axes.Axes, optional
        Where to draw the error rate; the loss shares its x axis, with a scale of its own. Without
        accuracies, where to draw the loss.
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
        If the history is empty.
    DestinationError
        If `path` cannot be written; nothing is drawn then.
    ToolchainError
        If matplotlib is not installed.
    """
    if not history:
        raise ArrayError("the history is empty: there is nothing to draw", argument="history")
    target = check_picture(path, "learning_curves")
    ax = new_axes(ax, (6.4, 4.0))
    epochs = history.column("epoch")
    ax.set(xlabel="epoch", xlim=(epochs[0] - (len(epochs) == 1), max(epochs[-1], 2)))
    ax.xaxis.get_major_locator().set_params(integer=True)
    plain(ax)
    detail = _errors(ax, history) if _measured(history, "accuracy") else _losses(ax, history)
    heading(ax, title, detail)
    save(ax, target, "learning_curves")
    return ax


def _measured(history: History, quantity: str) -> tuple[tuple[str, str, str, float], ...]:
    """Give those of `_CURVES` whose quantity the last epoch has."""
    last = history[-1:]
    return tuple(curve for curve in _CURVES if not np.isnan(last.column(curve[1] + quantity)[0]))


def _line(ax: Axes, history: History, values: FloatArray, style: str = "-", **looks: Any) -> None:
    """Draw values over the epochs; of a single epoch a line would show nothing."""
    if len(history) == 1:
        # Points of two axes may lie on each other: a hollow square shows the disc within.
        mark = {"marker": "o"} if style == "-" else {"marker": "s", "fillstyle": "none", "ms": 10.0}
        looks = {**looks, **mark, "clip_on": False}
    ax.plot(history.column("epoch"), values, style, **looks)


def _ring(ax: Axes, history: History, values: FloatArray, colour: str) -> None:
    """Mark the best epoch, if it is not the last, on the curve of the validation samples."""
    best = history.best_epoch
    if best == len(history):
        return
    ax.plot(
        [history[best - 1].epoch],
        [values[best - 1]],
        linestyle="none",
        marker="o",
        markersize=9.0,
        fillstyle="none",
        markeredgewidth=1.4,
        color=colour,
        clip_on=False,
        label=f"best epoch, {history[best - 1].epoch}",
    )


def _told(history: History, what: str, shown: Callable[[float], str], values: FloatArray) -> str:
    """Tell the last of some values, and that of the best epoch, if that is another."""
    last = f"{what.format(shown(values[-1]))} at the end"
    best = history.best_epoch
    if best == len(history):
        return last
    return (
        f"{what.format(shown(values[best - 1]))} in the best epoch, {shown(values[-1])} at the end"
    )


def _errors(ax: Axes, history: History) -> str:
    """Draw the error rates, with the losses on an axis of their own, and tell the last one."""
    curves = _measured(history, "accuracy")
    for name, prefix, colour, width in curves:
        error = 100.0 * (1.0 - history.column(f"{prefix}accuracy"))
        _line(ax, history, error, color=colour, linewidth=width, label=f"error, {name}")
        if prefix:
            _ring(ax, history, error, colour)
    ax.set_ylabel("error (%)")
    ax.set_ylim(bottom=0.0)
    loss_ax = ax.twinx()
    lowest = 0.0
    for name, prefix, colour, _ in _measured(history, "loss"):
        loss = history.column(f"{prefix}loss")
        _line(loss_ax, history, loss, ":", color=colour, linewidth=1.2, label=f"loss, {name}")
        lowest = min(lowest, float(np.nanmin(loss)))
    loss_ax.set_ylabel("loss", color=_GREY)
    loss_ax.tick_params(colors=_GREY)
    loss_ax.set_ylim(bottom=lowest)
    loss_ax.spines[["top", "left", "bottom", "right"]].set_visible(False)
    handles = [*ax.get_lines(), *loss_ax.get_lines()]
    loss_ax.legend(handles=handles, frameon=False, loc="upper right")
    name, prefix, _, _ = curves[-1]
    accuracies = history.column(f"{prefix}accuracy")
    return _told(history, f"{{}} {name} accuracy", "{:.1%}".format, accuracies)


def _losses(ax: Axes, history: History) -> str:
    """Draw the losses alone, and tell the last one."""
    curves = _measured(history, "loss")
    losses = [history.column(f"{prefix}loss") for _, prefix, _, _ in curves]
    for (name, prefix, colour, width), loss in zip(curves, losses, strict=True):
        _line(ax, history, loss, color=colour, linewidth=width, label=f"loss, {name}")
        if prefix:
            _ring(ax, history, loss, colour)
    ax.set_ylabel("loss")
    _scale(ax, np.concatenate(losses))
    ax.legend(frameon=False, loc="best")
    return _told(history, f"{curves[-1][0]} loss {{}}", "{:.4g}".format, losses[-1])


def _scale(ax: Axes, losses: FloatArray) -> None:
    """Make the y axis logarithmic where linear ticks would hide what is small."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    lowest, highest = np.nanmin(losses), np.nanmax(losses)
    if not 0.0 < _DECADE * lowest < highest:
        return
    ax.set_yscale("log")
    if highest < _DECADE**3 * lowest:
        ax.yaxis.set_major_locator(LogLocator(subs=_TICKS_OF_FEW_DECADES))
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.yaxis.set_minor_formatter(NullFormatter())


def training(
    history: History,
    run: Run | None = None,
    *,
    title: str = "Training",
    path: str | PathLike[str] | None = None,
) -> Figure:
    """Draw a training: its learning curves and, of a run, the spikes of the first sample.

    Parameters
    ----------
    history : History
        Of ``fit``.
    run : Run, optional
        A run with the trained values.
    title : str
        What is shown.
    path : path-like, optional
        Where to save the picture. The ending is the format, such as ``.png`` or ``.pdf``; the
        folder is made if there is none.

    Returns
    -------
    matplotlib.figure.Figure
        The picture.

    Raises
    ------
    ArrayError
        If the history is empty.
    ArrayTypeError
        If `run` is no run.
    DestinationError
        If `path` cannot be written; nothing is drawn then.
    ToolchainError
        If matplotlib is not installed.
    """
    target = check_picture(path, "training")
    if run is None:
        figure = new_figure(None, (6.4, 4.0))
        learning_curves(history, title=title, ax=figure.subplots())
    else:
        check_run(run, "training")
        figure = new_figure(None, (12.8, 1.5 + 1.9 * (len(run.spikes) + 1)))
        left, right = figure.subfigures(1, 2)
        learning_curves(history, title=title, ax=left.subplots())
        rasters(run, figure=right)
    save(figure, target, "training")
    return figure
