"""How far a step of training moves values, compared with the values themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np

from saltation.learning.optimisers import Optimiser
from saltation.learning.protocols import FloatArray, Values
from saltation.symbolic.errors import ArrayError, LearningRateWarning
from saltation.symbolic.notices import warn_user

_FAR = 3.0
"""Steps of more than this many times the values are warned of: a bold rate is not yet a mistake."""

_FAR_FOR_PARAMETERS = 0.1
"""For parameters of neurons this share is bold: time constants must not come near to zero."""

_ABSURD = 1e3
"""Steps of more than this many times the largest value are refused: a training from there on is
hopeless, and may take minutes to fail."""

_NEAR = 1e-4
"""Steps whose sum is below this share of the values are warned of."""

_WANTED = 0.01
"""The step that the warning proposes, as a share of the values."""


@runtime_checkable
class StepSizes(Protocol):
    """An optimiser whose steps have a size that is known before any gradient is."""

    def step_sizes(self, values: Values, epoch: int = 0) -> dict[str, float]:
        """Tell about how far a step moves each value of a key."""


def root_mean_square(array: FloatArray) -> float:
    """Return the size of an array's values, 0 where it has none.

    Examples
    --------
    >>> root_mean_square(np.array([3.0, -3.0]))
    3.0
    """
    return float(np.sqrt(np.mean(array * array))) if array.size else 0.0


def scales_of(optimiser: Optimiser[Any], values: Values, epoch: int) -> dict[str, float]:
    """Tell the factor by which an optimiser scales the learning rate for each key.

    Parameters
    ----------
    optimiser : Optimiser
        Where it does not tell the size of its steps, all factors are 1.
    values : mapping of str to ndarray
        The values to be trained, of which only the keys count.
    epoch : int
        For the learning rate's schedule.

    Returns
    -------
    dict of str to float
        All 1 where the learning rate is 0.
    """
    rate = optimiser.rate_at(epoch)
    if not isinstance(optimiser, StepSizes) or rate == 0.0:
        return dict.fromkeys(values, 1.0)
    return {key: step / rate for key, step in optimiser.step_sizes(values, epoch).items()}


def check_steps(optimiser: Optimiser[Any], values: Values) -> None:
    """Refuse a first step beside which the values are nothing.

    Parameters
    ----------
    optimiser : Optimiser
        Where it does not tell the size of its steps, nothing is refused.
    values : mapping of str to ndarray
        The values to be trained. Those of a key that are all 0 have no size to compare with.

    Raises
    ------
    ArrayError
        Names each such key, its size, the size of the step, and a rate that would fit.
    """
    if not isinstance(optimiser, StepSizes):
        return
    steps = optimiser.step_sizes(values)
    largest = {key: float(np.abs(array).max(initial=0.0)) for key, array in values.items()}
    found = [key for key in values if 0.0 < _ABSURD * largest[key] < steps[key]]
    if not found:
        return
    lines = "\n".join(
        f"  {key!r}: a first step of about {steps[key]:.2g}, the largest value {largest[key]:.2g}; "
        f"a rate of about {_WANTED * largest[key]:.1g} would fit"
        for key in found
    )
    raise ArrayError(
        f"fit: the learning rate is more than {_ABSURD:g} times as large as all values of "
        f"these keys, so that nothing of them is left after the first step:\n{lines}\n  "
        f"{_advice(found, largest, optimiser.rate_at(0))}. Values that are to grow as far as that "
        "may start at 0, or nearer to where they are to go",
        argument="optimiser",
    )


def warn_of_steps(
    optimiser: Optimiser[Any],
    values: Values,
    epochs: int,
    batches: int,
    parameters: Collection[str] = (),
) -> None:
    """Warn of steps that replace values, and of those that can hardly change them.

    Parameters
    ----------
    optimiser : Optimiser
        Where it does not tell the size of its steps, nothing is said.
    values : mapping of str to ndarray
        The values to be trained. Those of a key that are all 0 have no size to compare with.
    epochs, batches : int
        How many epochs the training has, and how many steps an epoch.
    parameters : collection of str
        Those keys that are parameters of neurons.

    Warns
    -----
    LearningRateWarning
        Names each such key, the size of its steps, and what to give the optimiser.
    """
    if not isinstance(optimiser, StepSizes):
        return
    sizes = {key: root_mean_square(array) for key, array in values.items()}
    steps = [optimiser.step_sizes(values, epoch) for epoch in range(max(epochs, 1))]
    first = steps[0]
    whole = {key: batches * sum(step[key] for step in steps[:epochs]) for key in values}
    told = {key: f"a step of about {first[key]:.2g}" for key in sizes}
    far = {key: told[key] for key in sizes if _is_far(first, sizes, key, _FAR)}
    bold = {
        key: told[key]
        for key in sizes
        if key in parameters and key not in far and _is_far(first, sizes, key, _FAR_FOR_PARAMETERS)
    }
    near = {
        key: f"steps of {whole[key]:.2g} in all" for key in sizes if _is_near(whole, sizes, key)
    }
    if far:
        _warn(
            "far above the scale of what it trains, so that the first step replaces the values by "
            "ones of another size",
            far,
            sizes,
            optimiser.rate_at(0),
        )
    if bold:
        _warn(
            f"more than {100 * _FAR_FOR_PARAMETERS:g} % of parameters of neurons, so that a few "
            "steps can take them to zero or past it",
            bold,
            sizes,
            optimiser.rate_at(0),
        )
    if near:
        fastest = max(range(epochs), key=lambda epoch: max(steps[epoch].values()))
        _warn(
            "far below the scale of what it trains, so that all steps together hardly change it",
            near,
            sizes,
            optimiser.rate_at(fastest),
        )


def _is_far(step: Mapping[str, float], sizes: Mapping[str, float], key: str, share: float) -> bool:
    return 0.0 < share * sizes[key] < step[key]


def _is_near(steps: Mapping[str, float], sizes: Mapping[str, float], key: str) -> bool:
    return 0.0 < steps[key] < _NEAR * sizes[key]


def _warn(what: str, found: Mapping[str, str], sizes: Mapping[str, float], rate: float) -> None:
    """Warn of keys whose steps do not fit their values."""
    lines = "\n".join(
        f"  {key!r}: {steps}, values of {sizes[key]:.2g} (root mean square)"
        for key, steps in found.items()
    )
    advice = _advice(found, sizes, rate)
    warn_user([LearningRateWarning(f"fit: the learning rate is {what}:\n{lines}\n  {advice}")])


def _advice(keys: Iterable[str], sizes: Mapping[str, float], rate: float) -> str:
    """Say which scales would suit."""
    scales = ", ".join(f"{key!r}: {_WANTED * sizes[key] / rate:.1g}" for key in keys)
    return (
        f"Give these keys a rate of their own, as by scales={{{scales}}} of the optimiser (steps "
        f"of {100 * _WANTED:g} % of the values), or declare the model in units in which the values "
        "are about 1"
    )
