"""The epochs of a training: batches, steps, validation, checkpoints."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from saltation.learning.callbacks import BatchReport, Callback, EpochReport
from saltation.learning.checkpoint import (
    Checkpoint,
    check_writable,
    save_checkpoint,
)
from saltation.learning.divisors import check_sides
from saltation.learning.evaluation import Tally, evaluate_examples
from saltation.learning.history import EpochRecord, History
from saltation.learning.losses import LossValue, described, measure
from saltation.learning.losses.loss import check_derivatives
from saltation.learning.losses.training import out_of_proportion
from saltation.learning.protocols import BoolArray, FloatArray, Run, Values
from saltation.learning.revival import (
    SpikeWatch,
    silent_share,
    spiking_populations,
    warn_of_mute,
    warn_of_silence,
)
from saltation.learning.step_sizes import root_mean_square
from saltation.learning.task import Task, check_start
from saltation.runtime.arrays import all_finite, frozen_copy
from saltation.runtime.gradient import require_finite
from saltation.symbolic.errors import (
    ArrayError,
    CheckpointWarning,
    ModelError,
    NonFiniteError,
    NonFiniteLossError,
    SimulationError,
)
from saltation.symbolic.notices import warn_user
from saltation.symbolic.words import counted

_VALIDATION_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A training between two epochs; the generator moves on as it is used."""

    values: dict[str, FloatArray]
    best: dict[str, FloatArray]
    optimiser: Any
    generator: np.random.Generator
    history: History
    silent: Mapping[str, BoolArray] = field(default_factory=dict)


def fresh(task: Task, values: dict[str, FloatArray]) -> State:
    """Start before the first epoch, from values within their bounds."""
    check_start(values, task.bounds)
    # The network's own arrays cannot be written to, and a run knows them.
    values = {
        key: frozen_copy(array) if array.flags.writeable else array for key, array in values.items()
    }
    return State(
        values=values,
        best=values,
        optimiser=task.optimiser.start(task.trained(values)),
        generator=np.random.default_rng(task.seed),
        history=History(),
    )


def resumed(task: Task, saved: Checkpoint) -> State:
    """Start from a checkpoint of the same training."""
    generator = np.random.default_rng()
    generator.bit_generator.state = saved.generator
    return State(
        values=saved.values,
        best=saved.best,
        optimiser=task.optimiser.restore(saved.optimiser, task.trained(saved.values)),
        generator=generator,
        history=saved.history,
        silent=saved.silent,
    )


def train_on(task: Task, state: State, path: Path | None, listeners: tuple[Callback, ...]) -> State:
    """Run the epochs that are left, until one of the listeners ends them."""
    settings = task.settings(state.values) if path else {}
    if path and len(state.history) < task.epochs:
        check_writable(path)
    if path and not state.history:
        # An interrupt in the first epoch leaves this; nor is an older file taken for it.
        save_checkpoint(path, _checkpoint(task, state, settings))
    # Every listener hears of the start and of each epoch, also after one that ends the training.
    answers = [
        listener.fit_started(state.history, task.epochs, task.batches) for listener in listeners
    ]
    try:
        while len(state.history) < task.epochs and not any(answers):
            state = _epoch(task, state, listeners)
            if path:
                save_checkpoint(path, _checkpoint(task, state, settings))
            report = EpochReport(
                record=state.history[-1], history=state.history, values=state.values
            )
            answers = [listener.epoch_ended(report) for listener in listeners]
        if len(state.history) < task.epochs:
            ending = listeners[[bool(answer) for answer in answers].index(True)]
            stopped = replace(state.history, stopped_by=type(ending).__name__)
            state = replace(state, history=stopped)
    finally:
        for listener in listeners:
            listener.fit_ended(state.history)
    return state


