"""The spikes that a run is given: one batch for each input."""

from __future__ import annotations

from collections.abc import Mapping

from saltation.runtime.naming import check_known
from saltation.runtime.population import Input
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ArrayTypeError, NetworkError


def checked_drive(
    inputs: Mapping[str, Input], spikes: Mapping[str, Spikes]
) -> tuple[dict[str, Spikes], int]:
    """Return the spikes of every input, in the order of the inputs, and the size of the batch.

    A network without inputs runs as a batch of 1.

    Parameters
    ----------
    inputs : mapping of str to Input
        The inputs of the network.
    spikes : mapping of str to Spikes
        For each of them its spikes.

    Raises
    ------
    UnknownNameError
        If there is no such input; names the nearest.
    NetworkError
        If an input is given no spikes.
    ArrayError
        If a unit is out of range, or batches differ in size.
    ArrayTypeError
        If `spikes` is no mapping, or an entry not `Spikes`.
    """
    drive, batch = named_drive(inputs, spikes)
    check_units(inputs, drive)
    return drive, batch


def check_units(inputs: Mapping[str, Input], drive: Mapping[str, Spikes]) -> None:
    """Raise `ArrayError`, naming sample and row, if a unit is out of an input's range."""
    for name, given in drive.items():
        given.check_units(inputs[name].size, f"spikes[{name!r}]")


def named_drive(
    inputs: Mapping[str, Input], spikes: Mapping[str, Spikes]
) -> tuple[dict[str, Spikes], int]:
    """Do what `checked_drive` does, except that units are not looked at.

    This stands before every run of a training, in which generated code looks at them.
    """
    if type(spikes) is not dict and not isinstance(spikes, Mapping):
        raise ArrayTypeError(
            "spikes must be a mapping of input names to Spikes, "
            f"as in {{'in': Spikes.from_first_times(times)}}; got {type(spikes).__name__}",
            argument="spikes",
        )
    for name, given in spikes.items():
        if name not in inputs:
            check_known(name, inputs, "input", "spikes")
        if not isinstance(given, Spikes):
            raise ArrayTypeError(
                f"spikes[{name!r}] must be Spikes, got {type(given).__name__}: "
                "make them with Spikes.from_first_times(times) or Spikes.from_events(events)",
                argument=f"spikes[{name!r}]",
            )
    if len(spikes) < len(inputs):
        name = next(name for name in inputs if name not in spikes)
        raise NetworkError(
            f"spikes: nothing for input {name!r}; give Spikes.silent(batch) for no spikes"
        )
    drive = {name: spikes[name] for name in inputs}
    batch = 1
    for number, given in enumerate(drive.values()):
        if number and given.batch != batch:
            shown = ", ".join(f"{name!r} {given.batch}" for name, given in drive.items())
            raise ArrayError(f"spikes: batches differ in size: {shown}", argument="spikes")
        batch = given.batch
    return drive, batch
