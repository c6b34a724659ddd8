"""What fit offers beyond steps: revival, clipping, augmentation, stopping, logs."""

import csv
import json
import sys
import weakref
from types import SimpleNamespace

import numpy as np
import pytest

from saltation.learning.augment import Augmentations, ImageShift, InputDropout
from saltation.learning.callbacks import Callback
from saltation.learning.fit import fit
from saltation.learning.losses import FirstSpikeCrossEntropy, FunctionLoss
from saltation.learning.optimisers import Adam
from saltation.learning.revival import Revival, SpikeWatch, silent_share, spiking_populations
from saltation.learning.schedules import CosineDecay, ExponentialDecay
from saltation.learning.stopping import EarlyStopping
from saltation.runtime.network import Network
from saltation.runtime.sparse import SparsePattern
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ArrayTypeError, ToolchainError, UnknownNameError
from saltation.symbolic.models import leaky_integrator, lif

KEY = "in->out.weight"
LOSS = FirstSpikeCrossEntropy("out", tau_0=0.1, tau_1=2.0, alpha=1e-2)
SILENT = np.array([[1.0, 0.02], [1.1, 0.02], [0.9, 0.02]])
"""Weights of which the second neuron never spikes."""


def train_ramp(sim, train, **settings):
    settings = {
        "epochs": 6,
        "loss": LOSS,
        "optimiser": Adam(ExponentialDecay(0.05, 0.9)),
        "progress": False,
        **settings,
    }
    return fit(sim, train=train, **settings)


class SilentSteps:
    """An optimiser that changes nothing, so that only revival does."""

    def start(self, values):
        return 0

    def step(self, values, gradients, state, epoch=0):
        return dict(values), state

    def rate_at(self, epoch):
        return 0.0

    def save(self, state):
        return {}

    def restore(self, arrays, values):
        return 0


def test_silent_neurons_are_noticed(ramp_simulator, train):
    history = train_ramp(ramp_simulator(SILENT), train, epochs=2).history
    assert history.column("silent_neurons").tolist() == [0.5, 0.5]
    assert 0.3 < history[-1].silent_labels < 0.7


def test_revival_raises_only_weights_of_silent_neurons_before_each_further_epoch(
    ramp_simulator, train
):
    settings = {"optimiser": SilentSteps(), "revival": Revival(share=0.1), "epochs": 3}
    weight = train_ramp(ramp_simulator(SILENT), train, **settings).values[KEY]
    expected = SILENT.copy()
    for _ in range(2):
        expected[:, 1] += 0.1 * np.sqrt(np.mean(expected**2))
    np.testing.assert_allclose(weight, expected, rtol=1e-14)


def test_revived_neurons_learn_the_task_that_silent_ones_cannot(ramp_simulator, train):
    settings = {"epochs": 25, "optimiser": Adam(0.05)}
    without = train_ramp(ramp_simulator(SILENT), train, **settings).history[-1]
    revived = train_ramp(ramp_simulator(SILENT), train, revival=Revival(share=0.1), **settings)
    assert without.silent_neurons == 0.5
    assert without.accuracy < 0.6
    assert revived.history[-1].silent_neurons == 0.0
    assert revived.history[-1].accuracy > 0.9


def test_revival_stays_within_bounds(ramp_simulator, train):
    settings = {"optimiser": SilentSteps(), "revival": Revival(share=5.0), "epochs": 2}
    bounds = {KEY: (-1.0, 0.2)}
    weight = train_ramp(ramp_simulator(np.minimum(SILENT, 0.2)), train, bounds=bounds, **settings)
    assert (weight.values[KEY] == 0.2)[:, 1].all()


def test_revival_finds_the_targets_of_sparse_weights():
    pattern = SparsePattern(indptr=np.array([0, 2, 3]), indices=np.array([0, 1, 1], np.int32))
    net = SimpleNamespace(projections={"in->out": SimpleNamespace(post="out", pattern=pattern)})
    silent = {"out": np.array([False, True])}
    raised = Revival(share=1.0)(net, {KEY: np.array([3.0, 4.0, 5.0])}, silent, (KEY,))
    root_mean_square = np.sqrt(50.0 / 3.0)
    np.testing.assert_allclose(
        raised[KEY] - [3.0, 4.0, 5.0], [0, root_mean_square, root_mean_square]
    )


