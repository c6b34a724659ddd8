"""The resonate-and-fire neuron: a damped oscillator with a threshold."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

resonate_and_fire: Final = Neuron(
    "resonate_and_fire",
    dynamics={"x": "b*x - omega*y", "y": "omega*x + b*y"},
    threshold="y - theta",
    reset={"x": "x_r"},
    receive={"x": "x + w"},
    parameters={"b": -100.0, "omega": 1000.0, "theta": 1.0, "x_r": 0.0},
    units={
        **dict.fromkeys(("x", "y", "w", "theta", "x_r"), "1"),
        "b": "1/s",
        "omega": "1/s",
    },
    citation="E. M. Izhikevich, Resonate-and-fire neurons, Neural Networks 14, 883 (2001), "
    "doi:10.1016/S0893-6080(01)00078-8",
)
"""Current-like variable `x` and voltage-like variable `y`, in units of the threshold.

.. math:: \\dot x = b x - \\omega y, \\qquad \\dot y = \\omega x + b y

With :math:`z = x + i y` this is :math:`\\dot z = (b + i \\omega) z`: the rates are complex. A spike
happens when `y` rises through :math:`\\theta`; then :math:`x \\leftarrow x_r` and `y` stays, which
for the paper's threshold 1 is its reset :math:`z \\leftarrow i`. An arriving spike of weight
:math:`w` shifts `x` by :math:`w`. Two spikes add up if they come one period apart and cancel if
they come half a period apart. The paper's time has no unit, with :math:`b = -1` and
:math:`\\omega = 10`; here its unit is 10 ms, so that the period is 6.3 ms. Both in 1/s."""

drive: Final = Drive(
    t_end=0.06,
    arrivals={"default": ((0.004, 0.9), (0.01028, 0.9), (0.035, 0.9), (0.03814, 0.9))},
)
