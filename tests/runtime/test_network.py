"""Networks: what may be declared, what is said when it may not, and how it reads."""

from __future__ import annotations

import pickle
import re
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from saltation.runtime.network import Network
from saltation.symbolic.errors import (
    ArrayError,
    ArrayTypeError,
    NetworkError,
    NetworkTypeError,
    SaltationError,
    UnknownNameError,
)
from saltation.symbolic.models import adex, lif
from saltation.symbolic.neuron import Neuron

PARAMETERS = {"tau_m": 20e-3, "tau_s": 5e-3, "theta": 1.0}
two_ports = Neuron(
    "two_ports",
    dynamics={"v": "(e - i - v) / tau_m", "e": "-e / tau_s", "i": "-i / tau_s"},
    threshold="v - theta",
    reset={"v": "0"},
    receive={"exc": {"e": "e + w"}, "inh": {"i": "i + w"}},
    parameters=PARAMETERS,
)


@pytest.fixture
def net() -> Network:
    """Return a network of an input of 2, a population of 3 and one of 4."""
    net = Network()
    net.add_input("in", 2)
    net.add_population("hidden", lif, 3)
    net.add_population("out", two_ports, 4)
    return net


def test_parts_are_kept_in_order_and_cannot_be_changed(net: Network) -> None:
    net.connect("in", "hidden", weight=np.ones((2, 3)))
    assert list(net.populations) == ["hidden", "out"]
    for parts in (net.inputs, net.populations, net.projections, net.observations):
        with pytest.raises(TypeError):
            parts["new"] = None  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        net.populations["hidden"].size = 5  # type: ignore[misc]
    with pytest.raises(TypeError, match="read-only"):
        net.populations["hidden"].parameters["theta"] = np.array(1.0)
    with pytest.raises(TypeError, match="read-only"):
        net.populations["hidden"].parameters.update(theta=np.array(1.0))
    with pytest.raises(ValueError, match="read-only"):
        net.projections["in->hidden"].weight[0, 0] = 2.0


def test_arrays_are_copied(net: Network) -> None:
    weight, theta = np.ones((2, 3)), np.ones(4)
    net.connect("in", "hidden", weight=weight, delay=weight)
    net.add_population("more", lif, 4, parameters={"theta": theta})
    weight[:] = theta[:] = 7.0
    assert net.projections["in->hidden"].weight.max() == 1.0
    assert net.projections["in->hidden"].delay.max() == 1.0
    assert net.populations["more"].parameters["theta"].max() == 1.0


@pytest.mark.parametrize(
    "name", ["", "a.b", "2in", "a b", "a->b", "größe", "a-b", "in\n", 3, None, b"in", ["in"]]
)
def test_names_are_identifiers(net: Network, name: Any) -> None:
    message = "cannot name|must be text"
    with pytest.raises(NetworkError, match=message):
        net.add_input(name, 1)
    with pytest.raises(NetworkError, match=message):
        net.add_population(name, lif, 1)
    with pytest.raises(NetworkError, match=message):
        net.observe(name, "hidden", "v")


def test_a_name_names_one_thing(net: Network) -> None:
    with pytest.raises(NetworkError, match="'in' cannot name the new input: it names the input"):
        net.add_input("in", 1)
    with pytest.raises(NetworkError, match="new population: it names the input"):
        net.add_population("in", lif, 1)
    with pytest.raises(NetworkError, match="new input: it names the population"):
        net.add_input("hidden", 1)
    with pytest.raises(NetworkError, match="new projection: it names the population"):
        net.connect("in", "hidden", weight=np.ones((2, 3)), name="out")
    net.connect("in", "hidden", weight=np.ones((2, 3)), name="first")
    with pytest.raises(NetworkError, match="new population: it names the projection"):
        net.add_population("first", lif, 1)
    net.observe("peak", "hidden", "v")
    with pytest.raises(NetworkError, match="an observation 'peak' already"):
        net.observe("peak", "out", "v")


