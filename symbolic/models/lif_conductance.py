"""The leaky integrate-and-fire neuron with conductance-based synapses."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

lif_conductance: Final = Neuron(
    "lif_conductance",
    dynamics={
        "v": "(g_l*(e_l - v) + g_exc*(e_exc - v) + g_inh*(e_inh - v))/c_m",
        "g_exc": "-g_exc/tau_exc",
        "g_inh": "-g_inh/tau_inh",
    },
    threshold="v - theta",
    reset={"v": "v_r"},
    receive={"exc": {"g_exc": "g_exc + w"}, "inh": {"g_inh": "g_inh + w"}},
    parameters={
        "c_m": 200e-12,
        "g_l": 10e-9,
        "e_l": -60e-3,
        "e_exc": 0.0,
        "e_inh": -80e-3,
        "tau_exc": 5e-3,
        "tau_inh": 10e-3,
        "theta": -50e-3,
        "v_r": -60e-3,
    },
    initial={"v": -60e-3},
    units={
        **dict.fromkeys(("v", "e_l", "e_exc", "e_inh", "theta", "v_r"), "V"),
        **dict.fromkeys(("g_exc", "g_inh", "g_l", "w"), "S"),
        "c_m": "F",
        "tau_exc": "s",
        "tau_inh": "s",
    },
    citation="T. P. Vogels and L. F. Abbott, Signal propagation and logic gating in networks of "
    "integrate-and-fire neurons, Journal of Neuroscience 25, 10786 (2005), "
    "doi:10.1523/JNEUROSCI.3508-05.2005; values of R. Brette et al., Simulation of networks of "
    "spiking neurons, Journal of Computational Neuroscience 23, 349 (2007), benchmark 1, "
    "doi:10.1007/s10827-007-0038-6",
)
"""Membrane `v` in V, conductances `g_exc` and `g_inh` in S.

.. math::
    c_m \\dot v = g_l (e_l - v) + g_{exc} (e_{exc} - v) + g_{inh} (e_{inh} - v), \\qquad
    \\dot g_{exc} = -g_{exc}/\\tau_{exc}, \\qquad \\dot g_{inh} = -g_{inh}/\\tau_{inh}

A spike happens when `v` rises through :math:`\\theta`; then :math:`v \\leftarrow v_r`. A spike of
weight :math:`w` at the port ``exc`` or ``inh`` lifts that conductance by :math:`w`; the benchmark
has 6 nS and 67 nS. Its refractory period of 5 ms is left out: ``lif_refractory`` shows how one is
declared."""

drive: Final = Drive(
    t_end=0.1,
    arrivals={
        "exc": tuple((1e-3 * t, 6e-9) for t in (5, 8, 11, 14, 17, 20, 23, 26, 60, 63, 66, 69, 72)),
        "inh": ((0.050, 67e-9),),
    },
)
