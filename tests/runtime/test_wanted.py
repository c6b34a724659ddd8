"""What is no network, where one is wanted, is named, and so is the way to a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saltation.runtime.check import check_gradient
from saltation.runtime.export import export
from saltation.runtime.network import Network
from saltation.runtime.simulate import compile
from saltation.runtime.wanted import check_network
from saltation.symbolic.errors import NetworkTypeError
from saltation.symbolic.models import egru, leaky_integrator, lif, lif_conductance
from saltation.symbolic.neuron import Neuron


@pytest.mark.parametrize(
    "call",
    [
        lambda net: compile(net, t_end=0.1),
        lambda net: check_gradient(net, {}, t_end=0.1),
        lambda net: check_network(net),
    ],
)
def test_a_neuron_is_no_network(call: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError, match=r"must be a sal\.Network, got the Neuron 'lif'") as caught:
        call(lif)
    assert isinstance(caught.value, NetworkTypeError)


@pytest.mark.parametrize("neuron", [lif, egru, leaky_integrator], ids=lambda neuron: neuron.name)
def test_the_advice_makes_a_network_of_the_neuron(neuron: Neuron) -> None:
    with pytest.raises(NetworkTypeError) as caught:
        check_network(neuron)
    advice = str(caught.value).partition("neuron: ")[2].replace("sal.Network", "Network")
    names: dict[str, Any] = {"Network": Network, "NEURON": neuron}
    exec(advice, names)
    assert list(names["net"].populations) == ["out"]
    assert list(names["net"].projections) == ["in->out"]
    check_network(names["net"])


def test_the_advice_has_weights_in_the_units_of_the_model() -> None:
    with pytest.raises(NetworkTypeError, match=r"weight=\[\[\de-0[89]\]\], port='exc'"):
        check_network(lif_conductance)


def test_a_simulator_has_its_network() -> None:
    net = Network()
    net.add_population("out", lif, 1)
    with pytest.raises(NetworkTypeError, match=r"got a Simulator\..* its attribute net"):
        check_network(compile(net, t_end=0.1))


@pytest.mark.parametrize("other", [None, "lif", {"in": 2}, Network])
def test_anything_else_is_named_by_its_type(other: object, tmp_path: Path) -> None:
    match = rf"got {type(other).__name__}\. Make one by net = sal\.Network\(\)"
    with pytest.raises(NetworkTypeError, match=match):
        export(other, tmp_path / "folder", 0.1)  # type: ignore[arg-type]
    assert not (tmp_path / "folder").exists()
