"""Saltation: exact event-based gradients for any spiking neuron model.

Everything public is here, and loaded when first used::

    import saltation as sal

    lif = sal.Neuron("lif", dynamics={...}, threshold="v - theta", ...)
    net = sal.Network()
    sim = sal.compile(net, t_end=0.06)
    run = sim.run({"in": spikes})
    gradient = run.gradient(spike_times={"out": dL_dt})

What there is, and what it gives; ``help(sal.fit)`` and the like say more::

    declare    Neuron, Mode, Event; the shipped models
    connect    Network, Spikes, save_spikes, load_spikes
    run        compile -> Simulator -> Run
    check      check_gradient -> GradientCheck, near_misses -> NearMiss
    train      fit -> FitResult with its History, evaluate -> Evaluation, predict
               losses, data, encoders, weight_scale, Revival
               Adam, ConstantRate, ExponentialDecay, CosineDecay
               Augmentations, InputDropout, ImageShift, ImageDeformation
               Callback, EarlyStopping, CsvLog, TensorBoardLog
               load_checkpoint -> Checkpoint
    draw       plot
    export     export -> Export
    errors     SaltationError, GrazingWarning, StructuralZeroWarning

``models``, ``losses``, ``data``, ``encoders``, ``plot`` and ``errors`` are modules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saltation.learning import data as data
    from saltation.learning import encoders as encoders
    from saltation.learning import losses as losses
    from saltation.learning import plots as plot
    from saltation.learning.augment import Augmentations as Augmentations
    from saltation.learning.augment import ImageShift as ImageShift
    from saltation.learning.augment import InputDropout as InputDropout
    from saltation.learning.callbacks import Callback as Callback
    from saltation.learning.checkpoint import Checkpoint as Checkpoint
    from saltation.learning.checkpoint import load_checkpoint as load_checkpoint
    from saltation.learning.deformation import ImageDeformation as ImageDeformation
    from saltation.learning.evaluation import Evaluation as Evaluation
    from saltation.learning.evaluation import evaluate as evaluate
    from saltation.learning.evaluation import predict as predict
    from saltation.learning.fit import FitResult as FitResult
    from saltation.learning.fit import fit as fit
    from saltation.learning.history import History as History
    from saltation.learning.initial import weight_scale as weight_scale
    from saltation.learning.logs import CsvLog as CsvLog
    from saltation.learning.logs import TensorBoardLog as TensorBoardLog
    from saltation.learning.optimisers import Adam as Adam
    from saltation.learning.revival import Revival as Revival
    from saltation.learning.schedules import ConstantRate as ConstantRate
    from saltation.learning.schedules import CosineDecay as CosineDecay
    from saltation.learning.schedules import ExponentialDecay as ExponentialDecay
    from saltation.learning.stopping import EarlyStopping as EarlyStopping
    from saltation.runtime.check import check_gradient as check_gradient
    from saltation.runtime.check_table import GradientCheck as GradientCheck
    from saltation.runtime.export import Export as Export
    from saltation.runtime.export import export as export
    from saltation.runtime.near_misses import NearMiss as NearMiss
    from saltation.runtime.near_misses import near_misses as near_misses
    from saltation.runtime.network import Network as Network
    from saltation.runtime.run import Run as Run
    from saltation.runtime.simulate import Simulator as Simulator
    from saltation.runtime.simulate import compile as compile
    from saltation.runtime.spike_files import load_spikes as load_spikes
    from saltation.runtime.spike_files import save_spikes as save_spikes
    from saltation.runtime.spikes import Spikes as Spikes
    from saltation.symbolic import errors as errors
    from saltation.symbolic import models as models
    from saltation.symbolic.errors import GrazingWarning as GrazingWarning
    from saltation.symbolic.errors import SaltationError as SaltationError
    from saltation.symbolic.errors import StructuralZeroWarning as StructuralZeroWarning
    from saltation.symbolic.neuron import Event as Event
    from saltation.symbolic.neuron import Mode as Mode
    from saltation.symbolic.neuron import Neuron as Neuron

    __version__: str

_HOMES = {
    "Adam": "learning.optimisers",
    "Augmentations": "learning.augment",
    "Callback": "learning.callbacks",
    "Checkpoint": "learning.checkpoint",
    "ConstantRate": "learning.schedules",
    "CosineDecay": "learning.schedules",
    "CsvLog": "learning.logs",
    "EarlyStopping": "learning.stopping",
    "Evaluation": "learning.evaluation",
    "Event": "symbolic.neuron",
    "ExponentialDecay": "learning.schedules",
    "Export": "runtime.export",
    "FitResult": "learning.fit",
    "GradientCheck": "runtime.check_table",
    "GrazingWarning": "symbolic.errors",
    "History": "learning.history",
    "ImageDeformation": "learning.deformation",
    "ImageShift": "learning.augment",
    "InputDropout": "learning.augment",
    "Mode": "symbolic.neuron",
    "NearMiss": "runtime.near_misses",
    "Network": "runtime.network",
    "Neuron": "symbolic.neuron",
    "Revival": "learning.revival",
    "Run": "runtime.run",
    "SaltationError": "symbolic.errors",
    "Simulator": "runtime.simulate",
    "Spikes": "runtime.spikes",
    "StructuralZeroWarning": "symbolic.errors",
    "TensorBoardLog": "learning.logs",
    "check_gradient": "runtime.check",
    "compile": "runtime.simulate",
    "evaluate": "learning.evaluation",
    "export": "runtime.export",
    "fit": "learning.fit",
    "load_checkpoint": "learning.checkpoint",
    "load_spikes": "runtime.spike_files",
    "near_misses": "runtime.near_misses",
    "predict": "learning.evaluation",
    "save_spikes": "runtime.spike_files",
    "weight_scale": "learning.initial",
}
"""The module, below this package, in which each public name is defined."""

_MODULES = {
    "data": "learning.data",
    "encoders": "learning.encoders",
    "errors": "symbolic.errors",
    "losses": "learning.losses",
    "models": "symbolic.models",
    "plot": "learning.plots",
}
"""The module that each public module name stands for."""

__all__ = [
    "Adam",
    "Augmentations",
    "Callback",
    "Checkpoint",
    "ConstantRate",
    "CosineDecay",
    "CsvLog",
    "EarlyStopping",
    "Evaluation",
    "Event",
    "ExponentialDecay",
    "Export",
    "FitResult",
    "GradientCheck",
    "GrazingWarning",
    "History",
    "ImageDeformation",
    "ImageShift",
    "InputDropout",
    "Mode",
    "NearMiss",
    "Network",
    "Neuron",
    "Revival",
    "Run",
    "SaltationError",
    "Simulator",
    "Spikes",
    "StructuralZeroWarning",
    "TensorBoardLog",
    "__version__",
    "check_gradient",
    "compile",
    "data",
    "encoders",
    "errors",
    "evaluate",
    "export",
    "fit",
    "load_checkpoint",
    "load_spikes",
    "losses",
    "models",
    "near_misses",
    "plot",
    "predict",
    "save_spikes",
    "weight_scale",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("saltation")
    elif name in _HOMES:
        value = getattr(import_module(f"saltation.{_HOMES[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"saltation.{_MODULES[name]}")
    else:
        raise AttributeError(f"module 'saltation' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
