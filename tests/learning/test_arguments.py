"""Arguments of fit, evaluate and predict that are something else: named before anything runs."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

import saltation as sal
from saltation.learning.callbacks import Callback
from saltation.learning.evaluation import evaluate, predict
from saltation.learning.fit import fit
from saltation.learning.initial import weight_scale
from saltation.learning.losses import FirstSpikeCrossEntropy, LossValue
from saltation.learning.optimisers import Adam
from saltation.learning.stopping import EarlyStopping
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ArrayTypeError

KEY = "in->out.weight"
LOSS = FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=2.0, alpha=1e-2)


@pytest.fixture
def train(two_classes):
    return two_classes(20, 1)


def fitted(sim, train, **settings):
    return fit(sim, **{"train": train, "loss": LOSS, "epochs": 2, "progress": False, **settings})


def evaluated(sim, train, loss=LOSS, **settings):
    return evaluate(sim, None, *train, loss, **settings)


def network():
    net = sal.Network()
    net.add_input("in", 3)
    net.add_population("out", sal.models.lif, 2)
    net.connect("in", "out", weight=np.ones((3, 2)))
    return net


@pytest.mark.parametrize(
    ("caller", "call"),
    [
        ("fit", fitted),
        ("evaluate", evaluated),
        ("predict", lambda sim, train: predict(sim, None, train[0], LOSS.predict)),
        ("weight_scale", lambda sim, train: weight_scale(sim, train[0], KEY, "out", 0.5)),
    ],
)
@pytest.mark.parametrize(
    ("make", "shown"),
    [(network, "Network"), (lambda: None, "None"), (lambda: sal.Network, "the class Network")],
)
def test_a_network_in_place_of_a_simulator_is_named(train, caller, call, make, shown):
    message = f"{caller}: sim is {shown}, expected a compiled network: sim = sal.compile(net, "
    with pytest.raises(ArrayTypeError, match=f"^{re.escape(message)}") as raised:
        call(make(), train)
    assert isinstance(raised.value, TypeError)


@pytest.mark.parametrize(("caller", "call"), [("fit", fitted), ("evaluate", evaluated)])
@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ("ce", "loss is 'ce', expected a callable loss(run, labels) such as "),
        (None, "loss is None, expected a callable loss(run, labels)"),
        (
            FirstSpikeCrossEntropy,
            "loss is the class FirstSpikeCrossEntropy, expected an instance: "
            "FirstSpikeCrossEntropy(...)",
        ),
    ],
)
def test_what_is_no_loss_is_named_before_a_run(sim, train, caller, call, loss, message):
    with pytest.raises(ArrayTypeError, match=f"^{re.escape(f'{caller}: {message}')}"):
        call(sim, train, loss=loss)
    assert sim.runs == 0


def returned_float(run, labels):
    return 0.5


def returned_tuple(run, labels):
    return 0.5, {}, {}


@pytest.mark.parametrize("call", [fitted, evaluated])
@pytest.mark.parametrize(
    ("loss", "got"),
    [
        (returned_float, "0.5"),
        (returned_tuple, "(0.5, {}, {})"),
        (LOSS + returned_float, "0.5"),
    ],
)
def test_a_loss_that_returns_no_loss_value_is_named(sim, train, call, loss, got):
    name = returned_float if got == "0.5" else returned_tuple
    message = f"loss {__name__}.{name.__qualname__} returned {got}, expected a LossValue"
    with pytest.raises(ArrayTypeError, match=re.escape(message)):
        call(sim, train, loss=loss)


@pytest.mark.parametrize("call", [fitted, evaluated])
def test_a_loss_of_each_sample_is_refused(sim, train, call):
    def each(run, labels):
        return LossValue(value=np.ones(len(labels)), predictions=None, ignored=labels < 0)

    with pytest.raises(ArrayTypeError, match=r"value of shape \(20,\), expected one number"):
        call(sim, train, loss=each)


def test_any_object_with_the_fields_of_a_loss_value_serves(sim, train):
    class Fields:
        def __init__(self, value):
            names = ("value", "spike_times", "observations", "predictions", "ignored")
            for name in names:
                setattr(self, name, getattr(value, name))

    def loss(run, labels):
        return Fields(LOSS(run, labels))

    assert np.array_equal(fitted(sim, train, loss=loss).values[KEY], fitted(sim, train).values[KEY])


@pytest.mark.parametrize("argument", ["train", "validation"])
@pytest.mark.parametrize(
    ("spikes", "message"),
    [
        (np.zeros((20, 3)), "spikes are ndarray, expected Spikes, or a mapping of inputs to "),
        (None, "spikes are None, expected Spikes"),
        ({"in": np.zeros((20, 3))}, "spikes of input 'in' are ndarray, expected Spikes"),
    ],
)
def test_what_are_no_spikes_are_named(sim, train, argument, spikes, message):
    with pytest.raises(ArrayTypeError, match=f"^{argument}: {message}"):
        fitted(sim, **{"train": train, argument: (spikes, train[1])})
    assert sim.runs == 0


def test_spikes_to_be_evaluated_and_ragged_labels_are_named(sim, train):
    with pytest.raises(ArrayTypeError, match=r"^examples: spikes are ndarray"):
        evaluated(sim, (np.zeros((20, 3)), train[1]))
    with pytest.raises(ArrayTypeError, match=r"^spikes: spikes are ndarray"):
        predict(sim, None, np.zeros((20, 3)), LOSS.predict)
    with pytest.raises(ArrayError, match=r"^train: labels.*rows differ"):
        fitted(sim, (train[0], [[0], [0, 1]]))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (Spikes.silent(20), "labels are Spikes, expected integers, one for each sample"),
        ({"in": Spikes.silent(20)}, "labels are dict, expected integers, one for each sample"),
        ([Spikes.silent(20)], "labels cannot be made an array: Spikes are none"),
    ],
)
def test_spikes_in_place_of_labels_are_named(sim, train, labels, message):
    with pytest.raises(ArrayTypeError, match=f"^train: {message}"):
        fitted(sim, (train[0], labels))


@pytest.mark.parametrize(
    ("optimiser", "message"),
    [
        (Adam, "optimiser is the class Adam, expected an instance: Adam(...)"),
        ("adam", "optimiser is 'adam', expected an optimiser such as sal.Adam(1e-3)"),
        (0.1, "optimiser is 0.1, expected an optimiser such as sal.Adam(1e-3)"),
        (Callback(), "optimiser is Callback, expected an optimiser such as sal.Adam(1e-3)"),
    ],
)
def test_what_is_no_optimiser_is_named_before_a_run(sim, train, optimiser, message):
    with pytest.raises(ArrayTypeError, match=f"^fit: {re.escape(message)}"):
        fitted(sim, train, optimiser=optimiser)
    assert sim.runs == 0


class Plain:
    """An optimiser without what only checkpoints need."""

    def start(self, values):
        return 0

    def step(self, values, gradients, state, epoch=0):
        return {key: array - 0.1 * gradients[key] for key, array in values.items()}, state

    def rate_at(self, epoch):
        return 0.1


def test_an_optimiser_needs_save_and_restore_only_with_a_checkpoint(sim, train, tmp_path):
    assert len(fitted(sim, train, optimiser=Plain()).history) == 2
    message = "optimiser is Plain.*: it has no method save, restore"
    with pytest.raises(ArrayTypeError, match=message):
        fitted(sim, train, optimiser=Plain(), checkpoint=tmp_path / "run.npz")


@pytest.mark.parametrize(
    ("callbacks", "message"),
    [
        (
            [Callback(), EarlyStopping],
            "callbacks[1] is the class EarlyStopping, expected an instance: EarlyStopping(...)",
        ),
        ([print], "callbacks[0] is print, expected a callback, such as an instance of a subclass"),
        (EarlyStopping(), "callbacks is EarlyStopping(patience=10), expected a list of callbacks"),
        (3, "callbacks is 3, expected a list of callbacks"),
    ],
)
def test_what_is_no_callback_is_named_before_a_run(sim, train, callbacks, message):
    with pytest.raises(ArrayTypeError, match=f"^fit: {re.escape(message)}"):
        fitted(sim, train, callbacks=callbacks)
    assert sim.runs == 0


def test_callbacks_may_come_from_a_generator_and_need_no_base_class(sim, train):
    heard = []

    class Listener:
        def fit_started(self, history, epochs, batches):
            heard.append("started")

        def batch_ended(self, report):
            heard.append("batch")

        def epoch_ended(self, report):
            heard.append("epoch")

        def fit_ended(self, history):
            heard.append("ended")

    fitted(sim, train, callbacks=(each for each in [Listener()]))
    assert heard == ["started", "batch", "epoch", "batch", "epoch", "ended"]


def test_early_stopping_without_validation_is_refused_before_a_run(sim, train):
    message = "^fit: EarlyStopping needs validation samples.*validation=\\(spikes, labels\\)"
    with pytest.raises(ArrayError, match=message) as raised:
        fitted(sim, train, callbacks=[EarlyStopping(1)])
    assert raised.value.argument == "validation"
    assert sim.runs == 0


@pytest.mark.parametrize("patience", [0, -1, 1.5, "a", math.nan])
def test_a_patience_that_is_no_positive_integer_is_refused(patience):
    with pytest.raises(
        ArrayError, match=r"^EarlyStopping: patience is .*, expected an integer >= 1"
    ):
        EarlyStopping(patience)


@pytest.mark.parametrize(("size", "error"), [(0, ArrayError), (1.5, ArrayTypeError)])
def test_a_batch_size_that_is_no_positive_integer_is_refused(sim, train, size, error):
    with pytest.raises(error, match=f"batch_size is {size}, expected an integer >= 1"):
        evaluated(sim, train, batch_size=size)


def test_what_predicts_must_be_callable(sim, train):
    for rule in (None, FirstSpikeCrossEntropy):
        with pytest.raises(ArrayTypeError, match=r"^predict: rule is .*, expected"):
            predict(sim, None, train[0], rule)
    assert sim.runs == 0


def test_an_evaluation_is_summed_up_in_a_line(sim, train):
    result = evaluated(sim, train)
    assert repr(result) == (
        f"Evaluation(loss {result.loss:.4g}; accuracy {result.accuracy:.4g}; 20 samples)"
    )
    assert len(result.predictions) == 20

    def blind(run, labels):
        return LossValue(value=0.25, predictions=None, ignored=np.arange(len(labels)) < 3)

    text = "Evaluation(loss 0.25; no predictions; 20 samples, 3 of them ignored)"
    assert repr(evaluated(sim, train, loss=blind)) == text


def test_the_value_of_a_loss_prints_as_a_line():
    value = LossValue(
        value=0.25,
        spike_times={"out": np.zeros((100, 3))},
        observations={"top": np.zeros((100, 2, 3))},
        predictions=np.zeros(100, dtype=np.int64),
        ignored=np.arange(100) < 3,
    )
    assert str(value) == (
        "LossValue(0.25; spike_times out (100, 3); observations top (100, 2, 3); "
        "100 samples, 3 of them ignored)"
    )
    blind = LossValue(value=1e-9, predictions=None, ignored=np.zeros(4, dtype=bool))
    assert repr(blind) == "LossValue(1e-09; no predictions; 4 samples)"
    assert repr(replace(blind, value=np.ones(4))).startswith("LossValue((4,); ")
