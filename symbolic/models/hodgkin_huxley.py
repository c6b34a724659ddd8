"""The membrane of Hodgkin and Huxley: a spike that is detected and not reset."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

_X = "(v - v_0)/k"

hodgkin_huxley: Final = Neuron(
    "hodgkin_huxley",
    dynamics={
        "v": "(g_na*m**3*h*(e_na - v) + g_k*n**4*(e_k - v) + g_l*(e_l - v) + i + i_0)/c_m",
        "m": f"q*((1 - m)/exprel((25 - {_X})/10) - 4*m*exp(-{_X}/18))",
        "h": f"q*(7*(1 - h)*exp(-{_X}/20)/100 - h*(1 + tanh(({_X} - 30)/20))/2)",
        "n": f"q*((1 - n)/exprel((10 - {_X})/10)/10 - n*exp(-{_X}/80)/8)",
        "i": "-i/tau_s",
    },
    threshold="v - theta",
    receive={"i": "i + w"},
    parameters={
        "c_m": 1e-2,
        "g_na": 1200.0,
        "g_k": 360.0,
        "g_l": 3.0,
        "e_na": 50e-3,
        "e_k": -77e-3,
        "e_l": -54.387e-3,
        "v_0": -65e-3,
        "k": 1e-3,
        "q": 1e3,
        "theta": 0.0,
        "tau_s": 5e-3,
        "i_0": 0.0,
    },
    initial={"v": -65e-3, "m": 0.0529325, "h": 0.5961208, "n": 0.3176769},
    units={
        **dict.fromkeys(("v", "e_na", "e_k", "e_l", "v_0", "k", "theta"), "V"),
        **dict.fromkeys(("m", "h", "n"), "1"),
        **dict.fromkeys(("i", "i_0", "w"), "A/m**2"),
        **dict.fromkeys(("g_na", "g_k", "g_l"), "S/m**2"),
        "c_m": "F/m**2",
        "q": "1/s",
        "tau_s": "s",
    },
    citation="A. L. Hodgkin and A. F. Huxley, A quantitative description of membrane current and "
    "its application to conduction and excitation in nerve, Journal of Physiology 117, 500 (1952), "
    "equations 7, 12, 13, 15, 16, 20, 21, 23, 24 and 26, doi:10.1113/jphysiol.1952.sp004764",
)
"""Membrane `v` in V, gates `m`, `h`, `n` without unit, synaptic current `i` in A/m^2 of membrane.

.. math::
    c_m \\dot v = g_{na} m^3 h (e_{na} - v) + g_k n^4 (e_k - v) + g_l (e_l - v) + i + i_0, \\qquad
    \\dot y = q (\\alpha_y (1 - y) - \\beta_y y) \\quad (y = m, h, n), \\qquad \\dot i = -i/\\tau_s

With :math:`x = (v - v_0)/k`, the depolarisation in mV, and :math:`\\mathrm{exprel}(x) = (e^x -
1)/x`, which has no gap at 0: :math:`\\alpha_m = 1/\\mathrm{exprel}((25 - x)/10)`, :math:`\\beta_m =
4 e^{-x/18}`, :math:`\\alpha_h = 0.07 e^{-x/20}`, :math:`\\beta_h = 1/(1 + e^{(30 - x)/10})`,
:math:`\\alpha_n = 0.1/\\mathrm{exprel}((10 - x)/10)`, :math:`\\beta_n = 0.125 e^{-x/80}`. The paper
counts depolarisation as negative, from rest; here rest is :math:`v_0 = -65` mV. :math:`q`, 1 per ms
at 6.3 degrees Celsius, carries the temperature. A spike is recorded when `v` rises through
:math:`\\theta`, and resets nothing. An arriving spike of weight :math:`w` lifts `i` by :math:`w`;
:math:`i_0` is a constant current. The synaptic current is ours."""

drive: Final = Drive(
    t_end=0.06,
    arrivals={"default": ((0.005, 0.2), (0.030, 0.2), (0.035, 0.2), (0.040, 0.2), (0.045, 0.2))},
)
