"""A loss from a function of the user's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from saltation.learning.losses.labels import labels_by_hand
from saltation.learning.losses.loss import (
    Composable,
    LossValue,
    check_derivatives,
    described,
    one_number,
)
from saltation.learning.protocols import FloatArray, IntArray, Run
from saltation.runtime.arrays import real_array
from saltation.runtime.naming import check_known
from saltation.symbolic.errors import ArrayError, ArrayTypeError

LossFunction: TypeAlias = Callable[
    [Run, IntArray], tuple[float, Mapping[str, ArrayLike], Mapping[str, ArrayLike]]
]
"""Takes a run and labels; gives the value, ``dL/dt`` by population and ``dL/do`` by observation."""


@dataclass(frozen=True, slots=True)
class FunctionLoss(Composable):
    """A loss given by a function of spike times and observations.

    Parameters
    ----------
    function : callable
        ``function(run, labels)`` returns three things: the value, a mean over the batch; its
        derivatives by spike times, as a mapping of population to array; and its derivatives by
        observations, as a mapping of observation to array. Derivatives by spike times have the
        shape ``[batch, n]`` of ``run.first_spikes(population)``, with 0 where that is infinite, or
        the shape of ``run.spikes[population].times``. Either mapping may be empty.
    predict_with : callable, optional
        ``predict_with(run)`` gives the class of each sample, shape ``(batch,)``. Without it the
        loss predicts nothing, and accuracies are NaN.
    name : str, optional
        Names the loss in checkpoints: change it when the function changes what it computes. If not
        given, the function's own name.

    Notes
    -----
    Whether the derivatives are right, ``sal.check_gradient`` cannot see: it takes them as given.
    Compare them with differences of the value, as in ``docs/training.md``.

    Examples
    --------
    >>> def mean_first_spike(run, labels):
    ...     first = run.first_spikes("out")
    ...     heard = np.isfinite(first)
    ...     value = first[heard].sum() / first.size
    ...     return value, {"out": heard / first.size}, {}
    >>> FunctionLoss(mean_first_spike, name="mean first spike")
    FunctionLoss(name='mean first spike')
    """

    function: LossFunction = field(repr=False)
    _: KW_ONLY
    predict_with: Callable[[Run], IntArray] | None = field(default=None, repr=False)
    name: str = ""

    def __post_init__(self) -> None:
        for argument, optional in (("function", False), ("predict_with", True)):
            value = getattr(self, argument)
            if not callable(value) and not (optional and value is None):
                raise ArrayTypeError(
                    f"FunctionLoss: {argument} must be callable, got {value!r}", argument=argument
                )
        if not self.name:
            object.__setattr__(self, "name", described(self.function))

    def __call__(self, run: Run, labels: ArrayLike | None) -> LossValue:
        """Evaluate the function on one batch, and check what it returns.

        Parameters
        ----------
        run : Run
            A simulated batch.
        labels : array_like of int, shape (batch,), or None
            The class of each sample, which the function gets as an array; None if it does not look
            at it.

        Returns
        -------
        LossValue
            Value and derivatives as the function gave them.

        Raises
        ------
        ArrayTypeError
            If the function does not return three things of these kinds.
        ArrayError
            If a derivative has another shape than its output.
        NonFiniteLossError
            If the value is finite and a derivative is not. It is an ArrayError.
        UnknownNameError
            If a population or an observation is not there.
        """
        given = labels_by_hand(labels)
        value, spike_times, observations = self._three(self.function(run, given))
        samples = run.batch if given is None else len(given)
        result = LossValue(
            value=one_number(value, self._named),
            spike_times={
                name: self._by_spikes(run, name, given) for name, given in spike_times.items()
            },
            observations={
                name: self._by_observation(run, name, given) for name, given in observations.items()
            },
            predictions=self.predict_with(run) if self.predict_with is not None else None,
            ignored=np.zeros(samples, dtype=bool),
        )
        # Of a value that is not finite there are none that are, and it says more.
        if np.isfinite(result.value):
            check_derivatives(result, self._named)
        return result

    def predict(self, run: Run) -> IntArray:
        """Give the class of each sample, by `predict_with`.

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
            If there is no `predict_with`.
        """
        if self.predict_with is None:
            raise ArrayTypeError(
                f"loss {self.name!r} predicts nothing: give it predict_with", argument="predict"
            )
        return self.predict_with(run)

    @property
    def _named(self) -> str:
        return f"loss {self.name!r}"

    def _three(self, result: Any) -> tuple[Any, Mapping[str, Any], Mapping[str, Any]]:
        """Take apart what the function returned."""
        expected = "the value, derivatives by spike times and derivatives by observations"
        if not (isinstance(result, tuple) and len(result) == 3):
            of = f" of {len(result)}" if isinstance(result, tuple) else ""
            raise ArrayTypeError(
                f"{self._named} returned {type(result).__name__}{of}, expected a tuple of 3: "
                f"{expected}",
                argument="function",
            )
        for given, place, of in ((result[1], 1, "spike times"), (result[2], 2, "observations")):
            if not isinstance(given, Mapping):
                raise ArrayTypeError(
                    f"{self._named} returned {type(given).__name__} at place {place} of the tuple, "
                    f"expected derivatives by {of} as a mapping of names to arrays, or {{}}",
                    argument="function",
                )
        return result

    def _by_spikes(self, run: Run, name: str, given: ArrayLike) -> FloatArray:
        """Check the derivatives by a population's spike times."""
        check_known(name, run.spikes, "population", self._named)
        of = f"the spike times of {name!r}"
        array = real_array(given, f"{self._named}: derivatives by {of}")
        allowed = [run.spikes[name].times.shape]
        if array.ndim == 2:
            allowed.append(run.first_spikes(name).shape)
        return self._shaped(array, allowed, of)

    def _by_observation(self, run: Run, name: str, given: ArrayLike) -> FloatArray:
        """Check the derivatives by an observation."""
        check_known(name, run.observations, "observation", self._named)
        of = f"the observation {name!r}"
        array = real_array(given, f"{self._named}: derivatives by {of}")
        return self._shaped(array, [run.observations[name].shape], of)

    def _shaped(self, array: FloatArray, allowed: list[tuple[int, ...]], of: str) -> FloatArray:
        """Refuse an array of another shape."""
        if array.shape not in allowed:
            raise ArrayError(
                f"{self._named}: derivatives by {of} have shape {array.shape}, expected "
                f"{' or '.join(map(str, allowed))}",
                argument="function",
            )
        return array
