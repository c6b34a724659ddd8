"""Silent neurons: noticed in every epoch, and brought back by raising their weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from saltation.learning.protocols import (
    BoolArray,
    FloatArray,
    IntArray,
    Run,
    TrainableNetwork,
    Values,
)
from saltation.learning.step_sizes import root_mean_square
from saltation.runtime.arguments import check_positive
from saltation.symbolic.errors import SilenceWarning, UnknownNameError
from saltation.symbolic.notices import warn_user

_LISTED = 8
"""How many neurons a message names."""


def spiking_populations(net: TrainableNetwork) -> dict[str, int]:
    """Give the size of each population whose model can spike.

    Parameters
    ----------
    net : TrainableNetwork
        The network.

    Returns
    -------
    dict of str to int
        Sizes by name; populations of models without a threshold are left out.
    """
    return {
        name: population.size
        for name, population in net.populations.items()
        if any(event.spike for mode in population.neuron.system.modes for event in mode.events)
    }


class SpikeWatch:
    """Notes which neurons have spiked in any sample of an epoch."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._heard = {name: np.zeros(size, dtype=bool) for name, size in sizes.items()}

    def add(self, run: Run) -> None:
        """Note the spikes of one more batch.

        Parameters
        ----------
        run : Run
            Its run.
        """
        for name, heard in self._heard.items():
            if not heard.all():
                # NumPy takes a third of the time for indices of its own type.
                heard[run.spikes[name].units.astype(np.intp)] = True

    @property
    def silent(self) -> dict[str, BoolArray]:
        """The neurons of each population that have not spiked."""
        return {name: ~heard for name, heard in self._heard.items()}


def silent_share(silent: Mapping[str, BoolArray]) -> float:
    """Give the share of neurons, of all populations together, that did not spike.

    Parameters
    ----------
    silent : mapping of str to ndarray of bool
        As :attr:`SpikeWatch.silent`.

    Returns
    -------
    float
        In [0, 1]; 0 without neurons that can spike.
    """
    return sum(int(s.sum()) for s in silent.values()) / max(sum(s.size for s in silent.values()), 1)


def warn_of_silence(silent: Mapping[str, BoolArray], before: Mapping[str, BoolArray]) -> None:
    """Warn of an epoch without any gradient, in which whole populations were silent.

    Parameters
    ----------
    silent, before : mapping of str to ndarray of bool
        As :attr:`SpikeWatch.silent`, after this epoch and after the one before. What was silent
        then has been told.

    Warns
    -----
    SilenceWarning
        Names the populations, and what brings them back.
    """
    mute = [name for name, neurons in silent.items() if neurons.size and neurons.all()]
    told = [name for name in mute if name in before and before[name].all()]
    if len(told) == len(mute):
        return
    warn_user(
        [
            SilenceWarning(
                f"fit: no training sample made any neuron of {', '.join(map(repr, mute))} spike, "
                "and every gradient was zero: nothing is learnt, whatever the loss. Start from "
                "larger weights (sal.weight_scale finds their size), bring neurons back with "
                "revival=sal.Revival(), or add sal.losses.SilentNeurons"
            )
        ]
    )


def warn_of_mute(
    wanted: Iterable[tuple[str, str, IntArray]],
    net: TrainableNetwork,
    gradients: Values,
    silent: Mapping[str, BoolArray],
    before: Mapping[str, BoolArray],
) -> None:
    """Warn of neurons that a loss wants to spike in every sample, and that did in none.

    Parameters
    ----------
    wanted : iterable of (str, str, ndarray of int)
        The name of a loss, a population, and its neurons.
    net : TrainableNetwork
        Says which weights lead to which neurons.
    gradients : mapping of str to ndarray
        Those of the epoch's last batch: another term of the loss may lift a silent neuron.
    silent, before : mapping of str to ndarray of bool
        As of :func:`warn_of_silence`, which tells of populations that are silent as a whole.

    Warns
    -----
    SilenceWarning
        Names the neurons, the loss, and what brings them back.
    """
    for loss, name, units in wanted:
        neurons = silent.get(name)
        if neurons is None:
            continue
        told = before.get(name, np.zeros_like(neurons))
        if told.all() and not neurons.all():
            told = np.zeros_like(neurons)
        mute = units[(neurons & ~told & ~_lifted(net, name, neurons.size, gradients))[units]]
        if mute.size:
            warn_user([SilenceWarning(_mute_message(loss, name, mute))])


