"""A network where one is wanted, or what to do with that which was given in its place."""

from __future__ import annotations

from saltation.runtime.network import Network
from saltation.symbolic.errors import NetworkTypeError
from saltation.symbolic.neuron import Neuron


def check_network(net: object) -> None:
    """Raise unless `net` is a network.

    Raises
    ------
    NetworkTypeError
        If it is something else; tells how to make a network of a neuron.
    """
    if isinstance(net, Network):
        return
    raise NetworkTypeError(f"net must be a sal.Network, {_given(net)}")


def _given(net: object) -> str:
    """Say what was given, and how to come to a network from there."""
    if isinstance(net, Neuron):
        port = f", port={net.ports[0]!r}" if len(net.ports) > 1 else ""
        weight = _weight(net) if net.ports else 0.0
        connected = f'; net.connect("in", "out", weight=[[{weight}]]{port})' if net.ports else ""
        return (
            f"got the Neuron {net.name!r}. A network of one such neuron: net = sal.Network(); "
            f'net.add_input("in", 1); net.add_population("out", NEURON, 1){connected}'
        )
    held = getattr(net, "net", None)
    if isinstance(held, Network):
        return f"got a {type(net).__name__}. The network that it was made of is its attribute net"
    return (
        f"got {type(net).__name__}. Make one by net = sal.Network(), and its parts by "
        "net.add_input, net.add_population and net.connect"
    )


def _weight(neuron: Neuron) -> float:
    """Return a weight of the first port in the model's own units."""
    # Only here, because it is built on this module.
    from saltation.runtime.firing_weights import firing_scales

    return float(f"{firing_scales(neuron)[neuron.ports[0]]:.1g}")
