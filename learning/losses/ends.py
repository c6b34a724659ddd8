"""Runs that end with first spikes hold no more than a loss of these looks at."""

from __future__ import annotations

from saltation.learning.protocols import Run
from saltation.symbolic.errors import ArrayError


def check_ends(loss: object, run: Run, first_spikes_of: str | None = None) -> None:
    """Refuse a run that ended before all happened that a loss looks at.

    Parameters
    ----------
    loss : object
        The loss.
    run : Run
        The run; one without a simulator, as of a closed form, is whole.
    first_spikes_of : str, optional
        The population whose first spikes are all that the loss looks at; it looks at whole runs if
        not given.

    Raises
    ------
    ArrayError
        If the run ended with the first spikes of another population, or with any.
    """
    until: str | None = getattr(getattr(run, "simulator", None), "until", None)
    if until is None or until == first_spikes_of:
        return
    wanted = (
        "all spikes of a run" if first_spikes_of is None else f"first spikes of {first_spikes_of!r}"
    )
    mend = "" if first_spikes_of is None else f", or with until={first_spikes_of!r}"
    raise ArrayError(
        f"{type(loss).__name__} is of {wanted}, and this run's samples end with the first spikes "
        f"of {until!r}: compile the network without until={mend}",
        argument="run",
    )
