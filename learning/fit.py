"""Training: epochs of shuffled batches, each a run, a loss, a gradient and a step."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.callbacks import BatchReport, Callback, EpochReport
from saltation.learning.checkpoint import (
    Checkpoint,
    load_checkpoint,
    require_same_settings,
    save_checkpoint,
)
from saltation.learning.evaluation import Tally, evaluate_examples
from saltation.learning.history import EpochRecord, History
from saltation.learning.labelled import Examples, LabelledSpikes
from saltation.learning.losses import Loss, LossValue
from saltation.learning.optimisers import Adam, Optimiser
from saltation.learning.progress import ProgressBar
from saltation.learning.protocols import FloatArray, Run, Simulator
from saltation.learning.task import Task, checked_bounds, trainable_keys
from saltation.symbolic.errors import NonFiniteError

_VALIDATION_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FitResult:
    """What a training came to.

    Attributes
    ----------
    values : dict of str to ndarray
        All of the network's values after the last epoch.
    best : dict of str to ndarray
        Those after the epoch ``history.best_epoch``, which did best on the validation samples.
    history : History
        One record for each epoch, those before a resumed checkpoint included.
    """

    values: dict[str, FloatArray]
    best: dict[str, FloatArray]
    history: History


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """A training between two epochs; the generator moves on as it is used."""

    values: dict[str, FloatArray]
    best: dict[str, FloatArray]
    optimiser: Any
    generator: np.random.Generator
    history: History


def fit(
    sim: Simulator,
    values: Mapping[str, ArrayLike] | None = None,
    *,
    train: Examples,
    loss: Loss,
    epochs: int,
    validation: Examples | None = None,
    optimiser: Optimiser[Any] | None = None,
    trainable: Iterable[str] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    batch_size: int = 32,
    seed: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = True,
    progress: bool = True,
    callbacks: Iterable[Callback] = (),
) -> FitResult:
    """Train a network's values on labelled spikes.

    Parameters
    ----------
    sim : Simulator
        The compiled network.
    values : mapping of str to array, optional
        Values to start from, where they differ from the network's own.
    train, validation : tuple of (spikes, labels)
        Input spikes (a mapping by input; plain ``Spikes`` serve a network with one input) and the
        class of each sample. The validation samples are run after every epoch.
    loss : Loss
        A callable ``loss(run, labels)`` such as ``FirstSpikeCrossEntropy()``.
    epochs : int
        Epochs in all, those in a resumed checkpoint included.
    optimiser : Optimiser, optional
        ``Adam()`` if not given.
    trainable : iterable of str, optional
        Keys of the values to be trained, such as ``"in->hidden.delay"``; without it, every weight.
    bounds : mapping of str to (float, float), optional
        The least and the largest value of trained keys, such as ``{"hidden.tau_m": (1e-3, 1.0)}``:
        after each step, values beyond are put onto the bound. Delays are kept from falling below 0
        without being named.
    batch_size : int
        Samples in a step.
    seed : int
        Of the order of the samples. The same seed gives the same values, bit for bit.
    checkpoint : path-like, optional
        A file that is replaced after each epoch by the state then.
    resume : bool
        Go on from the checkpoint if there is one; otherwise it is overwritten.
    progress : bool
        Show a progress bar.
    callbacks : iterable of Callback
        Called along the way.

    Returns
    -------
    FitResult
        The trained values and the history.

    Raises
    ------
    ArrayError
        If the data do not fit the network, or a setting is out of range.
    UnknownNameError
        If `values` or `trainable` names a value that the network does not have, or `bounds` one
        that is not trained.
    CheckpointError
        If the checkpoint is damaged or belongs to another training.
    NonFiniteError
        If a loss or a gradient is not finite; it names the key, the epoch and the batch.
    """
    start = sim.net.checked_values(values)
    keys = trainable_keys(start, trainable)
    task = Task(
        sim=sim,
        train=LabelledSpikes.of(sim, train, "train"),
        validation=LabelledSpikes.of(sim, validation, "validation")
        if validation is not None
        else None,
        loss=loss,
        optimiser=Adam() if optimiser is None else optimiser,
        trainable=keys,
        bounds=checked_bounds(bounds, keys),
        batch_size=batch_size,
        epochs=epochs,
        seed=seed,
    )
    path = None if checkpoint is None else Path(checkpoint)
    resumes = path is not None and resume and path.exists()
    state = _resumed(task, start, path) if path and resumes else _fresh(task, start)
    listeners = (*((ProgressBar(),) if progress else ()), *callbacks)
    return _train(task, state, path, listeners)


def _fresh(task: Task, values: dict[str, FloatArray]) -> _State:
    """Start before the first epoch."""
    return _State(
        values=values,
        best=values,
        optimiser=task.optimiser.start(task.trained(values)),
        generator=np.random.default_rng(task.seed),
        history=History(),
    )


def _resumed(task: Task, values: dict[str, FloatArray], path: Path) -> _State:
    """Start from a checkpoint of the same training."""
    saved = load_checkpoint(path)
    require_same_settings(path, saved.settings, task.settings(values))
    generator = np.random.default_rng()
    generator.bit_generator.state = saved.generator
    return _State(
        values=saved.values,
        best=saved.best,
        optimiser=task.optimiser.restore(saved.optimiser, task.trained(saved.values)),
        generator=generator,
        history=saved.history,
    )


def _train(
    task: Task, state: _State, path: Path | None, listeners: tuple[Callback, ...]
) -> FitResult:
    """Run the epochs that are left."""
    settings = task.settings(state.values) if path else {}
    for listener in listeners:
        listener.fit_started(state.history, task.epochs, task.batches)
    try:
        while len(state.history) < task.epochs:
            state = _epoch(task, state, listeners)
            if path:
                save_checkpoint(path, _checkpoint(task, state, settings))
            report = EpochReport(
                record=state.history[-1], history=state.history, values=state.values
            )
            # Every listener hears of the epoch, also after one that ends the training.
            if any([listener.epoch_ended(report) for listener in listeners]):
                break
    finally:
        for listener in listeners:
            listener.fit_ended(state.history)
    return FitResult(values=state.values, best=state.best, history=state.history)


def _epoch(task: Task, state: _State, listeners: tuple[Callback, ...]) -> _State:
    """Take one step for each batch of the shuffled samples, then validate."""
    started = time.perf_counter()
    epoch = len(state.history)
    values, memory, tally = state.values, state.optimiser, Tally()
    samples = task.train.shuffled(state.generator)
    for number, batch in enumerate(samples.batches(task.batch_size), start=1):
        run = task.sim.run(batch.spikes, values)
        value = task.loss(run, batch.labels)
        where = f"epoch {epoch + 1}, batch {number} of {task.batches}"
        gradients = _gradients(task, run, value, where)
        trained, memory = task.optimiser.step(task.trained(values), gradients, memory, epoch)
        values = {**values, **task.bounded(trained)}
        tally.add(value, batch.labels, run)
        report = BatchReport(
            epoch=epoch + 1,
            batch=number,
            batches=task.batches,
            loss=tally.loss,
            accuracy=tally.accuracy,
        )
        for listener in listeners:
            listener.batch_ended(report)
    seconds = time.perf_counter() - started
    history = state.history.with_record(_record(task, values, tally, epoch, seconds))
    return _State(
        values=values,
        best=values if history.best_epoch == len(history) else state.best,
        optimiser=memory,
        generator=state.generator,
        history=history,
    )


def _gradients(task: Task, run: Run, value: LossValue, where: str) -> dict[str, FloatArray]:
    """Pull the loss back to the trained values, and see that all is finite."""
    if not np.isfinite(value.value):
        raise NonFiniteError(
            f"{where}: the loss is {value.value}; look at the first spikes and observations it "
            f"is made of, and try a smaller learning rate"
        )
    gradients = run.gradient(
        spike_times=value.spike_times, observations=value.observations, wrt=task.trainable
    )
    for key in task.trainable:
        finite = np.isfinite(gradients[key])
        if not finite.all():
            raise NonFiniteError(
                f"{where}: the gradient of {key!r} is not finite in "
                f"{np.count_nonzero(~finite)} of {finite.size} entries, the first at index "
                f"{tuple(int(i) for i in np.argwhere(~finite)[0])}; look for spikes that barely "
                f"reach the threshold, and try a smaller learning rate"
            )
    return gradients


def _record(
    task: Task, values: dict[str, FloatArray], tally: Tally, epoch: int, seconds: float
) -> EpochRecord:
    """Sum an epoch up, with a validation if there are samples for it."""
    validation = (
        evaluate_examples(task.sim, values, task.validation, task.loss, _VALIDATION_BATCH)
        if task.validation
        else None
    )
    return EpochRecord(
        epoch=epoch + 1,
        rate=task.optimiser.rate_at(epoch),
        loss=tally.loss,
        accuracy=tally.accuracy,
        validation_loss=validation.loss if validation is not None else None,
        validation_accuracy=validation.accuracy if validation is not None else None,
        silent_labels=tally.ignored / tally.samples,
        spikes_per_sample=tally.spikes / tally.samples,
        seconds=seconds,
    )


def _checkpoint(task: Task, state: _State, settings: dict[str, Any]) -> Checkpoint:
    """Collect what the next epoch depends on."""
    return Checkpoint(
        values=state.values,
        best=state.best,
        optimiser=task.optimiser.save(state.optimiser),
        generator=dict(state.generator.bit_generator.state),
        history=state.history,
        settings=settings,
    )