def _lifted(net: TrainableNetwork, name: str, size: int, gradients: Values) -> BoolArray:
    """Say of each neuron of a population whether the gradient moves any weight that leads to it."""
    lifted = np.zeros(size, dtype=bool)
    for key, projection in net.projections.items():
        gradient = gradients.get(f"{key}.weight")
        if projection.post != name or gradient is None:
            continue
        if projection.pattern is None:
            lifted |= gradient.any(axis=0)
        else:
            lifted[projection.pattern.indices[gradient != 0.0]] = True
    return lifted


def _mute_message(loss: str, name: str, mute: IntArray) -> str:
    """Say which neurons are not moved, and what does."""
    listed = ", ".join(map(str, mute[:_LISTED])) + ", ..." * (mute.size > _LISTED)
    which = f"neuron {listed}" if mute.size == 1 else f"{mute.size} neurons ({listed})"
    return (
        f"fit: no training sample made {which} of {name!r} spike, for which {loss} has a target "
        f"in every sample: a spike that does not exist has no time, and no gradient reaches the "
        f"weights that lead there. Start from larger weights, raise them by "
        f"revival=sal.Revival(), or add sal.losses.SilentNeurons({name!r}, ...)"
    )


@dataclass(frozen=True, slots=True)
class Revival:
    """Raises the incoming weights of neurons that no sample of an epoch made spike.

    Each such weight grows by `share` of the root mean square of all weights of its projection.
    Before the next epoch this is done once, so that a neuron comes back after some epochs, just
    above its threshold, where it disturbs little and gradients reach it.

    Parameters
    ----------
    keys : tuple of str, optional
        The weights to be raised, such as ``("in->hidden.weight",)``. Without it, every trained
        weight. Name them where a network has ports on which larger weights inhibit.
    share : float
        How much they are raised.

    Notes
    -----
    A silent neuron sends nothing and its spike times do not exist: no gradient of a loss of spike
    times reaches it, and what it might contribute is lost for good. Of the ways to bring it back
    this one needs nothing but the spikes; :class:`~saltation.learning.losses.SilentNeurons` finds
    a direction by the gradient of the voltage's maximum, at the price of observing it.

    Weights grow by a factor of about ``1 + share`` an epoch where all of a projection are raised: a
    `share` of 0.05 doubles them in 14 epochs. Weights that are all zero have no size to grow by.

    Examples
    --------
    >>> Revival(share=0.05)
    Revival(keys=None, share=0.05)
    """

    keys: tuple[str, ...] | None = None
    share: float = 0.05

    def __post_init__(self) -> None:
        if isinstance(self.keys, str):
            object.__setattr__(self, "keys", (self.keys,))
        check_positive(self.share, "Revival: share", "share")

    def check(self, trainable: tuple[str, ...]) -> None:
        """Check that the weights to be raised are trained.

        Parameters
        ----------
        trainable : tuple of str
            Keys of the values that are trained.

        Raises
        ------
        UnknownNameError
            If a key is not trained, or is not that of weights.
        """
        for key in self.keys or ():
            if key not in trainable or not key.endswith(".weight"):
                raise UnknownNameError(
                    f"Revival: {key!r} is not the key of trained weights; trained are "
                    f"{', '.join(trainable)}"
                )

    def __call__(
        self,
        net: TrainableNetwork,
        values: Values,
        silent: Mapping[str, BoolArray],
        trainable: tuple[str, ...],
    ) -> dict[str, FloatArray]:
        """Raise the weights of silent neurons.

        Parameters
        ----------
        net : TrainableNetwork
            Says which weights lead to which neurons.
        values : mapping of str to ndarray
            All values, which stay unchanged.
        silent : mapping of str to ndarray of bool
            The silent neurons of each population.
        trainable : tuple of str
            Keys of the values that are trained.

        Returns
        -------
        dict of str to ndarray
            All values.
        """
        result = dict(values)
        for name, projection in net.projections.items():
            key = f"{name}.weight"
            chosen = key in (trainable if self.keys is None else self.keys)
            if not chosen or projection.post not in silent or not silent[projection.post].any():
                continue
            weight = values[key]
            raised = silent[projection.post]
            if projection.pattern is not None:
                raised = raised[projection.pattern.indices]
            result[key] = weight + self.share * root_mean_square(weight) * raised
        return result
