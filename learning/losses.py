"""Losses: a value, and its derivative by every output of the run that it looks at.

A loss is any callable ``loss(run, labels) -> LossValue``. The cotangents in a :class:`LossValue`
are the exact derivatives of its `value`; ``run.gradient`` carries them back to weights, delays and
parameters. The losses here are small frozen dataclasses: their fields are their settings, and
their ``repr`` names them in checkpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.protocols import BoolArray, FloatArray, IntArray, Run
from saltation.runtime.naming import check_known
from saltation.symbolic.errors import ArrayError, ArrayTypeError

NO_PREDICTION = -1
"""The predicted class of a sample in which no output neuron spiked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossValue:
    """A loss over one batch, with everything that training needs to know of it.

    Attributes
    ----------
    value : float
        The loss: a mean over the samples of the batch.
    spike_times : mapping of str to ndarray
        Derivative of `value` by the first spike times, ``[batch, n]``, of each population it uses
        (1/s).
    observations : mapping of str to ndarray
        Derivative of `value` by each observation it uses, shaped as the observation.
    predictions : ndarray of int, shape (batch,)
        The predicted class of each sample; -1 where there is none.
    ignored : ndarray of bool, shape (batch,)
        The samples that contribute neither to the value nor to the gradient.
    """

    value: float
    spike_times: Mapping[str, FloatArray] = field(default_factory=dict)
    observations: Mapping[str, FloatArray] = field(default_factory=dict)
    predictions: IntArray
    ignored: BoolArray


class Loss(Protocol):
    """What :func:`~saltation.learning.fit.fit` expects of a loss."""

    def __call__(self, run: Run, labels: IntArray, /) -> LossValue:
        """Evaluate the loss and its cotangents on one batch."""


@dataclass(frozen=True, slots=True)
class FirstSpikeCrossEntropy:
    r"""Cross-entropy of the first spike times: the label's neuron is to spike before the others.

    With the first spike times :math:`t_k` of the output neurons and the label :math:`l`,

    .. math::
        L = -\frac{1}{N} \sum_{n=1}^{N} \left[
            \log \frac{e^{-t_l / \tau_0}}{\sum_k e^{-t_k / \tau_0}}
            - \alpha \left( e^{t_l / \tau_1} - 1 \right) \right].

    The second term pulls the label's spike forward, away from the end of the run, where it might be
    lost.

    Parameters
    ----------
    population : str
        The output population; neuron ``k`` stands for class ``k``.
    tau_0 : float
        Time scale on which spikes compete, in s.
    tau_1 : float
        Time scale of the pull on the label's spike, in s.
    alpha : float
        Strength of that pull; 0 switches it off.

    Notes
    -----
    A silent neuron counts as one that spikes at infinity: to the sum over ``k`` it adds
    ``exp(-inf) = 0``.

    A sample whose *label* neuron is silent is left out: it adds nothing to the sum (the mean is
    still over all N samples) and gives no gradient, for a spike that does not exist has no time to
    be moved. Pushing the other neurons' spikes later instead, the only gradient there is, silences
    the network within some epochs. Such samples are marked in ``LossValue.ignored``; ``fit``
    reports their share.

    Source: Wunderlich and Pehle, Event-based backpropagation can compute exact gradients for
    spiking neural networks, Scientific Reports 11:12829 (2021), with the sign of the second term
    as in their program, where it is a penalty. The defaults are their settings for Yin-Yang.

    Examples
    --------
    >>> FirstSpikeCrossEntropy("out", alpha=0.0)
    FirstSpikeCrossEntropy(population='out', tau_0=0.0005, tau_1=0.0064, alpha=0.0)
    """

    population: str = "out"
    _: KW_ONLY
    tau_0: float = 0.5e-3
    tau_1: float = 6.4e-3
    alpha: float = 3e-3

    def __post_init__(self) -> None:
        for name in ("tau_0", "tau_1"):
            if not 0.0 < getattr(self, name) < np.inf:
                raise ArrayError(
                    f"FirstSpikeCrossEntropy: {name} is {getattr(self, name)!r}, expected a "
                    f"positive time in seconds",
                    argument=name,
                )
        if not 0.0 <= self.alpha < np.inf:
            raise ArrayError(
                f"FirstSpikeCrossEntropy: alpha is {self.alpha!r}, expected a number >= 0",
                argument="alpha",
            )

    def __call__(self, run: Run, labels: ArrayLike) -> LossValue:
        """Evaluate the loss on one batch.

        Parameters
        ----------
        run : Run
            A simulated batch.
        labels : array_like of int, shape (batch,)
            The class of each sample.

        Returns
        -------
        LossValue
            With ``spike_times[population]`` of shape ``[batch, n]``, zero where a neuron is silent.

        Raises
        ------
        ArrayError
            If the labels do not fit the batch or name a class that has no neuron.
        """
        first = run.first_spikes(self.population)
        classes = checked_labels(labels, first.shape)
        ignored = np.isinf(first[np.arange(len(classes)), classes])
        total, cotangent = 0.0, np.zeros_like(first)
        heard = ~ignored
        if heard.any():
            total, cotangent[heard] = self._of_heard(first[heard], classes[heard])
        batch = max(len(classes), 1)
        return LossValue(
            value=total / batch,
            spike_times={self.population: cotangent / batch},
            predictions=first_to_spike(first),
            ignored=ignored,
        )

    def predict(self, run: Run) -> IntArray:
        """Give the class of each sample: the output neuron that spikes first.

        Parameters
        ----------
        run : Run
            A simulated batch.

        Returns
        -------
        ndarray of int, shape (batch,)
            See :func:`first_to_spike`.
        """
        return first_to_spike(run.first_spikes(self.population))

    def _of_heard(self, first: FloatArray, labels: IntArray) -> tuple[float, FloatArray]:
        """Sum of the loss over samples whose label neuron spikes, and its derivative by `first`."""
        at_label = (np.arange(len(labels)), labels)
        label_times = first[at_label]
        # Times are taken relative to the earliest spike, so that the sum of exponentials is at
        # least 1 and at most n: neither underflow nor overflow, however late the spikes.
        earliest = first.min(axis=1)
        weights = np.exp((earliest[:, None] - first) / self.tau_0)
        sums = weights.sum(axis=1)
        losses = np.log(sums) + (label_times - earliest) / self.tau_0
        cotangent = weights / (-self.tau_0 * sums[:, None])
        cotangent[at_label] += 1.0 / self.tau_0
        if self.alpha:
            # Infinite for a spike later than 700 tau_1, which training then reports.
            with np.errstate(over="ignore"):
                growth = self.alpha * np.exp(label_times / self.tau_1)
            losses += growth - self.alpha
            cotangent[at_label] += growth / self.tau_1
        return float(losses.sum()), cotangent


