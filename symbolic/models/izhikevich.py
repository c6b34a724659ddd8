"""Izhikevich's simple model of spiking neurons."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

izhikevich: Final = Neuron(
    "izhikevich",
    dynamics={
        "v": "k_2*v**2 + k_1*v + k_0 - u + i + i_0",
        "u": "a*(b*v - u)",
        "i": "-i/tau_s",
    },
    threshold="v - theta",
    reset={"v": "c", "u": "u + d"},
    receive={"i": "i + w"},
    parameters={
        "k_2": 4e4,
        "k_1": 5e3,
        "k_0": 140.0,
        "a": 20.0,
        "b": 200.0,
        "c": -65e-3,
        "d": 8.0,
        "theta": 30e-3,
        "tau_s": 5e-3,
        "i_0": 0.0,
    },
    initial={"v": -70e-3, "u": -14.0},
    units={
        **dict.fromkeys(("v", "c", "theta"), "V"),
        **dict.fromkeys(("u", "i", "i_0", "w", "d", "k_0"), "V/s"),
        **dict.fromkeys(("k_1", "a", "b"), "1/s"),
        "k_2": "1/(V*s)",
        "tau_s": "s",
    },
    citation="E. M. Izhikevich, Simple model of spiking neurons, IEEE Transactions on Neural "
    "Networks 14, 1569 (2003), equations 1 to 3, doi:10.1109/TNN.2003.820440",
)
"""Membrane `v` in V, recovery `u` and synaptic current `i` in V/s.

.. math::
    \\dot v = k_2 v^2 + k_1 v + k_0 - u + i + i_0, \\qquad \\dot u = a (b v - u), \\qquad
    \\dot i = -i/\\tau_s

A spike happens when `v` rises through :math:`\\theta`; then :math:`v \\leftarrow c` and
:math:`u \\leftarrow u + d`. An arriving spike of weight :math:`w` lifts `i` by :math:`w`;
:math:`i_0` is a constant current. The paper counts in mV and ms: `u`, `i` and `d`, in mV/ms, have
the same values in V/s; `v`, `c` and the threshold 30 are multiplied by 1e-3, `a` and `b` (0.02 and
0.2), per ms, by 1e3; :math:`0.04 v^2 + 5 v + 140` becomes :math:`4 \\cdot 10^4`, :math:`5000` and
:math:`140`. The defaults are those of a regular spiking neuron, at rest at -70 mV; the synaptic
current is ours."""

drive: Final = Drive(
    t_end=0.2,
    arrivals={"default": tuple((0.005 + 0.005 * k, 10.0) for k in range(36))},
)
