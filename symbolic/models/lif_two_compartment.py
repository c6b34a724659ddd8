"""The leaky integrate-and-fire neuron with a dendrite: two coupled compartments."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

lif_two_compartment: Final = Neuron(
    "lif_two_compartment",
    dynamics={
        "v": "-v/tau_m + (u - v)/tau_c",
        "u": "(i - u)/tau_m + (v - u)/tau_c",
        "i": "-i/tau_s",
    },
    threshold="v - theta",
    reset={"v": "v_r"},
    receive={"i": "i + w"},
    parameters={"tau_m": 20e-3, "tau_c": 10e-3, "tau_s": 5e-3, "theta": 1.0, "v_r": 0.0},
    units={
        **dict.fromkeys(("v", "u", "i", "w", "theta", "v_r"), "1"),
        **dict.fromkeys(("tau_m", "tau_c", "tau_s"), "s"),
    },
    citation="P. Lansky and R. Rodriguez, Two-compartment stochastic model of a neuron, Physica D "
    "132, 267 (1999)",
)
"""Soma `v`, dendrite `u` and synaptic current `i`, in units of the threshold.

.. math::
    \\dot v = -v/\\tau_m + (u - v)/\\tau_c, \\qquad
    \\dot u = (i - u)/\\tau_m + (v - u)/\\tau_c, \\qquad \\dot i = -i/\\tau_s

Spikes of weight :math:`w` arrive at the dendrite and lift `i` by :math:`w`; the junction of time
constant :math:`\\tau_c` hands the charge on. A spike happens when the soma rises through
:math:`\\theta`; then :math:`v \\leftarrow v_r`, while the dendrite keeps its charge and drives the
soma on: intervals between spikes are correlated. The source drives the dendrite with noise; the
synaptic current and the values are ours. Time constants in seconds."""

drive: Final = Drive(
    t_end=0.1,
    arrivals={"default": ((0.005, 14.0), (0.040, 20.0), (0.050, 20.0))},
)
