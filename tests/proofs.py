"""What the proofs of simulations share: small networks, exactness, quick compilation."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import ArrayLike

import saltation.runtime.build as builds
import saltation.runtime.library as libraries
from saltation.runtime.check import GradientCheck, check_gradient
from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ModelWarning
from saltation.symbolic.neuron import Neuron

FULL_FLAGS = builds.DEFAULT_FLAGS
"""What users' simulators are compiled with; tests in general compile quickly (conftest.py)."""

NOMINAL_FLAGS = (*("-Og" if flag == "-O2" else flag for flag in FULL_FLAGS), "-O0")
"""Optimised in name only, which is quicker: the last flag counts."""

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
"""Whether this is a long run that looks for new counterexamples."""

Observed = tuple[str, str] | tuple[str, str, Sequence[float]]


def examples(count: int) -> settings:
    """Return Hypothesis settings: so many examples, forty times as many in a deep run."""
    return settings(max_examples=count * (40 if DEEP else 1))


def printed_with_seeds(code: str, *seeds: str) -> set[str]:
    """Return what Python code prints in processes whose hashes have these seeds."""
    return {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path), "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
            encoding="utf-8",
        ).stdout
        for seed in seeds
    }


@contextmanager
def fully_optimised() -> Iterator[None]:
    """Compile C as users do: what simulates for long needs it."""
    with compiled_with(FULL_FLAGS):
        yield


@contextmanager
def compiled_with(flags: Sequence[str]) -> Iterator[None]:
    """Compile C with these flags, and no quick library first: it would run in their place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builds, "DEFAULT_FLAGS", tuple(flags))
        patch.setattr(libraries, "quick_recipe", lambda recipe: None)
        yield


def model(name: str = "model", **declaration: Any) -> Neuron:
    """Declare a neuron without the warnings of unusual models."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        return Neuron(name, **declaration)


def small_network(
    neuron: Neuron,
    weight: Any = (),
    *,
    size: int | None = None,
    delay: Any = 0.0,
    port: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    initial: Mapping[str, Any] | None = None,
    watch: Sequence[Observed] = (),
) -> Network:
    """Return a population "out", driven by an input "in" if weights are given, and watched."""
    net = Network()
    wired = not isinstance(weight, tuple)
    count = size if size is not None else (np.shape(weight)[1] if wired else 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        net.add_population("out", neuron, count, parameters=parameters, initial=initial)
    if wired:
        net.add_input("in", np.shape(weight)[0])
        net.connect("in", "out", weight=weight, delay=delay, port=port)
    observe(net, "out", watch)
    return net


def observe(net: Network, population: str, watch: Sequence[Observed]) -> None:
    """Add observations, named after their number."""
    for expression, kind, *at in watch:
        net.observe(
            f"{population}_{len(net.observations)}",
            population,
            expression,
            kind=kind,
            at=at[0] if at else None,
        )


def drive(*samples: Sequence[tuple[float, int]]) -> dict[str, Spikes]:
    """Return spikes of the input "in", one sequence of (time, unit) per sample."""
    return {"in": Spikes.from_events([list(sample) for sample in samples])}


def assert_exact(
    net: Network,
    spikes: Mapping[str, Spikes] | None = None,
    *,
    t_end: float = 0.05,
    values: Mapping[str, ArrayLike] | None = None,
    tolerance: float = 1e-9,
    spiking: bool | None = None,
    skipped: Sequence[str] = (),
    entries: int = 4,
    loss: Mapping[str, Mapping[str, Any]] | None = None,
) -> GradientCheck:
    """Assert that run and gradient agree with high-precision differences of the declaration.

    Parameters
    ----------
    spiking : bool, optional
        Whether there must be spikes.
    skipped : sequence of str
        Keys whose entries may be not differentiable, because the test makes a tie.
    """
    result = check_gradient(
        net,
        spikes or {},
        values,
        t_end=t_end,
        entries=entries,
        tolerance=tolerance,
        loss=loss,
        progress=False,
    )
    report = f"\n{result}\n{result.forward}"
    assert result.passed, report
    assert result.forward.time_error <= 1e-13 * t_end, report
    assert result.forward.observation_error <= 1e-11, report
    if spiking is not None:
        assert (result.forward.spikes > 0) == spiking, report
    assert not [r.key for r in result.rows if r.skipped and r.key not in skipped], report
    return result


KINDS = [("v", "max"), ("v", "integral"), ("v", "sample", [0.0043, 0.0171, 0.037])]
"""Every kind of observation of ``v``."""

DRIVE = drive(
    [(0.0013, 0), (0.0042, 1), (0.0051, 0), (0.0117, 1), (0.0183, 0), (0.0304, 1)],
    [(0.0021, 1), (0.0034, 0), (0.0209, 0)],
)
"""Spikes of two inputs in two samples."""

WEIGHT = np.array([[7.1, 4.3, -2.0], [5.2, 9.4, 8.3]])
"""Weights from two inputs to three neurons, which fire."""