@dataclass(frozen=True, slots=True)
class MaximumCrossEntropy:
    r"""Cross-entropy of an observation, such as the maximum over time of the output voltages.

    With the observed values :math:`v_k` of the output neurons and the label :math:`l`,

    .. math:: L = -\frac{1}{N} \sum_{n=1}^{N} \log \frac{e^{v_l}}{\sum_k e^{v_k}}.

    Parameters
    ----------
    observation : str
        The name given to ``net.observe``; its value has the shape ``[batch, n]``.

    Notes
    -----
    Source: Wunderlich and Pehle (2021), the loss of their MNIST network. Voltages always exist, so
    no sample is ignored.

    Examples
    --------
    >>> MaximumCrossEntropy("v_max")
    MaximumCrossEntropy(observation='v_max')
    """

    observation: str = "v_max"

    def __call__(self, run: Run, labels: ArrayLike) -> LossValue:
        """Evaluate the loss on one batch.

        Parameters
        ----------
        run : Run
            A simulated batch.
        labels : array_like of int, shape (batch,)
            The class of each sample.

        Returns
        -------
        LossValue
            With ``observations[observation]`` of shape ``[batch, n]``.

        Raises
        ------
        ArrayError
            If the observation has no shape ``[batch, n]``, or the labels do not fit it.
        """
        values = self._observed(run)
        classes = checked_labels(labels, values.shape)
        at_label = (np.arange(len(classes)), classes)
        # Relative to the largest value the exponentials cannot overflow.
        shifted = values - values.max(axis=1, keepdims=True)
        weights = np.exp(shifted)
        sums = weights.sum(axis=1)
        batch = max(len(classes), 1)
        cotangent = weights / sums[:, None]
        cotangent[at_label] -= 1.0
        return LossValue(
            value=float((np.log(sums) - shifted[at_label]).sum()) / batch,
            observations={self.observation: cotangent / batch},
            predictions=values.argmax(axis=1),
            ignored=np.zeros(len(classes), dtype=bool),
        )

    def predict(self, run: Run) -> IntArray:
        """Give the class of each sample: the output neuron of the largest value.

        Parameters
        ----------
        run : Run
            A simulated batch.

        Returns
        -------
        ndarray of int, shape (batch,)
            The lowest index among the largest.

        Raises
        ------
        UnknownNameError
            If the run has no such observation; names the nearest.
        ArrayError
            If the observation has no shape ``[batch, n]``.
        """
        winners: IntArray = self._observed(run).argmax(axis=1)
        return winners

    def _observed(self, run: Run) -> FloatArray:
        """Give the observation, one value for each output neuron."""
        check_known(self.observation, run.observations, "observation", "MaximumCrossEntropy")
        values = run.observations[self.observation]
        if values.ndim != 2:
            raise ArrayError(
                f"observation {self.observation!r} has shape {values.shape}, expected "
                f"(batch, n): observe a maximum or an integral",
                argument=self.observation,
            )
        return values


