"""What learning asks of a simulator: the few members it uses, as protocols.

Losses, :func:`~saltation.learning.fit.fit` and the plots are written against these protocols, so
that anything with the same members trains: a compiled simulator, a bridge to another framework, or
the closed-form model that the tests use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from saltation.runtime.spikes import Spikes

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
Values: TypeAlias = Mapping[str, FloatArray]
"""Values by key, such as ``"in->hidden.weight"``; see ``Network.values``."""


class Run(Protocol):
    """One simulated batch, which can be differentiated."""

    @property
    def batch(self) -> int:
        """Number of samples."""

    @property
    def spikes(self) -> Mapping[str, Spikes]:
        """All spikes of each population."""

    @property
    def observations(self) -> Mapping[str, FloatArray]:
        """The value of each observation, shape ``[batch, n]`` (``[batch, len(at), n]``)."""

    def first_spikes(self, population: str) -> FloatArray:
        """First spike times of a population in s, shape ``[batch, n]``, ``inf`` where silent."""

    def gradient(
        self,
        spike_times: Mapping[str, FloatArray] | None = None,
        observations: Mapping[str, FloatArray] | None = None,
        wrt: Iterable[str] | None = None,
        grazing: str = "warn",
    ) -> dict[str, FloatArray]:
        """Pull cotangents of the outputs back to the values named in `wrt`."""


class TrainableNetwork(Protocol):
    """A network as learning sees it: its parts by name, and its values."""

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The inputs by name."""

    @property
    def populations(self) -> Mapping[str, Any]:
        """The populations by name, each with a `size` and a `neuron`."""

    @property
    def projections(self) -> Mapping[str, Any]:
        """The projections by name, each with its target population `post` and a `pattern`."""

    def checked_values(self, values: Mapping[str, Any] | None) -> dict[str, FloatArray]:
        """Complete and check a partial mapping of values."""


class Simulator(Protocol):
    """A compiled network."""

    @property
    def net(self) -> TrainableNetwork:
        """The network that was compiled."""

    @property
    def t_end(self) -> float:
        """The end of every run, in s."""

    def run(self, spikes: Mapping[str, Spikes], values: Values | None = None) -> Run:
        """Simulate a batch."""
