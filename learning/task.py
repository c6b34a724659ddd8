"""What a training is given, checked and complete, before its first step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from saltation.learning.arguments import check_whole
from saltation.learning.augment import Augmentation
from saltation.learning.labelled import LabelledSpikes
from saltation.learning.losses import Loss, described
from saltation.learning.losses.training import (
    for_training,
    sees_first_spikes_only,
    wanted_neurons,
)
from saltation.learning.optimisers import Optimiser
from saltation.learning.protocols import BoolArray, FloatArray, IntArray, Simulator, Values
from saltation.learning.revival import Revival
from saltation.learning.step_sizes import scales_of
from saltation.runtime.arguments import check_number, check_positive, shown
from saltation.runtime.gradient import POLICIES
from saltation.runtime.naming import unknown_name
from saltation.symbolic.errors import ArrayError, ArrayTypeError, UnknownNameError


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A training's settings and data.

    Attributes
    ----------
    sim : Simulator
        The compiled network.
    train : LabelledSpikes
        The training samples.
    validation : LabelledSpikes or None
        The validation samples.
    loss : Loss
        The loss, as it was given.
    measured : Loss
        The loss for samples with these labels: see `for_training`.
    wanted : list of (str, str, ndarray of int)
        The neurons that it wants to spike in every sample: see `wanted_neurons`.
    optimiser : Optimiser
        The optimiser.
    trainable : tuple of str
        Keys of the values to be trained.
    bounds : mapping of str to (float, float)
        The least and the largest value of those keys that have them.
    divisors : mapping of str to str
        Those keys that their model divides by, with its name.
    batch_size, epochs, seed : int
        As of ``fit``.
    augment, grazing, clip_norm, revival
        As of ``fit``.

    Raises
    ------
    ArrayError
        If a number is out of range or there are no samples.
    UnknownNameError
        If there is no such policy for grazing, or `revival` names weights that are not trained.
    """

    sim: Simulator
    train: LabelledSpikes
    validation: LabelledSpikes | None
    loss: Loss
    optimiser: Optimiser[Any]
    trainable: tuple[str, ...]
    bounds: Mapping[str, tuple[float, float]]
    divisors: Mapping[str, str]
    batch_size: int
    augment: Augmentation | None
    grazing: str
    clip_norm: float | None
    revival: Revival | None
    epochs: int
    seed: int
    measured: Loss = field(init=False)
    wanted: list[tuple[str, str, IntArray]] = field(init=False)

    def __post_init__(self) -> None:
        given = [each.labels for each in (self.train, self.validation) if each is not None]
        object.__setattr__(self, "measured", for_training(self.loss, *given))
        object.__setattr__(self, "wanted", wanted_neurons(self.loss, self.train.labels))
        if self.grazing not in POLICIES:
            raise unknown_name("policy", self.grazing, POLICIES, "grazing")
        if self.clip_norm is not None:
            check_positive(self.clip_norm, "clip_norm", "clip_norm")
        if self.revival is not None:
            self.revival.check(self.trainable)
        for name, least in (("epochs", 0), ("batch_size", 1), ("seed", 0)):
            object.__setattr__(self, name, check_whole(getattr(self, name), least, name, name))
        for name, samples in (("train", self.train), ("validation", self.validation)):
            if samples is not None and not samples.size:
                raise ArrayError(f"{name}: there are no samples", argument=name)

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return -(-self.train.size // self.batch_size)

    def settings(self, values: Values) -> dict[str, Any]:
        """Name all that a training which goes on from a checkpoint must share.

        Parameters
        ----------
        values : mapping of str to ndarray
            The network's values, of which keys and shapes count.

        Returns
        -------
        dict
            Plain JSON values.
        """
        return {
            **self._identity(),
            "loss": described(self.loss),
            "optimiser": described(self.optimiser),
            "batch_size": self.batch_size,
            "augment": described(self.augment) if self.augment is not None else None,
            "grazing": self.grazing,
            "clip_norm": self.clip_norm,
            "revival": described(self.revival) if self.revival is not None else None,
            "seed": self.seed,
            "trainable": list(self.trainable),
            "bounds": {key: list(pair) for key, pair in self.bounds.items()},
            "training samples": f"{self.train.size} with digest {self.train.digest()}",
            "values": {key: list(array.shape) for key, array in values.items()},
        }

    def _identity(self) -> dict[str, dict[str, Any]]:
        """Say what the simulator's results depend on, as far as it tells."""
        found: dict[str, dict[str, Any]] = getattr(
            self.sim, "identity", {"simulation": {"t_end": self.sim.t_end}}
        )
        if self.revival is None and sees_first_spikes_only(self.loss):
            return found
        until = getattr(self.sim, "until", None)
        return {**found, "simulation": {**found["simulation"], "until": until}}

    def fixed(self, values: Values) -> dict[str, FloatArray]:
        """Pick the values that are not trained.

        Parameters
        ----------
        values : mapping of str to ndarray
            All values.

        Returns
        -------
        dict of str to ndarray
            Those that are not in `trainable`.
        """
        return {key: array for key, array in values.items() if key not in self.trainable}

    def trained(self, values: Values) -> dict[str, FloatArray]:
        """Pick the values that are trained.

        Parameters
        ----------
        values : mapping of str to ndarray
            All values.

        Returns
        -------
        dict of str to ndarray
            Those in `trainable`, in that order.
        """
        return {key: values[key] for key in self.trainable}

    def revived(self, values: Values, silent: Mapping[str, BoolArray]) -> dict[str, FloatArray]:
        """Bring neurons back that were silent in the epoch before.

        Parameters
        ----------
        values : mapping of str to ndarray
            All values.
        silent : mapping of str to ndarray of bool
            The silent neurons of each population; empty before the first epoch.

        Returns
        -------
        dict of str to ndarray
            All values, the same without a `revival`.
        """
        if self.revival is None or not silent:
            return dict(values)
        raised = self.revival(self.sim.net, values, silent, self.trainable)
        return {**raised, **self.bounded(self.trained(raised))}

    def clipped(self, gradients: Values, epoch: int) -> tuple[dict[str, FloatArray], bool]:
        """Scale gradients down to the norm that is allowed.

        A value counts in units of its scale, so that the norm does not depend on the unit in which
        a model is written.

        Parameters
        ----------
        gradients : mapping of str to ndarray
            The gradient by each trained value.
        epoch : int
            For the learning rate's schedule.

        Returns
        -------
        gradients : dict of str to ndarray
            The same, or scaled down all alike.
        clipped : bool
            Whether they were scaled.
        """
        if self.clip_norm is None:
            return dict(gradients), False
        scales = scales_of(self.optimiser, gradients, epoch)
        squares = [float((g * g).sum()) * scales[key] ** 2 for key, g in gradients.items()]
        norm = float(np.sqrt(sum(squares)))
        if norm <= self.clip_norm:
            return dict(gradients), False
        return {key: g * (self.clip_norm / norm) for key, g in gradients.items()}, True

    def bounded(self, trained: Values) -> dict[str, FloatArray]:
        """Put values that have left their bounds back onto them.

        Parameters
        ----------
        trained : mapping of str to ndarray
            Trained values, after a step.

        Returns
        -------
        dict of str to ndarray
            All of them, within their bounds.
        """
        return {
            key: np.clip(array, *self.bounds[key]) if key in self.bounds else array
            for key, array in trained.items()
        }


def checked_bounds(
    bounds: Mapping[str, tuple[float, float]] | None, trainable: tuple[str, ...]
) -> dict[str, tuple[float, float]]:
    """Check the bounds that a caller wants kept, and add that no delay is negative.

    Parameters
    ----------
    bounds : mapping of str to (float, float), optional
        The least and the largest value, by key.
    trainable : tuple of str
        Keys of the values to be trained.

    Returns
    -------
    dict of str to (float, float)
        The bounds, in the order of `trainable`.

    Raises
    ------
    UnknownNameError
        If bounds are given for a value that is not trained.
    ArrayError
        If they hold no value.
    ArrayTypeError
        If they are no mapping, or not two numbers for each key.
    """
    if bounds is not None and not isinstance(bounds, Mapping):
        raise ArrayTypeError(
            f"bounds is {shown(bounds)}, expected a mapping of keys to a least and a largest value:"
            f" bounds={{{trainable[0]!r}: (least, most)}}",
            argument="bounds",
        )
    for key in bounds or {}:
        if key not in trainable:
            raise UnknownNameError(
                f"bounds: {key!r} is not trained; trained are {', '.join(trainable)}"
            )
    given = {key: _pair(pair, key) for key, pair in (bounds or {}).items()}
    for key, (least, largest) in given.items():
        if not least <= largest:
            raise ArrayError(
                f"bounds of {key!r} are ({least}, {largest}), expected the least value first",
                argument="bounds",
            )
        if key.endswith(".delay") and least < 0.0:
            raise ArrayError(
                f"bounds of {key!r} are ({least}, {largest}), and a delay cannot be negative: give "
                "0 or more as the least value",
                argument="bounds",
            )
    delays = {key: (0.0, np.inf) for key in trainable if key.endswith(".delay")}
    merged = {**delays, **given}
    return {key: merged[key] for key in trainable if key in merged}


def _pair(given: object, key: str) -> tuple[float, float]:
    """Take the least and the largest value of a key apart, neither of which may be NaN."""
    named, wanted = f"bounds of {key!r}", "two numbers (least, most), infinite if need be, not NaN"
    pair = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else []
    if len(pair) != 2:
        raise ArrayTypeError(f"{named} are {shown(given)}, expected {wanted}", argument="bounds")
    least, largest = (
        check_number(value, f"{named}: the {name}", "bounds", "a number")
        for value, name in zip(pair, ("least", "largest"), strict=True)
    )
    if math.isnan(least) or math.isnan(largest):
        raise ArrayError(f"{named} are ({least}, {largest}), expected {wanted}", argument="bounds")
    return least, largest


def check_start(start: Values, bounds: Mapping[str, tuple[float, float]]) -> None:
    """Refuse to start from values outside the bounds, which the first step would change.

    Parameters
    ----------
    start : mapping of str to ndarray
        The values before the first step.
    bounds : mapping of str to (float, float)
        From `checked_bounds`.

    Raises
    ------
    ArrayError
        Names the key, the value and the bounds.
    """
    for key, (least, largest) in bounds.items():
        array = start[key]
        outside = (array < least) | (array > largest)
        if not outside.any():
            continue
        index = tuple(int(axis) for axis in np.argwhere(outside)[0]) if array.ndim else ()
        place = f" at index {index}" if index else ""
        raise ArrayError(
            f"fit: {key!r} starts at {array[index]:.6g}{place}, outside of its bounds "
            f"({least:.6g}, {largest:.6g}): widen them, or give a value within them by values=",
            argument="bounds",
        )


def trainable_keys(values: Values, wanted: Iterable[str] | None) -> tuple[str, ...]:
    """Check the keys that a caller wants trained.

    Parameters
    ----------
    values : mapping of str to ndarray
        The network's values.
    wanted : iterable of str, optional
        Keys; without it, every weight.

    Returns
    -------
    tuple of str
        The keys, each once.

    Raises
    ------
    UnknownNameError
        If there is no such value.
    ArrayError
        If nothing is left to be trained.
    """
    if wanted is None:
        keys = tuple(key for key in values if key.endswith(".weight"))
    else:
        keys = tuple(dict.fromkeys([wanted] if isinstance(wanted, str) else wanted))
    for key in keys:
        if key not in values:
            raise unknown_name("value", key, values, "trainable")
    if not keys:
        raise ArrayError(
            f"trainable: nothing is to be trained; the network has {', '.join(values)}",
            argument="trainable",
        )
    return keys
