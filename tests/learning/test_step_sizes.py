"""A learning rate of another scale than the values: warned of, and named where a run fails."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest

import saltation as sal
from saltation.learning.fit import fit
from saltation.learning.losses import FirstSpikeCrossEntropy
from saltation.learning.optimisers import Adam
from saltation.learning.schedules import ExponentialDecay
from saltation.learning.step_sizes import check_steps, warn_of_steps
from saltation.learning.task import Task
from saltation.symbolic.errors import ArrayError, BlowUpError, LearningRateWarning

KEY = "in->out.weight"
NANO = {KEY: np.array([[3e-9], [-4e-9]]), "out.tau_m": np.array(0.02)}


def given(optimiser, values, epochs=1, batches=1, parameters=()):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        warn_of_steps(optimiser, values, epochs, batches, parameters)
    return [str(each.message) for each in found]


def test_one_warning_names_each_key_its_step_its_values_and_what_to_write():
    [message] = given(Adam(ExponentialDecay(5e-3, 0.5), scales={"out.tau_m": 1e-2}), NANO)
    rms = np.sqrt((9 + 16) / 2) * 1e-9
    assert f"{KEY!r}: a step of about 0.005, values of {rms:.2g}" in message
    assert f"scales={{{KEY!r}: {0.01 * rms / 5e-3:.1g}}}" in message
    assert "tau_m" not in message


def test_what_the_warning_proposes_is_taken_without_a_warning():
    assert given(Adam(5e-3, scales={KEY: 7e-9}), NANO) == []


def test_values_that_are_all_zero_have_no_scale():
    assert given(Adam(), {"in->out.delay": np.zeros((2, 2))}) == []


def test_a_schedule_is_asked_once_an_epoch():
    asked = []

    def schedule(epoch):
        asked.append(epoch)
        return 0.1

    assert given(Adam(schedule), {KEY: np.ones((2, 1))}, epochs=3) == []
    assert asked == [0, 1, 2]


TAU = "out.tau_s"


@pytest.mark.parametrize(("rate", "warned"), [(4e-4, False), (1e-3, True), (5e-3, True)])
def test_steps_of_a_parameter_are_warned_of_from_a_tenth_of_it_on(rate, warned):
    values = {TAU: np.array(5e-3), "out.v_r": np.array(0.0), KEY: np.full((2, 1), 5e-3)}
    messages = given(Adam(rate), values, parameters=(TAU, "out.v_r"))
    assert len(messages) == warned
    for message in messages:
        assert f"'out.tau_s': a step of about {rate:.2g}, values of 0.005" in message
        assert "to zero or past it" in message
        assert f"scales={{'out.tau_s': {0.01 * 5e-3 / rate:.1g}}}" in message
        assert KEY not in message
        assert "v_r" not in message


def test_a_parameter_that_a_step_replaces_is_named_once():
    [message] = given(Adam(5e-2), {TAU: np.array(5e-3)}, parameters=(TAU,))
    assert message.count("a step of about") == 1


def test_a_step_of_a_thousand_times_the_largest_value_is_refused():
    with pytest.raises(ArrayError) as raised:
        check_steps(Adam(ExponentialDecay(5e-3, 0.5), scales={"out.tau_m": 1e-2}), NANO)
    text = str(raised.value)
    assert text.startswith("fit: ")
    assert f"{KEY!r}: a first step of about 0.005, the largest value 4e-09" in text
    assert "a rate of about 4e-11" in text
    assert f"scales={{{KEY!r}: 8e-09}}" in text
    assert "tau_m" not in text


@pytest.mark.parametrize(
    ("optimiser", "values"),
    [
        (Adam(5e-3, scales={KEY: 8e-9}), NANO),
        (Adam(), {KEY: np.zeros((2, 2))}),
        (Adam(0.0), NANO),
        (Adam(0.9), {KEY: np.array([1e-30, 1e-3])}),
        (SimpleNamespace(), NANO),
    ],
    ids=["scaled", "all zero", "no rate", "one is large", "of unknown steps"],
)
def test_steps_that_can_be_meant_are_not_refused(optimiser, values):
    check_steps(optimiser, values)


OHMS = {"cell.r_m": np.array(1.5e8)}


def test_steps_that_hardly_change_a_value_in_all_are_told_with_what_to_write():
    rising = Adam(lambda epoch: 0.1 * epoch)
    [message] = given(rising, {**OHMS, KEY: np.ones((2, 1))}, epochs=3, batches=4)
    assert "far below the scale" in message
    assert "'cell.r_m': steps of 1.2 in all, values of 1.5e+08" in message
    assert f"scales={{'cell.r_m': {0.01 * 1.5e8 / 0.2:.1g}}}" in message
    assert KEY not in message


@pytest.mark.parametrize(
    ("optimiser", "epochs", "batches"),
    [
        (Adam(0.05, scales={"cell.r_m": 1e8}), 3, 1),
        (Adam(0.05, scales={"cell.r_m": 0.0}), 3, 1),
        (Adam(0.0), 3, 1),
        (Adam(0.05), 0, 1),
        (Adam(0.05), 3, 200_000),
    ],
    ids=["scaled", "kept", "no rate", "no epochs", "many steps"],
)
def test_steps_that_are_meant_or_large_enough_are_not_warned_of(optimiser, epochs, batches):
    assert given(optimiser, OHMS, epochs, batches) == []


@pytest.mark.parametrize("rate", [0.1, lambda epoch: 0.1 * epoch])
def test_the_norm_is_that_of_gradients_in_units_of_the_scales(rate):
    optimiser = Adam(rate, scales={"r_m": 1e8})
    gradients = {"r_m": np.array(3e-8), "weight": np.array([0.0, 4.0])}
    for limit, factor in ((5.0 + 1e-9, 1.0), (2.5, 0.5)):
        settings = SimpleNamespace(clip_norm=limit, optimiser=optimiser)
        clipped, scaled = Task.clipped(settings, gradients, 1)
        assert scaled == (factor < 1.0)
        for key, gradient in gradients.items():
            np.testing.assert_allclose(clipped[key], factor * gradient, rtol=1e-12)


@pytest.mark.parametrize("weight", [1e-4, 1.8e-10])
def test_fit_warns_or_refuses_before_it_trains(ramp_simulator, two_classes, weight):
    sim = ramp_simulator(np.full((3, 2), weight))
    refused = weight < 1e-6
    kind = ArrayError if refused else LearningRateWarning
    with pytest.raises(kind, match=KEY) if refused else pytest.warns(kind, match=KEY):
        fit(
            sim,
            train=two_classes(4, 1),
            loss=FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=2.0),
            optimiser=Adam(5e-3),
            epochs=0,
            progress=False,
        )
    assert sim.runs == 0


def test_fit_warns_of_a_time_constant_that_a_step_can_take_to_zero():
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population("out", sal.models.lif, 2)
    net.connect("in", "out", weight=np.full((1, 2), 8.0))
    train = sal.Spikes.from_first_times([[1e-3]]), np.array([0])
    with pytest.warns(LearningRateWarning, match=r"'out\.tau_s': a step of about 0\.001"):
        fit(
            sal.compile(net, t_end=0.02),
            train=train,
            loss=FirstSpikeCrossEntropy("out"),
            trainable=["out.tau_m", "out.tau_s", "out.initial.v"],
            epochs=0,
            progress=False,
        )


def test_a_run_that_fails_in_training_says_where_and_how_the_values_had_grown(
    ramp_simulator, two_classes
):
    class Fragile(ramp_simulator):
        def run(self, spikes, values=None):
            if self.runs == 2:
                raise BlowUpError("too much")
            return super().run(spikes, values)

    with pytest.raises(BlowUpError) as raised:
        fit(
            Fragile(np.full((3, 2), 1.0)),
            train=two_classes(20, 1),
            loss=FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=2.0),
            optimiser=Adam(0.1),
            batch_size=5,
            epochs=1,
            progress=False,
        )
    [note] = raised.value.__notes__
    assert note.startswith("In epoch 1, batch 3 of 4 of fit.")
    assert f"of {KEY!r} from 1 to " in note
