"""The weights at which arriving spikes begin to matter, estimated from the declaration."""

from __future__ import annotations

import numpy as np
from sympy import Matrix, diff

from saltation.runtime.arrays import FloatArray
from saltation.runtime.evaluation import numbers_at
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.system import TIME

_STEPS = 256
"""Implicit Euler steps of the linear response: an estimate needs no more."""


def port_scales(neuron: Neuron, horizon: float) -> dict[str, float]:
    """Estimate for each port the weight of one arrival that lifts a guard from the start to zero.

    With the flow, the guard and the jump linearised at the initial state, an arrival of weight
    ``w`` changes the guard by ``w r(t)``, where ``r(t) = grad g . exp(A t) dh/dw``. The estimate is
    ``-g / r`` at the largest ``|r|``.

    Parameters
    ----------
    neuron : Neuron
        Any model.
    horizon : float, unit s
        How long a response is followed.

    Returns
    -------
    dict of str to float
        By port; negative where positive weights lower the guard, 0 where an arrival does not move
        it to first order. The guard is that of a spike, where the initial mode has one.

    Examples
    --------
    >>> from saltation.symbolic.models import lif  # an arrival of 1 lifts v by at most 0.157
    >>> {port: round(w) for port, w in port_scales(lif, 0.08).items()}
    {'default': 6}
    """
    system = neuron.system
    events = system.modes[0].events
    guards = [event.guard for event in events if event.spike] or [event.guard for event in events]
    values = {TIME.name: 0.0, **neuron.parameters, **neuron.initial, system.weight.name: 0.0}
    states = list(system.states)
    flow = numbers_at(Matrix(system.modes[0].flow).jacobian(states), values)
    if not guards or not np.isfinite(flow).all():
        return dict.fromkeys(neuron.ports, 0.0)
    slopes = numbers_at(Matrix(guards).jacobian(states), values)
    gaps = np.abs(numbers_at(Matrix(guards), values)[:, 0])
    implicit = np.eye(len(states)) - horizon / _STEPS * flow
    step = np.asarray(np.linalg.pinv(implicit), dtype=np.float64)
    found = {}
    for port in system.ports:
        moved = Matrix([diff(jump, system.weight) for jump in port.jump])
        with np.errstate(all="ignore"):
            responses = slopes @ _followed(step, numbers_at(moved, values)[:, 0])
            peaks = [row[np.argmax(np.abs(row))] for row in responses]
            weights = [float(w) for w in gaps / peaks if w != 0 and np.isfinite(w)]
        found[port.name] = min(weights, key=abs, default=0.0)
    return found


def _followed(step: FloatArray, start: FloatArray) -> FloatArray:
    """Return a perturbation at every step, one column each."""
    columns = [start]
    for _ in range(_STEPS):
        columns.append(step @ columns[-1])
    return np.array(columns).T
