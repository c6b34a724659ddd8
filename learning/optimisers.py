"""Optimisers: a dict of values and a dict of gradients in, a dict of values out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Protocol, TypeVar

import numpy as np

from saltation.codegen.optimiser import ADAM_DECLARATION, adam_source
from saltation.learning.arguments import NONNEGATIVE, check_methods, check_nonnegative
from saltation.learning.losses import described
from saltation.learning.protocols import FloatArray, Values
from saltation.learning.schedules import Schedule
from saltation.runtime.arguments import check_number, check_positive, is_number, shown
from saltation.runtime.arrays import know_finite
from saltation.runtime.build import build, load
from saltation.symbolic.errors import ArrayError, ArrayTypeError, CheckpointError

State = TypeVar("State")


class Optimiser(Protocol[State]):
    """What :func:`~saltation.learning.fit.fit` expects of an optimiser.

    It keeps no state of its own: the state is a value that goes in and comes out, so that it can be
    saved. A step uses its state up: the new one may be made of the same arrays.
    """

    def start(self, values: Values) -> State:
        """Make the state for these values."""

    def step(
        self, values: Values, gradients: Values, state: State, epoch: int = 0
    ) -> tuple[dict[str, FloatArray], State]:
        """Take one step, leaving values and gradients unchanged and using up the state."""

    def rate_at(self, epoch: int) -> float:
        """Give the learning rate of an epoch."""

    def save(self, state: State) -> dict[str, FloatArray]:
        """Turn a state into arrays."""

    def restore(self, arrays: Mapping[str, FloatArray], values: Values) -> State:
        """Turn those arrays back into the very same state."""


def checked_optimiser(optimiser: Any, *, saved: bool) -> Optimiser[Any]:
    """Check what a caller wants to take steps with; without any, it is :class:`Adam`.

    Parameters
    ----------
    optimiser : Optimiser or None
        Anything with the methods of one; those for its state are asked for only if it is `saved`.
    saved : bool
        Whether there is a checkpoint.

    Returns
    -------
    Optimiser
        The same.

    Raises
    ------
    ArrayTypeError
        If it is a class, or has not the methods of an optimiser.
    """
    if optimiser is None:
        return Adam()
    methods = ("start", "step", "rate_at", *(("save", "restore") if saved else ()))
    wanted = "an optimiser such as sal.Adam(1e-3)"
    check_methods(optimiser, methods, "fit: optimiser", "optimiser", wanted)
    kept: Optimiser[Any] = optimiser
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class AdamState:
    """The memory of :class:`Adam`; moments are flat, all values end to end.

    Attributes
    ----------
    count : int
        Steps taken.
    mean, square : ndarray, shape (n_values,)
        Running means of the gradient and of its square.
    """

    count: int
    mean: FloatArray
    square: FloatArray


@dataclass(frozen=True, slots=True)
class Adam:
    r"""Adam with bias correction.

    .. math::
        m &\leftarrow \beta_1 m + (1 - \beta_1) g, \qquad
        s \leftarrow \beta_2 s + (1 - \beta_2) g^2, \\
        x &\leftarrow x - \eta\, \frac{m / (1 - \beta_1^n)}{\sqrt{s / (1 - \beta_2^n)} + \epsilon}
        \quad \text{at step } n = 1, 2, \dots

    Parameters
    ----------
    rate : float or Schedule
        The learning rate, or a function of the epoch such as ``ExponentialDecay(5e-3, 0.95)``;
        finite and not negative.
    beta_1, beta_2 : float
        Decay of the two running means, in [0, 1).
    epsilon : float
        Keeps the quotient finite; above 0. Gradients of about this size or less, as by a resistance
        in ohms, are moved by shorter steps: give a smaller one there, such as 1e-30.
    scales : mapping of str to float
        Factors on the learning rate for single keys; 0 keeps a key as it is. A step is about the
        learning rate whatever the gradient's size, so values of another order of magnitude than
        the weights need one: ``{"hidden.tau_m": 1e-2}``.

    Raises
    ------
    ArrayError
        If a number is out of range. What a schedule gives is checked when it is used.
    ArrayTypeError
        If it is no number.

    Notes
    -----
    Source: Kingma and Ba, Adam: A method for stochastic optimization, ICLR 2015, algorithm 1.

    Examples
    --------
    >>> adam = Adam(0.1)
    >>> values = {"w": np.array([1.0, -1.0])}
    >>> values, state = adam.step(values, {"w": np.array([2.0, -3.0])}, adam.start(values))
    >>> values["w"].round(6)
    array([ 0.9, -0.9])
    """

    rate: float | Schedule = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    scales: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.rate, type) or not (callable(self.rate) or is_number(self.rate)):
            instance = f" such as {self.rate.__name__}(...)" if isinstance(self.rate, type) else ""
            raise ArrayTypeError(
                f"Adam: rate is {shown(self.rate)}, expected a number, or a schedule: a function "
                f"of the epoch{instance}",
                argument="rate",
            )
        if not callable(self.rate):
            check_nonnegative(self.rate, "Adam: rate", "rate")
        for name in ("beta_1", "beta_2"):
            share = check_number(getattr(self, name), f"Adam: {name}", name)
            if not 0.0 <= share < 1.0:
                raise ArrayError(
                    f"Adam: {name} is {getattr(self, name)!r}, expected a number in [0, 1)",
                    argument=name,
                )
        # With an epsilon of 0 a value whose gradients have all been 0 would become 0/0.
        check_positive(self.epsilon, "Adam: epsilon", "epsilon")
        if not isinstance(self.scales, Mapping):
            raise ArrayTypeError(
                f"Adam: scales is {shown(self.scales)}, expected a mapping of keys to factors, "
                "such as {'hidden.tau_m': 1e-2}",
                argument="scales",
            )
        for key, factor in self.scales.items():
            check_nonnegative(factor, f"Adam: scales[{key!r}]", "scales")

    def rate_at(self, epoch: int) -> float:
        """Give the learning rate of an epoch.

        Parameters
        ----------
        epoch : int
            Counted from 0.

        Returns
        -------
        float
            The learning rate.

        Raises
        ------
        ArrayError
            If a schedule gives no finite number of 0 or more.
        """
        if not callable(self.rate):
            return float(self.rate)
        rate = self.rate(epoch)
        if is_number(rate) and 0.0 <= rate < math.inf:
            return float(rate)
        kind = ArrayError if is_number(rate) else ArrayTypeError
        raise kind(
            f"Adam: the schedule {described(self.rate)} gives {shown(rate)} for epoch {epoch} "
            f"(counted from 0), expected {NONNEGATIVE}",
            argument="rate",
        )

    def step_sizes(self, values: Values, epoch: int = 0) -> dict[str, float]:
        """Tell about how far a step moves each value of a key, whatever the gradient's size.

        Parameters
        ----------
        values : mapping of str to ndarray
            The values to be trained, of which only the keys count.
        epoch : int
            For the learning rate's schedule.

        Returns
        -------
        dict of str to float
            The learning rate times the key's scale, in the unit of the values.
        """
        rate = self.rate_at(epoch)
        return {key: rate * self.scales.get(key, 1.0) for key in values}

    def start(self, values: Values) -> AdamState:
        """Make the state for these values: no steps taken, no moments.

        Parameters
        ----------
        values : mapping of str to ndarray
            The values to be trained.

        Returns
        -------
        AdamState
            To be handed to the first :meth:`step`.

        Raises
        ------
        ArrayError
            If `scales` names a key that is not trained.
        """
        unknown = [key for key in self.scales if key not in values]
        if unknown:
            raise ArrayError(
                f"Adam: scales names {unknown[0]!r}, which is not trained; "
                f"trained are {', '.join(values)}",
                argument="scales",
            )
        size = sum(array.size for array in values.values())
        return AdamState(count=0, mean=np.zeros(size), square=np.zeros(size))

    def step(
        self, values: Values, gradients: Values, state: AdamState, epoch: int = 0
    ) -> tuple[dict[str, FloatArray], AdamState]:
        """Take one step, leaving values and gradients unchanged and using up the state.

        Parameters
        ----------
        values, gradients : mapping of str to ndarray
            The values to be trained and the loss's gradient by each, of the same shapes.
        state : AdamState
            From :meth:`start` or the step before. The new state is made of its arrays: to take a
            step again, restore one that was saved as copies.
        epoch : int
            For the learning rate's schedule.

        Returns
        -------
        values : dict of str to ndarray
            The new values, in the order of the old. A run with large ones neither checks nor copies
            them once they cannot be written to (``array.setflags(write=False)``), as in `fit`.
        state : AdamState
            The new state.
        """
        count = state.count + 1
        # Both bias corrections are numbers, so they move out of the arrays' arithmetic:
        # rate (m / c1) / (sqrt(s / c2) + eps) = (rate sqrt(c2) / c1) m / (sqrt(s) + eps sqrt(c2)).
        root = math.sqrt(1.0 - self.beta_2**count)
        rate = self.rate_at(epoch) * root / (1.0 - self.beta_1**count)
        ffi, lib = _adam()
        pointer = partial(ffi.from_buffer, "double[]")
        result, offset = {}, 0
        for key, array in values.items():
            stepped = np.empty_like(array, order="C")
            kept = slice(offset, offset + array.size)
            finite = lib.sal_adam(
                array.size,
                pointer(np.ascontiguousarray(array)),
                pointer(np.ascontiguousarray(gradients[key], dtype=np.float64)),
                pointer(state.mean[kept]),
                pointer(state.square[kept]),
                pointer(stepped),
                self.beta_1,
                self.beta_2,
                rate * self.scales.get(key, 1.0),
                self.epsilon * root,
            )
            if finite:
                know_finite(stepped)
            result[key] = stepped
            offset += array.size
        return result, AdamState(count=count, mean=state.mean, square=state.square)

    def save(self, state: AdamState) -> dict[str, FloatArray]:
        """Turn a state into arrays, for a checkpoint.

        Parameters
        ----------
        state : AdamState
            The state.

        Returns
        -------
        dict of str to ndarray
            What :meth:`restore` takes.
        """
        return {
            "count": np.array(float(state.count)),
            "mean": state.mean.copy(),
            "square": state.square.copy(),
        }

    def restore(self, arrays: Mapping[str, FloatArray], values: Values) -> AdamState:
        """Turn the arrays of :meth:`save` back into the very same state.

        Parameters
        ----------
        arrays : mapping of str to ndarray
            From :meth:`save`.
        values : mapping of str to ndarray
            The values to be trained.

        Returns
        -------
        AdamState
            The state.

        Raises
        ------
        CheckpointError
            If the arrays are not those of an Adam state for such values.
        """
        fresh = self.start(values)
        if not all(
            name in arrays and arrays[name].shape == fresh.mean.shape for name in ("mean", "square")
        ):
            raise CheckpointError(
                f"the optimiser's state in the checkpoint is not Adam's for {fresh.mean.size} "
                f"trained values"
            )
        return AdamState(
            count=int(arrays["count"]),
            mean=arrays["mean"].copy(),
            square=arrays["square"].copy(),
        )


@cache
def _adam() -> tuple[Any, Any]:
    """Compile and load the step, once for each process."""
    return load(build(adam_source()), ADAM_DECLARATION)
