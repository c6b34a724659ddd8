"""Learning curves, alone and beside the spikes of a trained network."""

from __future__ import annotations

from os import PathLike

from saltation.learning.history import History
from saltation.learning.plots.canvas import (
    PALETTE,
    Axes,
    Figure,
    heading,
    new_axes,
    new_figure,
    plain,
)
from saltation.learning.plots.rasters import rasters
from saltation.learning.protocols import Run
from saltation.symbolic.errors import ArrayError


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
    ax = new_axes(ax, (6.4, 4.0))
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
    plain(ax)
    loss_ax.spines[["top", "left", "bottom", "right"]].set_visible(False)
    handles = [*ax.get_lines(), *loss_ax.get_lines()]
    loss_ax.legend(handles=handles, frameon=False, loc="upper right")
    final = curves[-1]
    heading(ax, title, f"{history[-1:].column(final[1])[0]:.1%} {final[0]} accuracy at the end")
    return ax


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
        Where to save the picture.

    Returns
    -------
    matplotlib.figure.Figure
        The picture.

    Raises
    ------
    ArrayError
        If the history is empty.
    ToolchainError
        If matplotlib is not installed.
    """
    if run is None:
        figure = new_figure(None, (6.4, 4.0))
        learning_curves(history, title=title, ax=figure.subplots())
    else:
        figure = new_figure(None, (12.8, 1.5 + 1.9 * (len(run.spikes) + 1)))
        left, right = figure.subfigures(1, 2)
        learning_curves(history, title=title, ax=left.subplots())
        rasters(run, figure=right)
    if path is not None:
        figure.savefig(path, dpi=150)
    return figure
