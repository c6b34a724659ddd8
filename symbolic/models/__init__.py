"""The models that come with Saltation, one short file each.

Every constant here is a `saltation.symbolic.neuron.Neuron`, with its source in `citation` and its
units in `units`; `saltation.symbolic.own_drive.own_drive` has an input for each. To change default
values, pass ``parameters=`` to ``Network.add_population``; to change equations, declare a neuron of
your own (``docs/adding_a_model.md``).
"""

from saltation.symbolic.models.adaptive_lif import adaptive_lif
from saltation.symbolic.models.adex import adex
from saltation.symbolic.models.egru import egru
from saltation.symbolic.models.eif import eif
from saltation.symbolic.models.hodgkin_huxley import hodgkin_huxley
from saltation.symbolic.models.izhikevich import izhikevich
from saltation.symbolic.models.leaky_integrator import leaky_integrator
from saltation.symbolic.models.lif import lif
from saltation.symbolic.models.lif_adaptation_current import lif_adaptation_current
from saltation.symbolic.models.lif_conductance import lif_conductance
from saltation.symbolic.models.lif_delta import lif_delta
from saltation.symbolic.models.lif_refractory import lif_refractory
from saltation.symbolic.models.lif_two_compartment import lif_two_compartment
from saltation.symbolic.models.qif import qif
from saltation.symbolic.models.resonate_and_fire import resonate_and_fire
from saltation.symbolic.models.theta_neuron import theta_neuron

__all__ = [
    "adaptive_lif",
    "adex",
    "egru",
    "eif",
    "hodgkin_huxley",
    "izhikevich",
    "leaky_integrator",
    "lif",
    "lif_adaptation_current",
    "lif_conductance",
    "lif_delta",
    "lif_refractory",
    "lif_two_compartment",
    "qif",
    "resonate_and_fire",
    "theta_neuron",
]
