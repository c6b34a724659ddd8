"""What a loss is, and how losses are added and scaled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.losses.labels import labels_by_hand
from saltation.learning.losses.mute import is_mute, network_of
from saltation.learning.protocols import BoolArray, FloatArray, IntArray, Run
from saltation.runtime.arguments import is_number, shown
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ArrayError, ArrayTypeError, NonFiniteLossError
from saltation.symbolic.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class LossValue:
    """A loss over one batch, with everything that training needs to know of it.

    Attributes
    ----------
    value : float
        The loss: a mean over the samples of the batch.
    spike_times : mapping of str to ndarray
        Derivative of `value` by the spike times of each population it uses (1/s): of the first
        spikes, shape ``[batch, n]``, or of all spikes, shape ``[n_spikes]`` as
        ``run.spikes[name].times``.
    observations : mapping of str to ndarray
        Derivative of `value` by each observation it uses, shaped as the observation.
    predictions : ndarray of int, shape (batch,), or None
        The predicted class of each sample, -1 where there is none; None if the loss predicts
        nothing.
    ignored : ndarray of bool, shape (batch,)
        The samples that could not be learnt from, their label neuron being silent.
    """

    value: float
    spike_times: Mapping[str, FloatArray] = field(default_factory=dict)
    observations: Mapping[str, FloatArray] = field(default_factory=dict)
    predictions: IntArray | None
    ignored: BoolArray

    def __repr__(self) -> str:
        """Sum the value of a loss up: its derivatives' shapes, its samples."""
        parts = [f"{self.value:.4g}" if is_number(self.value) else f"{np.shape(self.value)}"]
        for kind, derivatives in (
            ("spike_times", self.spike_times),
            ("observations", self.observations),
        ):
            shapes = [f"{name} {np.shape(array)}" for name, array in derivatives.items()]
            parts += [f"{kind} {', '.join(shapes)}"] * bool(shapes)
        parts += ["no predictions"] * (self.predictions is None)
        ignored = int(np.count_nonzero(self.ignored))
        count = f", {ignored} of them ignored" * bool(ignored)
        return f"LossValue({'; '.join(parts)}; {counted(np.size(self.ignored), 'sample')}{count})"


class Loss(Protocol):
    """What :func:`~saltation.learning.fit.fit` expects of a loss."""

    def __call__(self, run: Run, labels: IntArray, /) -> LossValue:
        """Evaluate the loss and its cotangents on one batch."""


class Composable(ABC):
    """Base of losses that can be added to others and scaled.

    Examples
    --------
    >>> from saltation.learning.losses import MaximumCrossEntropy, RateRegularisation
    >>> MaximumCrossEntropy("v_max") + 0.1 * RateRegularisation("hidden", t_end=0.06)
    1.0 * MaximumCrossEntropy(observation='v_max') + 0.1 * RateRegularisation(population='hidden', \
t_end=0.06, lower=0.0, upper=1.0)
    """

    __slots__ = ()

    @abstractmethod
    def __call__(self, run: Run, labels: IntArray, /) -> LossValue:
        """Evaluate the loss and its cotangents on one batch."""

    def __add__(self, other: Loss) -> WeightedSum:
        """Add another loss."""
        if not callable(other):
            return NotImplemented
        return WeightedSum((*_terms(self), *_terms(other)))

    def __radd__(self, other: Loss | int) -> WeightedSum:
        """Be added to a loss that is a plain callable, or to the 0 with which `sum` starts."""
        if other == 0:
            return WeightedSum(_terms(self))
        if not callable(other):
            return NotImplemented
        return WeightedSum((*_terms(other), *_terms(self)))

    def __sub__(self, other: Loss) -> WeightedSum:
        """Subtract another loss."""
        if not callable(other):
            return NotImplemented
        return WeightedSum((*_terms(self), *_scaled(other, -1.0)))

    def __rsub__(self, other: Loss) -> WeightedSum:
        """Be subtracted from a loss that is a plain callable."""
        if not callable(other):
            return NotImplemented
        return WeightedSum((*_terms(other), *_scaled(self, -1.0)))

    def __neg__(self) -> WeightedSum:
        """Change the sign."""
        return WeightedSum(_scaled(self, -1.0))

    def __mul__(self, weight: float) -> WeightedSum:
        """Scale the loss."""
        if not is_number(weight):
            return NotImplemented
        return WeightedSum(_scaled(self, float(weight)))

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> WeightedSum:
        """Divide the loss by a number."""
        if not is_number(divisor):
            return NotImplemented
        return self * (1.0 / divisor)


