"""Losses of activity: how much neurons spike, and what brings silent ones back."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.losses.ends import check_ends
from saltation.learning.losses.labels import checked_labels
from saltation.learning.losses.loss import Composable, LossValue
from saltation.learning.losses.mute import check_silence
from saltation.learning.losses.observed import observed
from saltation.learning.protocols import BoolArray, FloatArray, IntArray, Run
from saltation.symbolic.errors import ArrayError


@dataclass(frozen=True, slots=True)
class RateRegularisation(Composable):
    r"""Keeps the activity of every neuron of a population between bounds.

    The activity of neuron `k` is the number of its spikes in a sample, each counted by the share of
    the run that is left after it, as a mean over the batch,

    .. math::
        a_k = \frac{1}{N} \sum_{n=1}^{N} \sum_i \left( 1 - \frac{t_{nki}}{t_{end}} \right), \qquad
        L = \frac{1}{2 K} \sum_{k=1}^{K} \left[ (a_k - a_{max})_+^2 + (a_{min} - a_k)_+^2 \right].

    Parameters
    ----------
    population : str
        The population.
    t_end : float
        The end of the run, in s.
    lower, upper : float
        Bounds of the activity, in spikes per sample.

    Notes
    -----
    The plain number of spikes has the derivative zero wherever it has one. Counted this way a spike
    that moves over the end of the run leaves the loss continuously, and its time has an exact
    derivative: spikes of neurons that are too active are pushed back and finally out, those of
    neurons that are hardly active forward. A silent neuron has no spike to move; for it there are
    :class:`SilentNeurons` and ``fit(revival=...)``.

    Examples
    --------
    >>> RateRegularisation("hidden", t_end=60e-3, upper=0.5)
    RateRegularisation(population='hidden', t_end=0.06, lower=0.0, upper=0.5)
    """

    population: str = "hidden"
    _: KW_ONLY
    t_end: float
    lower: float = 0.0
    upper: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.t_end < np.inf:
            raise ArrayError(
                f"RateRegularisation: t_end is {self.t_end!r}, expected a positive time in seconds",
                argument="t_end",
            )
        if not 0.0 <= self.lower <= self.upper:
            raise ArrayError(
                f"RateRegularisation: the bounds are {self.lower!r} and {self.upper!r}, expected "
                f"0 <= lower <= upper",
                argument="lower",
            )

    def __call__(self, run: Run, labels: ArrayLike) -> LossValue:
        """Evaluate the loss on one batch.

        Parameters
        ----------
        run : Run
            A simulated batch.
        labels : array_like of int, shape (batch,)
            Not looked at.

        Returns
        -------
        LossValue
            With ``spike_times[population]`` of shape ``[n_spikes]``.

        Raises
        ------
        ArrayError
            If the model of the population never spikes, or the run ended with first spikes.
        """
        check_ends(self, run)
        spikes = run.spikes[self.population]
        if not spikes.n_spikes:
            check_silence(self, run)
        batch, size = run.first_spikes(self.population).shape
        left = 1.0 - spikes.times / self.t_end
        activity = np.bincount(spikes.units, weights=left, minlength=size) / max(batch, 1)
        excess = np.maximum(activity - self.upper, 0.0) - np.maximum(self.lower - activity, 0.0)
        return LossValue(
            value=0.5 * float((excess * excess).mean()),
            spike_times={
                self.population: -excess[spikes.units] / (self.t_end * max(batch, 1) * size)
            },
            predictions=None,
            ignored=np.zeros(batch, dtype=bool),
        )

    @property
    def timed(self) -> str:
        """The population whose spikes are looked at."""
        return self.population


@dataclass(frozen=True, slots=True)
class SilentLabels(Composable):
    r"""Lifts label neurons that did not spike towards the threshold.

    With the maximum over time :math:`v_l` of the voltage of the label's neuron,

    .. math:: L = \frac{1}{N} \sum_{n:\, l\ \text{silent}} (\theta - v_l)_+.

    Parameters
    ----------
    population : str
        The output population; neuron ``k`` stands for class ``k``.
    observation : str
        The maximum of its voltages: ``net.observe(name, population, "v", kind="max")``.
    level : float
        The threshold :math:`\theta`, in the unit of the observation: 1 is 1 V for a model in volts,
        whose threshold may be at -0.05.

    Notes
    -----
    A spike that is not there has no time to be moved, but the voltage has a maximum, whose gradient
    is exact and tells which weights, and which earlier spikes, would have lifted it. The push does
    not weaken near the threshold, and ends with the spike. Only the label's neuron is lifted: that
    other outputs are silent is as it should be.

    Examples
    --------
    >>> from saltation.learning.losses import FirstSpikeCrossEntropy
    >>> loss = FirstSpikeCrossEntropy("out") + 10.0 * SilentLabels("out", "v_max")
    """

    population: str = "out"
    observation: str = "v_max"
    _: KW_ONLY
    level: float = 1.0

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
        UnknownNameError
            If the run has no such observation.
        ArrayError
            If the observation has no shape ``[batch, n]``, or the labels do not fit it.
        """
        values = observed(run, self.observation, "SilentLabels")
        classes = checked_labels(labels, values.shape)
        at_label = (np.arange(len(classes)), classes)
        silent = np.isinf(run.first_spikes(self.population)[at_label])
        deficit = np.where(silent, np.maximum(self.level - values[at_label], 0.0), 0.0)
        cotangent = np.zeros_like(values)
        batch = max(len(classes), 1)
        cotangent[at_label] = np.where(deficit > 0.0, -1.0 / batch, 0.0)
        return _lifting(self.observation, float(deficit.sum()) / batch, cotangent, silent)


