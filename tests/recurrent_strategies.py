"""Hypothesis strategies for recurrent networks that stay calm: small, and weakly coupled."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from strategies import (
    Expressions,
    delays,
    magnitudes,
    observe_some,
    population_values,
    signed,
    weights,
)

from saltation.runtime.network import Network
from saltation.symbolic.neuron import Neuron


@st.composite
def recurrent_networks(
    draw: st.DrawFn,
    models: st.SearchStrategy[Neuron],
    *,
    zero_delay: bool,
    expressions: Expressions = st.sampled_from,
) -> Network:
    """One population that hears itself, or two that hear each other, and maybe themselves.

    With `zero_delay` at least one cycle has no delay at all; otherwise every projection of a cycle
    has one, shared or per synapse.
    """
    net = Network()
    names = ["a", "b"][: draw(st.integers(1, 2))]
    net.add_input("in", draw(st.integers(1, 2)))
    for name in names:
        model = draw(models)
        size = draw(st.integers(1, 2))
        net.add_population(
            name,
            model,
            size,
            parameters=draw(population_values(model.parameters, size)),
            initial=draw(population_values(model.initial, size)),
        )
        weight = draw(weights((net.inputs["in"].size, size), sparse=False))
        delay = draw(delays(weight))
        net.connect("in", name, weight=weight, delay=delay, port=draw(_ports(model)))
        observe_some(draw, net, name, expressions=expressions)
    for pre in names:
        for post in names:
            if pre != post or len(names) == 1 or draw(st.booleans()):
                _connect(draw, net, pre, post, zero_delay)
    return net


def _ports(model: Neuron) -> st.SearchStrategy[str]:
    return st.sampled_from(model.ports)


def _connect(draw: st.DrawFn, net: Network, pre: str, post: str, zero_delay: bool) -> None:
    shape = net.populations[pre].size, net.populations[post].size
    size = shape[0] * shape[1]
    entries = draw(st.lists(signed(0.3, 1.5), min_size=size, max_size=size))
    weight = np.array(entries).reshape(shape)
    delay: Any = 0.0 if zero_delay else draw(delays(weight, ("shared", "each")))
    port = draw(_ports(net.populations[post].neuron))
    net.connect(pre, post, weight=weight, delay=delay, port=port)
    if draw(st.integers(0, 3)) == 0:
        beside = draw(magnitudes(0.3e-3, 3e-3))
        net.connect(pre, post, weight=0.5 * weight, delay=beside, port=port, name=f"{pre}{post}_2")
