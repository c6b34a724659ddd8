"""The leaky integrate-and-fire neuron with an adaptive threshold."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

adaptive_lif: Final = Neuron(
    "adaptive_lif",
    dynamics={"v": "(i - v)/tau_m", "i": "-i/tau_s", "a": "-a/tau_a"},
    threshold="v - theta - a",
    reset={"v": "v_r", "a": "a + beta"},
    receive={"i": "i + w"},
    parameters={
        "tau_m": 20e-3,
        "tau_s": 5e-3,
        "tau_a": 200e-3,
        "theta": 1.0,
        "v_r": 0.0,
        "beta": 0.2,
    },
    units={
        "v": "1",
        "i": "1",
        "a": "1",
        "w": "1",
        "theta": "1",
        "v_r": "1",
        "beta": "1",
        "tau_m": "s",
        "tau_s": "s",
        "tau_a": "s",
    },
    citation="G. Bellec et al., Long short-term memory and learning-to-learn in networks of "
    "spiking neurons, NeurIPS 2018, arXiv:1803.09574; G. Bellec et al., A solution to the learning "
    "dilemma for recurrent networks of spiking neurons, Nature Communications 11, 3625 (2020), "
    "doi:10.1038/s41467-020-17236-y",
)
"""Membrane `v`, synaptic current `i` and threshold adaptation `a`, in units of the threshold.

.. math::
    \\dot v = (i - v)/\\tau_m, \\qquad \\dot i = -i/\\tau_s, \\qquad \\dot a = -a/\\tau_a

A spike happens when `v` rises through :math:`\\theta + a`; then :math:`v \\leftarrow v_r` and
:math:`a \\leftarrow a + \\beta`, so that each spike makes the next one harder. The sources subtract
the threshold at a spike; here the membrane is set to :math:`v_r`, and :math:`\\beta` is the whole
step of the threshold. An arriving spike of weight :math:`w` lifts `i` by :math:`w`. Time constants
in seconds."""

drive: Final = Drive(
    t_end=0.2, arrivals={"default": tuple((0.005 + 0.005 * k, 2.0) for k in range(36))}
)