@dataclass(frozen=True, slots=True)
class SilentNeurons(Composable):
    r"""Lifts neurons that no sample of the batch made spike towards the threshold.

    With the maximum over time :math:`v_{nk}` of the voltage of neuron `k` in sample `n`,

    .. math:: L = \frac{1}{K} \sum_{k\ \text{silent}} (\theta - \max_n v_{nk})_+.

    Parameters
    ----------
    population : str
        The population.
    observation : str
        The maximum of its voltages: ``net.observe(name, population, "v", kind="max")``.
    level : float
        The threshold :math:`\theta`, in the unit of the observation: 1 is 1 V for a model in volts,
        whose threshold may be at -0.05.

    Notes
    -----
    Each silent neuron is lifted in the sample that came nearest to its threshold, so that it takes
    up what it is best at. A neuron whose voltage never leaves its initial value (all its weights
    are negative) has no gradient: ``fit(revival=...)`` raises its weights instead, and is cheaper,
    since it needs no observation.

    Examples
    --------
    >>> SilentNeurons("hidden", "hidden_v_max")
    SilentNeurons(population='hidden', observation='hidden_v_max', level=1.0)
    """

    population: str = "hidden"
    observation: str = "v_max"
    _: KW_ONLY
    level: float = 1.0

    def __call__(self, run: Run, labels: ArrayLike) -> LossValue:
        """Evaluate the loss on one batch.

        Parameters
        ----------
        run : Run
            A simulated batch.
        labels : array_like of int, shape (batch,)
            Not looked at.

        Returns
        -------
        LossValue
            With ``observations[observation]`` of shape ``[batch, n]``.

        Raises
        ------
        UnknownNameError
            If the run has no such observation.
        ArrayError
            If the observation has no shape ``[batch, n]``.
        """
        values = observed(run, self.observation, "SilentNeurons")
        batch, size = values.shape
        cotangent = np.zeros_like(values)
        total = 0.0
        if batch:
            silent = np.isinf(run.first_spikes(self.population)).all(axis=0)
            nearest: IntArray = values.argmax(axis=0)
            at_nearest = (nearest, np.arange(size))
            deficit = np.where(silent, np.maximum(self.level - values[at_nearest], 0.0), 0.0)
            cotangent[at_nearest] = np.where(deficit > 0.0, -1.0 / size, 0.0)
            total = float(deficit.sum()) / size
        return _lifting(self.observation, total, cotangent, np.zeros(batch, dtype=bool))


def _lifting(
    observation: str, value: float, cotangent: FloatArray, ignored: BoolArray
) -> LossValue:
    """Make the value of a loss that lifts voltages and predicts nothing."""
    return LossValue(
        value=value,
        observations={observation: cotangent},
        predictions=None,
        ignored=ignored,
    )
