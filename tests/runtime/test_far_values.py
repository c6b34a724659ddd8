"""Values a thousand times too large, as in other units: populations take them or say why not."""

from __future__ import annotations

import warnings
from contextlib import suppress

import pytest

from saltation.runtime.network import Network
from saltation.symbolic.errors import ModelWarning, SaltationError
from saltation.symbolic.models import adex, eif, hodgkin_huxley, izhikevich
from saltation.symbolic.neuron import Neuron

CASES = [
    pytest.param(neuron, name, id=f"{neuron.name}-{name}")
    for neuron in (adex, eif, hodgkin_huxley, izhikevich)
    for name in neuron.parameters
]


@pytest.mark.parametrize(("neuron", "name"), CASES)
def test_a_population_with_a_far_value_is_made_or_refused(neuron: Neuron, name: str) -> None:
    net = Network()
    value = 1e3 * float(neuron.parameters[name])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        # Any other error, such as one of SymPy, fails.
        with suppress(SaltationError):
            net.add_population("out", neuron, 1, parameters={name: value})
    made = net.populations.get("out")
    assert made is None or made.parameters[name] == value