@dataclass(frozen=True, slots=True, repr=False)
class WeightedSum(Composable):
    """A sum of losses, each with a weight; made by ``a + 0.1 * b``.

    Parameters
    ----------
    terms : tuple of (float, Loss)
        The weights and the losses.

    Notes
    -----
    Classes are predicted by the first term that predicts any. A sample counts as ignored if that
    term ignored it (the first term, where none predicts).
    """

    terms: tuple[tuple[float, Loss], ...]

    def __post_init__(self) -> None:
        if not self.terms:
            raise ArrayError("WeightedSum: there are no terms", argument="terms")
        for weight, term in self.terms:
            if not np.isfinite(weight):
                raise ArrayError(
                    f"WeightedSum: the weight of {described(term)} is {weight!r}, expected a "
                    f"finite number",
                    argument="terms",
                )

    def __repr__(self) -> str:
        return " + ".join(f"{weight!r} * {described(term)}" for weight, term in self.terms)

    def __call__(self, run: Run, labels: ArrayLike) -> LossValue:
        """Evaluate the sum on one batch.

        Parameters
        ----------
        run : Run
            A simulated batch.
        labels : array_like of int, shape (batch,)
            The class of each sample.

        Returns
        -------
        LossValue
            Values and cotangents summed.
        """
        given, net = labels_by_hand(labels), network_of(run)
        # A term that does not count is not refused for what it could never tell.
        terms = [(w, term) for w, term in self.terms if w or not is_mute(term, net)] or self.terms
        values = [(weight, measure(term, run, given)) for weight, term in terms]
        spike_times: dict[str, FloatArray] = {}
        observations: dict[str, FloatArray] = {}
        for weight, value in values:
            for name, cotangent in value.spike_times.items():
                _accumulate_spikes(spike_times, name, weight * cotangent, run)
            for name, cotangent in value.observations.items():
                scaled = weight * cotangent
                observations[name] = observations[name] + scaled if name in observations else scaled
        predicting = [value for _, value in values if value.predictions is not None]
        leading = predicting[0] if predicting else values[0][1]
        return LossValue(
            value=sum(weight * value.value for weight, value in values),
            spike_times=spike_times,
            observations=observations,
            predictions=leading.predictions,
            ignored=leading.ignored,
        )

    def predict(self, run: Run) -> IntArray:
        """Give the class of each sample, by the first term that can.

        Parameters
        ----------
        run : Run
            A simulated batch.

        Returns
        -------
        ndarray of int, shape (batch,)
            The classes.

        Raises
        ------
        ArrayTypeError
            If no term predicts classes.
        """
        for _, term in self.terms:
            predict = getattr(term, "predict", None)
            if predict is not None:
                classes: IntArray = predict(run)
                return classes
        raise ArrayTypeError(f"no term of {self!r} predicts classes", argument="terms")


def measure(loss: Loss, run: Run, labels: IntArray) -> LossValue:
    """Evaluate a loss on one batch, and see that it returns one value with its cotangents.

    Parameters
    ----------
    loss : Loss
        The loss.
    run : Run
        A simulated batch.
    labels : array_like of int, shape (batch,)
        The class of each sample.

    Returns
    -------
    LossValue
        What the loss returned.

    Raises
    ------
    ArrayTypeError
        If it has not the fields of a :class:`LossValue`, or its `value` is not one number.
    """
    result = loss(run, labels)
    if not isinstance(result, LossValue) and not _has_fields(result):
        raise ArrayTypeError(
            f"loss {described(loss)} returned {shown(result)}, expected a LossValue with the value "
            f"and its derivatives; sal.losses.FunctionLoss makes a loss of a function that returns "
            f"these as a tuple",
            argument="loss",
        )
    # A loss may take long to describe, as one that has targets.
    if type(result.value) is not float:
        one_number(result.value, f"loss {described(loss)}")
    return result


