"""Stretches of the order of simulation: populations, and cycles that run in windows of time."""

from __future__ import annotations

import math

from saltation.codegen.export_network import ExportNetwork
from saltation.codegen.export_tables import literal, single
from saltation.codegen.export_views import StretchView
from saltation.codegen.options import Precision


def stretch_views(net: ExportNetwork) -> tuple[StretchView, ...]:
    """Return the stretches in order: where each starts, its length, and that of its windows."""
    views: list[StretchView] = []
    first = 0
    for members in net.structure.stretches():
        window = window_length(net, members) if members in net.structure.cycles else math.inf
        views.append(
            StretchView(
                first=first,
                members=members,
                window=literal(window, net.precision) if window < math.inf else "SAL_INFINITY",
            )
        )
        first += len(members)
    return tuple(views)


def window_length(net: ExportNetwork, members: tuple[int, ...]) -> float:
    """Return the length of a cycle's windows, unit s, as the simulator rounds it.

    What a member emits in a window arrives later, or at members that come later: it is shorter than
    the delay of every projection to the same or an earlier member that has a synapse, by one part
    in 64; infinite if there is none.
    """
    place = {population: k for k, population in enumerate(members)}
    delays = [
        min(projection.delay)
        for wire, projection in zip(net.structure.wires, net.projections, strict=True)
        if wire.source in place
        and wire.target in place
        and place[wire.target] <= place[wire.source]
        and projection.weight
    ]
    if not delays:
        return math.inf
    shortest = min(delays)
    if net.precision is Precision.SINGLE:
        return single(single(shortest) - single(shortest) / 64.0)
    return shortest - shortest / 64.0
