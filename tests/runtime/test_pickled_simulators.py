"""Simulators are pickled and copied with all their settings; runs are not."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from proofs import small_network

from saltation.runtime.simulate import Simulator, compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayTypeError
from saltation.symbolic.models import lif

TWINS: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda original: pickle.loads(pickle.dumps(original)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
DRIVE = {"in": Spikes.from_first_times([[0.003, 0.001], [0.002, np.inf]])}
SETTINGS = {
    "precision": "single",
    "threads": 3,
    "solver": "taylor",
    "rtol": 1e-3,
    "atol": 1e-5,
    "max_events": 1234,
}


def simulator(**settings: Any) -> Simulator:
    weight = np.random.default_rng(1).uniform(1.0, 9.0, (2, 3))
    return compile(small_network(lif, weight), 0.03, **settings)


@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
@pytest.mark.parametrize("settings", [{}, SETTINGS], ids=["default", "other"])
def test_a_simulator_is_the_same_after_it(
    twin: Callable[[Simulator], Simulator], settings: dict[str, Any]
) -> None:
    sim = simulator(**settings)
    other = twin(sim)
    names = ("t_end", "precision", "threads", "solver", "tolerances", "max_events", "source")
    assert [getattr(other, name) for name in names] == [getattr(sim, name) for name in names]
    spikes = sim.run(DRIVE).spikes["out"]
    assert spikes.n_spikes
    assert other.run(DRIVE).spikes["out"] == spikes


@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
def test_a_run_says_what_to_take_instead(twin: Callable[[Any], Any]) -> None:
    with pytest.raises(ArrayTypeError, match=r"take run\.spikes, run\.observations or"):
        twin(simulator().run(DRIVE))
