"""The leaky integrate-and-fire neuron with exponential synaptic currents."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

lif: Final = Neuron(
    "lif",
    dynamics={"v": "(i - v)/tau_m", "i": "-i/tau_s"},
    threshold="v - theta",
    reset={"v": "v_r"},
    receive={"i": "i + w"},
    parameters={"tau_m": 20e-3, "tau_s": 5e-3, "theta": 1.0, "v_r": 0.0},
    units={
        "v": "1",
        "i": "1",
        "w": "1",
        "theta": "1",
        "v_r": "1",
        "tau_m": "s",
        "tau_s": "s",
    },
    citation="T. C. Wunderlich and C. Pehle, Event-based backpropagation can compute exact "
    "gradients for spiking neural networks, Scientific Reports 11, 12829 (2021), "
    "doi:10.1038/s41598-021-91786-z",
)
"""Membrane `v` and synaptic current `i`, in units of the threshold.

.. math:: \\dot v = (i - v)/\\tau_m, \\qquad \\dot i = -i/\\tau_s

A spike happens when `v` rises through :math:`\\theta`; then :math:`v \\leftarrow v_r`. An arriving
spike of weight :math:`w` lifts `i` by :math:`w`. Time constants in seconds."""

drive: Final = Drive(
    t_end=0.06, arrivals={"default": ((0.002, 6.0), (0.008, 5.0), (0.030, 4.0), (0.034, 4.0))}
)
