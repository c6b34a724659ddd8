"""The models that come with Saltation, one short file each.

Every constant here is a `saltation.symbolic.neuron.Neuron`, with its source in `citation` and its
units in `units`. To change default values, pass ``parameters=`` to ``Network.add_population``; to
change equations, declare a neuron of your own (``docs/adding_a_model.md``).
"""

from saltation.symbolic.models.adaptive_lif import adaptive_lif
from saltation.symbolic.models.leaky_integrator import leaky_integrator
from saltation.symbolic.models.lif import lif
from saltation.symbolic.models.lif_delta import lif_delta
from saltation.symbolic.models.lif_refractory import lif_refractory

__all__ = ["adaptive_lif", "leaky_integrator", "lif", "lif_delta", "lif_refractory"]
