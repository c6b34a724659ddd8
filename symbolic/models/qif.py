"""The quadratic integrate-and-fire neuron: the normal form of a saddle-node on a circle."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

qif: Final = Neuron(
    "qif",
    dynamics={"v": "(v**2 + eta + i)/tau_m", "i": "-i/tau_s"},
    threshold="v - theta",
    reset={"v": "v_r"},
    receive={"i": "i + w"},
    parameters={"tau_m": 10e-3, "tau_s": 5e-3, "eta": -1.0, "theta": 100.0, "v_r": -100.0},
    initial={"v": -1.0},
    units={
        **dict.fromkeys(("v", "i", "w", "eta", "theta", "v_r"), "1"),
        **dict.fromkeys(("tau_m", "tau_s"), "s"),
    },
    citation="P. E. Latham, B. J. Richmond, P. G. Nelson and S. Nirenberg, Intrinsic dynamics in "
    "neuronal networks. I. Theory, Journal of Neurophysiology 83, 808 (2000), "
    "doi:10.1152/jn.2000.83.2.808; in this form E. Montbrio, D. Pazo and A. Roxin, Macroscopic "
    "description for networks of spiking neurons, Physical Review X 5, 021028 (2015), "
    "doi:10.1103/PhysRevX.5.021028",
)
"""Membrane `v` and synaptic current `i`, without unit.

.. math:: \\tau_m \\dot v = v^2 + \\eta + i, \\qquad \\dot i = -i/\\tau_s

For :math:`\\eta < 0` the neuron rests at :math:`-\\sqrt{-\\eta}` and is excitable; for
:math:`\\eta > 0` it fires at the rate :math:`\\sqrt{\\eta}/(\\pi \\tau_m)`, if spikes are at
infinity. Here a spike happens when `v` rises through :math:`\\theta`, from where infinity would be
reached within :math:`\\tau_m/\\theta`; then :math:`v \\leftarrow v_r`. An arriving spike of weight
:math:`w` lifts `i` by :math:`w`. Time constants in seconds."""

drive: Final = Drive(
    t_end=0.1,
    arrivals={"default": ((0.005, 3.0), (0.040, 15.0), (0.045, 15.0))},
)
