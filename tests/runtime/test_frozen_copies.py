"""Copies of what was checked once: as read-only as the original."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes
from saltation.symbolic.models import lif

COPIES = [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]


def arrays(value: Any) -> Iterator[np.ndarray]:
    """Run over the arrays in a dataclass, its mappings and its parts."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from arrays(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from arrays(getattr(value, field.name))


def parts(net: Network) -> list[Any]:
    return [
        part
        for named in (net.populations, net.projections, net.observations)
        for part in named.values()
    ]


@pytest.mark.parametrize("twin", COPIES, ids=["copy", "deepcopy", "pickle"])
def test_spikes_stay_read_only(twin: Callable[[Spikes], Spikes]) -> None:
    spikes = Spikes.from_first_times([[0.001, 0.003], [0.002, np.inf]])
    made = twin(spikes)
    assert made == spikes
    assert [array.flags.writeable for array in arrays(made)] == [False] * 3


@pytest.mark.parametrize("twin", COPIES, ids=["copy", "deepcopy", "pickle"])
def test_the_parts_of_a_network_stay_read_only(twin: Callable[[Network], Network]) -> None:
    net = Network()
    net.add_input("in", 3)
    net.add_population("out", lif, 2, parameters={"tau_m": [0.02, 0.03]})
    pattern = scipy.sparse.csr_matrix([[8.0, 0.0], [0.0, 3.0], [1.0, 1.0]])
    net.connect("in", "out", weight=pattern, delay=1e-3 * pattern)
    net.connect("out", "out", weight=np.eye(2), delay=1e-3)
    net.observe("v", "out", "v", kind="sample", at=[0.01])
    made = twin(net)
    found = [array for part in parts(made) for array in arrays(part)]
    assert len(found) == sum(1 for part in parts(net) for _ in arrays(part)) > 8
    assert not any(array.flags.writeable for array in found)
