"""The leaky integrator: a membrane that never spikes, read out by its voltage."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

leaky_integrator: Final = Neuron(
    "leaky_integrator",
    dynamics={"v": "(i - v)/tau_m", "i": "-i/tau_s"},
    receive={"i": "i + w"},
    parameters={"tau_m": 20e-3, "tau_s": 5e-3},
    units={"v": "1", "i": "1", "w": "1", "tau_m": "s", "tau_s": "s"},
    citation="P. Dayan and L. F. Abbott, Theoretical Neuroscience (MIT Press, 2001), section 5.4",
)
"""Membrane `v` and synaptic current `i`, in units of the threshold of the neurons beside it.

.. math:: \\dot v = (i - v)/\\tau_m, \\qquad \\dot i = -i/\\tau_s

A spike of weight :math:`w` lifts `i` by :math:`w`. Time constants in seconds."""

drive: Final = Drive(t_end=0.06, arrivals={"default": ((0.002, 3.0), (0.020, -4.0), (0.030, 2.0))})
