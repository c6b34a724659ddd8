"""The interpreter's results with the names of the network's outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saltation.runtime.interpreter.network import Interpreter

if TYPE_CHECKING:
    from saltation.runtime.network import Network
    from saltation.runtime.spikes import Spikes


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """All spikes and observations of a run, as ``mpmath.mpf``."""

    spikes: Mapping[str, list[list[tuple[Any, int]]]]
    """For each population and sample its ``(time, unit)`` pairs by time, unit s."""

    observations: Mapping[str, list[list[list[Any]]]]
    """For each observation, sample and unit its values: one, or one for each sampled time."""

    sampled: frozenset[str]
    """The observations that are samples at given times."""

    def times(self, population: str, sample: int = 0) -> NDArray[np.float64]:
        """Return the spike times of a sample, rounded to double precision."""
        return np.array([float(time) for time, _ in self.spikes[population][sample]])

    def units(self, population: str, sample: int = 0) -> NDArray[np.int32]:
        """Return the units of a sample's spikes."""
        return np.array([unit for _, unit in self.spikes[population][sample]], dtype=np.int32)

    def observed(self, name: str) -> NDArray[np.float64]:
        """Return an observation in double precision, shaped as that of a compiled run.

        Shape (batch, n) for maxima and integrals, (batch, times, n) for samples.
        """
        array = np.array([[[float(v) for v in u] for u in s] for s in self.observations[name]])
        return array.transpose(0, 2, 1) if name in self.sampled else array[:, :, 0]


def interpret(
    net: Network,
    spikes: Mapping[str, Spikes],
    values: Mapping[str, ArrayLike] | None = None,
    *,
    t_end: float,
    digits: int = 36,
) -> Interpretation:
    """Run a network in high precision, straight from the declarations of its neurons.

    Parameters
    ----------
    net : Network
        The network.
    spikes : Mapping of str to Spikes
        Spikes of every input.
    values : Mapping of str to array_like, optional
        Values that differ from the network's own.
    t_end : float
        End of the run, unit s.
    digits : int
        Decimal digits of the computation.

    Raises
    ------
    ZenoError
        If a neuron has more than 100 events at one instant.
    NonFiniteError
        If a flow blows up or leaves the real numbers.
    UnsupportedModelError
        If an expression contains a function without a Taylor recurrence.

    Notes
    -----
    Milliseconds of computation for each stretch between two events: meant for tests.
    """
    interpreter = Interpreter(net, spikes, values, t_end=t_end, digits=digits)
    results = interpreter.run().results
    number = interpreter.arithmetic.to_mpf
    trains = {
        name: [
            sorted((number(t), unit) for unit, result in enumerate(sample) for t in result.spikes)
            for sample in samples
        ]
        for name, samples in results.items()
    }
    observations: dict[str, list[list[list[Any]]]] = {}
    for name in results:
        own = [o for o in net.observations.values() if o.population == name]
        for index, observation in enumerate(own):
            observations[observation.name] = [
                [[number(v) for v in result.observations[index]] for result in sample]
                for sample in results[name]
            ]
    sampled = frozenset(o.name for o in net.observations.values() if o.kind == "sample")
    return Interpretation(spikes=trains, observations=observations, sampled=sampled)
