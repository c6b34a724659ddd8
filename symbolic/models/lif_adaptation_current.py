"""The leaky integrate-and-fire neuron with a spike-triggered adaptation current."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

lif_adaptation_current: Final = Neuron(
    "lif_adaptation_current",
    dynamics={"v": "(i - a - v)/tau_m", "i": "-i/tau_s", "a": "-a/tau_a"},
    threshold="v - theta",
    reset={"v": "v_r", "a": "a + beta"},
    receive={"i": "i + w"},
    parameters={
        "tau_m": 20e-3,
        "tau_s": 5e-3,
        "tau_a": 100e-3,
        "theta": 1.0,
        "v_r": 0.0,
        "beta": 0.5,
    },
    units={
        **dict.fromkeys(("v", "i", "a", "w", "theta", "v_r", "beta"), "1"),
        **dict.fromkeys(("tau_m", "tau_s", "tau_a"), "s"),
    },
    citation="W. Gerstner, W. M. Kistler, R. Naud and L. Paninski, Neuronal Dynamics (Cambridge "
    "University Press, 2014), section 6.1; J. Benda and A. V. M. Herz, A universal model for "
    "spike-frequency adaptation, Neural Computation 15, 2523 (2003), "
    "doi:10.1162/089976603322385063",
)
"""Membrane `v`, synaptic current `i` and adaptation current `a`, in units of the threshold.

.. math::
    \\dot v = (i - a - v)/\\tau_m, \\qquad \\dot i = -i/\\tau_s, \\qquad \\dot a = -a/\\tau_a

A spike happens when `v` rises through :math:`\\theta`; then :math:`v \\leftarrow v_r` and
:math:`a \\leftarrow a + \\beta`: each spike pulls the membrane down for a time :math:`\\tau_a`,
where the threshold of ``adaptive_lif`` goes up. An arriving spike of weight :math:`w` lifts `i` by
:math:`w`. Time constants in seconds."""

drive: Final = Drive(
    t_end=0.2,
    arrivals={"default": tuple((0.005 + 0.005 * k, 1.6) for k in range(36))},
)
