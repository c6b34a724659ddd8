"""What the pictures share: colours, axes and headings."""

from __future__ import annotations

from typing import Any, TypeAlias

from saltation.symbolic.errors import ToolchainError

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
    if figure is not None:
        return figure
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ToolchainError(_MISSING) from error
    return pyplot.figure(figsize=size, layout="constrained")


def new_axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """Give the axes, or a new figure's."""
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ToolchainError(_MISSING) from error
    return pyplot.subplots(figsize=size, layout="constrained")[1]


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
