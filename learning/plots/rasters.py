"""Rasters: the spikes of one sample, time to the right and units upwards."""

from __future__ import annotations

import numpy as np

from saltation.learning.plots.canvas import (
    PALETTE,
    Axes,
    Figure,
    heading,
    new_axes,
    new_figure,
    plain,
)
from saltation.learning.protocols import Run
from saltation.runtime.spikes import Spikes


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
    ax = new_axes(ax, (6.4, 3.6))
    # Few units get tall marks; those of many units overlap rather than vanish.
    height = np.clip(160.0 / size, 5.0, 36.0)
    ax.scatter(1e3 * times, units, marker="|", s=height**2, color=colour, linewidths=1.3)
    end = 1e3 * (t_end if t_end is not None else float(times.max(initial=1e-3)))
    ax.set(xlabel="time (ms)", ylabel="unit", xlim=(0.0, end), ylim=(-0.7, size - 0.3))
    ax.yaxis.get_major_locator().set_params(integer=True)
    plain(ax)
    active = np.unique(units).size
    heading(ax, title, f"{times.size} spikes, {active} of {size} units active")
    return ax


def rasters(
    run: Run,
    *,
    sample: int = 0,
    t_end: float | None = None,
    title: str = "Spikes",
    figure: Figure | None = None,
) -> Figure:
    """Draw the spikes of one sample in every population of a run, one panel below the other.

    Parameters
    ----------
    run : Run
        A simulated batch.
    sample : int
        Which sample of the batch.
    t_end : float, optional
        End of the time axis, in s; the last spike of any population if not given.
    title : str
        What is shown; each panel adds its population.
    figure : matplotlib.figure.Figure, optional
        Where to draw.

    Returns
    -------
    matplotlib.figure.Figure
        The picture.

    Raises
    ------
    ArrayError
        If there is no such sample.
    ToolchainError
        If matplotlib is not installed.
    """
    trains = {**getattr(run, "inputs", {}), **run.spikes}
    last = max((float(s.sample(sample)[0].max(initial=1e-3)) for s in trains.values()), default=1.0)
    figure = new_figure(figure, (6.4, 1.0 + 1.9 * len(trains)))
    panels = figure.subplots(len(trains), sharex=True, squeeze=False)[:, 0]
    sizes = {name: run.first_spikes(name).shape[1] for name in run.spikes}
    for index, (ax, (name, spikes)) in enumerate(zip(panels, trains.items(), strict=True)):
        raster(
            spikes,
            sizes.get(name),
            sample=sample,
            t_end=t_end if t_end is not None else last,
            title=f"{title}: {name}",
            colour=PALETTE[index % len(PALETTE)],
            ax=ax,
        )
        if ax is not panels[-1]:
            ax.set_xlabel("")
    return figure
