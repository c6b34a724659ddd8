"""Values that a training did not move, as their bounds held them."""

from __future__ import annotations

import numpy as np

from saltation.learning.task import Task
from saltation.learning.trainer import State
from saltation.symbolic.errors import BoundsWarning
from saltation.symbolic.notices import warn_user
from saltation.symbolic.words import counted


def warn_of_held(task: Task, before: State, after: State) -> None:
    """Warn of keys whose values all stayed on the bounds that they started from.

    Parameters
    ----------
    task : Task
        The training.
    before, after : State
        Of it, before the first epoch of this call and after the last.

    Warns
    -----
    BoundsWarning
        Names the key, its value and the bounds.
    """
    epochs = len(after.history) - len(before.history)
    for key, (least, largest) in task.bounds.items():
        array = after.values[key]
        at_bounds = (array == least) | (array == largest)
        if (
            not epochs
            or not array.size
            or not at_bounds.all()
            or (array != before.values[key]).any()
        ):
            continue
        value = float(np.ravel(array)[0])
        message = (
            f"fit: {key!r} has not left its bound {value:.6g} in {counted(epochs, 'epoch')}: every "
            f"step led out of its bounds ({least:.6g}, {largest:.6g}), or was zero. Start inside "
            f"of them, by values=, or with a loss that the gradient lowers from there: of spikes "
            f"that come and go it sees nothing"
        )
        warn_user([BoundsWarning(message)])
