"""Mean rates: the window in which spikes are counted, of a run or of any spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saltation.runtime.arguments import check_number, check_positive, shown
from saltation.runtime.arrays import FloatArray
from saltation.runtime.naming import check_known
from saltation.symbolic.errors import ArrayError

if TYPE_CHECKING:
    from saltation.runtime.run import Run


def run_rates(run: Run, population: str, t_start: float, t_end: float | None) -> FloatArray:
    """Return each neuron's mean rate in Hz, shape (batch, n); see `Run.rates`."""
    populations, last = run.simulator.net.populations, run.simulator.t_end
    check_known(population, populations, "population", "rates")
    size, spikes = populations[population].size, run.spikes[population]
    start, end = checked_window(t_start, last if t_end is None else t_end)
    if end > last:
        raise ArrayError(f"rates: t_end is {end}, and the run ends at {last} s", argument="t_end")
    found = spikes.rates(size, end, t_start=start)
    if run.simulator.until is None:
        return found
    ends = run.ends if t_end is None else np.full(run.batch, end)
    _check_reached(run.ends, start, ends)
    return found * ((end - start) / (ends - start))[:, np.newaxis]


def _check_reached(reached: FloatArray, start: float, ends: FloatArray) -> None:
    """Refuse windows that samples do not reach, each of which ended for itself."""
    short = np.flatnonzero((reached < ends) | (reached <= start))
    if short.size:
        sample = int(short[0])
        raise ArrayError(
            f"rates: the window is from {start} to {ends[sample]} s, and sample {sample} ended at "
            f"{reached[sample]} s, with the first spikes that this run waited for: leave t_start "
            "and t_end out, or compile without until=",
            argument="t_end",
        )


def checked_window(t_start: object, t_end: object) -> tuple[float, float]:
    """Return a window of time as two floats, in s, and refuse what is none.

    Raises
    ------
    ArrayError
        Unless ``0 <= t_start < t_end`` and both are finite.
    ArrayTypeError
        If one is no number.
    """
    end = check_positive(t_end, "rates: t_end", "t_end", "seconds")
    wanted = f"a number with 0 <= t_start < t_end = {end:g} s"
    start = check_number(t_start, "t_start", "t_start", wanted)
    if not 0.0 <= start < end:
        raise ArrayError(f"t_start is {shown(t_start)}, expected {wanted}", argument="t_start")
    return start, end
