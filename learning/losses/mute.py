"""Populations that never spike: a loss of their spikes would be 0, or constant, without a word."""

from __future__ import annotations

from typing import Any

from saltation.learning.protocols import Run, TrainableNetwork
from saltation.symbolic.errors import ArrayError


def is_mute(loss: object, net: TrainableNetwork | None) -> bool:
    """Say whether a loss is of the spikes of a population whose model never has any.

    Parameters
    ----------
    loss : object
        A loss that is no sum; its attribute `timed` names the population.
    net : TrainableNetwork or None
        Knows the models; None if there is nothing that does.
    """
    name = getattr(loss, "timed", "")
    # Of a name that is not there the loss itself knows what to say.
    if net is None or name not in net.populations:
        return False
    modes = net.populations[name].neuron.system.modes
    return not any(event.spike for mode in modes for event in mode.events)


def refuse_mute(loss: Any, net: TrainableNetwork | None, caller: str) -> None:
    """Refuse a loss of the spikes of a population that never has any.

    Parameters
    ----------
    loss : object
        As of `is_mute`.
    net : TrainableNetwork or None
        As of `is_mute`.
    caller : str
        Who was given the loss, such as ``"fit"``.

    Raises
    ------
    ArrayError
        Names the loss, the population, and what fits it instead.
    """
    if net is None or not is_mute(loss, net):
        return
    neuron = net.populations[loss.timed].neuron
    state = neuron.system.states[0].name
    raise ArrayError(
        f"{caller}: {type(loss).__name__} is of the spikes of {loss.timed!r}, which never spikes: "
        f"no event of its model {neuron.name!r} emits a spike. Observe a state instead, "
        f"net.observe('v_max', {loss.timed!r}, {state!r}, kind='max'), and take a loss of that, "
        "sal.losses.MaximumCrossEntropy('v_max') for classes or a FunctionLoss; or give "
        "the model a threshold",
        argument="loss",
    )


def check_silence(loss: object, run: Run) -> None:
    """Refuse the silence of a run if it is one that no values can end; see `refuse_mute`.

    For losses that are called by hand, in a run without a single spike of their population.

    Parameters
    ----------
    loss : object
        The loss.
    run : Run
        The run; one without a simulator, as of a closed form, knows no models.
    """
    refuse_mute(loss, network_of(run), "loss")


def network_of(run: Run) -> TrainableNetwork | None:
    """Give the network of a run, if the run knows it."""
    net: TrainableNetwork | None = getattr(getattr(run, "simulator", None), "net", None)
    return net
