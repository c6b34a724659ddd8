"""The spikes that a run is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saltation.runtime.drive import checked_drive
from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import (
    ArrayError,
    ArrayTypeError,
    NetworkError,
    UnknownNameError,
)
from saltation.symbolic.models import lif


@pytest.fixture
def net() -> Network:
    """Return a network of an input of 2 and a population of 3."""
    net = Network()
    net.add_input("in", 2)
    net.add_population("hidden", lif, 3)
    return net


def test_a_run_is_driven_by_spikes_for_every_input(net: Network) -> None:
    net.add_input("noise", 1)
    noise, signal = Spikes.silent(2), Spikes.from_first_times([[0.1, 0.2], [0.3, np.inf]])
    driven, batch = checked_drive(net.inputs, {"noise": noise, "in": signal})
    assert batch == 2
    assert list(driven.items()) == [("in", signal), ("noise", noise)]
    assert checked_drive({}, {}) == ({}, 1)


@pytest.mark.parametrize(
    ("spikes", "error", "message"),
    [
        ({}, NetworkError, r"nothing for input 'in'; give Spikes.silent"),
        ({"im": Spikes.silent(1)}, UnknownNameError, r"no input 'im'; did you mean 'in'\?"),
        ({"in": [[0.1]]}, ArrayTypeError, r"spikes\['in'\] must be Spikes, got list"),
        (Spikes.silent(1), ArrayTypeError, r"spikes must be a mapping .* got Spikes"),
        (
            {"in": Spikes.from_first_times([[np.inf, 0.1, 0.2]])},
            ArrayError,
            r"spikes\['in'\] has unit 2 at sample 0, row 1, expected units from 0 to 1",
        ),
    ],
)
def test_bad_drives_are_refused(
    net: Network, spikes: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        checked_drive(net.inputs, spikes)


def test_batches_of_inputs_are_of_one_size(net: Network) -> None:
    net.add_input("noise", 1)
    with pytest.raises(ArrayError, match=r"batches differ in size: 'in' 2, 'noise' 3"):
        checked_drive(net.inputs, {"in": Spikes.silent(2), "noise": Spikes.silent(3)})
