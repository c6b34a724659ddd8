"""Projections: both ends, ports, names, dense weights and delays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from saltation.runtime.network import Network
from saltation.symbolic.errors import (
    ArrayError,
    ArrayTypeError,
    NetworkError,
    UnknownNameError,
)
from saltation.symbolic.models import lif
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
deaf = Neuron(
    "deaf",
    dynamics={"v": "(1.5 - v) / tau"},
    threshold="v - 1",
    reset={"v": "0"},
    parameters={"tau": 0.02},
)


@pytest.fixture
def net() -> Network:
    """Return a network of an input of 2, a population of 3 and one of 4."""
    net = Network()
    net.add_input("in", 2)
    net.add_population("hidden", lif, 3)
    net.add_population("out", two_ports, 4)
    return net


@pytest.mark.parametrize(
    ("pre", "post", "message"),
    [
        (
            "hiden",
            "out",
            r"connect 'hiden' to 'out': there is no input or population 'hiden'; "
            r"did you mean 'hidden'\?",
        ),
        ("in", "hidde", r"there is no population 'hidde'; did you mean 'hidden'\?"),
        ("in", 3, r"there is no population int 3"),
        (["in"], "hidden", r"there is no input or population list \['in'\]"),
        ("hidden", "in", r"'in' is an input, and inputs receive nothing"),
    ],
)
def test_connections_need_both_ends(net: Network, pre: Any, post: Any, message: str) -> None:
    with pytest.raises(NetworkError, match=message) as caught:
        net.connect(pre, post, weight=np.ones((3, 4)))
    assert isinstance(caught.value, UnknownNameError) == ("there is no" in str(caught.value))


def test_an_unknown_name_is_a_key_error_that_reads_as_a_sentence(net: Network) -> None:
    with pytest.raises(KeyError) as caught:
        net.pattern("in->hidden")
    assert str(caught.value) == "pattern: there is no projection 'in->hidden'; there are none yet"


def test_ports_are_named_where_there_are_several(net: Network) -> None:
    weight = np.ones((3, 4))
    with pytest.raises(NetworkError, match=r"several ports: give port= one of 'exc', 'inh'"):
        net.connect("hidden", "out", weight=weight)
    with pytest.raises(UnknownNameError, match=r"port of model 'two_ports' called 'exh'; did you"):
        net.connect("hidden", "out", weight=weight, port="exh")
    with pytest.raises(UnknownNameError, match=r"called int 1; known: 'exc', 'inh'"):
        net.connect("hidden", "out", weight=weight, port=1)  # type: ignore[arg-type]
    net.connect("hidden", "out", weight=weight, port="inh")
    assert net.projections["hidden->out"].port == 1
    net.connect("in", "hidden", weight=np.ones((2, 3)), port="default")
    assert net.projections["in->hidden"].port == 0


def test_a_model_without_ports_receives_nothing(net: Network) -> None:
    net.add_population("deaf", deaf, 1)
    with pytest.raises(NetworkError, match=r"'deaf' .* has no port: .* receive="):
        net.connect("in", "deaf", weight=np.ones((2, 1)))


def test_a_second_projection_needs_a_name(net: Network) -> None:
    weight = np.ones((2, 3))
    net.connect("in", "hidden", weight=weight)
    with pytest.raises(NetworkError, match="a projection 'in->hidden' already; give this one name"):
        net.connect("in", "hidden", weight=weight)
    with pytest.raises(NetworkError, match=r"'in.slow' cannot name a projection"):
        net.connect("in", "hidden", weight=weight, name="in.slow")
    net.connect("in", "hidden", weight=weight, name="slow")
    net.connect("in", "hidden", weight=weight, name="in->slow")
    assert list(net.projections) == ["in->hidden", "slow", "in->slow"]


@pytest.mark.parametrize(
    ("weight", "error", "message"),
    [
        (
            np.ones((3, 2)),
            ArrayError,
            r"in->hidden.weight must have shape \[n_pre, n_post\] = \(2, 3\), got \(3, 2\)",
        ),
        (np.ones(6), ArrayError, r"got \(6,\)"),
        (0.5, ArrayError, r"got one number; for equal values give np.full\(\(2, 3\), 0.5\)"),
        ([[1, 2, 3], [4, 5]], ArrayError, r"weight cannot be made an array: its rows differ"),
        ([[1, 2, 3], [4, 5, np.nan]], ArrayError, r"must be finite, got nan at pre 1, post 2"),
        ([[1, -np.inf, 3], [4, 5, 6]], ArrayError, r"must be finite, got -inf at pre 0, post 1"),
        (np.ones((2, 3), dtype=bool), ArrayTypeError, r"got booleans \(dtype bool\)"),
        (np.ones((2, 3), dtype=complex), ArrayTypeError, r"got complex numbers"),
        (np.full((2, 3), "1"), ArrayTypeError, r"got text"),
        (np.full((2, 3), None), ArrayTypeError, r"got Python objects"),
        (None, ArrayTypeError, r"got Python objects"),
        (sp.csr_array(np.ones((3, 2))), ArrayError, r"\(2, 3\), got \(3, 2\)"),
        (sp.csr_array(np.ones((2, 3), dtype=bool)), ArrayTypeError, r"got booleans"),
        (sp.coo_array(np.ones((2, 3), dtype=complex)), ArrayTypeError, r"got complex"),
        (
            sp.coo_array(np.array([[0, np.nan, 1], [0, 0, 0]])),
            ArrayError,
            r"must be finite, got nan at entry 0",
        ),
    ],
)
def test_bad_weights_are_refused(
    net: Network, weight: Any, error: type[ArrayError], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        net.connect("in", "hidden", weight=weight)
    assert caught.value.argument == "in->hidden.weight"


@pytest.mark.parametrize(
    ("delay", "message"),
    [
        (-1e-3, r"in->hidden.delay must be zero or more, got -0.001$"),
        ([[0, 0, 0], [0, -1.0, 0]], r"zero or more, got -1.0 at pre 1, post 1"),
        (np.inf, r"must be finite, got inf$"),
        (np.ones(3), r"\[n_pre, n_post\] = \(2, 3\), got \(3,\)"),
        ("1ms", r"must hold real numbers, got text"),
        (sp.csr_array(np.ones((2, 3))), r"delay is sparse but the weights are dense"),
    ],
)
def test_bad_delays_are_refused(net: Network, delay: Any, message: str) -> None:
    with pytest.raises(ArrayError, match=message) as caught:
        net.connect("in", "hidden", weight=np.ones((2, 3)), delay=delay)
    assert caught.value.argument == "in->hidden.delay"


@given(hnp.arrays(np.float64, 4, elements=st.floats(width=64)))
def test_weights_are_finite_or_refused(row: np.ndarray) -> None:
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", lif, 4)
    if np.isfinite(row).all():
        net.connect("in", "out", weight=row[None])
        np.testing.assert_array_equal(net.values()["in->out.weight"], row[None])
    else:
        position = int(np.argmin(np.isfinite(row)))
        with pytest.raises(ArrayError, match=f"at pre 0, post {position}$"):
            net.connect("in", "out", weight=row[None])