def test_resumed_training_revives_as_an_uninterrupted_one(ramp_simulator, train, tmp_path):
    settings = {"revival": Revival(share=0.03), "augment": InputDropout(0.1)}
    straight = train_ramp(ramp_simulator(SILENT), train, epochs=5, **settings)
    settings["checkpoint"] = tmp_path / "run.npz"
    for epochs in (1, 2, 5):
        resumed = train_ramp(ramp_simulator(SILENT), train, epochs=epochs, **settings)
    assert np.array_equal(resumed.values[KEY], straight.values[KEY])


def test_populations_without_a_threshold_are_not_called_silent():
    net = Network()
    net.add_input("in", 1)
    net.add_population("hidden", lif, 3)
    net.add_population("out", leaky_integrator, 2)
    assert spiking_populations(net) == {"hidden": 3}


def test_watch_notes_neurons_of_any_batch():
    watch = SpikeWatch({"out": 3})
    for unit in (2, 0):
        spikes = Spikes.from_events([[(1e-3, unit)], []])
        watch.add(SimpleNamespace(spikes={"out": spikes}))
    assert watch.silent["out"].tolist() == [False, True, False]
    assert silent_share(watch.silent) == pytest.approx(1 / 3)
    assert silent_share({}) == 0.0


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"revival": Revival("out.theta")}, UnknownNameError, "'out.theta' is not the key"),
        ({"clip_norm": 0.0}, ArrayError, r"clip_norm is 0\.0"),
        ({"clip_norm": "much"}, ArrayTypeError, "clip_norm is 'much', expected a finite number"),
        ({"seed": True}, ArrayTypeError, "seed is True, expected an integer >= 0"),
        ({"grazing": "ignore"}, UnknownNameError, "'ignore'"),
    ],
)
def test_bad_settings_are_named(sim, train, settings, error, message):
    with pytest.raises(error, match=message):
        train_ramp(sim, train, **settings)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Revival(share=0.0),
        lambda: InputDropout(1.0),
        lambda: ImageShift(0, 28),
        lambda: ImageShift(28, 28, -1),
        lambda: ImageShift(28, 2.5),
        lambda: EarlyStopping(patience=0),
    ],
)
def test_bad_arguments_are_refused(make):
    with pytest.raises(ArrayError, match="expected"):
        make()


class Recorder(SilentSteps):
    """Keeps the gradients it is given."""

    def __init__(self):
        self.norms = []

    def step(self, values, gradients, state, epoch=0):
        self.norms.append(np.sqrt(sum(float((g**2).sum()) for g in gradients.values())))
        return dict(values), state


def test_gradients_are_scaled_down_to_the_norm_and_the_share_is_told(sim, train):
    free, held = Recorder(), Recorder()
    train_ramp(sim, train, optimiser=free, epochs=1)
    limit = float(np.median(free.norms))
    history = train_ramp(sim, train, optimiser=held, epochs=1, clip_norm=limit).history
    np.testing.assert_allclose(held.norms, np.minimum(free.norms, limit), rtol=1e-12)
    assert history[0].clipped_steps == np.mean(np.array(free.norms) > limit)


def test_policy_for_grazing_reaches_the_gradient(sim, train):
    asked = []

    class Asking:
        net = sim.net
        t_end = sim.t_end

        def run(self, spikes, values=None):
            run = sim.run(spikes, values)

            def gradient(**settings):
                asked.append(settings["grazing"])
                return run.gradient(**settings)

            return SimpleNamespace(
                spikes=run.spikes, first_spikes=run.first_spikes, gradient=gradient
            )

    train_ramp(Asking(), train, epochs=1, batch_size=200)
    train_ramp(Asking(), train, epochs=1, batch_size=200, grazing="raise")
    assert asked == ["clip", "raise"]


