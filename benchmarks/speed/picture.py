"""The picture of how time and memory grow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from saltation.learning.plots.canvas import PALETTE

if TYPE_CHECKING:
    from benchmarks.speed.w5_growth import Growth

TITLES = {"seconds": "time of forward pass and gradient", "bytes": "memory held by a run"}
MARKERS = "osD^v"


def draw(series: Sequence[Growth], path: Path) -> Path | None:
    """Draw all series, relative to their first points; nothing without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return None
    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9.5, 4.2), layout="constrained", sharex=True)
    for ax, (name, title) in zip(axes, TITLES.items(), strict=True):
        farthest = 1.0
        for growth, marker, colour in zip(series, MARKERS, PALETTE[: len(MARKERS)], strict=True):
            sizes = np.array([point.size for point in growth.points])
            taken = np.array([getattr(point, name) for point in growth.points])
            # Adding 0.0 turns a rounded -0.0 into 0.0.
            label = f"{growth.what}: power {round(growth.exponent(name), 2) + 0.0:.2f}"
            relative = (sizes / sizes[0], taken / taken[0])
            ax.loglog(*relative, marker=marker, color=colour, ms=4, label=label)
            farthest = max(farthest, sizes[-1] / sizes[0])
        ax.loglog([1, farthest], [1, farthest], "--", color="grey", lw=0.8, label="in proportion")
        ax.set(title=title, xlabel="size, relative to the first", ylabel="relative to the first")
        ax.set_ylim(0.5, None)
        ax.legend(fontsize="small", frameon=False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path