def warn_of_no_epoch(task: Task, path: Path, history: History) -> None:
    """Warn that a training resumed from a checkpoint did nothing of what was asked for.

    Parameters
    ----------
    task : Task
        The training.
    path : Path
        The checkpoint.
    history : History
        Of the checkpoint, with what stopped the training.

    Warns
    -----
    CheckpointWarning
        If there were epochs to be done, or fewer wanted than were done before.
    """
    done = f"fit: nothing was trained: checkpoint {path} has {counted(len(history), 'epoch')}"
    asked = f"epochs={task.epochs}, which counts those before"
    if history.stopped_by:
        what = (
            f"{done}, after which {history.stopped_by} ends a training ({asked}). To go on, leave "
            f"that callback out or give it other settings; to start anew, resume=False"
        )
    elif len(history) > task.epochs:
        what = (
            f"{done}, and {asked}, asks for fewer. To go on, give a larger number; to start anew, "
            f"resume=False"
        )
    else:
        return
    warn_user([CheckpointWarning(what)])


def _epoch(task: Task, state: State, listeners: tuple[Callback, ...]) -> State:
    """Take one step for each batch of the shuffled samples, then validate."""
    started = time.perf_counter()
    epoch = len(state.history)
    values, memory = task.revived(state.values, state.silent), state.optimiser
    tally, watch = Tally(), SpikeWatch(spiking_populations(task.sim.net))
    clipped, moved = 0, False
    batches = task.batches
    samples = task.train.shuffled(state.generator).augmented(task.augment, state.generator)
    for number, batch in enumerate(samples.batches(task.batch_size), start=1):
        where = f"epoch {epoch + 1}, batch {number} of {batches}"
        try:
            run = task.sim.run(batch.spikes, values)
        except SimulationError as error:
            error.add_note(_note(task, state.values, values, where))
            raise
        try:
            value = measure(task.measured, run, batch.labels)
        except ArrayError as error:
            _raise_placed(error, where)
        gradients, scaled = task.clipped(_gradients(task, run, value, where), epoch)
        clipped += scaled
        moved = moved or any(gradient.any() for gradient in gradients.values())
        trained, memory = task.optimiser.step(task.trained(values), gradients, memory, epoch)
        values = _stepped(task, values, trained, gradients, where)
        tally.add(value, batch.labels, run)
        watch.add(run)
        del run  # The next run takes its memory, which is still in the caches.
        if listeners:
            report = BatchReport(
                epoch=epoch + 1,
                batch=number,
                batches=batches,
                loss=tally.loss,
                accuracy=tally.accuracy,
            )
            for listener in listeners:
                listener.batch_ended(report)
    if not task.revival:
        if moved:
            warn_of_mute(task.wanted, task.sim.net, gradients, watch.silent, state.silent)
        else:
            warn_of_silence(watch.silent, state.silent)
    measured = {
        "silent_neurons": silent_share(watch.silent),
        "clipped_steps": clipped / batches,
        "seconds": time.perf_counter() - started,
    }
    history = state.history.with_record(_record(task, values, tally, epoch, measured))
    return State(
        values=values,
        best=values if history.best_epoch == len(history) else state.best,
        optimiser=memory,
        generator=state.generator,
        history=history,
        silent=watch.silent,
    )


def _stepped(
    task: Task, values: Values, trained: Values, gradients: Values, where: str
) -> dict[str, FloatArray]:
    """Put trained values in, which nobody can write to any more: a run need not look at them again.

    That they are finite is seen here, and only if they are not at the gradients: an optimiser makes
    no finite values of others.
    """
    bounded = task.bounded(trained)
    for array in bounded.values():
        array.setflags(write=False)
    try:
        # A bound would hide an infinity.
        infinite = [key for key in task.bounds if not all_finite(trained[key])]
        if infinite:
            raise ArrayError(f"{infinite[0]} is not finite", argument=infinite[0])
        check_sides(task.divisors, values, bounded, where)
        return task.sim.net.checked_values({**values, **bounded})
    except ArrayError as error:
        try:
            require_finite(gradients)
        except NonFiniteError as cause:
            _raise_infinite(cause, task, where)
        raise NonFiniteError(f"{where}, the step of the optimiser: {error}") from error
    except ModelError as error:
        error.add_note(
            f"In {where} of fit, after the step of the optimiser: keep trained values where the "
            "model is right by bounds={key: (least, most)}, and try a smaller learning rate."
        )
        raise


