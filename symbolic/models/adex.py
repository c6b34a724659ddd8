"""The adaptive exponential integrate-and-fire neuron (AdEx)."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

adex: Final = Neuron(
    "adex",
    dynamics={
        "v": "(g_l*(e_l - v) + g_l*delta_t*exp((v - v_t)/delta_t) - u + i + i_0)/c_m",
        "u": "(a*(v - e_l) - u)/tau_u",
        "i": "-i/tau_s",
    },
    threshold="v - theta",
    reset={"v": "v_r", "u": "u + b"},
    receive={"i": "i + w"},
    parameters={
        "c_m": 281e-12,
        "g_l": 30e-9,
        "e_l": -70.6e-3,
        "v_t": -50.4e-3,
        "delta_t": 2e-3,
        "a": 4e-9,
        "tau_u": 144e-3,
        "b": 80.5e-12,
        "theta": -20e-3,
        "v_r": -70.6e-3,
        "tau_s": 5e-3,
        "i_0": 0.0,
    },
    initial={"v": -70.6e-3},
    units={
        **dict.fromkeys(("v", "e_l", "v_t", "delta_t", "theta", "v_r"), "V"),
        **dict.fromkeys(("u", "i", "i_0", "w", "b"), "A"),
        **dict.fromkeys(("g_l", "a"), "S"),
        **dict.fromkeys(("tau_u", "tau_s"), "s"),
        "c_m": "F",
    },
    citation="R. Brette and W. Gerstner, Adaptive exponential integrate-and-fire model as an "
    "effective description of neuronal activity, Journal of Neurophysiology 94, 3637 (2005), "
    "doi:10.1152/jn.00686.2005",
)
"""Membrane `v` in V, adaptation current `u` (the paper's `w`) and synaptic current `i` in A.

.. math::
    c_m \\dot v = g_l (e_l - v) + g_l \\Delta_t \\exp\\frac{v - v_t}{\\Delta_t} - u + i + i_0,
    \\qquad \\tau_u \\dot u = a (v - e_l) - u, \\qquad \\dot i = -i/\\tau_s

A spike happens when `v` rises through :math:`\\theta`; then :math:`v \\leftarrow v_r` and
:math:`u \\leftarrow u + b`. An arriving spike of weight :math:`w` lifts `i` by :math:`w`;
:math:`i_0` is a constant current. The values are the paper's, except for the threshold, which there
is 20 mV: from -20 mV infinity is only 2 ns away, and further up the rounding of the time of a spike
would show in the gradient by the threshold. The paper's synapses are conductances; the current
synapse is ours."""

drive: Final = Drive(
    t_end=0.2,
    arrivals={"default": tuple((0.005 + 0.005 * k, 1.6e-9) for k in range(36))},
)
