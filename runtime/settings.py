"""The settings of a compilation: each refused with its name where it makes no sense."""

from __future__ import annotations

import functools
import os

from saltation.codegen.options import Precision
from saltation.codegen.orders import FINEST
from saltation.runtime.arguments import check_positive
from saltation.runtime.arrays import whole_number
from saltation.runtime.naming import unknown_name
from saltation.runtime.network import Network
from saltation.symbolic.errors import ArrayError

_PRECISIONS = {"double": Precision.DOUBLE, "single": Precision.SINGLE}


def chosen_precision(precision: str, where: str = "precision") -> Precision:
    """Return the precision of this name."""
    if precision not in _PRECISIONS:
        raise unknown_name("precision", precision, _PRECISIONS, where)
    return _PRECISIONS[precision]


def tolerances_of(rtol: float, atol: float, precision: Precision) -> tuple[float, float]:
    """Return the tolerances of numerical flows, as far as rounding allows them."""
    relative = check_positive(rtol, "rtol", "rtol")
    none = isinstance(atol, int | float) and atol == 0
    absolute = 0.0 if none else check_positive(atol, "atol", "atol")
    return max(relative, FINEST[precision]), absolute


def thread_count(threads: int | None) -> int:
    """Return how many threads to use: all processors if none are named."""
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    count = whole_number(threads)
    if count is None or not 1 <= count <= 4096:
        raise ArrayError(
            f"threads must be an integer from 1 to 4096, got {threads!r}", argument="threads"
        )
    return count


def check_samples(net: Network, duration: float) -> None:
    """Refuse an observation that samples after the end of a run."""
    for observation in net.observations.values():
        if observation.at is not None and observation.at.size and observation.at[-1] > duration:
            raise ArrayError(
                f"observation {observation.name!r} samples at {observation.at[-1]} s, after "
                f"t_end = {duration} s",
                argument="at",
            )


def check_until(net: Network, until: str | None) -> None:
    """Refuse a population with whose first spikes no run can end.

    Raises
    ------
    UnknownNameError
        If there is no such population.
    ArrayError
        If its model emits no spikes, or the network has observations, which cover whole runs.
    """
    if until is None:
        return
    if until not in net.populations:
        raise unknown_name("population", until, net.populations, "until")
    neuron = net.populations[until].neuron
    if not any(event.spike for mode in neuron.system.modes for event in mode.events):
        raise ArrayError(
            f"until={until!r}: no event of its model {neuron.name!r} emits a spike, so that no run "
            "would end with one: name a population that spikes, or leave `until` out",
            argument="until",
        )
    if net.observations:
        raise ArrayError(
            f"until={until!r}: runs would end before t_end, up to which "
            f"{', '.join(map(repr, net.observations))} of the network are observed: leave out "
            "`until`, or compile a network without observations",
            argument="until",
        )


def event_limit(max_events: object) -> int | None:
    """Return how many events a population may have in a sample; None is left open."""
    if max_events is None:
        return None
    count = whole_number(max_events)
    if count is None or not 1 <= count < 2**62:
        raise ArrayError(
            f"max_events must be a positive integer, got {max_events!r}", argument="max_events"
        )
    return count


_EVENT_BYTES = 256
"""About what an event takes: its record and kept states, its spike, room to grow."""


def memory_limit(batch: int) -> int:
    """Return how many events of each sample fit into half of the machine's memory."""
    return max(_memory() // 2 // _EVENT_BYTES // max(batch, 1), 1)


@functools.cache
def _memory() -> int:
    """Return how many bytes of memory the machine has, or 8 GiB where it does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 2**33
