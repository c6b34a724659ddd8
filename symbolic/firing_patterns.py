"""Published firing patterns: parameters and input under which one model spikes in many ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from saltation.symbolic.models import adex, izhikevich
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive

LONG: Final = 300.0
"""A synaptic time constant, unit s, that makes a step of current of an arriving spike: it decays by
less than 0.2 % within the runs below."""

_ONSET: Final = 20e-3
"""When the current is switched on, unit s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiringPattern:
    """A model with parameters and an input, and how it then spikes.

    Attributes
    ----------
    name : str
        What the source calls it.
    neuron : Neuron
        The model.
    drive : Drive
        Parameters, initial state and arrivals, in SI units. A spike that arrives is a step of
        current of the size of its weight, since the synaptic current hardly decays.
    """

    name: str
    neuron: Neuron
    drive: Drive


def _izhikevich(
    name: str,
    *values: float,
    steps: tuple[tuple[float, float], ...] = ((_ONSET, 10.0),),
    start: tuple[float, float] = (-70.0, -14.0),
    constant: float = 0.0,
) -> FiringPattern:
    """Convert the paper's ``a, b, c, d`` and ``v, u`` at the start, which are in mV and ms."""
    a, b, c, d = values
    drive = Drive(
        t_end=0.3,
        arrivals={"default": steps},
        parameters={
            "a": 1e3 * a,
            "b": 1e3 * b,
            "c": 1e-3 * c,
            "d": d,
            "i_0": constant,
            "tau_s": LONG,
        },
        initial={"v": 1e-3 * start[0], "u": start[1]},
    )
    return FiringPattern(name=name, neuron=izhikevich, drive=drive)


_REST_25: Final = (-64.4, -16.1)
"""Rest for b = 0.25."""

_REST_26: Final = (-62.5, -16.25)
"""Rest for b = 0.26."""

IZHIKEVICH: Final = (
    _izhikevich("regular spiking", 0.02, 0.2, -65.0, 8.0),
    _izhikevich("intrinsically bursting", 0.02, 0.2, -55.0, 4.0),
    _izhikevich("chattering", 0.02, 0.2, -50.0, 2.0),
    _izhikevich("fast spiking", 0.1, 0.2, -65.0, 2.0),
    _izhikevich("low-threshold spiking", 0.02, 0.25, -65.0, 2.0, start=_REST_25),
    _izhikevich(
        "thalamo-cortical, from rest",
        0.02,
        0.25,
        -65.0,
        0.05,
        steps=((_ONSET, 2.0),),
        start=_REST_25,
    ),
    _izhikevich(
        "thalamo-cortical, rebound",
        *(0.02, 0.25, -65.0, 0.05),
        steps=((0.1, 29.5),),
        start=(-87.0, -21.75),
        constant=-29.5,
    ),
    _izhikevich(
        "resonator",
        *(0.1, 0.26, -65.0, 2.0),
        steps=((_ONSET, 0.2), (0.15, 1.0), (0.152, -1.0)),
        start=_REST_26,
    ),
)
"""Figure 2 of E. M. Izhikevich, Simple model of spiking neurons, IEEE Transactions on Neural
Networks 14, 1569 (2003). The step of 10 is the paper's; it does not give the currents of the last
three."""


def _adex(name: str, *values: float) -> FiringPattern:
    """Convert C in pF, g_L in nS, E_L in mV, a in nS, tau_w in ms, b and I in pA, V_r in mV."""
    c_m, g_l, e_l, a, tau_u, b, v_r, current = values
    drive = Drive(
        t_end=0.5,
        arrivals={"default": ((_ONSET, 1e-12 * current),)},
        parameters={
            "c_m": 1e-12 * c_m,
            "g_l": 1e-9 * g_l,
            "e_l": 1e-3 * e_l,
            "v_t": -50e-3,
            "delta_t": 2e-3,
            "a": 1e-9 * a,
            "tau_u": 1e-3 * tau_u,
            "b": 1e-12 * b,
            "v_r": 1e-3 * v_r,
            "tau_s": LONG,
        },
        initial={"v": 1e-3 * e_l},
    )
    return FiringPattern(name=name, neuron=adex, drive=drive)


ADEX: Final = (
    _adex("tonic spiking", 200.0, 10.0, -70.0, 2.0, 30.0, 0.0, -58.0, 500.0),
    _adex("adaptation", 200.0, 12.0, -70.0, 2.0, 300.0, 60.0, -58.0, 500.0),
    _adex("initial burst", 130.0, 18.0, -58.0, 4.0, 150.0, 120.0, -50.0, 400.0),
    _adex("regular bursting", 200.0, 10.0, -58.0, 2.0, 120.0, 100.0, -46.0, 210.0),
    _adex("delayed accelerating", 200.0, 12.0, -70.0, -10.0, 300.0, 0.0, -58.0, 300.0),
    _adex("delayed regular bursting", 100.0, 10.0, -65.0, -10.0, 90.0, 30.0, -47.0, 110.0),
    _adex("transient spiking", 100.0, 10.0, -65.0, 10.0, 90.0, 100.0, -47.0, 180.0),
    _adex("irregular spiking", 100.0, 12.0, -60.0, -11.0, 130.0, 30.0, -48.0, 160.0),
)
"""Table 1 of R. Naud, N. Marcille, C. Clopath and W. Gerstner, Firing patterns in the adaptive
exponential integrate-and-fire model, Biological Cybernetics 99, 335 (2008),
doi:10.1007/s00422-008-0264-7, as P. Mueller adapted it to match the paper's figures
(kip.uni-heidelberg.de, publication 3445)."""
