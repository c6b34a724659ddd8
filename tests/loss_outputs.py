"""Outputs of a run, made by hand, and losses of them in many digits."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np

from saltation.runtime.spikes import Spikes

Trains = list[list[list[Any]]]
"""Spike times by sample and neuron."""
Formula = Callable[[Trains, list[list[Any]], list[int]], Any]
"""The loss of spike trains, observed values and labels, in mpmath's numbers."""


def made_run(spikes: Spikes, size: int, values: Any = None) -> Any:
    """What a loss uses of a run: population "out" of `size` neurons, observation "v"."""
    return SimpleNamespace(
        spikes={"out": spikes},
        observations={} if values is None else {"v": np.asarray(values, dtype=float)},
        first_spikes=lambda population: {"out": spikes}[population].first_times(size),
    )


def assert_matches(loss: Any, run: Any, size: int, labels: list[int], formula: Formula) -> None:
    """Assert that value and cotangents are those of the formula, differenced in 60 digits."""
    result = loss(run, np.array(labels))
    spikes: Spikes = run.spikes["out"]
    values = [[mpmath.mpf(v) for v in row] for row in run.observations.get("v", np.zeros((0, 0)))]
    times = [mpmath.mpf(t) for t in spikes.times]
    with mpmath.workdps(60):

        def total(moved: list[Any], seen: list[list[Any]]) -> Any:
            return formula(_trains(spikes, size, moved), seen, labels)

        base = total(times, values)
        assert abs(result.value - float(base)) <= 1e-13 * max(1.0, abs(float(base)))
        by_time = [
            float((total(_moved(times, k), values) - base) / STEP) for k in range(len(times))
        ]
        by_value = [
            [
                float((total(times, _moved_value(values, b, k)) - base) / STEP)
                for k in range(len(row))
            ]
            for b, row in enumerate(values)
        ]
    given = result.spike_times.get("out", np.zeros(len(times)))
    if given.ndim == 2:
        given = _of_first(spikes, given)
    assert by_time == [] or np.abs(by_time).sum() > 0.0 or "out" not in result.spike_times
    np.testing.assert_allclose(given, by_time, rtol=1e-12, atol=1e-12)
    if values:
        seen = result.observations.get("v", np.zeros((len(values), len(values[0]))))
        np.testing.assert_allclose(seen, by_value, rtol=1e-12, atol=1e-12)


STEP = mpmath.mpf(10) ** -30
"""One-sided differences are exact to about as many digits."""


def _trains(spikes: Spikes, size: int, times: list[Any]) -> Trains:
    trains: Trains = [[[] for _ in range(size)] for _ in range(spikes.batch)]
    for sample, unit, time in zip(spikes.samples, spikes.units, times, strict=True):
        trains[sample][unit].append(time)
    return trains


def _of_first(spikes: Spikes, first: np.ndarray) -> np.ndarray:
    rows, seen = np.zeros(spikes.n_spikes), set()
    for row, (sample, unit) in enumerate(zip(spikes.samples, spikes.units, strict=True)):
        if (sample, unit) not in seen:
            rows[row] = first[sample, unit]
            seen.add((sample, unit))
    return rows


def _moved(times: list[Any], index: int) -> list[Any]:
    return [t + STEP if k == index else t for k, t in enumerate(times)]


def _moved_value(values: list[list[Any]], sample: int, unit: int) -> list[list[Any]]:
    return [
        [v + STEP if (b, k) == (sample, unit) else v for k, v in enumerate(row)]
        for b, row in enumerate(values)
    ]
