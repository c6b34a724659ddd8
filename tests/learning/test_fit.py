"""Training on the ramp model: it learns, repeats, resumes bit for bit, and says what is wrong."""

import math
import warnings
from dataclasses import asdict

import numpy as np
import pytest

from saltation.learning.callbacks import Callback
from saltation.learning.checkpoint import load_checkpoint
from saltation.learning.evaluation import evaluate
from saltation.learning.fit import fit
from saltation.learning.history import EpochRecord, History
from saltation.learning.losses import FirstSpikeCrossEntropy, LossValue, MaximumCrossEntropy
from saltation.learning.optimisers import Adam
from saltation.learning.schedules import ExponentialDecay
from saltation.learning.task import checked_bounds
from saltation.symbolic.errors import (
    ArrayError,
    ArrayTypeError,
    CheckpointError,
    NonFiniteError,
    UnknownNameError,
)

KEY = "in->out.weight"
LOSS = FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=2.0, alpha=1e-2)


def train_ramp(sim, train, **settings):
    settings = {
        "epochs": 6,
        "loss": LOSS,
        "optimiser": Adam(ExponentialDecay(0.05, 0.9)),
        "batch_size": 32,
        "progress": False,
        **settings,
    }
    return fit(sim, train=train, **settings)


def timeless(history):
    """The records without the wall time, which no seed repeats."""
    return [{**asdict(record), "seconds": None} for record in history]


def test_ramp_gradient_is_the_derivative_of_the_loss(sim, train):
    """The model these tests train on is itself checked."""
    spikes, labels = train
    run = sim.run({"in": spikes})
    gradient = run.gradient(spike_times=LOSS(run, labels).spike_times)[KEY]
    for index in np.ndindex(3, 2):
        moved = [sim.net.weight.copy() for _ in range(2)]
        moved[0][index] += 1e-6
        moved[1][index] -= 1e-6
        high, low = (LOSS(sim.run({"in": spikes}, {KEY: w}), labels).value for w in moved)
        assert gradient[index] == pytest.approx((high - low) / 2e-6, rel=1e-6)


def test_training_learns_the_task(sim, train, two_classes):
    result = train_ramp(sim, train, epochs=15, validation=two_classes(100, 2))
    assert result.history[0].accuracy < 0.85
    assert result.history[-1].validation_accuracy > 0.95
    assert result.history[-1].loss < 0.5 * result.history[0].loss


def test_training_through_an_observation_learns_too(sim, two_classes):
    train = two_classes(200, 1)
    loss, optimiser = MaximumCrossEntropy("v_end"), Adam(1.0)
    result = train_ramp(sim, train, epochs=40, loss=loss, optimiser=optimiser)
    assert result.history[-1].accuracy > 0.95


def test_history_holds_every_epoch(sim, train, two_classes):
    history = train_ramp(sim, train, epochs=2, validation=two_classes(50, 2)).history
    assert history.column("epoch").tolist() == [1.0, 2.0]
    assert history.column("rate").tolist() == [0.05, 0.05 * 0.9]
    assert history.column("silent_labels").tolist() == [0.0, 0.0]
    assert history.column("spikes_per_sample").tolist() == [2.0, 2.0]
    assert (history.column("seconds") > 0.0).all()
    assert np.isfinite(history.column("validation_loss")).all()


def test_first_epoch_of_one_batch_records_the_initial_loss(sim, train):
    spikes, labels = train
    record = train_ramp(sim, train, epochs=1, batch_size=200).history[0]
    initial = evaluate(sim, None, spikes, labels, LOSS)
    assert record.loss == pytest.approx(initial.loss, rel=1e-12)
    assert record.accuracy == initial.accuracy


def test_evaluation_does_not_depend_on_the_batch_size(sim, train):
    whole, parts = (evaluate(sim, None, *train, LOSS, batch_size=size) for size in (200, 7))
    assert parts.loss == pytest.approx(whole.loss, rel=1e-12)
    assert parts.accuracy == whole.accuracy
    assert np.array_equal(parts.predictions, whole.predictions)


