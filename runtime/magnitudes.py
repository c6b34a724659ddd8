"""Values that no neuron has in the unit that its model declares: millivolts for volts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from saltation.runtime.arrays import FloatArray
from saltation.runtime.network import Network
from saltation.symbolic.codes import Code
from saltation.symbolic.errors import ModelWarning
from saltation.symbolic.notices import warn_user

# By the unit as it is declared (a density, as in F/m**2, has other values): the least and the most
# that it may measure in a neuron, generously, and how such values are written.
_RANGES = {
    "V": (0.0, 10.0, "-50e-3 for -50 mV"),
    "A": (0.0, 1e-3, "100e-12 for 100 pA"),
    "F": (0.0, 1e-3, "100e-12 for 100 pF"),
    "S": (0.0, 1e-2, "30e-9 for 30 nS"),
    "ohm": (1e3, np.inf, "100e6 for 100 Mohm"),
}


def warn_of_magnitudes(net: Network, values: Mapping[str, FloatArray]) -> None:
    """Warn of parameters, initial states and weights that were given in other units.

    Only what a model declares a unit for is looked at; one in units of its threshold may have any.

    Parameters
    ----------
    net : Network
        The network.
    values : mapping of str to numpy.ndarray
        Values under its keys.

    Warns
    -----
    ModelWarning
        With the code S326-magnitude, for each population that has such values.
    """
    found = []
    for name, population in net.populations.items():
        units = population.neuron.units
        odd = {key: units[symbol] for key, symbol in _measured(net, name) if symbol in units}
        odd = {key: unit for key, unit in odd.items() if _is_odd(values[key], unit)}
        if odd:
            listed = ", ".join(f"{key} = {_first(values[key], odd[key])}" for key in odd)
            written = ", ".join(dict.fromkeys(_RANGES[unit][2] for unit in odd.values()))
            found.append(
                ModelWarning(
                    f"in population {name!r} values are far from those of neurons: {listed}",
                    code=Code.MAGNITUDE,
                    model=population.neuron.name,
                    hint=f"Values are in the units that the model declares: write {written}.",
                )
            )
    warn_user(found)


def _measured(net: Network, name: str) -> Iterator[tuple[str, str]]:
    """Give the keys of a population's values and of the weights onto it, each with its symbol."""
    population = net.populations[name]
    for parameter in population.parameters:
        yield f"{name}.{parameter}", parameter
    for state in population.initial:
        yield f"{name}.initial.{state}", state
    for key, projection in net.projections.items():
        if projection.post == name:
            yield f"{key}.weight", "w"


def _is_odd(array: FloatArray, unit: str) -> bool:
    """Say whether no value but 0 is in the range of a unit."""
    if unit not in _RANGES or not array.any():
        return False
    least, most, _ = _RANGES[unit]
    sizes = np.abs(array)
    inside = (sizes >= least) & (sizes <= most)
    return not bool(inside[sizes > 0.0].any())


def _first(array: FloatArray, unit: str) -> str:
    """Show the first value that is not 0."""
    return f"{array[array != 0.0].ravel()[0]:g} {unit}"
