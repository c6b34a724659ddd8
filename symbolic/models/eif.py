"""The exponential integrate-and-fire neuron."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

eif: Final = Neuron(
    "eif",
    dynamics={
        "v": "(g_l*(e_l - v) + g_l*delta_t*exp((v - v_t)/delta_t) + i + i_0)/c_m",
        "i": "-i/tau_s",
    },
    threshold="v - theta",
    reset={"v": "v_r"},
    receive={"i": "i + w"},
    parameters={
        "c_m": 1e-2,
        "g_l": 1.0,
        "e_l": -65e-3,
        "v_t": -59.9e-3,
        "delta_t": 3.48e-3,
        "theta": -30e-3,
        "v_r": -68e-3,
        "tau_s": 5e-3,
        "i_0": 0.0,
    },
    initial={"v": -65e-3},
    units={
        **dict.fromkeys(("v", "e_l", "v_t", "delta_t", "theta", "v_r"), "V"),
        **dict.fromkeys(("i", "i_0", "w"), "A/m**2"),
        "c_m": "F/m**2",
        "g_l": "S/m**2",
        "tau_s": "s",
    },
    citation="N. Fourcaud-Trocme, D. Hansel, C. van Vreeswijk and N. Brunel, How spike generation "
    "mechanisms determine the neuronal response to fluctuating inputs, Journal of Neuroscience 23, "
    "11628 (2003), doi:10.1523/JNEUROSCI.23-37-11628.2003",
)
"""Membrane `v` in V and synaptic current `i` in A/m^2 of membrane.

.. math::
    c_m \\dot v = g_l (e_l - v) + g_l \\Delta_t \\exp\\frac{v - v_t}{\\Delta_t} + i + i_0, \\qquad
    \\dot i = -i/\\tau_s

Above :math:`v_t` the exponential, the activation of sodium channels, takes `v` to infinity within
a fraction of a millisecond. A spike happens when `v` rises through :math:`\\theta`; then
:math:`v \\leftarrow v_r`. An arriving spike of weight :math:`w` lifts `i` by :math:`w`;
:math:`i_0` is a constant current. The values are the paper's fit to the model of Wang and Buzsaki
(1996), except for its refractory period of 1.7 ms, which is left out: ``lif_refractory`` shows how
one is declared. The time constant of the synapse is ours."""

drive: Final = Drive(
    t_end=0.1,
    arrivals={"default": ((0.005, 0.02), (0.040, 0.06), (0.043, 0.06), (0.046, 0.06))},
)
