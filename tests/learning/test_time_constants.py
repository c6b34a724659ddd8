"""Time constants of a loss beside the length of a run: too long, too short, and what comes."""

import warnings

import numpy as np
import pytest

import saltation as sal
from saltation.learning.fit import fit
from saltation.learning.losses import FirstSpikeCrossEntropy, LossValue
from saltation.learning.losses.training import out_of_proportion
from saltation.symbolic.errors import NonFiniteError, TimeConstantWarning

FITTING = {"tau_0": 0.1, "tau_1": 0.6, "alpha": 1e-2}


@pytest.fixture
def told(sim, train):
    """Fits, and returns what it warned of; its runs end at 3 s."""

    def run(loss):
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            fit(sim, train=train, loss=loss, epochs=0, progress=False)
        return [str(each.message) for each in found if each.category is TimeConstantWarning]

    return run


@pytest.mark.parametrize(("name", "value"), [("tau_0", 9.1), ("tau_1", 9.1)])
def test_milliseconds_taken_for_seconds_are_warned_of(told, name, value):
    [text] = told(FirstSpikeCrossEntropy("out", **{**FITTING, name: value}))
    assert f"FirstSpikeCrossEntropy has {name} = 9.1 s, and a run ends at t_end = 3 s" in text
    assert f"9.1 ms are {name}=0.0091" in text


def test_a_pull_beyond_all_proportion_is_warned_of_with_what_to_set(told):
    [text] = told(0.5 * FirstSpikeCrossEntropy("out", tau_0=0.1))
    assert text.startswith("fit: FirstSpikeCrossEntropy has tau_1 = 0.0064 s")
    # exp(3/0.0064) 3e-3 0.1/0.0064 is 10^202.2.
    assert "about 1e202 times the strongest competition" in text
    assert "tau_1=0.32" in text
    assert not told(FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=0.32))


def test_the_limit_is_a_thousand_times_the_strongest_competition():
    loss = FirstSpikeCrossEntropy("out")
    at_limit = loss.tau_1 * np.log(1e3 * loss.tau_1 / (loss.tau_0 * loss.alpha))
    assert not out_of_proportion(loss, 0.999 * at_limit)
    assert out_of_proportion(loss, 1.001 * at_limit)


def test_neither_published_settings_nor_a_loss_without_a_pull_are(told):
    assert not out_of_proportion(FirstSpikeCrossEntropy("out"), 0.06)
    assert not told(FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=100.0, alpha=0.0))
    assert not told(FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=1e-5, alpha=0.0))
    assert not told(0.0 * FirstSpikeCrossEntropy("out") + FirstSpikeCrossEntropy("out", **FITTING))


def failed(sim, train, loss):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TimeConstantWarning)
        with pytest.raises(NonFiniteError) as caught:
            fit(sim, train=train, loss=loss, epochs=1, progress=False)
    return str(caught.value)


def test_an_infinite_loss_names_epoch_batch_and_the_time_constant(sim, train):
    text = failed(sim, train, FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=1e-4))
    assert text.startswith("epoch 1, batch 1 of 7: the loss is inf; FirstSpikeCrossEntropy has tau")
    assert "tau_1=0.32" in text
    assert "learning rate" not in text


def test_infinite_derivatives_name_it_too():
    """The loss is finite, and its derivative, some thousand times as large, is not."""
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population("out", sal.models.lif, 2)
    net.connect("in", "out", weight=[[8.0, 9.0]])
    sim, spikes = sal.compile(net, t_end=3.0), sal.Spikes.from_first_times([[2.0]])
    label = sim.run({"in": spikes}).first_spikes("out")[0, 0]
    loss = FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=float(label) / 709.0, alpha=1.0)
    assert np.isfinite(loss(sim.run({"in": spikes}), [0]).value)
    text = failed(sim, (spikes, [0]), loss)
    assert "derivatives by the spike times of 'out' are not finite" in text
    assert "tau_1=0.32" in text
    assert "learning rate" not in text


def test_an_infinite_loss_of_another_cause_is_looked_for_in_what_it_is_made_of(sim, train):
    def infinite(run, labels):
        ignored = np.zeros(len(labels), dtype=bool)
        return LossValue(value=np.inf, spike_times={}, predictions=None, ignored=ignored)

    text = failed(sim, train, infinite)
    assert "the loss is inf; look at the first spikes and observations it is made of" in text
