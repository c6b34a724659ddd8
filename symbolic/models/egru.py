"""The event-based gated recurrent unit in continuous time."""

from __future__ import annotations

from typing import Final

from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

egru: Final = Neuron(
    "egru",
    dynamics={
        "c": "(1 + tanh(a_u/2))*(tanh(a_z) - c)/(2*tau_m)",
        "a_u": "(b_u - a_u)/tau_s",
        "a_r": "(b_r - a_r)/tau_s",
        "a_z": "(b_z - a_z)/tau_s",
    },
    threshold="c - theta",
    reset={"c": "0"},
    receive={
        "update": {"a_u": "a_u + w"},
        "reset": {"a_r": "a_r + w"},
        "input": {"a_z": "a_z + w"},
        "recurrent": {"a_z": "a_z + w*(1 + tanh(a_r/2))/2"},
    },
    parameters={"tau_m": 20e-3, "tau_s": 5e-3, "theta": 0.5, "b_u": 0.0, "b_r": 0.0, "b_z": 0.0},
    units={
        **dict.fromkeys(("c", "a_u", "a_r", "a_z", "w", "theta", "b_u", "b_r", "b_z"), "1"),
        **dict.fromkeys(("tau_m", "tau_s"), "s"),
    },
    citation="A. Subramoney, K. K. Nazeer, M. Schoene, C. Mayr and D. Kappel, Efficient recurrent "
    "architectures through activity sparsity and sparse back-propagation through time, ICLR 2023, "
    "arXiv:2206.06178",
)
"""Cell state `c` and the pre-activations `a_u`, `a_r`, `a_z` of its gates, without unit.

.. math::
    \\tau_m \\dot c = \\sigma(a_u) (\\tanh(a_z) - c), \\qquad
    \\tau_s \\dot a_x = b_x - a_x \\quad (x = u, r, z), \\qquad \\sigma(a) = 1/(1 + e^{-a})

A gated recurrent unit sets :math:`c \\leftarrow u z + (1 - u) c` at every step: one of Euler's
method, of length :math:`\\tau_m`, along the flow of `c`. An event happens when `c` rises through
:math:`\\theta`; then :math:`c \\leftarrow 0`, as the paper subtracts what was sent. Spikes are
jumps of the pre-activations, one port for each gate: ``update``, ``reset``, and for the candidate
:math:`z` either ``input``, which the reset gate does not reach, or ``recurrent``, where it scales
the weight by :math:`\\sigma(a_r)`.

Two departures: the paper's events carry the value :math:`c`, which at the threshold is
:math:`\\theta`, a factor that the weights absorb; and its reset gate is the sender's, which a spike
without a value cannot carry. Here it is the receiver's, as in the gated recurrent units that apply
the reset after the recurrent weights. Time constants in seconds."""

drive: Final = Drive(
    t_end=0.1,
    arrivals={
        "update": tuple((0.005 + 0.01 * k, 2.0) for k in range(8)),
        "reset": ((0.045, 3.0),),
        "input": tuple((0.005 + 0.005 * k, 1.5) for k in range(7)),
        "recurrent": tuple((0.046 + 0.004 * k, 2.5) for k in range(8)),
    },
)
