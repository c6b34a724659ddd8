"""What a training asks of its loss beside the value: classes, wanted spikes, time constants.

A loss answers by a method or an attribute of its own, where it has an answer: `for_training`,
`wanted`, `time_constants`, `out_of_proportion`, `of_first_spikes`, `timed`. A sum answers by its
terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from saltation.learning.losses.loss import Loss, WeightedSum
from saltation.learning.losses.mute import refuse_mute
from saltation.learning.protocols import IntArray, Simulator, TrainableNetwork
from saltation.symbolic.errors import TimeConstantWarning
from saltation.symbolic.notices import warn_user

_LONG = 3.0
"""Beyond this many times the run a time constant tells hardly any two times of it apart."""


def for_training(loss: Loss, *labels: IntArray) -> Loss:
    """Give the loss as a training on samples with these labels measures it.

    Parameters
    ----------
    loss : Loss
        The loss.
    *labels : ndarray of int
        Those of all training samples, and of all validation samples.

    Returns
    -------
    Loss
        Of the same value and derivatives; it predicts classes only where labels stand for some.
    """
    if isinstance(loss, WeightedSum):
        return WeightedSum(
            tuple((weight, for_training(term, *labels)) for weight, term in loss.terms)
        )
    adapted = getattr(loss, "for_training", None)
    result: Loss = loss if adapted is None else adapted(*labels)
    return result


def wanted_neurons(loss: Loss, labels: IntArray) -> list[tuple[str, str, IntArray]]:
    """Find the neurons that a loss wants to spike in every sample.

    Parameters
    ----------
    loss : Loss
        The loss.
    labels : ndarray of int
        Those of all training samples.

    Returns
    -------
    list of (str, str, ndarray of int)
        The name of the loss, the population, and its neurons.
    """
    return [
        (type(term).__name__, population, units)
        for term in _terms(loss)
        if hasattr(term, "wanted")
        for population, units in term.wanted(labels).items()
        if units.size
    ]


def sees_first_spikes_only(loss: Loss) -> bool:
    """Tell whether nothing that follows first spikes of its population changes a loss.

    Parameters
    ----------
    loss : Loss
        The loss; one that does not say so may see anything.
    """
    return all(getattr(term, "of_first_spikes", False) for term in _terms(loss))


def check_timed(loss: Loss, net: TrainableNetwork, caller: str) -> None:
    """Refuse a loss of the spikes of a population that never has any.

    It would be 0, or constant, and have no derivatives whatever the values are.

    Parameters
    ----------
    loss : Loss
        The loss.
    net : TrainableNetwork
        Knows the models.
    caller : str
        Who was given the loss, such as ``"fit"``.

    Raises
    ------
    ArrayError
        Names the loss, the population, and what fits it instead.
    """
    for term in _terms(loss):
        refuse_mute(term, net, caller)


def warn_of_time_constants(loss: Loss, sim: Simulator) -> None:
    """Warn of time constants that do not suit the length of a run.

    Parameters
    ----------
    loss : Loss
        The loss.
    sim : Simulator
        Knows the end of every run.

    Warns
    -----
    TimeConstantWarning
        If one is several times as long as the run, or so short that something grows beyond all
        proportion in it.
    """
    for term in _terms(loss):
        constants: Mapping[str, float] = getattr(term, "time_constants", {})
        for name, value in constants.items():
            if value > _LONG * sim.t_end:
                warn_user(
                    [
                        TimeConstantWarning(
                            f"fit: {type(term).__name__} has {name} = {value:g} s, and a run ends "
                            f"at t_end = {sim.t_end:g} s: the times of a run are hardly told "
                            f"apart. They are in seconds, as t_end is: "
                            f"{value:g} ms are {name}={value * 1e-3:g}"
                        )
                    ]
                )
    warn_user(TimeConstantWarning(f"fit: {each}") for each in out_of_proportion(loss, sim.t_end))


def out_of_proportion(loss: Loss, t_end: float) -> list[str]:
    """List what grows beyond all proportion in a run of this length.

    Parameters
    ----------
    loss : Loss
        The loss.
    t_end : float
        The end of the run, in s.

    Returns
    -------
    list of str
        What each term says of itself, with what to do; empty if all is well.
    """
    found = [
        term.out_of_proportion(t_end) for term in _terms(loss) if hasattr(term, "out_of_proportion")
    ]
    return [text for text in found if text]


def _terms(loss: Loss) -> Iterator[Loss]:
    """Give the terms of a sum that count; any other loss is one term."""
    if isinstance(loss, WeightedSum):
        yield from (term for weight, term in loss.terms if weight)
    else:
        yield loss
