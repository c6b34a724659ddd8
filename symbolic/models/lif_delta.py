"""The leaky integrate-and-fire neuron with instantaneous (delta) synapses."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

lif_delta: Final = Neuron(
    "lif_delta",
    dynamics={"v": "-v/tau_m"},
    threshold="v - theta",
    reset={"v": "v_r"},
    receive={"v": "v + w"},
    parameters={"tau_m": 20e-3, "theta": 1.0, "v_r": 0.0},
    units={"v": "1", "w": "1", "theta": "1", "v_r": "1", "tau_m": "s"},
    citation="W. Gerstner, W. M. Kistler, R. Naud and L. Paninski, Neuronal Dynamics (Cambridge "
    "University Press, 2014), section 1.3",
)
"""Membrane `v`, in units of the threshold.

.. math:: \\dot v = -v/\\tau_m

An arriving spike of weight :math:`w` lifts `v` by :math:`w`, and with it may fire the neuron at
that very instant: the time of the spike is then the time of the arrival, whatever the weight. A
spike happens when `v` rises through :math:`\\theta`; then :math:`v \\leftarrow v_r`. Time constant
in seconds."""

drive: Final = Drive(
    t_end=0.06, arrivals={"default": ((0.005, 0.5), (0.010, 0.4), (0.012, 0.5), (0.040, 1.2))}
)
