"""What can be observed of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saltation.runtime.network import Network
from saltation.symbolic.errors import (
    ArrayError,
    ArrayTypeError,
    ExpressionError,
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


def test_observations_are_parsed_in_the_symbols_of_the_model(net: Network) -> None:
    net.observe("gap", "hidden", "theta - v", kind="integral")
    states, parameters = lif.system.states, lif.system.parameters
    expression = net.observations["gap"].expression
    assert expression == parameters[2] - states[0]
    assert net.observations["gap"].at is None
    net.observe("v_at", "hidden", states[0] ** 2, kind="sample", at=[0, 0.01, 0.01])
    at = net.observations["v_at"].at
    assert at is not None
    assert at.tolist() == [0.0, 0.01, 0.01]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("hiden", "v"), UnknownNameError, r"observe 'x': .* did you mean 'hidden'\?"),
        (("in", "v"), NetworkError, r"'in' is an input, and has no states"),
        (("hidden", "v +"), ExpressionError, r"observation 'x'"),
        (("hidden", "e"), ExpressionError, r"unknown symbol 'e'|'e'"),
        (("hidden", "v", "maximum"), UnknownNameError, r"no kind 'maximum'; did you mean 'max'\?"),
        (
            ("hidden", "v", "trace"),
            UnknownNameError,
            r"known: 'max', the greatest .*; 'integral', the .*; 'sample', .* at=.* a trace$",
        ),
        (("hidden", "t"), ExpressionError, r"t is the time itself, .*Known here: v, i, tau_m, "),
        (("hidden", "v", ["max"]), UnknownNameError, r"no kind list"),
        (("hidden", "v", "sample"), NetworkError, r"samples need times: give at=\[...\]"),
        (("hidden", "v", "max", [0.1]), NetworkError, r"at= is for kind='sample'"),
        (
            ("hidden", "v", "sample", [0.2, 0.1]),
            ArrayError,
            r"sorted, got 0.1 after 0.2 at pos.* 1",
        ),
        (("hidden", "v", "sample", [-0.1]), ArrayError, r"zero or more, got -0.1 at position 0"),
        (("hidden", "v", "sample", [np.nan]), ArrayError, r"finite, got nan at position 0"),
        (
            ("hidden", "v", "sample", 0.1),
            ArrayError,
            r"a list of at least one time, got shape \(\)",
        ),
        (("hidden", "v", "sample", []), ArrayError, r"got shape \(0,\)"),
        (("hidden", "v", "sample", ["a"]), ArrayTypeError, r"at must hold real numbers"),
    ],
)
def test_bad_observations_are_refused(
    net: Network, arguments: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        net.observe("x", *arguments)
