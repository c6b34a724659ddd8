"""What cannot be meant for a run of its length: spikes, delays, time constants far beyond it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from saltation.runtime.arrays import FloatArray, greatest
from saltation.runtime.population import Population
from saltation.runtime.projection import Projection
from saltation.runtime.spikes import Spikes
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import LateArrivalWarning, ModelWarning
from saltation.symbolic.notices import warn_user
from saltation.symbolic.words import counted

_FAR = 50.0
"""Times beyond this many lengths of the run were not cut off on purpose: milliseconds, given as
seconds, are a thousand times as late."""


def late_spikes(spikes: Spikes, t_end: float) -> int:
    """Count the spikes that come after the end of a run.

    Examples
    --------
    >>> late_spikes(Spikes.from_first_times([[0.01, 0.05, 0.07]]), 0.05)
    1
    """
    return int(np.count_nonzero(spikes.times > t_end))


class ArrivalWatch:
    """Warns of inputs and projections whose spikes cannot be meant to come so late.

    Later arrivals have no effect, and to run only the beginning of a spike train is ordinary. Times
    in milliseconds are not: then most spikes come long after the end, or all after it.

    Parameters
    ----------
    inputs : iterable of str
        The inputs of a network.
    projections : mapping of str to Projection
        Its projections.
    t_end : float, unit s
        End of the run.
    """

    def __init__(
        self, inputs: Iterable[str], projections: Mapping[str, Projection], t_end: float
    ) -> None:
        self._t_end = t_end
        self._delays = {name: f"{name}.delay" for name in projections}
        self._from_input = {
            name: [key for p, key in self._delays.items() if projections[p].pre == name]
            for name in inputs
        }

    def warn(self, inputs: Mapping[str, Spikes], values: Mapping[str, FloatArray]) -> None:
        """Warn of what a run is given.

        Parameters
        ----------
        inputs : mapping of str to Spikes
            The spikes of every input.
        values : mapping of str to numpy.ndarray
            Values under the network's keys.

        Warns
        -----
        LateArrivalWarning
            For each input of which more than half of the spikes come after 50 times the length of
            the run, or of whose spikes none can arrive before its end; for each projection whose
            delays are all longer than the run.
        """
        t_end, found = self._t_end, []
        for name, spikes in inputs.items():
            if spikes.times.size:
                delays = [values[key] for key in self._from_input[name]]
                late = _late_input(spikes, [delay for delay in delays if delay.size], t_end)
                if late:
                    found.append(f"input {name!r}: {late}")
        for name, key in self._delays.items():
            delay = values[key]
            # The first delay alone decides in nearly every run.
            if delay.size and delay.item(0) > t_end and delay.min() > t_end:
                found.append(
                    f"projection {name!r}: every delay is longer than the run, the shortest "
                    f"{delay.min():g} s at t_end = {t_end:g} s, so that nothing arrives. Delays "
                    "are in seconds: check their unit"
                )
        warn_user(map(LateArrivalWarning, found))


def _late_input(spikes: Spikes, delays: list[FloatArray], t_end: float) -> str:
    """Say what is wrong with the times of an input that has spikes; nothing if nothing is."""
    advice = "Times are in seconds: check their unit, or compile with a longer t_end"
    times, far = spikes.times, _FAR * t_end
    # The latest alone decides in nearly every run.
    if greatest(times) > far and 2 * int(np.count_nonzero(times > far)) > times.size:
        return (
            f"{late_spikes(spikes, t_end)} of {times.size} spikes come after t_end = {t_end:g} s "
            f"and have no effect; their median is at {np.median(times):g} s. {advice}"
        )
    # So does the first, with any of the delays.
    if times.item(0) + min((delay.item(0) for delay in delays), default=0.0) <= t_end:
        return ""
    earliest = float(times.min())
    shortest = min((float(delay.min()) for delay in delays), default=0.0)
    # Of delays that are longer than the run the projections are warned of.
    if earliest + shortest <= t_end or shortest > t_end:
        return ""
    return (
        f"of {counted(times.size, 'spike')} none arrives before t_end = {t_end:g} s: the earliest "
        f"is at {earliest:g} s, the shortest delay is {shortest:g} s. {advice}"
    )


def warn_of_slow_populations(
    populations: Iterable[Population], values: Mapping[str, FloatArray], t_end: float
) -> None:
    """Warn of populations in which nothing can be meant to happen so slowly.

    One slow adaptation beside a membrane is ordinary. Where every time of a model is far beyond the
    run, it was given in milliseconds.

    Parameters
    ----------
    populations : iterable of Population
        The populations.
    values : mapping of str to numpy.ndarray
        Values under the network's keys.
    t_end : float, unit s
        End of the run.

    Warns
    -----
    ModelWarning
        With the code S325-slow, for each population whose parameters in seconds are all over 50
        times the length of the run.
    """
    found = []
    for population in populations:
        neuron = population.neuron
        times = {
            name: float(np.min(values[f"{population.name}.{name}"]))
            for name in neuron.parameters
            if neuron.units.get(name) == "s"
        }
        if times and min(times.values()) > _FAR * t_end:
            listed = ", ".join(f"{name} = {time:g} s" for name, time in times.items())
            found.append(
                ModelWarning(
                    f"in population {population.name!r} hardly anything changes in a run of "
                    f"t_end = {t_end:g} s: {listed}",
                    code=Code.SLOW,
                    model=neuron.name,
                    hint="Times are in seconds: write 20e-3 for 20 ms.",
                )
            )
    warn_user(found)
