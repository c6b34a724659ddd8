"""A simulator with a first spike in closed form, to train without compiling anything.

Each arriving spike adds a ramp: ``v(t) = sum_i w_i (t - t_i)_+``. The first crossing of 1 among the
arrivals ``C`` before it is ``t = (1 + sum_C w_i t_i) / sum_C w_i``, whose derivatives are one line
of algebra: ``dt/dw_i = (t_i - t) / W`` and ``dv_max/dw_i = t_end - t_i``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, UnknownNameError
from saltation.symbolic.models import lif

KEY = "in->out.weight"


class RampNetwork:
    """One input, one population, and their weights."""

    def __init__(self, weight: np.ndarray) -> None:
        self.weight = weight
        self.inputs = {"in": weight.shape[0]}
        self.populations = {"out": SimpleNamespace(size=weight.shape[1], neuron=lif)}
        self.projections = {"in->out": SimpleNamespace(post="out", pattern=None)}

    def checked_values(self, values: Mapping[str, Any] | None) -> dict[str, np.ndarray]:
        given = dict(values or {})
        for key in given:
            if key not in (KEY, "out.theta"):
                raise UnknownNameError(f"unknown value {key!r}")
        full = {KEY: self.weight, "out.theta": np.array(1.0), **given}
        for key, array in full.items():
            if not np.isfinite(array).all():
                raise ArrayError(f"{key} must be finite", argument=key)
        return {key: np.array(array, dtype=np.float64) for key, array in full.items()}


@dataclass(frozen=True)
class RampRun:
    """One batch: the first spikes, and what their derivative needs."""

    first: np.ndarray
    arrivals: np.ndarray
    weight: np.ndarray
    t_end: float

    @property
    def spikes(self) -> dict[str, Spikes]:
        return {"out": Spikes.from_first_times(self.first)}

    @property
    def observations(self) -> dict[str, np.ndarray]:
        ramps = np.maximum(self.t_end - self.arrivals, 0.0)
        return {"v_end": ramps @ self.weight}

    def first_spikes(self, population: str) -> np.ndarray:
        assert population == "out"
        return self.first.copy()

    def gradient(
        self,
        spike_times: Mapping[str, np.ndarray] | None = None,
        observations: Mapping[str, np.ndarray] | None = None,
        wrt: Iterable[str] | None = None,
        grazing: str = "warn",
    ) -> dict[str, np.ndarray]:
        weight = np.zeros_like(self.weight)
        if spike_times:
            fired = np.isfinite(self.first)
            times = np.where(fired, self.first, 0.0)[:, None, :]
            causal = (self.arrivals[:, :, None] < times) & fired[:, None, :]
            total = np.where(fired, (causal * self.weight).sum(axis=1), 1.0)[:, None, :]
            arrivals = np.where(causal, self.arrivals[:, :, None], 0.0)
            partial = np.where(causal, (arrivals - times) / total, 0.0)
            weight += (partial * self._by_first(spike_times["out"])[:, None, :]).sum(axis=0)
        if observations:
            weight += np.maximum(self.t_end - self.arrivals, 0.0).T @ observations["v_end"]
        gradients = {KEY: weight, "out.theta": np.array(0.0)}
        return {key: gradients[key] for key in (wrt or gradients)}

    def _by_first(self, cotangent: np.ndarray) -> np.ndarray:
        """Cotangents of shape [batch, n], which may be given for each spike."""
        if cotangent.ndim == 2:
            return cotangent
        spikes, by_first = self.spikes["out"], np.zeros_like(self.first)
        by_first[spikes.samples, spikes.units] = cotangent
        return by_first


class RampSimulator:
    """Satisfies ``saltation.learning.protocols.Simulator``."""

    def __init__(self, weight: np.ndarray, t_end: float = 3.0) -> None:
        self.net = RampNetwork(np.asarray(weight, dtype=np.float64))
        self.t_end = t_end
        self.runs = 0

    def run(
        self, spikes: Mapping[str, Spikes], values: Mapping[str, np.ndarray] | None = None
    ) -> RampRun:
        self.runs += 1
        weight = self.net.checked_values(values)[KEY]
        arrivals = spikes["in"].first_times(weight.shape[0])
        return RampRun(
            first=first_crossings(arrivals, weight, self.t_end),
            arrivals=arrivals,
            weight=weight,
            t_end=self.t_end,
        )


def first_crossings(arrivals: np.ndarray, weight: np.ndarray, t_end: float) -> np.ndarray:
    """First crossing of 1 by each output, interval by interval between the arrivals."""
    order = np.argsort(arrivals, axis=1)
    times = np.take_along_axis(arrivals, order, axis=1)
    start = np.where(np.isfinite(times), times, t_end)[:, :, None]
    slopes = np.cumsum(weight[order], axis=1)
    with np.errstate(divide="ignore"):
        crossing = (1.0 + np.cumsum(weight[order] * start, axis=1)) / slopes
    stop = np.concatenate([start[:, 1:], np.full_like(start[:, :1], t_end)], axis=1)
    valid = (slopes > 0.0) & (crossing >= start) & (crossing <= stop)
    return np.where(valid, crossing, np.inf).min(axis=1)


def two_class_examples(size: int, seed: int) -> tuple[Spikes, np.ndarray]:
    """Points of the unit square, as spike times; the class says which coordinate is smaller."""
    generator = np.random.default_rng(seed)
    points = generator.uniform(0.0, 1.0, (size, 2))
    labels = (points[:, 0] > points[:, 1]).astype(np.int64)
    return Spikes.from_first_times(np.column_stack([points, np.zeros(size)])), labels


@pytest.fixture
def ramp_simulator() -> type[RampSimulator]:
    """The simulator's class: called with a weight matrix, and optionally ``t_end``."""
    return RampSimulator


@pytest.fixture
def two_classes() -> Callable[[int, int], tuple[Spikes, np.ndarray]]:
    """Makes examples from a size and a seed."""
    return two_class_examples


@pytest.fixture
def sim(ramp_simulator: type[RampSimulator]) -> RampSimulator:
    return ramp_simulator(np.random.default_rng(5).normal(1.0, 0.2, (3, 2)))


@pytest.fixture
def train(
    two_classes: Callable[[int, int], tuple[Spikes, np.ndarray]],
) -> tuple[Spikes, np.ndarray]:
    return two_classes(200, 1)
