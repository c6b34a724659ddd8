"""Which gradients are exactly zero because of a network's structure, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from saltation.runtime.naming import check_known
from saltation.symbolic.dependence import Arrivals, Part, Whole, dependence

if TYPE_CHECKING:
    from saltation.runtime.network import Network
    from saltation.runtime.population import Population
    from saltation.runtime.projection import Projection

_NO_OUTPUT = "no output has a cotangent"


def structural_zeros(
    net: Network, spike_times: Iterable[str], observations: Iterable[str]
) -> dict[str, str]:
    """Return the keys whose gradient is zero whatever the values are, each with the reason.

    Parameters
    ----------
    net : Network
        The network.
    spike_times, observations : iterable of str
        Populations and observations that a loss depends on.

    Raises
    ------
    UnknownNameError
        If there is no such population or observation.

    Notes
    -----
    Only what is certain is returned: a key that is not here can still have a gradient of zero, as
    the reset value of a neuron that spikes once has for the time of that spike.

    Examples
    --------
    >>> from saltation.runtime.network import Network
    >>> from saltation.symbolic.models import lif
    >>> net = Network()
    >>> net.add_population("a", lif, 1)
    >>> net.add_population("b", lif, 1)
    >>> structural_zeros(net, ["a"], [])["b.tau_m"]
    "population 'b' does not reach any output with a cotangent"
    """
    reach = _Reach(net)
    for name in spike_times:
        check_known(name, net.populations, "population", "structural_zeros")
        reach.follow(name, {Whole.SPIKES})
    for name in observations:
        check_known(name, net.observations, "observation", "structural_zeros")
        observation = net.observations[name]
        reach.follow(observation.population, observation.expression.free_symbols)
    return {key: reason for key, reason in _reasons(net, reach) if reason}


@dataclass(slots=True)
class _Reach:
    """What of a network reaches the outputs, found backwards from them."""

    net: Network
    parts: dict[str, set[Part]] = field(default_factory=dict)
    """Of each population that reaches an output, the parts of it that do."""

    inputs: set[str] = field(default_factory=set)

    def follow(self, population: str, parts: Iterable[Part]) -> None:
        """Add parts of a population and everything that they depend on."""
        waiting = [(population, part) for part in parts]
        depends = {
            name: dependence(each.neuron.system) for name, each in self.net.populations.items()
        }
        while waiting:
            name, part = waiting.pop()
            found = self.parts.setdefault(name, set())
            if part in found:
                continue
            found.add(part)
            waiting += [(name, each) for each in depends[name].get(part, ())]
            if isinstance(part, Arrivals):
                for projection in self.net.projections.values():
                    if (projection.post, projection.port) != (name, part.port):
                        continue
                    if projection.pre in self.net.inputs:
                        self.inputs.add(projection.pre)
                    else:
                        waiting.append((projection.pre, Whole.SPIKES))

    def arrivals(self, projection: Projection) -> list[Arrivals]:
        """Return in which ways a projection's arrivals reach an output."""
        return [
            part
            for part in self.parts.get(projection.post, ())
            if isinstance(part, Arrivals) and part.port == projection.port
        ]


def _reasons(net: Network, reach: _Reach) -> Iterable[tuple[str, str | None]]:
    """Yield every key with the reason why its gradient is zero, None if it need not be."""
    for name, projection in net.projections.items():
        absent = _absent_arrivals(net, reach, projection)
        arrivals = reach.arrivals(projection)
        port = net.populations[projection.post].neuron.ports[projection.port]
        weightless = f"the jump at port {port!r} of {projection.post!r} does not contain the weight"
        weighs = any(part.weight for part in arrivals)
        yield f"{name}.weight", absent or (None if weighs else weightless)
        yield f"{name}.delay", absent
    for population in net.populations.values():
        yield from _population_reasons(reach, population)
    for name in net.inputs:
        unheard = f"the spikes of input {name!r} do not reach any output with a cotangent"
        yield f"{name}.times", None if name in reach.inputs else _or_no_output(reach, unheard)


def _absent_arrivals(net: Network, reach: _Reach, projection: Projection) -> str | None:
    if reach.arrivals(projection):
        return None
    if projection.post not in reach.parts:
        return _or_no_output(reach, _unreached(projection.post))
    port = net.populations[projection.post].neuron.ports[projection.port]
    return (
        f"arrivals at port {port!r} of {projection.post!r} change no state that an output with a "
        "cotangent depends on"
    )


def _population_reasons(reach: _Reach, population: Population) -> Iterable[tuple[str, str | None]]:
    name, system = population.name, population.neuron.system
    found = reach.parts.get(name)
    for symbol in (*system.parameters, *system.states):
        if symbol == system.time:
            continue
        state = symbol in system.states
        key = f"{name}.initial.{symbol}" if state else f"{name}.{symbol}"
        if found is None:
            yield key, _or_no_output(reach, _unreached(name))
        elif symbol not in found:
            what = f"state {symbol.name!r}" if state else f"parameter {symbol.name!r}"
            yield key, f"{what} of {name!r} occurs in no equation on a path to an output"
        else:
            yield key, None


def _unreached(population: str) -> str:
    return f"population {population!r} does not reach any output with a cotangent"


def _or_no_output(reach: _Reach, reason: str) -> str:
    return reason if reach.parts else _NO_OUTPUT


def explained(zeros: Mapping[str, str], keys: Iterable[str]) -> str:
    """Say which of the `keys` are zero, and why."""
    found = [f"{key!r} is exactly zero because {zeros[key]}" for key in keys if key in zeros]
    return "the gradient by " + "; by ".join(found)