def _has_fields(result: object) -> bool:
    """Say whether what a loss returned will do as a `LossValue`, of whatever class it is."""
    return all(hasattr(result, each.name) for each in fields(LossValue))


def one_number(value: Any, named: str) -> float:
    """Return the value of a loss as a float.

    Parameters
    ----------
    value : object
        What a loss returned: any number, such as one of NumPy's or another framework's scalars.
    named : str
        What messages call the loss, such as ``"loss 'early'"``.

    Raises
    ------
    ArrayTypeError
        If it is not one number.
    """
    shape = np.shape(value)
    if not shape and not isinstance(value, str | bytes):
        with suppress(TypeError, ValueError):
            return float(value)
    returned = f"a value of shape {shape}" if shape else f"the value {shown(value)}"
    raise ArrayTypeError(
        f"{named} returned {returned}, expected one number, the mean over the batch",
        argument="loss",
    )


def check_derivatives(value: LossValue, named: str) -> None:
    """Refuse derivatives that are infinite or NaN.

    Parameters
    ----------
    value : LossValue
        What a loss returned.
    named : str
        What messages call the loss, such as ``"loss 'early'"``.

    Raises
    ------
    NonFiniteLossError
        Names the population or the observation, and the place.
    """
    for of, derivatives in (
        ("the spike times of", value.spike_times),
        ("the observation", value.observations),
    ):
        for name, array in derivatives.items():
            finite = np.isfinite(array)
            if not finite.all():
                index = tuple(int(axis) for axis in np.argwhere(~finite)[0])
                raise NonFiniteLossError(
                    f"{named}: the derivatives by {of} {name!r} are not finite in "
                    f"{np.count_nonzero(~finite)} of {finite.size} entries, the first at index "
                    f"{index}: {array[index]}",
                    argument="loss",
                )


def described(part: object) -> str:
    """Name a loss or an optimiser, the same in every process.

    Parameters
    ----------
    part : object
        A dataclass, which its ``repr`` names, or any other object.

    Returns
    -------
    str
        Its ``repr``, or where its function or class is defined.
    """
    if is_dataclass(part):
        return repr(part)
    named = part if hasattr(part, "__qualname__") else type(part)
    return f"{named.__module__}.{named.__qualname__}"


def first_rows(spikes: Spikes, first: FloatArray) -> FloatArray:
    """Turn cotangents of first spikes into those of all spikes.

    Parameters
    ----------
    spikes : Spikes
        All spikes of the population.
    first : ndarray, shape (batch, n)
        Cotangents of the first spikes; zero where a neuron is silent.

    Returns
    -------
    ndarray, shape (n_spikes,)
        Zero at every spike that is not its neuron's first.
    """
    flat = spikes.samples * first.shape[1] + spikes.units
    found, row = np.unique(flat, return_index=True)
    result = np.zeros(flat.size)
    result[row] = first.ravel()[found]
    return result


def _terms(loss: Loss) -> tuple[tuple[float, Loss], ...]:
    """Give the terms of a sum; any other loss is one term."""
    return loss.terms if isinstance(loss, WeightedSum) else ((1.0, loss),)


def _scaled(loss: Loss, weight: float) -> tuple[tuple[float, Loss], ...]:
    """Give the terms of a loss, all times a weight."""
    return tuple((weight * own, term) for own, term in _terms(loss))


def _accumulate_spikes(
    total: dict[str, FloatArray], name: str, cotangent: FloatArray, run: Run
) -> None:
    """Add cotangents of a population's spikes, of the first spikes or of all."""
    if name not in total:
        total[name] = cotangent
        return
    pair = [total[name], cotangent]
    if pair[0].ndim != pair[1].ndim:
        pair = [c if c.ndim == 1 else first_rows(run.spikes[name], c) for c in pair]
    total[name] = pair[0] + pair[1]
