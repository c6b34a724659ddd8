"""A trained parameter that a model divides by does not pass through zero unnoticed."""

import numpy as np
import pytest

import saltation as sal
from saltation.learning.divisors import check_sides, divisor_keys
from saltation.symbolic.errors import ModelError, SimulationError

LOSS = sal.losses.FirstSpikeCrossEntropy("out")


def network(neuron=sal.models.lif, **parameters):
    net = sal.Network()
    net.add_input("in", 3)
    net.add_population("out", neuron, 2, **parameters)
    net.connect("in", "out", weight=np.full((3, 2), 6.0))
    return net


@pytest.fixture(scope="module")
def train():
    times = np.random.default_rng(0).uniform(0.0, 0.03, (40, 3))
    return sal.Spikes.from_first_times(times), np.arange(40) % 2


def fitted(net, train, **settings):
    sim = sal.compile(net, t_end=0.06, threads=1)
    return sal.fit(sim, **{"train": train, "loss": LOSS, "progress": False, **settings})


class Goes:
    """An optimiser that moves each trained value to what it is told, at the second step."""

    def __init__(self, **targets):
        self.targets = {f"out.{name}": np.array(value) for name, value in targets.items()}

    def start(self, values):
        return 0

    def step(self, values, gradients, state, epoch=0):
        moved = {key: self.targets[key].copy() for key in values} if state else dict(values)
        return moved, state + 1

    def rate_at(self, epoch):
        return 0.1


def test_a_time_constant_that_falls_through_zero_ends_the_training(train):
    with pytest.raises(SimulationError) as raised:
        fitted(network(), train, epochs=20, trainable=["out.tau_m"])
    text = str(raised.value)
    assert text.startswith("epoch ")
    assert "batch" in text
    assert "'out.tau_m' from " in text
    assert "bounds={'out.tau_m': (least, most)}" in text
    assert "Adam(scales={'out.tau_m': ...})" in text


def test_a_time_constant_that_falls_almost_to_zero_ends_the_training(train):
    message = (
        r"from 0\.02 to 9\.7e-11, and model 'lif' divides by it: it has to stay well above zero"
    )
    with pytest.raises(SimulationError, match=message):
        fitted(network(), train, epochs=2, trainable=["out.tau_m"], optimiser=Goes(tau_m=9.7e-11))


def test_bounds_keep_a_time_constant_above_zero(train):
    bounds = {"out.tau_m": (1e-3, 1.0)}
    result = fitted(network(), train, epochs=20, trainable=["out.tau_m"], bounds=bounds)
    assert len(result.history) == 20
    assert 1e-3 <= result.values["out.tau_m"] <= 1.0


@pytest.mark.parametrize("after", [-0.003, 0])
def test_the_message_names_entry_values_epoch_and_batch(train, after):
    net = network(parameters={"tau_m": np.array([0.02, 0.03])})
    settings = {"trainable": ["out.tau_m"], "optimiser": Goes(tau_m=[0.02, after])}
    message = (
        rf"^epoch 1, batch 2 of 2: .* 'out\.tau_m' at index \(1,\) from 0\.03 to {after}, "
        r"and model 'lif' divides by it"
    )
    with pytest.raises(SimulationError, match=message):
        fitted(net, train, epochs=3, batch_size=20, **settings)


def test_parameters_that_nothing_divides_by_may_pass_through_zero(train):
    optimiser = Goes(v_r=-0.5)
    net = network(parameters={"v_r": 0.1})
    result = fitted(net, train, epochs=2, trainable=["out.v_r"], optimiser=optimiser)
    assert result.values["out.v_r"] == -0.5


def test_a_step_that_the_model_cannot_be_right_with_says_where(train):
    settings = {"trainable": ["out.theta"], "optimiser": Goes(theta=-1.0)}
    with pytest.raises(ModelError, match="S409-guard-sign") as raised:
        fitted(network(), train, epochs=2, batch_size=20, **settings)
    [note] = raised.value.__notes__
    assert note.startswith("In epoch 1, batch 2 of 2 of fit, after the step of the optimiser")


MODEL = sal.Neuron(
    "divides",
    dynamics={"v": "(i - v)/(c*(g + h)) + (a - b)*v/(a + k)", "i": "-i/(d*q + d) + e*i"},
    threshold="v - theta",
    reset={"v": "0"},
    receive={"i": "i + w"},
    parameters={
        **{"c": 1e-2, "g": 1.0, "h": 2.0, "a": 0.1, "b": 0.2, "k": 0.3, "d": 5e-3, "q": 1.0},
        **{"e": -1.0, "theta": 1.0},
    },
)


def test_divisors_are_what_makes_a_division_by_zero_alone():
    """``d`` is a factor of ``d q + d``, which is not spelt as one; ``g`` and ``h`` are terms."""
    net = network(MODEL)
    assert divisor_keys(net, tuple(net.values())) == {"out.c": "divides", "out.d": "divides"}
    assert divisor_keys(net, ("out.a", "out.d", "in->out.weight")) == {"out.d": "divides"}


def test_exactly_the_time_constants_of_a_known_model():
    net = network()
    assert list(divisor_keys(net, tuple(net.values()))) == ["out.tau_m", "out.tau_s"]


def test_a_model_is_not_looked_at_where_only_weights_are_trained(monkeypatch):
    net = network()
    monkeypatch.setattr(sal.Neuron, "requirements", lambda self: pytest.fail("looked at"))
    assert divisor_keys(net, ("in->out.weight", "in->out.delay", "out.initial.v")) == {}


@pytest.mark.parametrize(
    ("before", "after", "crosses"),
    [
        (1.0, 2e-6, False),
        (5e-3, 9.7e-11, True),
        (-1.0, -1e-300, True),
        (9.7e-11, 5e-3, False),
        (1e-200, 1e-200, False),
        (-1.0, -2.0, False),
        (0.0, 1.0, False),
        (1e-200, -1e-200, True),
        (-1.0, 0.0, True),
        (-1.0, 1.0, True),
    ],
)
def test_a_value_crosses_if_it_leaves_its_side_of_zero_or_nearly(before, after, crosses):
    old, new = ({"p.x": np.array(value)} for value in (before, after))
    if not crosses:
        check_sides({"p.x": "m"}, old, new, "here")
        return
    with pytest.raises(SimulationError, match=r"^here: "):
        check_sides({"p.x": "m"}, old, new, "here")
