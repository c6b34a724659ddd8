"""Training: epochs of shuffled batches, each a run, a loss, a gradient and a step."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from saltation.learning.arguments import check_loss, check_simulator
from saltation.learning.augment import Augmentation
from saltation.learning.callbacks import Callback, checked_callbacks
from saltation.learning.checkpoint import resumable, warn_of_other_start
from saltation.learning.divisors import divisor_keys, parameter_keys
from saltation.learning.held import warn_of_held
from saltation.learning.history import History
from saltation.learning.labelled import Examples, LabelledSpikes
from saltation.learning.losses import Loss
from saltation.learning.losses.training import check_timed, warn_of_time_constants
from saltation.learning.optimisers import Optimiser, checked_optimiser
from saltation.learning.progress import ProgressBar
from saltation.learning.protocols import FloatArray, Simulator, Values
from saltation.learning.revival import Revival
from saltation.learning.step_sizes import check_steps, warn_of_steps
from saltation.learning.task import Task, checked_bounds, trainable_keys
from saltation.learning.trainer import State, fresh, resumed, train_on, warn_of_no_epoch
from saltation.runtime.destinations import checked_path
from saltation.symbolic.words import counted


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
    stopped_by : str or None
        The name of the callback, such as ``"EarlyStopping"``, that ended the training before its
        last epoch; None if all epochs were done.
    """

    values: dict[str, FloatArray]
    best: dict[str, FloatArray]
    history: History

    @property
    def stopped_by(self) -> str | None:
        """What ended the training early."""
        return self.history.stopped_by

    def __repr__(self) -> str:
        """Sum a training up: its epochs, its best validation, its last loss."""
        return f"FitResult({self.history.summary()}; values of {counted(len(self.values), 'key')})"


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
    augment: Augmentation | None = None,
    grazing: str = "clip",
    clip_norm: float | None = None,
    revival: Revival | None = None,
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
        after each step, values beyond are put onto the bound. The values to start from must lie
        within. Delays are kept from falling below 0 without being named.
    batch_size : int
        Samples in a step.
    augment : Augmentation, optional
        Changes the training spikes of every input anew in each epoch, such as
        ``InputDropout(0.2)``.
    grazing : {"clip", "warn", "raise"}, optional
        What to do with spikes that barely reach the threshold, whose gradient is almost infinite:
        as of ``run.gradient``.
    clip_norm : float, optional
        Scales the gradient of a batch down to this Euclidean norm, taken over all trained values,
        if it is larger. A value that the optimiser scales is measured by its scale: its gradient
        counts times that. The history tells the share of such steps.
    revival : Revival, optional
        Brings back neurons that were silent for a whole epoch. The history tells their share.
    seed : int
        Of the order of the samples, and of what is augmented. The same seed gives the same values,
        bit for bit.
    checkpoint : path-like, optional
        A file that holds the state before the first epoch, and is replaced after each by the state
        then.
    resume : bool
        Go on from the checkpoint if there is one, be it that of a training that was killed, that
        ended, or that a callback stopped; from its values, not from `values`. Otherwise it is
        overwritten. Callbacks, `epochs`, `validation` and threads may differ from those before;
        of what else differs, also in the network and its values that are not trained, a
        ``CheckpointError`` tells.
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
        If the data or the loss do not fit the network, a setting is out of range, a value starts
        outside its bounds, a callback that compares results on validation samples has none, or the
        first step is more than 1,000 times as large as all values of a key.
    ArrayTypeError
        If an argument is something else, such as a network that is not compiled or the class of a
        loss instead of a loss, or if the loss returns no ``LossValue``.
    UnknownNameError
        If `values` or `trainable` names a value that the network does not have, or `bounds` one
        that is not trained.
    CheckpointError
        If the checkpoint is damaged, belongs to another training, or cannot be written; all three
        before the first run.
    NonFiniteError
        If a loss, a derivative of it or a gradient is not finite; it names the loss or the key, the
        epoch and the batch.
    SimulationError
        If a run cannot be completed with the values that training came to; a note names the epoch,
        the batch, and how the size of the trained values changed. Also if a step moves a parameter
        that its model divides by, such as a time constant, to zero, past it or almost.
    ModelError
        If a model cannot be right with the values after a step; a note names the epoch and batch.

    Warns
    -----
    BoundsWarning
        If all values of a key are on the bounds from which they started.
    CheckpointWarning
        If a training that resumes does no epoch, though other than `epochs` were done: a callback
        ends it at once, or the checkpoint has more. Or if the checkpoint has no epoch yet, and
        other values than those it started from are given; or if an older version wrote it, which
        did not record all that a training depends on.
    LearningRateWarning
        If the learning rate of a key is several times the root mean square of its values, or more
        than a tenth of it for a parameter of neurons, such as a time constant; or if all steps
        together are below 1e-4 of it, as for resistances in ohms.
    SilenceWarning
        If in an epoch every gradient is zero, whole populations being silent, and nothing revives
        them; or if no sample makes a neuron spike for which the loss has a target in each.
    TimeConstantWarning
        If a time constant of the loss is several times as long as the run, or so short that the
        loss grows beyond all proportion before its end.
    """
    check_simulator(sim, "fit")
    check_loss(loss, "fit")
    path = None if checkpoint is None else checked_path(checkpoint, "fit", "checkpoint")
    stepper = checked_optimiser(optimiser, saved=checkpoint is not None)
    heard = checked_callbacks(callbacks, validated=validation is not None)
    start = sim.net.checked_values(values)
    keys = trainable_keys(start, trainable)
    task = Task(
        sim=sim,
        train=LabelledSpikes.of(sim, train, "train"),
        validation=None if validation is None else LabelledSpikes.of(sim, validation, "validation"),
        loss=loss,
        optimiser=stepper,
        trainable=keys,
        bounds=checked_bounds(bounds, keys),
        divisors=divisor_keys(sim.net, keys),
        batch_size=batch_size,
        augment=augment,
        grazing=grazing,
        clip_norm=clip_norm,
        revival=revival,
        epochs=epochs,
        seed=seed,
    )
    before = _before(task, start, path if resume else None)
    listeners = (*((ProgressBar(),) if progress else ()), *heard)
    state = train_on(task, before, path, listeners)
    if path and before.history and len(state.history) == len(before.history):
        warn_of_no_epoch(task, path, state.history)
    warn_of_held(task, before, state)
    return FitResult(
        values={key: array.copy() for key, array in state.values.items()},
        best={key: array.copy() for key, array in state.best.items()},
        history=state.history,
    )


def _before(task: Task, start: dict[str, FloatArray], path: Path | None) -> State:
    """Find what a training goes on from: a checkpoint to be resumed, or its start."""
    saved = None
    if path is not None and path.is_file():
        saved = resumable(path, task.settings(start), task.fixed(start))
    _look_at_settings(task, start, resumes=saved is not None)
    if path is None or saved is None:
        return fresh(task, start)
    warn_of_other_start(path, saved, start)
    return resumed(task, saved)


def _look_at_settings(task: Task, start: Values, *, resumes: bool) -> None:
    """Warn of what is legal and probably not meant, and refuse what cannot be meant."""
    check_timed(task.loss, task.sim.net, "fit")
    warn_of_time_constants(task.loss, task.sim)
    if not resumes:
        trained = task.trained(start)
        check_steps(task.optimiser, trained)
        parameters = parameter_keys(task.sim.net, task.trainable)
        warn_of_steps(task.optimiser, trained, task.epochs, task.batches, parameters)