def test_dropout_leaves_out_the_share_of_spikes_in_training_only(sim, two_classes):
    spikes = two_classes(2000, 1)[0]
    kept = InputDropout(0.25)(spikes, np.random.default_rng(0))
    assert kept.n_spikes / spikes.n_spikes == pytest.approx(0.75, abs=0.02)
    for b in range(5):
        old, new = (dict(zip(*reversed(s.sample(b)), strict=True)) for s in (spikes, kept))
        assert new.items() <= old.items()
    assert InputDropout(0.0)(spikes, np.random.default_rng(0)) == spikes


def test_a_shifted_image_is_the_image_elsewhere():
    """The picture of each sample moves as a whole; every move happens; the frame cuts it off."""
    height, width, batch = 4, 5, 200
    generator = np.random.default_rng(0)
    times = np.where(generator.random((batch, height * width)) < 0.6, 1e-3, np.inf)
    times[np.isfinite(times)] += generator.random(np.isfinite(times).sum()) * 1e-3
    moved = ImageShift(height, width, 1)(Spikes.from_first_times(times), generator)
    after = moved.first_times(height * width).reshape(batch, height, width)
    found = set()
    for before, now in zip(times.reshape(batch, height, width), after, strict=True):
        frame = np.pad(before, 1, constant_values=np.inf)
        views = {
            (i, k): frame[1 - i : 1 - i + height, 1 - k : 1 - k + width]
            for i in (-1, 0, 1)
            for k in (-1, 0, 1)
        }
        moves = [move for move, view in views.items() if np.array_equal(view, now)]
        assert len(moves) == 1
        found |= set(moves)
    assert len(found) == 9


def test_an_image_of_another_size_is_refused():
    with pytest.raises(ArrayError, match="unit 19 is no pixel of an image of 3 x 5"):
        ImageShift(3, 5)(Spikes.from_first_times(np.ones((2, 20))), np.random.default_rng(0))


def test_augmentations_are_applied_in_order():
    spikes = Spikes.from_first_times(np.linspace(1e-3, 2e-3, 20)[None])
    one, two = ImageShift(4, 5), InputDropout(0.5)
    generator = np.random.default_rng(5)
    expected = two(one(spikes, generator), generator)
    assert Augmentations((one, two))(spikes, np.random.default_rng(5)) == expected


def test_dropout_is_drawn_anew_in_each_epoch_and_not_in_validation(sim, train, two_classes):
    counts = []

    def counting(run, labels):
        counts.append(int(np.isfinite(run.arrivals).sum()))
        return 0.0, {}, {}

    settings = {"augment": InputDropout(0.5), "batch_size": 200, "validation": two_classes(50, 2)}
    train_ramp(sim, train, epochs=2, loss=FunctionLoss(counting), **settings)
    first, validation, second, _ = counts
    assert validation == 150
    assert 200 < first < 400
    assert first != second


def test_loss_without_predictions_has_no_accuracy_and_picks_the_lowest_loss(
    sim, train, two_classes
):
    def steep(run, labels):
        first = run.first_spikes("out")
        heard = np.isfinite(first)
        value = float(((first - 0.9) ** 2)[heard].sum()) / len(labels)
        return value, {"out": np.where(heard, 2 * (first - 0.9), 0.0) / len(labels)}, {}

    validation = two_classes(60, 2)
    settings = {"validation": validation, "loss": FunctionLoss(steep), "epochs": 4}
    history = train_ramp(sim, train, optimiser=Adam(0.3), **settings).history
    assert np.isnan(history.column("accuracy")).all()
    assert history.best_epoch == np.argmin(history.column("validation_loss")) + 1


