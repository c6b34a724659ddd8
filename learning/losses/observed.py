"""Cross-entropies of observed voltages."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.losses.labels import checked_labels
from saltation.learning.losses.loss import Composable, LossValue
from saltation.learning.protocols import FloatArray, IntArray, Run
from saltation.runtime.naming import check_known
from saltation.symbolic.errors import ArrayError


@dataclass(frozen=True, slots=True)
class MaximumCrossEntropy(Composable):
    r"""Cross-entropy of an observation, such as the maximum over time of the output voltages.

    With the observed values :math:`v_k` of the output neurons and the label :math:`l`,

    .. math:: L = -\frac{1}{N} \sum_{n=1}^{N} \log \frac{e^{v_l}}{\sum_k e^{v_k}}.

    Parameters
    ----------
    observation : str
        The name given to ``net.observe``; its value has the shape ``[batch, n]``.

    Notes
    -----
    The values are logits in the unit of the observation. Voltages in volts that differ by
    millivolts have almost the same exponentials: the loss stays near :math:`\log K` and its
    gradient tells classes hardly apart. Observe ``"v/1e-3"`` there, or divide by whatever makes
    differences of about 1.

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
        UnknownNameError
            If the run has no such observation; names the nearest.
        ArrayError
            If the observation has no shape ``[batch, n]``, or the labels do not fit it.
        """
        return _softmax_loss(self, run, labels, 1.0)

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
        return _largest(self, run)


@dataclass(frozen=True, slots=True)
class IntegralCrossEntropy(Composable):
    r"""Cross-entropy of an observed integral over time, such as that of the output voltages.

    With the integrals :math:`V_k` of the output neurons and the label :math:`l`,

    .. math:: L = -\frac{1}{N} \sum_{n=1}^{N}
        \log \frac{e^{V_l / \tau}}{\sum_k e^{V_k / \tau}}.

    Parameters
    ----------
    observation : str
        The name given to ``net.observe(..., kind="integral")``; its value has the shape
        ``[batch, n]``.
    tau : float
        The time by which integrals are divided, in s.

    Notes
    -----
    Every moment of the run has a say, not the highest voltage alone, so the gradient does not jump
    from one maximum to another. A maximum at the end of the run moves no spikes; an integral does.

    :math:`V_k / \tau` are logits in the unit of what is integrated: of a voltage in volts observe
    ``"v/1e-3"``, as for :class:`MaximumCrossEntropy`.

    Source: Nowotny, Turner and Knight, Loss shaping enhances exact gradient learning with EventProp
    in spiking neural networks, arXiv:2212.01232, where sums over time replace maxima.

    Examples
    --------
    >>> IntegralCrossEntropy("v_sum", tau=5e-3)
    IntegralCrossEntropy(observation='v_sum', tau=0.005)
    """

    observation: str = "v_integral"
    _: KW_ONLY
    tau: float

    def __post_init__(self) -> None:
        if not 0.0 < self.tau < np.inf:
            raise ArrayError(
                f"IntegralCrossEntropy: tau is {self.tau!r}, expected a positive time in seconds",
                argument="tau",
            )

    def __call__(self, run: Run, labels: ArrayLike) -> LossValue:
        """Evaluate the loss on one batch; see :meth:`MaximumCrossEntropy.__call__`."""
        return _softmax_loss(self, run, labels, 1.0 / self.tau)

    def predict(self, run: Run) -> IntArray:
        """Give the class of each sample; see :meth:`MaximumCrossEntropy.predict`."""
        return _largest(self, run)


def _softmax_loss(
    loss: MaximumCrossEntropy | IntegralCrossEntropy, run: Run, labels: ArrayLike, scale: float
) -> LossValue:
    """Cross-entropy of the softmax of an observation times `scale`."""
    values = scale * observed(run, loss.observation, type(loss).__name__)
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
        observations={loss.observation: cotangent * (scale / batch)},
        predictions=values.argmax(axis=1),
        ignored=np.zeros(len(classes), dtype=bool),
    )


def _largest(loss: MaximumCrossEntropy | IntegralCrossEntropy, run: Run) -> IntArray:
    """Give the neuron of the largest value in each sample."""
    winners: IntArray = observed(run, loss.observation, type(loss).__name__).argmax(axis=1)
    return winners


def observed(run: Run, name: str, owner: str) -> FloatArray:
    """Give an observation that has one value for each neuron.

    Parameters
    ----------
    run : Run
        A simulated batch.
    name : str
        The observation.
    owner : str
        Who asks, for error messages.

    Returns
    -------
    ndarray, shape (batch, n)
        Its values.

    Raises
    ------
    UnknownNameError
        If the run has no such observation; names the nearest.
    ArrayError
        If the observation has another shape.
    """
    check_known(name, run.observations, "observation", owner)
    values = run.observations[name]
    if values.ndim != 2:
        raise ArrayError(
            f"observation {name!r} has shape {values.shape}, expected (batch, n): observe a "
            f"maximum or an integral",
            argument=name,
        )
    return values
