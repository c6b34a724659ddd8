"""Initial weights: of the size at which neurons spike, whatever their units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from tqdm import tqdm

from saltation.learning.arguments import check_simulator
from saltation.learning.labelled import spikes_by_input
from saltation.learning.protocols import FloatArray, Simulator, Values
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, SimulationError, UnknownNameError

_DECADES = 24
_HALVINGS = 24


def weight_scale(
    sim: Simulator,
    spikes: Spikes | Mapping[str, Spikes],
    key: str,
    population: str,
    first_spike: float,
    values: Values | None = None,
    *,
    progress: bool | None = None,
) -> float:
    """Find the factor on a projection's weights that makes a population spike as early as wanted.

    Weights drawn for one model do not suit another: a synaptic current may be a number or a
    current in amperes, a threshold 1 or -50 mV. What carries over is when neurons spike.

    Parameters
    ----------
    sim : Simulator
        The compiled network.
    spikes : Spikes or mapping of str to Spikes
        Some samples, such as a batch: all are run some dozens of times.
    key : str
        The weights, such as ``"in->hidden.weight"``.
    population : str
        The population that they drive.
    first_spike : float
        The wanted time of the first spike in s, as a mean over neurons and samples; a silent neuron
        counts as one that spikes at the end of the run.
    values : mapping of str to array, optional
        Values that differ from the network's own.
    progress : bool, optional
        Show a progress bar; by default only in a terminal.

    Returns
    -------
    float
        The factor: between the first power of ten at which the population spikes that early and
        the one before, found by halving.

    Raises
    ------
    UnknownNameError
        If there is no such value or population.
    ArrayError
        If the time is not between 0 and the end of the run, or no factor from 1e-12 to 1e12 makes
        the population spike that early, or none with which runs can be completed.
    ArrayTypeError
        If `sim` is not compiled, or the spikes are none.

    Notes
    -----
    A run that cannot be completed, as that of a conductance which is so large that the flow is too
    stiff, counts as one whose weights are too large.
    """
    check_simulator(sim, "weight_scale")
    full = sim.net.checked_values(values)
    for name, known in ((key, full), (population, sim.net.populations)):
        if name not in known:
            raise UnknownNameError(
                f"weight_scale: the network has no {name!r}; it has {', '.join(known)}"
            )
    if not 0.0 < first_spike < sim.t_end:
        raise ArrayError(
            f"weight_scale: first_spike is {first_spike!r}, expected a time between 0 and "
            f"t_end = {sim.t_end} s",
            argument="first_spike",
        )
    inputs = spikes_by_input(sim, spikes, "spikes")
    failures: list[tuple[float, SimulationError]] = []

    def reached(exponent: float) -> bool:
        factor = float(np.power(10.0, exponent))
        scaled: dict[str, FloatArray] = {**full, key: factor * full[key]}
        try:
            first = sim.run(inputs, scaled).first_spikes(population)
        except SimulationError as error:  # such large weights would be early enough
            failures.append((factor, error))
            return True
        return bool(np.minimum(first, sim.t_end).mean() <= first_spike)

    with tqdm(
        total=_DECADES + 1 + _HALVINGS,
        desc="weight scale",
        unit="run",
        disable=None if progress is None else not progress,
    ) as bar:
        high = _search(reached, bar)
    if high is None:
        raise _unreachable(key, population, first_spike, "1e12", None)
    factor = float(np.power(10.0, high))
    if failures and failures[-1][0] == factor:
        raise _unreachable(key, population, first_spike, f"{factor:.2g}", failures[-1][1])
    return factor


def _search(reached: Callable[[float], bool], bar: Any) -> float | None:
    """Find the power of ten from which on something is reached; None if it is nowhere."""

    def tried(exponent: float) -> bool:
        bar.set_postfix_str(f"factor {10.0**exponent:.2g}", refresh=False)
        found = reached(exponent)
        bar.update()
        return found

    exponent = next((k for k in range(_DECADES + 1) if tried(k - 12.0)), None)
    if exponent is None:
        return None
    bar.total = bar.n + _HALVINGS  # how many powers of ten it takes is known only now
    low, high = exponent - 13.0, exponent - 12.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if tried(middle) else (middle, high)
    return high


def _unreachable(
    key: str, population: str, first_spike: float, largest: str, failure: SimulationError | None
) -> ArrayError:
    beyond = f"; with larger ones a run cannot be completed ({failure})" if failure else ""
    return ArrayError(
        f"weight_scale: no factor on {key!r} up to {largest} makes {population!r} spike at "
        f"{first_spike} s in the mean{beyond}: look at the signs of the weights and at the input",
        argument="first_spike",
    )
