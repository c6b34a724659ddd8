"""What exported C cannot do: refused by name, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping

from saltation.codegen.export_layout import upper_name
from saltation.codegen.kernel import build_kernel
from saltation.codegen.options import Precision, Solver
from saltation.codegen.solver import is_numerical
from saltation.codegen.views import PortView
from saltation.runtime.arrays import FloatArray
from saltation.runtime.network import Network
from saltation.runtime.structural import explained, structural_zeros
from saltation.symbolic.errors import (
    NetworkError,
    StructuralZeroWarning,
    UnsupportedModelError,
    UnsupportedNetworkError,
)
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.notices import warn_user
from saltation.symbolic.observation import ObservedSystem

_LARGEST = 65535

_WINDOWS = 16000
"""Below so many windows in a run the simulator takes one after another, too."""


def check_supported(net: Network, *, gradient: bool) -> None:
    """Raise if a network holds what exported C cannot do.

    Raises
    ------
    UnsupportedNetworkError
        If it is observed, has no projection, or is too large; with gradient, if a population
        without closed form is part of a cycle.
    UnsupportedModelError
        With `gradient`, if the adjoint of an arrival reads the state.
    NetworkError
        If two parts would have the same name in C.

    Warns
    -----
    StructuralZeroWarning
        With gradient, of weights that no time of a spike depends on.
    """
    if not net.projections:
        raise UnsupportedNetworkError("export: the network has no projection, so nothing arrives")
    for observation in net.observations.values():
        raise UnsupportedNetworkError(
            f"export: observation {observation.name!r} ({observation.kind}) has no exported C. "
            "Export net.copy(observations=()), the network without them (saltation export "
            "--without-observations), and read states on the device between two advances"
        )
    for cycle in net.cycles() if gradient else ():
        for name in cycle:
            if is_numerical(ObservedSystem(net.populations[name].neuron.system), Solver.AUTO):
                raise UnsupportedNetworkError(
                    f"export: the network is recurrent ({' -> '.join(cycle)}), and {name!r} has no "
                    "closed form; exported C goes back through the steps of a neuron's whole "
                    "sample, which needs all that follows from its spikes: export it without "
                    "gradient"
                )
    sizes = {name: part.size for name, part in net.inputs.items()}
    sizes |= {name: part.size for name, part in net.populations.items()}
    for name, size in sizes.items():
        if size > _LARGEST:
            raise UnsupportedNetworkError(
                f"export: {name!r} has {size} units; exported C numbers at most {_LARGEST}"
            )
    _check_names(net)
    for population in net.populations.values():
        _check_model(population.neuron, gradient=gradient)
    if gradient:
        _warn_of_zeros(net)


def check_delays(net: Network, values: Mapping[str, FloatArray], t_end: float) -> None:
    """Refuse a recurrent network whose spikes may arrive in the window that they are emitted in.

    Raises
    ------
    UnsupportedNetworkError
        If delays are so short that the simulator does not take one window after another.
    """
    for cycle in net.cycles():
        for projection in net.projections.values():
            if projection.pre not in cycle or projection.post not in cycle:
                continue
            delay = values[f"{projection.name}.delay"]
            back = cycle.index(projection.post) <= cycle.index(projection.pre)
            synapses = values[f"{projection.name}.weight"].size
            if back and synapses and float(delay.min()) * _WINDOWS <= t_end:
                raise UnsupportedNetworkError(
                    f"export: the network is recurrent ({' -> '.join(cycle)}), and a delay of "
                    f"{projection.name!r} is {float(delay.min()):g} s; exported C takes one window "
                    "after another, each shorter than the delay: it must be longer than t_end / "
                    f"{_WINDOWS}, {t_end / _WINDOWS:.3g} s. Give it net.connect(..., "
                    f"delay={1.01 * t_end / _WINDOWS:.3g}) or more, and train with it; where "
                    f"`values` are given, the delay is values['{projection.name}.delay']"
                )


def _check_names(net: Network) -> None:
    """Refuse names that differ only in what C's macros do not keep."""
    macros: dict[str, str] = {}
    for name in (*net.inputs, *net.populations):
        for macro in (f"{upper_name(name)}{end}" for end in ("", "_SIZE", "_CAPACITY")):
            if macro in macros:
                raise NetworkError(
                    f"export: {macros[macro]!r} and {name!r} would have the same name in C: "
                    "rename one"
                )
            macros[macro] = name
    projections: dict[str, str] = {}
    for name in net.projections:
        for macro in (f"{upper_name(name)}{end}" for end in ("", "_WEIGHTS")):
            if macro in projections:
                raise NetworkError(
                    f"export: projections {projections[macro]!r} and {name!r} would have the same "
                    "name in C: rename one"
                )
            projections[macro] = name


def _check_model(neuron: Neuron, *, gradient: bool) -> None:
    """With gradient, refuse arrivals of closed forms whose adjoint reads the state."""
    if not gradient:
        return
    observed = ObservedSystem(neuron.system)
    kernel = build_kernel(observed, "k_", Precision.DOUBLE)
    for port in kernel.ports:
        if isinstance(port, PortView) and port.needs_state:
            raise UnsupportedModelError(
                "the adjoint of an arrival reads the state, which exported C does not keep",
                model=neuron.name,
                equation=f"receive at port {port.name!r}",
                hint="export without gradient, or let a spike add to a state what does not "
                "depend on the states",
            )


def _warn_of_zeros(net: Network) -> None:
    """Warn of weights that the device cannot learn, as no time of a spike depends on them."""
    zeros = structural_zeros(net, net.populations, ())
    weights = [f"{name}.weight" for name in net.projections if f"{name}.weight" in zeros]
    if weights:
        losses = "export: exported C goes back from losses of spike times only, and of these "
        warn_user([StructuralZeroWarning(losses + explained(zeros, weights))])
