"""The leaky integrate-and-fire neuron with an absolute refractory period."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Event, Mode, Neuron
from saltation.symbolic.own_drive import Drive

lif_refractory: Final = Neuron(
    "lif_refractory",
    modes={
        "on": Mode(
            {"v": "(i - v)/tau_m", "i": "-i/tau_s", "c": "0"},
            [Event("v - theta", reset={"v": "v_r"}, to="refractory")],
        ),
        "refractory": Mode(
            {"v": "0", "i": "-i/tau_s", "c": "1"},
            [Event("c - t_r", reset={"c": "0"}, to="on", spike=False)],
        ),
    },
    receive={"i": "i + w"},
    parameters={"tau_m": 20e-3, "tau_s": 5e-3, "theta": 1.0, "v_r": 0.0, "t_r": 2e-3},
    units={
        "v": "1",
        "i": "1",
        "w": "1",
        "theta": "1",
        "v_r": "1",
        "c": "s",
        "t_r": "s",
        "tau_m": "s",
        "tau_s": "s",
    },
    citation="W. Gerstner, W. M. Kistler, R. Naud and L. Paninski, Neuronal Dynamics (Cambridge "
    "University Press, 2014), section 1.3",
)
"""Membrane `v`, synaptic current `i`, both in units of the threshold, and a clock `c`.

.. math::
    \\text{on:} \\quad \\dot v = (i - v)/\\tau_m, \\quad \\dot i = -i/\\tau_s, \\quad \\dot c = 0

    \\text{refractory:} \\quad \\dot v = 0, \\quad \\dot i = -i/\\tau_s, \\quad \\dot c = 1

A spike happens when `v` rises through :math:`\\theta`; then :math:`v \\leftarrow v_r`, and the
membrane is held there until the clock reaches :math:`t_r`: the end of the refractory period is an
event, so that the period has a gradient. Synaptic current that is left then drives the membrane on.
An arriving spike of weight :math:`w` lifts `i` by :math:`w`. Times in seconds."""

drive: Final = Drive(
    t_end=0.06, arrivals={"default": ((0.002, 12.0), (0.008, 10.0), (0.030, 12.0))}
)
