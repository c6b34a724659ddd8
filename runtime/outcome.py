"""Turn the status of a call of generated code into Python's errors."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from saltation.runtime.arrays import FloatArray
from saltation.runtime.network import Network
from saltation.symbolic.errors import GrazingError, GrazingWarning
from saltation.symbolic.words import counted


def raise_for_status(status: Any, net: Network, values: Mapping[str, FloatArray]) -> None:
    """Raise the error that a status stands for, with the place; return if it is fine."""
    if status.code:
        # Only here, because few runs fail.
        from saltation.runtime.failures import failure

        raise failure(status, net, values)


def report_grazing(status: Any, net: Network, policy: str, stacklevel: int) -> None:
    """Warn or raise where guards hardly rose when they reached zero, as the policy says.

    Raises
    ------
    GrazingError
        If the policy is ``"raise"``.
    """
    graze = status.graze
    if graze.count == 0 or policy == "clip":
        return
    population = list(net.populations)[graze.population]
    more = f" and {counted(graze.count - 1, 'more event')}" if graze.count > 1 else ""
    message = (
        f"population {population!r}, neuron {graze.unit}, sample {graze.sample}, at "
        f"{graze.time:.9g} s{more}: the guard reaches zero with a slope of {graze.slope:.3g}/s, of "
        f"terms that sum to {graze.scale:.3g}/s. The gradient there is as large as that ratio and "
        "exact to fewer digits; grazing='clip' bounds it, grazing='raise' stops"
    )
    if policy == "raise":
        raise GrazingError(message)
    warnings.warn(message, GrazingWarning, stacklevel=stacklevel)
