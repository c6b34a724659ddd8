"""What the pictures share: colours, axes and headings."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from saltation.runtime.destinations import check_file, writing
from saltation.symbolic.errors import ArrayError, ToolchainError

Axes: TypeAlias = Any
"""A ``matplotlib.axes.Axes``; matplotlib is imported when something is drawn."""

Figure: TypeAlias = Any
"""A ``matplotlib.figure.Figure``, or a part of one."""

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
"""Okabe and Ito's colours, in the order in which they are used."""

INK, FAINT = "#333333", "#D8D8D8"
_MISSING = "plots need matplotlib, which is not installed: pip install 'saltation[plot]'"


def new_figure(figure: Figure | None, size: tuple[float, float]) -> Figure:
    """Give the figure, or a new one."""
    return figure if figure is not None else _pyplot().figure(figsize=size, layout="constrained")


def new_axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """Give the axes, or a new figure's."""
    return ax if ax is not None else _pyplot().subplots(figsize=size, layout="constrained")[1]


def _pyplot() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ToolchainError(_MISSING) from error
    return pyplot


def check_picture(path: str | PathLike[str] | None, caller: str) -> Path | None:
    """Refuse a file that a picture cannot be saved as, before it is drawn.

    Parameters
    ----------
    path : path-like, optional
        As a caller gives it; None if nothing is to be saved.
    caller : str
        The function, for messages.

    Raises
    ------
    DestinationError
        If there can be no such file.
    ArrayError
        If its ending is no format.
    ToolchainError
        If matplotlib is not installed.
    """
    if path is None:
        return None
    formats = sorted(_pyplot().Figure().canvas.get_supported_filetypes())
    target = check_file(path, caller, "path")
    if target.suffix and target.suffix[1:].lower() not in formats:
        listed = ", ".join(f".{each}" for each in formats)
        raise ArrayError(
            f"{caller}: path ends in '{target.suffix}', expected one of {listed}", argument="path"
        )
    return target


def save(drawn: Axes | Figure, path: Path | None, caller: str) -> None:
    """Save the whole figure that something was drawn into, if there is a path for it."""
    if path is None:
        return
    with writing(path, caller):
        path.parent.mkdir(parents=True, exist_ok=True)
        # A part of a figure has the canvas of the whole.
        drawn.figure.canvas.figure.savefig(path, dpi=150)


def heading(ax: Axes, title: str, detail: str) -> None:
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
        color=INK,
        annotation_clip=False,
    )


def plain(ax: Axes) -> None:
    """Leave only the axes and a faint grid."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color=FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
