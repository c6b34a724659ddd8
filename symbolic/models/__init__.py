"""The models that come with Saltation, one short file each.

Every name in `__all__` is a `saltation.symbolic.neuron.Neuron`, with its source in `citation` and
its units in `units`; `saltation.symbolic.own_drive.own_drive` has an input for each. To change
default values, pass ``parameters=`` to ``Network.add_population``; to change equations, declare a
neuron of your own (``docs/adding_a_model.md``).
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    from saltation.symbolic.neuron import Neuron

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


class _Models(ModuleType):
    """The package: a model's name means the model, not the file that declares it."""

    def __setattr__(self, name: str, value: object) -> None:
        # The import system binds a file here, under its name, once it has run.
        declares = name in __all__ and isinstance(value, ModuleType)
        super().__setattr__(name, getattr(value, name) if declares else value)


sys.modules[__name__].__class__ = _Models


def __getattr__(name: str) -> Neuron:
    """Declare a model when it is first asked for: all of them take a second."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import_module(f"{__name__}.{name}")
    model: Neuron = globals()[name]
    return model


def __dir__() -> list[str]:
    """List the models, declared or not."""
    return sorted(__all__)