def test_best_values_are_those_of_the_best_epoch(sim, train, two_classes, tmp_path):
    validation = two_classes(60, 2)
    growing = Adam(ExponentialDecay(0.05, 3.0))
    settings = {"validation": validation, "optimiser": growing, "epochs": 8}
    result = train_ramp(sim, train, checkpoint=tmp_path / "run.npz", **settings)
    accuracies = result.history.column("validation_accuracy")
    best = result.history.best_epoch
    assert best < 8, "the training is meant to get worse again"
    assert accuracies[best - 1] == accuracies.max()
    assert evaluate(sim, result.best, *validation, LOSS).accuracy == accuracies.max()
    assert np.array_equal(load_checkpoint(tmp_path / "run.npz").best[KEY], result.best[KEY])


def test_best_epoch_of_equals_has_the_lowest_loss():
    def record(epoch, accuracy, loss):
        measured = {"validation_accuracy": accuracy, "validation_loss": loss}
        rest = {"rate": 0.1, "loss": 1.0, "accuracy": 0.5, "seconds": 1.0}
        return EpochRecord(
            epoch=epoch, silent_labels=0.0, spikes_per_sample=1.0, **measured, **rest
        )

    rows = [(1, 0.8, 0.1), (2, 0.9, 0.3), (3, 0.9, 0.2), (4, 0.85, 0.1)]
    assert History(tuple(record(*row) for row in rows)).best_epoch == 3
    assert History((record(1, None, None), record(2, None, None))).best_epoch == 2
    assert History().best_epoch == 0


def test_history_without_validation_shows_none(sim, train):
    history = train_ramp(sim, train, epochs=1).history
    assert history[0].validation_accuracy is None
    assert np.isnan(history.column("validation_accuracy")).all()


def test_history_is_written_as_csv(sim, train, tmp_path):
    train_ramp(sim, train, epochs=2).history.to_csv(tmp_path / "history.csv")
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines[0].startswith("epoch,rate,loss,accuracy,")
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2"]


def test_same_seed_repeats_bit_for_bit_and_another_does_not(sim, train):
    first, second = (train_ramp(sim, train, epochs=2, seed=4) for _ in range(2))
    other = train_ramp(sim, train, epochs=2, seed=5)
    assert np.array_equal(first.values[KEY], second.values[KEY])
    assert not np.array_equal(first.values[KEY], other.values[KEY])


def test_resumed_training_equals_an_uninterrupted_one_bit_for_bit(sim, train, tmp_path):
    straight = train_ramp(sim, train, epochs=6)
    train_ramp(sim, train, epochs=3, checkpoint=tmp_path / "run.npz")
    resumed = train_ramp(sim, train, epochs=6, checkpoint=tmp_path / "run.npz")
    assert np.array_equal(resumed.values[KEY], straight.values[KEY])
    assert timeless(resumed.history) == timeless(straight.history)


def test_finished_checkpoint_returns_its_values_without_a_run(sim, train, tmp_path):
    done = train_ramp(sim, train, epochs=2, checkpoint=tmp_path / "run.npz")
    sim.runs = 0
    again = train_ramp(sim, train, epochs=2, checkpoint=tmp_path / "run.npz")
    assert sim.runs == 0
    assert np.array_equal(again.values[KEY], done.values[KEY])


def test_checkpoints_do_not_tell_integers_of_numpy_from_others(sim, train, tmp_path):
    path = tmp_path / "run.npz"
    one = np.int64(1)
    train_ramp(sim, train, epochs=one, seed=3 * one, batch_size=32 * one, checkpoint=path)
    straight = train_ramp(sim, train, epochs=2, seed=3, batch_size=32)
    resumed = train_ramp(sim, train, epochs=2, seed=3, batch_size=32, checkpoint=path)
    assert timeless(resumed.history) == timeless(straight.history)


def test_resume_false_starts_anew(sim, train, tmp_path):
    path = tmp_path / "folder" / "run.npz"
    train_ramp(sim, train, epochs=2, checkpoint=path)
    result = train_ramp(sim, train, epochs=1, seed=9, checkpoint=path, resume=False)
    assert len(result.history) == 1
    assert len(load_checkpoint(path).history) == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"seed": 1}, "seed: 0 in the checkpoint, 1 now"),
        ({"batch_size": 50}, "batch_size: 32 in the checkpoint, 50 now"),
        ({"optimiser": Adam(0.1)}, r"optimiser: 'Adam\(rate=ExponentialDecay"),
        ({"loss": FirstSpikeCrossEntropy("out")}, "loss: "),
        ({"trainable": [KEY, "out.theta"]}, "trainable: "),
        ({"bounds": {KEY: (0.0, 9.0)}}, "bounds: "),
    ],
)
def test_checkpoint_of_another_training_is_refused(sim, train, tmp_path, changed, message):
    train_ramp(sim, train, epochs=1, checkpoint=tmp_path / "run.npz")
    with pytest.raises(CheckpointError, match=message):
        train_ramp(sim, train, epochs=2, checkpoint=tmp_path / "run.npz", **changed)


