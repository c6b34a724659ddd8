"""What a gradient is asked of and by: looked at once, as a training asks the same at every step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from saltation.runtime.naming import chosen_names, unknown_name
from saltation.runtime.request import Destinations
from saltation.symbolic.errors import ArrayTypeError, GradientError

if TYPE_CHECKING:
    from saltation.runtime.network import Network
    from saltation.runtime.simulate import Simulator

Names: TypeAlias = "tuple[str, ...] | None"
"""Names in the order in which they were given; None where nothing was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What gradients a caller wants of which outputs, all of them known to the network.

    Attributes
    ----------
    wanted : tuple of str
        The keys of the gradients.
    unseen : tuple of str
        Those of them of which generated code does not tell whether they are finite.
    destinations : Destinations
        Where they go.
    zeros : str
        What to say of gradients that are zero whatever the values are; empty if there is nothing.
    """

    wanted: tuple[str, ...]
    unseen: tuple[str, ...]
    destinations: Destinations
    zeros: str


def asked_of(
    simulator: Simulator,
    spike_times: Mapping[str, Any] | None,
    observations: Mapping[str, Any] | None,
    wrt: Iterable[str] | None,
) -> Asked:
    """Return what the arguments of `Run.gradient` ask for.

    Raises
    ------
    ArrayTypeError
        If derivatives are no mapping.
    GradientError
        If there are none at all.
    UnknownNameError
        If the network has no such key, population or observation.
    """
    by = wrt if wrt is None or type(wrt) is tuple else _listed(wrt)
    try:
        names = (_names(spike_times), _names(observations), by)
        asked = simulator._asked.get(names)
    except TypeError:  # not a mapping, or a name that is no text: refused below
        return _examined(simulator, spike_times, observations, by)
    if asked is None:
        asked = _examined(simulator, spike_times, observations, by)
        simulator._asked[names] = asked
    return asked


def _names(given: Mapping[str, Any] | None) -> Names:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise TypeError
    return tuple(given)


def _listed(wrt: Iterable[str]) -> tuple[str, ...]:
    """Return names as a tuple; one alone stands for itself, not for its letters."""
    return (wrt,) if isinstance(wrt, str) else tuple(wrt)


def _examined(
    simulator: Simulator,
    spike_times: Mapping[str, Any] | None,
    observations: Mapping[str, Any] | None,
    wrt: Names,
) -> Asked:
    net, outline = simulator.net, simulator._outline
    wanted = tuple(chosen_names(wrt, outline.keys, "value", "wrt"))
    _check_mapping(spike_times, "spike_times", net.populations)
    _check_mapping(observations, "observations", net.observations)
    if spike_times is None and observations is None and net.populations:
        raise _nothing_to_derive(net)
    for name in spike_times or ():
        if name not in net.populations:
            raise unknown_name("population", name, net.populations, "spike_times")
    for name in observations or ():
        if name not in net.observations:
            raise unknown_name("observation", name, net.observations, "observations")
    zeros = ""
    if wrt is not None:
        found = simulator.structural_zeros(spike_times or {}, observations or {})
        if not found.keys().isdisjoint(wanted):
            from saltation.runtime.structural import explained

            zeros = explained(found, wanted)
    unseen = tuple(key for key in wanted if key not in outline.weights)
    to = outline.requests.destinations(wanted)
    return Asked(wanted=wanted, unseen=unseen, destinations=to, zeros=zeros)


def _check_mapping(given: object, argument: str, known: Collection[str]) -> None:
    """Refuse derivatives that do not say by what they are."""
    if given is not None and not isinstance(given, Mapping):
        name = next(reversed(list(known)), "name")
        raise ArrayTypeError(
            f"gradient: {argument} is {type(given).__name__}, expected a mapping of names to "
            f"arrays: {argument}={{{name!r}: array}}",
            argument=argument,
        )


def _nothing_to_derive(net: Network) -> GradientError:
    """Return the error for a gradient without a loss."""
    ways = [
        f"spike_times={{{name!r}: dL_dt}}, one number for each time in run.spikes[{name!r}].times "
        "or an array of shape (batch, n) for first spikes"
        for name in list(net.populations)[-1:]
    ]
    ways += [
        f"observations={{{name!r}: dL_do}}, in the shape of run.observations[{name!r}]"
        for name in list(net.observations)[:1]
    ]
    return GradientError(
        "gradient: of what? Give the derivatives of a loss L by what came out of the run: "
        + "; or ".join(ways)
    )
