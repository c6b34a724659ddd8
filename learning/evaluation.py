"""Evaluation: loss, accuracy and predictions over a set of examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.arguments import (
    check_callable,
    check_loss,
    check_simulator,
    check_whole,
)
from saltation.learning.labelled import LabelledSpikes, spikes_by_input
from saltation.learning.losses import Loss, LossValue, measure
from saltation.learning.losses.training import check_timed
from saltation.learning.protocols import BoolArray, IntArray, Run, Simulator, Values
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError
from saltation.symbolic.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How a network does on a set of examples.

    Attributes
    ----------
    loss : float
        Mean loss.
    accuracy : float
        Share of samples whose prediction is their label.
    predictions : ndarray of int, shape (size,), or None
        The predicted class of each sample, -1 where there is none; None if the loss predicts
        nothing, and the accuracy is then NaN.
    ignored : ndarray of bool, shape (size,)
        The samples that the loss could not learn from.
    """

    loss: float
    accuracy: float
    predictions: IntArray | None
    ignored: BoolArray

    def __repr__(self) -> str:
        """Sum an evaluation up: its loss, its accuracy, its samples."""
        known = self.predictions is not None
        predicted = f"accuracy {self.accuracy:.4g}" if known else "no predictions"
        ignored = int(np.count_nonzero(self.ignored))
        samples = counted(len(self.ignored), "sample") + (
            f", {ignored} of them ignored" * bool(ignored)
        )
        return f"Evaluation(loss {self.loss:.4g}; {predicted}; {samples})"


class Tally:
    """Running means of the loss and the accuracy over the batches seen."""

    def __init__(self) -> None:
        self.samples = 0
        self.correct = 0.0
        self.ignored = 0
        self.population_spikes: dict[str, int] = {}
        self._loss = 0.0

    def add(self, value: LossValue, labels: IntArray, run: Run | None = None) -> None:
        """Count one more batch.

        Parameters
        ----------
        value : LossValue
            Its loss.
        labels : ndarray of int
            Its labels.
        run : Run, optional
            Its run, whose spikes are to be counted.
        """
        self.samples += len(labels)
        self.correct += (
            float("nan")
            if value.predictions is None
            else int(np.count_nonzero(value.predictions == labels))
        )
        self.ignored += int(np.count_nonzero(value.ignored))
        self._loss += value.value * len(labels)
        if run is not None:
            for name, spikes in run.spikes.items():
                before = self.population_spikes.get(name, 0)
                self.population_spikes[name] = before + int(spikes.times.size)

    @property
    def loss(self) -> float:
        """Mean loss of the samples seen."""
        return self._loss / max(self.samples, 1)

    @property
    def accuracy(self) -> float:
        """Share of the samples seen that were predicted correctly; NaN without predictions."""
        return self.correct / max(self.samples, 1)


def evaluate(
    sim: Simulator,
    values: Values | None,
    spikes: Spikes | Mapping[str, Spikes],
    labels: ArrayLike,
    loss: Loss,
    batch_size: int = 1000,
) -> Evaluation:
    """Run a network over examples, without learning.

    Parameters
    ----------
    sim : Simulator
        The compiled network.
    values : mapping of str to array, optional
        Values that differ from the network's own.
    spikes : Spikes or mapping of str to Spikes
        The input spikes, by input; plain Spikes serve a network with one input.
    labels : array_like of int, shape (size,)
        The class of each sample.
    loss : Loss
        Measures, and predicts the classes; ``SpikeTrainDistance`` predicts none with
        ``classify=False``, which is right where every sample has a target of its own.
    batch_size : int
        Samples run at once: more need more memory, fewer more calls.

    Returns
    -------
    Evaluation
        Loss, accuracy, predictions.

    Raises
    ------
    ArrayError
        If spikes and labels do not fit, there is no sample, or the loss is of the spikes of a
        population that never spikes.
    ArrayTypeError
        If `sim` is not compiled, `loss` is no loss, or returns no ``LossValue``.
    """
    check_simulator(sim, "evaluate")
    check_loss(loss, "evaluate")
    check_timed(loss, sim.net, "evaluate")
    examples = LabelledSpikes.of(sim, (spikes, labels), "examples")
    return evaluate_examples(sim, sim.net.checked_values(values), examples, loss, batch_size)


def predict(
    sim: Simulator,
    values: Values | None,
    spikes: Spikes | Mapping[str, Spikes],
    rule: Callable[[Run], IntArray],
    batch_size: int = 1000,
) -> IntArray:
    """Classify samples.

    Parameters
    ----------
    sim : Simulator
        The compiled network.
    values : mapping of str to array, optional
        Values that differ from the network's own.
    spikes : Spikes or mapping of str to Spikes
        The input spikes, by input; plain Spikes serve a network with one input.
    rule : callable
        Gives the classes of a run's samples, such as ``FirstSpikeCrossEntropy("out").predict``.
    batch_size : int
        Samples run at once.

    Returns
    -------
    ndarray of int, shape (size,)
        The predicted class of each sample; -1 where there is none.

    Raises
    ------
    ArrayError
        If the spikes do not fit the network's inputs.
    ArrayTypeError
        If `sim` is not compiled, or `rule` cannot be called.
    """
    check_simulator(sim, "predict")
    wanted = "a callable rule(run) such as sal.losses.FirstSpikeCrossEntropy('out').predict"
    check_callable(rule, "predict", "rule", wanted)
    inputs = spikes_by_input(sim, spikes, "spikes")
    size = max((train.batch for train in inputs.values()), default=0)
    unknown = LabelledSpikes(spikes=inputs, labels=np.full(size, -1, dtype=np.int64))
    complete = sim.net.checked_values(values)
    parts = [rule(sim.run(batch.spikes, complete)) for batch in unknown.batches(max(batch_size, 1))]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def evaluate_examples(
    sim: Simulator, values: Values, examples: LabelledSpikes, loss: Loss, batch_size: int
) -> Evaluation:
    """Evaluate on examples that have been checked; see :func:`evaluate`."""
    if not examples.size:
        raise ArrayError("there are no examples to evaluate", argument="labels")
    check_whole(batch_size, 1, "batch_size", "batch_size")
    tally, parts = Tally(), []
    for batch in examples.batches(batch_size):
        value = measure(loss, sim.run(batch.spikes, values), batch.labels)
        tally.add(value, batch.labels)
        parts.append(value)
    given = [part.predictions for part in parts if part.predictions is not None]
    return Evaluation(
        loss=tally.loss,
        accuracy=tally.accuracy,
        predictions=np.concatenate(given) if given else None,
        ignored=np.concatenate([part.ignored for part in parts]),
    )