def test_table_holds_all_epochs_after_an_interruption(sim, train, tmp_path):
    class Interrupt(Callback):
        def batch_ended(self, report):
            if report.epoch == 3:
                raise KeyboardInterrupt

    path = tmp_path / "folder" / "log.csv"
    settings = {"checkpoint": tmp_path / "run.npz"}
    from saltation.learning.logs import CsvLog

    with pytest.raises(KeyboardInterrupt):
        train_ramp(sim, train, callbacks=[CsvLog(path), Interrupt()], **settings)
    train_ramp(sim, train, epochs=4, callbacks=[CsvLog(path)], **settings)
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    assert {"silent_neurons", "clipped_steps", "validation_accuracy"} <= rows[0].keys()


def test_tensorboard_gets_every_number(sim, train, tmp_path, monkeypatch):
    written = []

    class Writer:
        def __init__(self, folder, purge_step):
            written.append(("open", folder, purge_step))

        def add_scalar(self, name, value, step):
            written.append((name, value, step))

        def flush(self):
            pass

        def close(self):
            written.append(("close",))

    monkeypatch.setitem(sys.modules, "tensorboardX", SimpleNamespace(SummaryWriter=Writer))
    from saltation.learning.logs import TensorBoardLog

    log = TensorBoardLog(tmp_path / "log")
    history = train_ramp(sim, train, epochs=2, callbacks=[log]).history
    assert written[0] == ("open", str(tmp_path / "log"), 1)
    assert written[-1] == ("close",)
    losses = [row for row in written if row[0] == "loss"]
    assert losses == [("loss", record.loss, record.epoch) for record in history]
    assert not [row for row in written if row[0] == "validation_loss"]


def test_tensorboard_files_are_written(sim, train, tmp_path):
    pytest.importorskip("tensorboardX")
    from saltation.learning.logs import TensorBoardLog

    train_ramp(sim, train, epochs=1, callbacks=[TensorBoardLog(tmp_path)])
    (events,) = tmp_path.iterdir()
    assert b"silent_neurons" in events.read_bytes()


def test_missing_tensorboard_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    from saltation.learning.logs import TensorBoardLog

    with pytest.raises(ToolchainError, match=r"saltation\[tensorboard\]"):
        TensorBoardLog(tmp_path)


def test_cosine_ends_at_its_final_rate_and_stays():
    schedule = CosineDecay(1.0, 10, final=0.1)
    assert schedule(0) == 1.0
    assert schedule(5) == pytest.approx(0.55)
    assert schedule(10) == schedule(20) == pytest.approx(0.1)
    assert CosineDecay(1.0, 0)(0) == 0.0


def test_settings_of_these_are_kept_in_the_checkpoint(sim, train, tmp_path):
    path = tmp_path / "run.npz"
    train_ramp(sim, train, epochs=1, checkpoint=path, revival=Revival(), clip_norm=3.0)
    with np.load(path) as archive:
        settings = json.loads(str(archive["meta"]))["settings"]
    assert settings["revival"] == "Revival(keys=None, share=0.05)"
    assert settings["clip_norm"] == 3.0


def test_a_result_is_summed_up_in_a_line(sim, train, two_classes):
    result = train_ramp(sim, train, epochs=2, validation=two_classes(50, 2))
    last, best = result.history[-1], result.history[result.history.best_epoch - 1]
    assert repr(result) == (
        f"FitResult(2 epochs; last loss {last.loss:.4g}; best validation in epoch {best.epoch}: "
        f"loss {best.validation_loss:.4g}, accuracy {best.validation_accuracy:.4g}; "
        "values of 2 keys)"
    )
    assert repr(result.history) == f"History({result.history.summary()})"
    assert repr(train_ramp(sim, train, epochs=0)) == "FitResult(no epochs; values of 2 keys)"


def test_a_run_is_gone_before_the_next_one(sim, train, monkeypatch):
    alive, simulate = [], sim.run

    def run(spikes, values):
        assert not [ref for ref in alive if ref() is not None]
        result = simulate(spikes, values)
        alive.append(weakref.ref(result))
        return result

    monkeypatch.setattr(sim, "run", run)
    train_ramp(sim, train, epochs=2)
    assert len(alive) > 2