def _note(task: Task, before: Values, values: Values, where: str) -> str:
    """Say where in a training a run failed, and how the trained values had changed."""
    sizes = []
    for key in task.trainable:
        old, new = root_mean_square(before[key]), root_mean_square(values[key])
        sizes.append(f"of {key!r} from {old:.2g} to {new:.2g}")
    return (
        f"In {where} of fit. In this epoch the root mean square went {', '.join(sizes)}. Where it "
        "grew much, try a smaller learning rate for that key."
    )


def _raise_placed(error: ArrayError, where: str) -> NoReturn:
    """Say where in a training a loss refused samples, or had derivatives that are not finite."""
    if isinstance(error, NonFiniteLossError):
        raise NonFiniteError(f"{where}: {error}") from error
    error.add_note(
        f"In {where} of fit: samples are numbered within the batch, and training batches are "
        "of shuffled samples."
    )
    raise error


def _gradients(task: Task, run: Run, value: LossValue, where: str) -> dict[str, FloatArray]:
    """Pull the loss, which must be finite, back to the trained values."""
    if not np.isfinite(value.value):
        advice = "look at the first spikes and observations it is made of, and try a smaller "
        raise NonFiniteError(
            f"{where}: the loss is {value.value}; {_cause(task, f'{advice}learning rate')}"
        )
    try:
        return run.gradient(
            spike_times=value.spike_times,
            observations=value.observations,
            wrt=task.trainable,
            grazing=task.grazing,
        )
    except NonFiniteError as error:
        _raise_infinite(error, task, where)
    except ArrayError:
        try:
            check_derivatives(value, f"loss {described(task.loss)}")
        except ArrayError as error:
            cause = _cause(task, "")
            if cause:
                raise NonFiniteError(f"{where}: {error}; {cause}") from error
            _raise_placed(error, where)
        raise


def _raise_infinite(error: NonFiniteError, task: Task, where: str) -> NoReturn:
    """Say where in a training a gradient is not finite."""
    cause = _cause(task, "and try a smaller learning rate")
    raise NonFiniteError(f"{where}: {error}, {cause}") from error


def _cause(task: Task, otherwise: str) -> str:
    """Say what of the loss grows too large in a run; if nothing, what else may help."""
    return "; ".join(out_of_proportion(task.loss, task.sim.t_end)) or otherwise


def _record(
    task: Task,
    values: dict[str, FloatArray],
    tally: Tally,
    epoch: int,
    measured: dict[str, float],
) -> EpochRecord:
    """Sum an epoch up, with a validation if there are samples for it."""
    validation = None
    if task.validation:
        try:
            validation = evaluate_examples(
                task.sim, values, task.validation, task.measured, _VALIDATION_BATCH
            )
        except ArrayError as error:
            _raise_placed(error, f"epoch {epoch + 1}, validation")
    return EpochRecord(
        epoch=epoch + 1,
        rate=task.optimiser.rate_at(epoch),
        loss=tally.loss,
        accuracy=tally.accuracy,
        validation_loss=validation.loss if validation is not None else None,
        validation_accuracy=validation.accuracy if validation is not None else None,
        silent_labels=tally.ignored / tally.samples,
        spikes_per_sample=sum(tally.population_spikes.values()) / tally.samples,
        population_spikes={
            name: count / tally.samples for name, count in tally.population_spikes.items()
        },
        **measured,
    )


def _checkpoint(task: Task, state: State, settings: dict[str, Any]) -> Checkpoint:
    """Collect what the next epoch depends on."""
    return Checkpoint(
        values=state.values,
        best=state.best,
        optimiser=task.optimiser.save(state.optimiser),
        generator=dict(state.generator.bit_generator.state),
        history=state.history,
        settings=settings,
        silent=dict(state.silent),
    )
