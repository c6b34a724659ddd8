"""The theta neuron: the quadratic neuron as a phase on a circle."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

theta_neuron: Final = Neuron(
    "theta_neuron",
    dynamics={
        "phi": "(1 - cos(phi) + (1 + cos(phi))*(eta + i))/tau_m",
        "i": "-i/tau_s",
    },
    threshold="phi - 3.141592653589793",
    reset={"phi": "phi - 6.283185307179586"},
    receive={"i": "i + w"},
    parameters={"tau_m": 10e-3, "tau_s": 5e-3, "eta": -1.0},
    initial={"phi": -1.5707963267948966},
    units={
        **dict.fromkeys(("phi", "i", "w", "eta"), "1"),
        **dict.fromkeys(("tau_m", "tau_s"), "s"),
    },
    citation="G. B. Ermentrout and N. Kopell, Parabolic bursting in an excitable system coupled "
    "with a slow oscillation, SIAM Journal on Applied Mathematics 46, 233 (1986), "
    "doi:10.1137/0146017; B. Ermentrout, Type I membranes, phase resetting curves, and synchrony, "
    "Neural Computation 8, 979 (1996), doi:10.1162/neco.1996.8.5.979",
)
"""Phase `phi` on the circle, in radians, and synaptic current `i`, without unit.

.. math::
    \\tau_m \\dot\\varphi = 1 - \\cos\\varphi + (1 + \\cos\\varphi)(\\eta + i), \\qquad
    \\dot i = -i/\\tau_s

With :math:`v = \\tan(\\varphi/2)` this is ``qif`` with spikes at infinity. The phase is kept in one
turn, from :math:`-\\pi` to :math:`\\pi`: a spike happens when it rises through :math:`\\pi`, and
there :math:`\\varphi \\leftarrow \\varphi - 2\\pi`. The flow is the same on both sides, so the wrap
is a change of coordinates: it leaves the adjoint as it is. At :math:`\\pi` the phase moves at
:math:`2/\\tau_m` whatever the input is, so spikes never graze. For :math:`\\eta < 0` the neuron
rests at :math:`-\\arccos((1 + \\eta)/(1 - \\eta))`, for :math:`\\eta > 0` it fires at the rate
:math:`\\sqrt{\\eta}/(\\pi \\tau_m)`. An arriving spike of weight :math:`w` lifts `i` by :math:`w`.
What is observed should have one value on the circle, as ``cos(phi)``. Time constants in seconds."""

drive: Final = Drive(
    t_end=0.1,
    arrivals={"default": ((0.005, 3.0), (0.040, 15.0), (0.045, 15.0))},
)
