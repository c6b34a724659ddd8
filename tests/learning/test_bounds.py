"""Bounds of trained values, and keys of them, that cannot be meant: named before anything runs."""

import math
import re
import warnings

import numpy as np
import pytest

import saltation as sal
from saltation.learning.fit import fit
from saltation.learning.losses import FirstSpikeCrossEntropy
from saltation.symbolic.errors import ArrayError, ArrayTypeError, BoundsWarning, UnknownNameError

KEY = "in->out.weight"
LOSS = FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=2.0, alpha=1e-2)


def fitted(sim, train, **settings):
    return fit(sim, train=train, loss=LOSS, progress=False, **{"epochs": 2, **settings})


@pytest.mark.parametrize(
    ("bounds", "error", "message"),
    [
        ((0, 9), ArrayTypeError, rf"bounds is \(0, 9\), .* bounds={{'{KEY}': \(least, most\)}}"),
        ({KEY: 9.0}, ArrayTypeError, f"bounds of '{KEY}' are 9.0, expected two numbers"),
        ({KEY: "09"}, ArrayTypeError, f"bounds of '{KEY}' are '09', expected two numbers"),
        ({KEY: (0, 1, 2)}, ArrayTypeError, rf"bounds of '{KEY}' are \(0, 1, 2\), expected two"),
        ({KEY: (None, 9)}, ArrayTypeError, f"bounds of '{KEY}': the least is None, expected a"),
        ({KEY: (0.0, math.nan)}, ArrayError, r"are \(0.0, nan\), expected two numbers"),
        ({KEY: (9.0, 0.0)}, ArrayError, r"are \(9.0, 0.0\), expected the least value first"),
        (
            {KEY: (0.0, 1.0)},
            ArrayError,
            rf"^fit: '{KEY}' starts at 1\.\d+ at index \(.*\), outside of its bounds \(0, 1\)",
        ),
        ({KEY: (1.0, math.inf)}, ArrayError, rf"'{KEY}' starts at 0\.\d+ .* bounds \(1, inf\)"),
    ],
)
def test_bounds_that_cannot_be_meant_are_named(sim, train, bounds, error, message):
    with pytest.raises(error, match=message) as raised:
        fitted(sim, train, bounds=bounds)
    assert raised.value.argument == "bounds"
    assert sim.runs == 0


def test_values_may_start_on_their_bounds(sim, train):
    bounds = {KEY: (sim.net.weight.min(), sim.net.weight.max())}
    assert len(fitted(sim, train, bounds=bounds).history) == 2


@pytest.mark.parametrize(
    ("start", "bounds", "held"), [(0.5, (0.5, 2.0), True), (0.5, (0.0, 2.0), False)]
)
def test_values_that_stay_on_their_bounds_are_named(start, bounds, held):
    # The later the better: the weight wants to fall.
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population("out", sal.models.lif, 1)
    net.connect("in", "out", weight=[[20.0 * start]])
    simulator = sal.compile(net, t_end=0.05)

    def early(run, labels):
        times = run.spikes["out"].times
        return -times.sum(), {"out": -np.ones(times.size)}, {}

    loss = sal.losses.FunctionLoss(early)
    spikes = sal.Spikes.from_first_times([[0.0]])
    assert loss(simulator.run({"in": spikes}), None).value < 0.0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(
            simulator,
            train=(spikes, np.zeros(1, int)),
            loss=loss,
            trainable=[KEY],
            bounds={KEY: (20.0 * bounds[0], 20.0 * bounds[1])},
            epochs=3,
            progress=False,
        )
    named = [each.message for each in caught if isinstance(each.message, BoundsWarning)]
    assert bool(named) is held
    if held:
        message = rf"'{KEY}' has not left its bound 10 in 3 epochs: .* its bounds \(10, 40\)"
        assert re.search(message, str(named[0]))


def test_a_resumed_training_does_not_start_from_the_values_of_the_call(sim, train, tmp_path):
    settings = {"bounds": {KEY: (0.9, 1.1)}, "checkpoint": tmp_path / "run.npz"}
    fitted(sim, train, values={KEY: np.ones((3, 2))}, epochs=1, **settings)
    assert len(fitted(sim, train, **settings).history) == 2


def test_a_trainable_key_without_its_population_is_found(sim, train):
    with pytest.raises(UnknownNameError, match=r"no value 'Theta'; did you mean 'out\.theta'\?"):
        fitted(sim, train, trainable=["Theta"])


def test_the_name_of_a_part_of_a_network_is_answered_by_its_keys(sim, train):
    message = r"no value 'in->out'; those of 'in->out' are 'in->out\.weight'$"
    with pytest.raises(UnknownNameError, match=message):
        fitted(sim, train, trainable=["in->out"])
    net = sal.Network()
    net.add_population("hid", sal.models.lif_delta, 1)
    keys = [key for key in net.values() if key.startswith("hid.")]
    with pytest.raises(UnknownNameError) as raised:
        net.checked_values({"hid": 1.0})
    assert f"those of 'hid' are {', '.join(map(repr, keys))}" in str(raised.value)
