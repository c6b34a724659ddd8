"""Cycles of populations of different models, against differences of the declaration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from proofs import assert_exact, drive, observe

from saltation.runtime.network import Network
from saltation.symbolic.models import (
    adaptive_lif,
    lif,
    lif_delta,
    lif_refractory,
    qif,
)

DRIVE = drive([(0.0013, 0), (0.0042, 1), (0.0051, 0), (0.0117, 1), (0.0183, 0), (0.0304, 1)])


def ring(delay: Any, sparse: bool) -> Network:
    """Refractory, adaptive and delta neurons in a ring, each watched; closed forms."""
    random = np.random.default_rng(0)
    net = Network()
    net.add_input("in", 2)
    net.add_population("a", lif_refractory, 3, parameters={"tau_m": [0.015, 0.017, 0.02]})
    net.add_population("b", adaptive_lif, 2)
    net.add_population("c", lif_delta, 3)
    net.connect("in", "a", weight=random.uniform(4, 9, (2, 3)))
    weights = {
        "ab": random.uniform(2, 6, (3, 2)),
        "bc": random.uniform(0.4, 0.9, (2, 3)),
        "ca": random.uniform(-3, 2, (3, 3)),
        "cc": random.uniform(-0.3, 0.2, (3, 3)),
    }
    for name, weight in weights.items():
        given: Any = scipy.sparse.csr_array(weight) if sparse else weight
        net.connect(name[0], name[1], weight=given, delay=delay)
    for name in "abc":
        observe(net, name, [("v", "max"), ("v", "integral"), ("v", "sample", [0.009, 0.031])])
    return net


@pytest.mark.parametrize("delay", [0.0, 1.5e-3])
@pytest.mark.parametrize("sparse", [False, True])
def test_a_ring_of_three_models(delay: float, sparse: bool) -> None:
    """Modes, moving thresholds and jumps that fire, all at once."""
    skipped = [f"{wire}.delay" for wire in ("a->b", "b->c", "c->a", "c->c")] if delay == 0 else []
    result = assert_exact(
        ring(delay, sparse), DRIVE, t_end=0.04, entries=1, spiking=True, skipped=skipped
    )
    assert result.forward.spikes > 20


@pytest.mark.parametrize("delay", [0.0, 2e-3])
def test_a_nonlinear_population_and_a_linear_one_drive_each_other(delay: float) -> None:
    """Steps of Runge and Kutta are cut at arrivals that become known late."""
    net = Network()
    net.add_input("in", 2)
    net.add_population("a", qif, 2)
    net.add_population("b", lif, 2)
    net.connect("in", "b", weight=[[5.0, 7.0], [8.0, 4.0]])
    net.connect("b", "a", weight=[[6.0, 2.0], [3.0, 5.0]], delay=delay)
    net.connect("a", "b", weight=[[1.0, -2.0], [-1.0, 2.0]], delay=delay)
    observe(net, "a", [("v", "sample", [0.01, 0.03])])
    assert_exact(net, DRIVE, t_end=0.04, entries=1, spiking=True, tolerance=1e-7)