def first_to_spike(first_spikes: FloatArray) -> IntArray:
    """Give the index of the neuron that spikes first, in each sample.

    Parameters
    ----------
    first_spikes : ndarray, shape (batch, n)
        First spike times in s, ``inf`` where silent.

    Returns
    -------
    ndarray of int, shape (batch,)
        The lowest index among the earliest; -1 where no neuron spikes.

    Examples
    --------
    >>> first_to_spike(np.array([[3.0, 1.0, 1.0], [np.inf, np.inf, np.inf]]))
    array([ 1, -1])
    """
    winners: IntArray = first_spikes.argmin(axis=1)
    # The earliest time of a sample is infinite only where every neuron is silent.
    winners[np.isinf(first_spikes[np.arange(len(winners)), winners])] = NO_PREDICTION
    return winners


def accuracy(first_spikes: ArrayLike, labels: ArrayLike) -> float:
    """Share of samples whose label neuron is the first to spike.

    Parameters
    ----------
    first_spikes : array_like, shape (batch, n)
        First spike times in s, ``inf`` where silent.
    labels : array_like of int, shape (batch,)
        The class of each sample.

    Returns
    -------
    float
        In [0, 1]. A sample without any output spike is wrong; of neurons that spike at the same
        time the one with the lowest index counts.

    Raises
    ------
    ArrayError
        If the labels do not fit the times, or there is no sample.

    Examples
    --------
    >>> accuracy([[1.0, 2.0], [np.inf, np.inf]], [0, 0])
    0.5
    """
    first = np.asarray(first_spikes, dtype=np.float64)
    classes = checked_labels(labels, first.shape)
    if not len(classes):
        raise ArrayError("accuracy of an empty batch", argument="first_spikes")
    return float(np.mean(first_to_spike(first) == classes))


def checked_labels(labels: ArrayLike, shape: tuple[int, ...]) -> IntArray:
    """Check class labels against outputs of shape ``(batch, n)``.

    Parameters
    ----------
    labels : array_like of int
        The class of each sample.
    shape : tuple of int
        The shape ``(batch, n)`` of the outputs.

    Returns
    -------
    ndarray of int64, shape (batch,)
        The labels.

    Raises
    ------
    ArrayError
        If their number is not the batch's, or one is outside ``0 .. n - 1``.
    ArrayTypeError
        If they are not integers.
    """
    array: Any = np.asarray(labels)
    if array.dtype.kind not in "iu":
        raise ArrayTypeError(
            f"labels have dtype {array.dtype}, expected integers (class indices)",
            argument="labels",
        )
    if array.shape != shape[:1]:
        raise ArrayError(
            f"labels have shape {array.shape}, expected ({shape[0]},): one for each sample",
            argument="labels",
        )
    if array.size and not (array.min() >= 0 and array.max() < shape[1]):
        row = int(np.flatnonzero((array < 0) | (array >= shape[1]))[0])
        raise ArrayError(
            f"labels[{row}] is {array[row]}, expected a class in 0 .. {shape[1] - 1}: "
            f"the output has {shape[1]} neurons",
            argument="labels",
        )
    return array.astype(np.int64, copy=False)  # type: ignore[no-any-return]