@pytest.mark.parametrize("size", [0, -1, 1.0, True, "3", None, 2**31])
def test_sizes_are_positive_integers(net: Network, size: Any) -> None:
    with pytest.raises(NetworkError, match="'x': size must be an integer of at least 1, got"):
        net.add_input("x", size)
    with pytest.raises(NetworkError, match="'x': size must be an integer of at least 1, got"):
        net.add_population("x", lif, size)


def test_numpy_integers_are_sizes(net: Network) -> None:
    net.add_input("x", np.int32(3))  # type: ignore[arg-type]
    assert net.inputs["x"].size == 3


def test_a_refused_part_leaves_the_network_as_it_was(net: Network) -> None:
    before = repr(net)
    with pytest.raises(SaltationError):
        net.add_population("x", lif, 2, parameters={"theta": [1.0]})
    with pytest.raises(SaltationError):
        net.connect("in", "hidden", weight=np.ones((3, 2)))
    with pytest.raises(SaltationError):
        net.observe("x", "hidden", "v + nothing")
    assert repr(net) == before


def test_parameters_are_merged_in_the_order_of_the_model(net: Network) -> None:
    net.add_population(
        "x", lif, 2, parameters={"theta": [1.0, 2.0], "tau_m": 0.03}, initial={"i": 0.5}
    )
    parameters = net.populations["x"].parameters
    assert list(parameters) == [symbol.name for symbol in lif.system.parameters]
    assert (parameters["theta"].shape, parameters["tau_m"].shape) == ((2,), ())
    assert parameters["tau_s"] == lif.parameters["tau_s"]
    assert dict(net.populations["x"].initial) == {"v": 0.0, "i": 0.5}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"parameters": {"tau": 1.0}},
            UnknownNameError,
            r"x: there is no parameter of model 'lif' called 'tau'; did you mean 'tau_[ms]'\?",
        ),
        ({"parameters": {"qqq": 1.0}}, UnknownNameError, r"known: 'tau_m', 'tau_s', 'theta'"),
        ({"initial": {"V": 1.0}}, UnknownNameError, r"called 'V'; did you mean 'v'\?"),
        ({"initial": {"w": 1.0}}, UnknownNameError, r"x.initial: there is no state"),
        ({"parameters": {3: 1.0}}, UnknownNameError, r"called int 3"),
        (
            {"parameters": {"theta": [1.0]}},
            ArrayError,
            r"x.theta must be one number, or have shape \[n\] = \(2,\), got \(1,\)",
        ),
        ({"parameters": {"theta": [[1.0, 2.0]]}}, ArrayError, r"got \(1, 2\)"),
        (
            {"parameters": {"theta": [1.0, np.nan]}},
            ArrayError,
            r"x.theta must be finite, got nan at neuron 1",
        ),
        ({"parameters": {"theta": np.inf}}, ArrayError, r"x.theta must be finite, got inf$"),
        ({"initial": {"v": "high"}}, ArrayTypeError, r"x.initial.v must hold real numbers"),
        ({"parameters": {"theta": True}}, ArrayTypeError, r"x.theta .* got booleans"),
        ({"parameters": {"theta": None}}, ArrayTypeError, r"x.theta .* got Python objects"),
        ({"parameters": [1.0]}, NetworkError, r"x: parameters must be a mapping"),
        ({"initial": 1.0}, NetworkError, r"x.initial: initial must be a mapping"),
    ],
)
def test_bad_parameters_are_refused(
    net: Network, arguments: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        net.add_population("x", lif, 2, **arguments)


def test_a_population_needs_a_model(net: Network) -> None:
    with pytest.raises(NetworkTypeError, match=r"'x': neuron must be a sal\.Neuron, got str 'l"):
        net.add_population("x", "lif", 2)  # type: ignore[arg-type]


def test_a_network_in_place_of_a_model_is_named_and_not_printed(net: Network) -> None:
    with pytest.raises(TypeError, match=r"got Network\. Declare one.*sal\.models\.lif") as caught:
        net.add_population("x", net, 2)  # type: ignore[arg-type]
    assert isinstance(caught.value, NetworkTypeError)
    assert "\n" not in str(caught.value)


def test_the_order_follows_the_projections() -> None:
    net = Network()
    net.add_input("in", 1)
    for name in "cba":
        net.add_population(name, lif, 1)
    for pre, post in (("in", "a"), ("a", "b"), ("b", "c"), ("a", "c")):
        net.connect(pre, post, weight=[[1.0]])
    assert net.order() == ("a", "b", "c")


@pytest.mark.parametrize(
    ("edges", "components", "cycles"),
    [
        (["aa"], (("a",), ("b",), ("c",)), (("a",),)),
        (["ab", "bc", "cb"], (("a",), ("b", "c")), (("b", "c"),)),
        (["ca", "ac", "cb"], (("a", "c"), ("b",)), (("a", "c"),)),
    ],
)
def test_populations_of_a_cycle_are_ordered_together(
    edges: list[str], components: tuple[tuple[str, ...], ...], cycles: tuple[tuple[str, ...], ...]
) -> None:
    net = Network()
    for name in "abc":
        net.add_population(name, lif, 1)
    for edge in edges:
        net.connect(edge[0], edge[1], weight=[[1.0]])
    assert net.components() == components
    assert net.cycles() == cycles
    assert net.order() == tuple(name for part in components for name in part)


def test_a_copy_keeps_the_observations_that_are_named(net: Network) -> None:
    for name in ("first", "second", "third"):
        net.observe(name, "hidden", "v")
    assert list(net.copy().observations) == ["first", "second", "third"]
    assert list(net.copy(observations=["third", "first"]).observations) == ["first", "third"]
    assert list(net.copy(observations="second").observations) == ["second"]
    assert not net.copy(observations=()).observations
    assert len(net.observations) == 3
    with pytest.raises(UnknownNameError, match=r"no observation 'thrid'; did you mean 'third'\?"):
        net.copy(observations=["thrid"])


def test_a_copy_grows_alone(net: Network) -> None:
    twin = net.copy()
    twin.add_input("more", 1)
    twin.observe("v", "hidden", "v")
    assert list(net.inputs) == ["in"]
    assert twin.populations["hidden"] is net.populations["hidden"]
    assert not net.observations


def test_a_network_can_be_pickled(net: Network) -> None:
    net.connect("in", "hidden", weight=sp.csr_array(np.eye(2, 3)), delay=1e-3)
    net.observe("v", "hidden", "v - theta")
    again = pickle.loads(pickle.dumps(net))
    assert repr(again) == repr(net)
    with pytest.raises(TypeError, match="read-only"):
        again.populations["hidden"].parameters.clear()
    for key, array in net.values().items():
        np.testing.assert_array_equal(again.values()[key], array)


def test_the_description_shows_every_part(net: Network) -> None:
    net.connect("in", "hidden", weight=[[0.5, 1, 1], [1, 1, 2.5]], delay=1e-3)
    net.connect("hidden", "out", weight=np.ones((3, 4)), port="inh", name="down")
    net.observe("peak", "out", "v - theta")
    text = net.describe()
    assert text.splitlines()[0] == ("Network: 1 input, 2 populations, 2 projections, 1 observation")
    for line in (
        "in     2",
        "in->hidden  in      hidden  default  2 x 3     0.5 to 2.5  0.001",
        "down        hidden  out     inh      3 x 4     1           0",
    ):
        assert line in text.splitlines()
    assert repr(net) == text


def test_the_description_shows_of_a_model_what_a_population_changes_in_lines_that_fit() -> None:
    net = Network()
    net.add_population("same", adex, 2)
    changed = {name: 2.0 * value for name, value in adex.parameters.items() if value > 0.0}
    net.add_population("other", adex, 2, parameters={**changed, "tau_s": [1e-3, 2e-3]})
    text = net.describe()
    same, *other = text.splitlines()[3:]
    assert same.split() == ["same", "2", "adex"]
    for name in changed:
        assert len(re.findall(rf"\b{name}=", text)) == 1
    assert "tau_s=0.001 to 0.002" in " ".join(" ".join(other).split())
    assert max(map(len, text.splitlines())) <= 100


def test_the_html_escapes_what_it_shows(net: Network) -> None:
    net.connect("in", "hidden", weight=np.ones((2, 3)))
    html = net._repr_html_()
    assert "<td>in-&gt;hidden</td>" in html
    assert html.count("<table>") == html.count("</table>") == 3
