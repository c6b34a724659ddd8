"""How far a step of training moves values, compared with the values themselves."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np

from saltation.learning.optimisers import Optimiser
from saltation.learning.protocols import FloatArray, Values
from saltation.symbolic.errors import LearningRateWarning
from saltation.symbolic.notices import warn_user

_FAR = 3.0
"""Steps of more than this many times the values are warned of: a bold rate is not yet a mistake."""

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


def warn_of_large_steps(optimiser: Optimiser[Any], values: Values) -> None:
    """Warn where the first step moves values by several times their own size.

    Parameters
    ----------
    optimiser : Optimiser
        Where it does not tell the size of its steps, nothing is said.
    values : mapping of str to ndarray
        The values to be trained. Those of a key that are all 0 have no size to compare with.

    Warns
    -----
    LearningRateWarning
        Names each such key, the size of its step, and what to give the optimiser.
    """
    if not isinstance(optimiser, StepSizes):
        return
    lines, scales = [], []
    for key, step in optimiser.step_sizes(values).items():
        size = root_mean_square(values[key])
        if 0.0 < _FAR * size < step:
            lines.append(
                f"  {key!r}: a step of about {step:.2g}, values of {size:.2g} (root mean square)"
            )
            scales.append(f"{key!r}: {_WANTED * size / optimiser.rate_at(0):.1g}")
    if not lines:
        return
    found = "\n".join(lines)
    warn_user(
        [
            LearningRateWarning(
                "fit: the learning rate is far above the scale of what it trains, so that the "
                f"first step replaces the values by ones of another size:\n{found}\n"
                f"  Give these keys a rate of their own, as by scales={{{', '.join(scales)}}} of "
                f"the optimiser (steps of {100 * _WANTED:g} % of the values), or declare the model "
                "in units in which the values are about 1"
            )
        ]
    )