def test_checkpoint_of_other_data_is_refused(sim, train, two_classes, tmp_path):
    train_ramp(sim, train, epochs=1, checkpoint=tmp_path / "run.npz")
    with pytest.raises(CheckpointError, match="training samples: '200 with digest"):
        train_ramp(sim, two_classes(200, 3), epochs=2, checkpoint=tmp_path / "run.npz")


def test_checkpoint_of_another_network_is_refused(sim, ramp_simulator, train, tmp_path):
    train_ramp(sim, train, epochs=1, checkpoint=tmp_path / "run.npz")
    wider = ramp_simulator(np.ones((3, 4)))
    with pytest.raises(CheckpointError, match=r"'in->out.weight': \[3, 2\].*\[3, 4\]"):
        train_ramp(wider, train, epochs=2, checkpoint=tmp_path / "run.npz")


@pytest.mark.parametrize("damage", [b"", b"junk", b"PK\x03\x04"])
def test_damaged_checkpoint_is_refused(sim, train, tmp_path, damage):
    (tmp_path / "run.npz").write_bytes(damage)
    message = r"run\.npz is damaged, or not a checkpoint"
    with pytest.raises(CheckpointError, match=message) as caught:
        train_ramp(sim, train, checkpoint=tmp_path / "run.npz")
    assert "pickle" not in f"{caught.value} {caught.value.__cause__}"


def test_truncated_checkpoint_is_refused(sim, train, tmp_path):
    path = tmp_path / "run.npz"
    train_ramp(sim, train, epochs=1, checkpoint=path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="damaged"):
        train_ramp(sim, train, epochs=2, checkpoint=path)


def test_failed_write_keeps_the_older_checkpoint(sim, train, tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    train_ramp(sim, train, epochs=1, checkpoint=path)
    before = path.read_bytes()

    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(CheckpointError, match="No space left"):
        train_ramp(sim, train, epochs=2, checkpoint=path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_interrupt_leaves_the_checkpoint_of_the_last_whole_epoch(sim, train, tmp_path):
    class Interrupt(Callback):
        def batch_ended(self, report):
            if (report.epoch, report.batch) == (3, 2):
                raise KeyboardInterrupt

    path = tmp_path / "run.npz"
    with pytest.raises(KeyboardInterrupt):
        train_ramp(sim, train, checkpoint=path, callbacks=[Interrupt()])
    resumed = train_ramp(sim, train, checkpoint=path)
    assert np.array_equal(resumed.values[KEY], train_ramp(sim, train).values[KEY])


def test_callbacks_hear_everything_and_may_stop(sim, train):
    class Recorder(Callback):
        def __init__(self):
            self.heard = []

        def fit_started(self, history, epochs, batches):
            self.heard.append(("started", len(history), epochs, batches))

        def batch_ended(self, report):
            self.heard.append(("batch", report.epoch, report.batch))

        def epoch_ended(self, report):
            self.heard.append(("epoch", report.record.epoch))
            return report.record.epoch == 2

        def fit_ended(self, history):
            self.heard.append(("ended", len(history)))

    recorder = Recorder()
    result = train_ramp(sim, train, batch_size=100, callbacks=[recorder])
    assert len(result.history) == 2
    assert recorder.heard == [
        ("started", 0, 6, 2),
        *[("batch", 1, 1), ("batch", 1, 2), ("epoch", 1)],
        *[("batch", 2, 1), ("batch", 2, 2), ("epoch", 2)],
        ("ended", 2),
    ]


def test_progress_bar_shows_loss_and_accuracies(sim, train, two_classes, capsys):
    train_ramp(sim, train, epochs=2, progress=True, validation=two_classes(50, 2))
    shown = capsys.readouterr().err
    assert "epoch 2/2" in shown
    assert "100%" in shown
    assert all(word in shown for word in ("loss ", "accuracy ", "validation "))


def test_only_trainable_values_change(sim, train):
    result = train_ramp(sim, train, epochs=1, trainable=["out.theta"])
    assert np.array_equal(result.values[KEY], sim.net.weight)
    assert set(result.values) == {KEY, "out.theta"}


def test_given_values_are_the_start_and_stay_unchanged(sim, train):
    start = np.full((3, 2), 0.7)
    result = train_ramp(sim, train, values={KEY: start}, epochs=0)
    assert np.array_equal(result.values[KEY], start)
    train_ramp(sim, train, values={KEY: start}, epochs=1)
    assert (start == 0.7).all()


def test_infinite_gradient_names_key_epoch_and_batch(sim, train):
    def loss(run, labels):
        value = LOSS(run, labels)
        cotangent = value.spike_times["out"]
        cotangent[0, 0] = math.inf
        return LossValue(
            value=value.value,
            spike_times={"out": cotangent},
            predictions=value.predictions,
            ignored=value.ignored,
        )

    message = r"epoch 1, batch 1 of 7: the gradient of 'in->out\.weight' is not finite"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with pytest.raises(NonFiniteError, match=message):
            train_ramp(sim, train, loss=loss)


@pytest.mark.parametrize("bounds", [None, {KEY: (-10.0, 10.0)}])
def test_a_step_to_infinity_is_an_error_even_within_bounds(sim, train, bounds):
    message = r"epoch 2, batch 1 of 7, the step of the optimiser: in->out\.weight"
    adam = Adam(lambda epoch: 1e308 * bool(epoch), scales={KEY: 10.0})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(NonFiniteError, match=message):
            train_ramp(sim, train, optimiser=adam, bounds=bounds)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"trainable": ["in->out.wieght"]}, UnknownNameError, "'in->out.wieght'"),
        ({"trainable": []}, ArrayError, "nothing is to be trained"),
        ({"values": {"nowhere": 1.0}}, UnknownNameError, "nowhere"),
        ({"bounds": {"out.theta": (0, 1)}}, UnknownNameError, "'out.theta' is not trained"),
        ({"bounds": {KEY: (2.0, 1.0)}}, ArrayError, r"bounds of .* \(2\.0, 1\.0\)"),
        ({"batch_size": 0}, ArrayError, "batch_size is 0"),
        ({"epochs": -1}, ArrayError, "epochs is -1"),
        ({"epochs": 1.5}, ArrayError, r"epochs is 1\.5"),
        ({"seed": -3}, ArrayError, "seed is -3"),
    ],
)
def test_bad_settings_are_named(sim, train, settings, error, message):
    with pytest.raises(error, match=message):
        train_ramp(sim, train, **settings)


