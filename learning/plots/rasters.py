"""Rasters: the spikes of one sample, time to the right and units upwards."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike

import numpy as np

from saltation.learning.arguments import check_whole
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
from saltation.learning.protocols import FloatArray, Run
from saltation.runtime.arguments import shown
from saltation.runtime.arrays import whole_number
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ArrayTypeError
from saltation.symbolic.words import counted

_MARK = 0.8
"""Share of the height of a unit that its marks take."""


def raster(
    spikes: Spikes,
    n: int | None = None,
    *,
    sample: int = 0,
    t_end: float | None = None,
    title: str = "Spikes",
    colour: str = PALETTE[0],
    ax: Axes | None = None,
    path: str | PathLike[str] | None = None,
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
        End of the time axis, in s; just after the last spike if not given.
    title : str
        What is shown; the number of spikes is added.
    colour : str
        Of the spikes.
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
        If there is no such sample, or a unit spikes that is not among the first `n`.
    ArrayTypeError
        If `spikes` are no Spikes, or `sample` or `n` is no integer.
    DestinationError
        If `path` cannot be written; nothing is drawn then.
    ToolchainError
        If matplotlib is not installed.
    """
    if not isinstance(spikes, Spikes):
        raise ArrayTypeError(
            f"raster: spikes is {shown(spikes)}, expected Spikes such as run.spikes['hidden']; "
            f"sal.plot.rasters(run) draws all spikes of a run",
            argument="spikes",
        )
    times, units = spikes.sample(_checked_sample(sample, spikes.batch, "raster"))
    size = _units_shown(n, int(units.max(initial=0)) + 1)
    target = check_picture(path, "raster")
    ax = new_axes(ax, (6.4, 3.6))
    # Few units get tall marks; those of many units overlap rather than vanish.
    height = np.clip(_MARK * _points(ax) / (size + 0.4), 5.0, 36.0)
    ax.scatter(1e3 * times, units, marker="|", s=height**2, color=colour, linewidths=1.3)
    end = t_end if t_end is not None else _last([times])
    ax.set(xlabel="time (ms)", ylabel="unit", xlim=(0.0, 1e3 * end), ylim=(-0.7, size - 0.3))
    # Of one unit there is one tick, which the locator otherwise takes for too few.
    ax.yaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    plain(ax)
    active, later = np.unique(units).size, np.count_nonzero(times > end)
    detail = f"{counted(times.size, 'spike')}, {active} of {counted(size, 'unit')} active"
    heading(ax, title, f"{detail}, {later} of the spikes later than shown" if later else detail)
    save(ax, target, "raster")
    return ax


def rasters(
    run: Run,
    *,
    sample: int = 0,
    t_end: float | None = None,
    title: str = "Spikes",
    figure: Figure | None = None,
    path: str | PathLike[str] | None = None,
) -> Figure:
    """Draw the spikes of one sample in every population of a run, one panel below the other.

    Parameters
    ----------
    run : Run
        A simulated batch.
    sample : int
        Which sample of the batch.
    t_end : float, optional
        End of the time axis, in s; that of the run if not given.
    title : str
        What is shown; each panel adds its population.
    figure : matplotlib.figure.Figure, optional
        Where to draw.
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
        If there is no such sample.
    ArrayTypeError
        If `run` is no run, or `sample` is no integer.
    DestinationError
        If `path` cannot be written; nothing is drawn then.
    ToolchainError
        If matplotlib is not installed.
    """
    check_run(run, "rasters")
    trains = {**getattr(run, "inputs", {}), **run.spikes}
    for spikes in trains.values():
        _checked_sample(sample, spikes.batch, "rasters")
    end = t_end if t_end is not None else _end(run, [s.sample(sample)[0] for s in trains.values()])
    target = check_picture(path, "rasters")
    figure = new_figure(figure, (6.4, 1.0 + 1.9 * len(trains)))
    panels = figure.subplots(len(trains), sharex=True, squeeze=False)[:, 0]
    sizes = {name: run.first_spikes(name).shape[1] for name in run.spikes}
    for index, (ax, (name, spikes)) in enumerate(zip(panels, trains.items(), strict=True)):
        raster(
            spikes,
            sizes.get(name),
            sample=sample,
            t_end=end,
            title=f"{title}: {name}",
            colour=PALETTE[index % len(PALETTE)],
            ax=ax,
        )
        if ax is not panels[-1]:
            ax.set_xlabel("")
    save(figure, target, "rasters")
    return figure


def check_run(run: object, caller: str) -> None:
    """Refuse what is no run, such as the spikes of one.

    Raises
    ------
    ArrayTypeError
        If it has no spikes by population.
    """
    if isinstance(run, type) or not (hasattr(run, "spikes") and hasattr(run, "first_spikes")):
        raise ArrayTypeError(
            f"{caller}: run is {shown(run)}, expected a run: run = sim.run({{...}}); "
            f"sal.plot.raster(spikes) draws the spikes of one population",
            argument="run",
        )


def _checked_sample(sample: object, batch: int, caller: str) -> int:
    """Return the number of a sample of a batch; negative ones count from the end."""
    wanted = f"{caller}: sample is {shown(sample)}, expected an integer"
    index = whole_number(sample)
    if index is None:
        raise ArrayTypeError(wanted, argument="sample")
    if not -batch <= index < batch:
        within = f"{wanted} from {-batch} to {batch - 1}, of {counted(batch, 'sample')}"
        raise ArrayError(within if batch else f"{caller}: there are no samples", argument="sample")
    return index


def _units_shown(n: object, spiking: int) -> int:
    """Return how many units there are, of which those up to the last that spikes are some."""
    if n is None:
        return spiking
    count = check_whole(n, 1, "raster: n", "n")
    if count < spiking:
        raise ArrayError(
            f"raster: n is {count}, expected at least {spiking}, as unit {spiking - 1} spikes",
            argument="n",
        )
    return count


def _points(ax: Axes) -> float:
    """Give the height of axes, about that which the layout will leave them, in points."""
    return float(72.0 * ax.get_window_extent().height / ax.figure.dpi)


def _end(run: Run, trains: Iterable[FloatArray]) -> float:
    """Give the end of a run, or what its spikes tell of it."""
    simulator = getattr(run, "simulator", None)
    return _last(trains) if simulator is None else float(simulator.t_end)


def _last(trains: Iterable[FloatArray]) -> float:
    """Give an end just after the last spike, whose mark is then whole."""
    return 1.01 * max((float(times.max(initial=1e-3)) for times in trains), default=1e-3)
