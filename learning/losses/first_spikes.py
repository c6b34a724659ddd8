"""Losses of first spike times."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.losses.ends import check_ends
from saltation.learning.losses.labels import NO_PREDICTION, checked_labels, first_to_spike
from saltation.learning.losses.loss import Composable, LossValue
from saltation.learning.losses.mute import check_silence
from saltation.learning.protocols import FloatArray, IntArray, Run
from saltation.symbolic.errors import ArrayError

_MOST_PULL = 1e3
"""Beyond this many times the strongest competition a pull is out of proportion.

With the published settings it is 2.8 times that. A gradient a thousand times as large as others
outweighs all other samples of a batch, and Adam's step stays small for thousands of steps after it.
"""

_PUBLISHED = 9.4
"""The run's length in units of `tau_1` in the published settings, 60 ms and 6.4 ms."""


@dataclass(frozen=True, slots=True)
class FirstSpikeCrossEntropy(Composable):
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
        Time scale on which spikes compete, in s; 0.5 ms if not given.
    tau_1 : float
        Time scale of the pull on the label's spike, in s; 6.4 ms if not given, which suits runs of
        60 ms.
    alpha : float
        Strength of that pull; 0 switches it off.

    Notes
    -----
    The pull grows exponentially, to :math:`(\alpha / \tau_1) e^{t_l / \tau_1}`, whereas competition
    pulls by :math:`1 / \tau_0` at most. Give `tau_1` with the length of the run: where the pull at
    its end is over 1000 times that, ``fit`` gives a ``TimeConstantWarning``.

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
            _check_time(self, name)
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
            If the labels do not fit the batch or name a class that has no neuron, the model of the
            population never spikes, or the run ended with the first spikes of another one.
        """
        check_ends(self, run, self.population)
        first = run.first_spikes(self.population)
        classes = checked_labels(labels, first.shape)
        ignored = np.isinf(first[np.arange(len(classes)), classes])
        if ignored.any():
            heard, cotangent = ~ignored, np.zeros_like(first)
            total, cotangent[heard] = self._of_heard(first[heard], classes[heard])
        else:
            total, cotangent = self._of_heard(first, classes)
        batch = max(len(classes), 1)
        return LossValue(
            value=total / batch,
            spike_times={self.population: cotangent / batch},
            predictions=_predicted(self, run, first),
            ignored=ignored,
        )

    @property
    def timed(self) -> str:
        """The population whose spikes are looked at."""
        return self.population

    @property
    def of_first_spikes(self) -> bool:
        """That nothing after these is looked at."""
        return True

    @property
    def time_constants(self) -> dict[str, float]:
        """What is to be compared with the length of a run."""
        return {"tau_0": self.tau_0} | ({"tau_1": self.tau_1} if self.alpha else {})

    def out_of_proportion(self, t_end: float) -> str:
        """Tell whether label spikes near the end of a run are pulled beyond all proportion.

        Parameters
        ----------
        t_end : float
            The end of the run, in s.

        Returns
        -------
        str
            What is wrong, and what to do; empty if nothing is.
        """
        if not self.alpha:
            return ""
        # The logarithm of alpha/tau_1 exp(t_end/tau_1), by 1/tau_0; itself it may overflow.
        ratio = t_end / self.tau_1 + math.log(self.alpha) + math.log(self.tau_0 / self.tau_1)
        if ratio <= math.log(_MOST_PULL):
            return ""
        return (
            f"FirstSpikeCrossEntropy has tau_1 = {self.tau_1:g} s, and a run ends at t_end = "
            f"{t_end:g} s: the pull on a label's spike there, alpha/tau_1*exp(t_end/tau_1), is "
            f"about 1e{ratio / math.log(10.0):.0f} times the strongest competition, 1/tau_0. Both "
            f"are in seconds: the published proportion is tau_1 = t_end/{_PUBLISHED}, here "
            f"tau_1={t_end / _PUBLISHED:.2g}; alpha=0 switches the pull off"
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
        return _predicted(self, run, run.first_spikes(self.population))

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
        slopes = cotangent[at_label] + 1.0 / self.tau_0
        if self.alpha:
            # Infinite for a spike later than 700 tau_1, which training then reports.
            with np.errstate(over="ignore"):
                growth = self.alpha * np.exp(label_times / self.tau_1)
                slopes += growth / self.tau_1
            losses += growth - self.alpha
        cotangent[at_label] = slopes
        return float(losses.sum()), cotangent


@dataclass(frozen=True, slots=True)
class FirstSpikeSquaredError(Composable):
    r"""Squared distance of the first spike times from targets: early for the label, else late.

    With the first spike times :math:`t_k` of the K output neurons, and the target times
    :math:`T_k`, `correct` for the label's neuron and `wrong` for the others,

    .. math:: L = \frac{1}{N} \sum_{n=1}^{N} \frac{1}{2 K} \sum_k \left(
        \frac{t_k - T_k}{\tau} \right)^2.

    Parameters
    ----------
    population : str
        The output population; neuron ``k`` stands for class ``k``.
    correct : float
        When the label's neuron is to spike, in s.
    wrong : float
        When the others are, in s.
    tau : float
        The time that counts as 1, in s.

    Notes
    -----
    A silent neuron has no time to be moved and adds nothing. Samples whose label neuron is silent
    are marked in ``LossValue.ignored``; their other neurons are still drawn to their times, which
    cannot run away as those of a cross-entropy can.

    Source: Göltz et al., Fast and energy-efficient neuromorphic deep learning with first-spike
    times, Nature Machine Intelligence 3, 823 (2021), where a loss of this form is one of two.

    Examples
    --------
    >>> FirstSpikeSquaredError("out", correct=20e-3, wrong=30e-3)
    FirstSpikeSquaredError(population='out', correct=0.02, wrong=0.03, tau=0.005)
    """

    population: str = "out"
    _: KW_ONLY
    correct: float
    wrong: float
    tau: float = 5e-3

    def __post_init__(self) -> None:
        for name in ("correct", "wrong", "tau"):
            _check_time(self, name)

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
            If the labels do not fit the batch or name a class that has no neuron, the model of the
            population never spikes, or the run ended with the first spikes of another one.
        """
        check_ends(self, run, self.population)
        first = run.first_spikes(self.population)
        classes = checked_labels(labels, first.shape)
        target = np.full_like(first, self.wrong)
        rows = np.arange(len(classes))
        target[rows, classes] = self.correct
        heard = np.isfinite(first)
        gap = np.where(heard, first - target, 0.0) / self.tau
        count = max(first.size, 1)
        return LossValue(
            value=0.5 * float((gap * gap).sum()) / count,
            spike_times={self.population: gap / (self.tau * count)},
            predictions=_predicted(self, run, first),
            ignored=~heard[rows, classes],
        )

    @property
    def timed(self) -> str:
        """The population whose spikes are looked at."""
        return self.population

    @property
    def of_first_spikes(self) -> bool:
        """That nothing after these is looked at."""
        return True

    def predict(self, run: Run) -> IntArray:
        """Give the class of each sample: the output neuron that spikes first.

        Parameters
        ----------
        run : Run
            A simulated batch.

        Returns
        -------
        ndarray of int, shape (batch,)
            See :func:`~saltation.learning.losses.first_to_spike`.
        """
        return _predicted(self, run, run.first_spikes(self.population))


def _predicted(
    loss: FirstSpikeCrossEntropy | FirstSpikeSquaredError, run: Run, first: FloatArray
) -> IntArray:
    """Give the class of each sample, and refuse to where no neuron can ever spike."""
    classes = first_to_spike(first)
    if (classes == NO_PREDICTION).all():
        check_silence(loss, run)
    return classes


def _check_time(loss: object, name: str) -> None:
    """Refuse a setting that is no positive time."""
    value = getattr(loss, name)
    if not 0.0 < value < np.inf:
        raise ArrayError(
            f"{type(loss).__name__}: {name} is {value!r}, expected a positive time in seconds",
            argument=name,
        )