def test_a_delay_cannot_be_let_below_zero():
    message = r"bounds of 'a->b\.delay' are \(-1\.0, 1\.0\), and a delay cannot be negative"
    with pytest.raises(ArrayError, match=message):
        checked_bounds({"a->b.delay": (-1.0, 1.0)}, ("a->b.delay",))


def test_bad_examples_are_named(sim, train):
    spikes, labels = train
    for examples, error, message in (
        ((spikes, labels[:-1]), ArrayError, "'in' has 200 samples for 199 labels"),
        (({"im": spikes}, labels), ArrayError, "given for 'im', expected them for 'in'"),
        ((spikes[:1], labels[:0]), ArrayError, "'in' has 1 sample for 0 labels"),
        ((spikes, labels.astype(float)), ArrayTypeError, "dtype float64"),
        (spikes, ArrayTypeError, "expected a pair"),
        ((spikes[:0], labels[:0]), ArrayError, "no samples"),
    ):
        with pytest.raises(error, match=message):
            train_ramp(sim, examples)


def test_unknown_history_column_is_named(sim, train):
    with pytest.raises(UnknownNameError, match="no column 'lss'"):
        train_ramp(sim, train, epochs=1).history.column("lss")


def test_schedule_counts_the_epochs(sim, train):
    """With a rate of zero from the second epoch on, nothing more is learnt."""
    optimiser = Adam(ExponentialDecay(0.05, 0.0))
    one, three = (train_ramp(sim, train, epochs=n, optimiser=optimiser) for n in (1, 3))
    assert np.array_equal(one.values[KEY], three.values[KEY])
    assert not np.array_equal(one.values[KEY], sim.net.weight)


def test_trained_values_stay_within_their_bounds(sim, train):
    start, bounds = {KEY: np.ones((3, 2))}, {KEY: (0.9, 1.1)}
    weight = train_ramp(sim, train, values=start, bounds=bounds).values[KEY]
    assert weight.min() == 0.9
    assert weight.max() == 1.1
