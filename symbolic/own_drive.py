"""A shipped model's own example input: what it needs to show its behaviour."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saltation.symbolic.neuron import Neuron


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """Input spikes for one neuron.

    Every shipped model has one, as the constant ``drive`` of its file. Pictures, examples and tests
    run the model with it, and ``saltation check`` takes the size of the weights from it.
    """

    t_end: float
    """Length of the run, unit s."""

    arrivals: Mapping[str, tuple[tuple[float, float], ...]]
    """For each port the times (unit s) and weights of the spikes that arrive there, by time."""

    parameters: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Parameters that differ from the model's defaults."""

    initial: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Initial states that differ from the model's."""


def own_drive(neuron: Neuron) -> Drive | None:
    """Return the example input of a shipped model, None for any other.

    Parameters
    ----------
    neuron : Neuron
        The model.

    Examples
    --------
    >>> from saltation.symbolic import models
    >>> own_drive(models.lif).t_end
    0.06
    """
    try:
        module = importlib.import_module(f"saltation.symbolic.models.{neuron.name}")
    except ModuleNotFoundError:
        return None
    if getattr(module, neuron.name) != neuron:
        return None
    drive: Drive = module.drive
    return drive
