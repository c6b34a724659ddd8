"""Flows whose right-hand side is no number somewhere: told from states that grow without bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saltation.runtime.network import Network
from saltation.runtime.simulate import compile
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import BlowUpError, NonFiniteError
from saltation.symbolic.neuron import Event, Mode, Neuron

PARAMETERS = {"tau": 10e-3}


def failed_run(
    neuron: Neuron, weight: float = 1.0, *, precision: str = "double", n: int = 1, unit: int = 0
) -> str:
    """Run to 50 ms, with a spike at 10 ms for one of the neurons, and return the message."""
    net = Network()
    net.add_input("in", 1)
    net.add_population("out", neuron, n)
    weights = np.zeros((1, n))
    weights[0, unit] = weight
    net.connect("in", "out", weight=weights)
    sim: Any = compile(net, t_end=0.05, precision=precision)
    with pytest.raises(NonFiniteError) as caught:
        sim.run({"in": Spikes.from_first_times([[0.01]])})
    assert not isinstance(caught.value, BlowUpError)
    return str(caught.value)


def one(v: str, start: float, **more: Any) -> Neuron:
    """A neuron of one state, which arrivals shift."""
    return Neuron(
        "one",
        dynamics={"v": v},
        receive={"v": "v + w"},
        parameters=PARAMETERS,
        initial={"v": start},
        **more,
    )


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("v", ["sin(v)/v/tau", "(1 - 1/v)/tau"])
@pytest.mark.filterwarnings("ignore:.*S310-non-finite-start", "ignore:.*S312-removable")
def test_a_quotient_without_a_value_at_the_start_is_named(v: str, precision: str) -> None:
    message = failed_run(one(v, 0.0), precision=precision)
    assert "model 'one', population 'out', neuron 0, sample 0, at 0 s: " in message
    assert "the right-hand side of dv/dt = " in message
    assert " is not a number where v = 0. " in message
    assert "grows" not in message


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("n", [1, 20])
def test_an_arrival_that_leaves_the_domain_of_a_root_is_named(n: int, precision: str) -> None:
    neuron = one("(1 - sqrt(v))/tau", 1.0)
    message = failed_run(neuron, -3.0, precision=precision, n=n, unit=n - 1)
    assert f"population 'out', neuron {n - 1}, sample 0, at " in message
    time = float(message.split(" at ")[1].split(" s:")[0])
    assert time == pytest.approx(0.01, rel=1e-6)
    assert (
        "the right-hand side of dv/dt = (1 - sqrt(v))/tau is not a number where v = -2" in message
    )


@pytest.mark.parametrize("precision", ["double", "single"])
def test_a_flow_into_the_edge_of_its_domain_is_named(precision: str) -> None:
    """It falls to zero with a slope that grows, more slowly than any power."""
    message = failed_run(one("(log(v) - 1)/tau", 1.0), precision=precision)
    assert "dv/dt = (log(v) - 1)/tau is a number only as far as v = " in message


def test_the_equation_is_that_of_the_active_mode() -> None:
    """The first mode has a value everywhere, the second has none where the arrival leads."""
    neuron = Neuron(
        "two",
        modes={
            "rise": Mode(
                dynamics={"v": "2/tau", "u": "-u/tau"},
                events=[Event(guard="v - 1", to="fall")],
            ),
            "fall": Mode(dynamics={"v": "-v/tau", "u": "log(v)/tau"}),
        },
        receive={"v": "v - w"},
        parameters=PARAMETERS,
    )
    _, _, what = failed_run(neuron).partition(" at 0.01 s: ")
    assert "in mode fall, the right-hand side of du/dt = log(v)/tau is not a number where" in what
    assert " v = -0.393. " in what


def test_explicit_time_is_a_state_as_others() -> None:
    message = failed_run(one("log(tau - t)/tau", 1.0))
    assert " t = 0.01. " in message


@pytest.mark.filterwarnings("ignore:.*S322-blow-up")
def test_a_state_that_grows_without_bound_still_blows_up() -> None:
    """Also where its square overflows: in numbers of any size it has a value."""
    for start in (1.0, 1e200):
        net = Network()
        net.add_population("out", one("v*v/tau", start), 1)
        with pytest.raises(BlowUpError, match="grows without bound"):
            compile(net, t_end=0.05).run({})
