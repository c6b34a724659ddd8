"""``saltation check``: gradients against finite differences, for a user's model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from saltation.commands.loading import Target
from saltation.commands.proof import write_proof

if TYPE_CHECKING:
    from saltation.runtime.network import Network
    from saltation.runtime.spikes import Spikes
    from saltation.symbolic.neuron import Neuron

_INPUTS, _NEURONS, _SPIKES = 3, 2, 4
"""Inputs and neurons of the network around a neuron; spikes of each input in a sample."""

_DOUBLINGS = 40
"""How often the weights are doubled until the neurons spike."""

_SMALL = 1e-12
"""The first size of weights that have a unit: currents and conductances in SI units are small."""

EXAMPLES = """\b
Examples:
  saltation check lif
  saltation check my_models.py:adaptive --t-end 0.2
  saltation check --all --markdown proof.md
"""


@click.command(epilog=EXAMPLES)
@click.argument("target", metavar="FILE[:NAME]", required=False)
@click.option("--all", "every", is_flag=True, help="Check every shipped model and named case.")
@click.option(
    "--markdown",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where --all writes its tables.",
)
@click.option(
    "--jobs",
    metavar="N",
    default=2,
    show_default=True,
    type=click.IntRange(min=1),
    help="How many models --all checks at once.",
)
@click.option(
    "--t-end",
    metavar="SECONDS",
    default=0.06,
    show_default=True,
    type=click.FloatRange(min=0.0, min_open=True),
    help="Length of the run, in s.",
)
@click.option(
    "--samples",
    metavar="N",
    default=2,
    show_default=True,
    type=click.IntRange(min=1),
    help="Samples in the batch.",
)
@click.option(
    "--seed",
    metavar="N",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Of the input spikes, and of the weights around a neuron.",
)
@click.option(
    "--tolerance",
    metavar="ERROR",
    default=1e-7,
    show_default=True,
    type=click.FloatRange(min=0.0, min_open=True),
    help="Largest relative error that passes.",
)
def check(
    target: str | None,
    every: bool,
    markdown: Path | None,
    jobs: int,
    t_end: float,
    samples: int,
    seed: int,
    tolerance: float,
) -> None:
    """Compare exact gradients with high-precision finite differences.

    FILE is a Python file that defines a sal.Network or a sal.Neuron, or the name of a shipped
    model; NAME picks one of several. A network is driven by random input spikes; around a neuron, a
    small network is built, with weights large enough that it spikes.

    Prints the worst relative error of each kind of gradient. Exits with code 1 if one is above the
    tolerance.

    With --all, every shipped model runs under its own example input, and the errors of all of them
    are written as Markdown (--markdown).
    """
    if every == (target is not None) or every == (markdown is None):
        raise click.UsageError("give either FILE[:NAME], or --all with --markdown FILE")
    if markdown is not None:
        passed = write_proof(markdown, jobs, tolerance)
    else:
        passed = _check_target(str(target), t_end, samples, seed, tolerance)
    if not passed:
        raise click.ClickException(f"a gradient differs by more than {tolerance:.1e}")


def _check_target(target: str, t_end: float, samples: int, seed: int, tolerance: float) -> bool:
    from saltation.runtime.check import check_gradient

    passed = True
    generator = np.random.default_rng(seed)
    for name, net in _networks(target, t_end, samples, generator).items():
        click.echo(f"{name}, {t_end:g} s, {samples} samples, seed {seed}")
        spikes = random_spikes(net, t_end, samples, generator)
        report = check_gradient(net, spikes, t_end=t_end, seed=seed, tolerance=tolerance)
        click.echo(f"{report}\n")
        passed = passed and report.passed
    return passed


def random_spikes(
    net: Network, t_end: float, samples: int, generator: np.random.Generator
) -> dict[str, Spikes]:
    """Draw spikes for every input of a network.

    Parameters
    ----------
    net : Network
        Names the inputs and their sizes.
    t_end : float
        Length of the run, in s; the spikes come in its first half.
    samples : int
        Samples in the batch.
    generator : numpy.random.Generator
        Draws the times.

    Returns
    -------
    dict of str to Spikes
        Some spikes of each unit in each sample.
    """
    from saltation.runtime.spikes import Spikes

    spikes = {}
    for name, source in net.inputs.items():
        units = np.repeat(np.arange(source.size), _SPIKES)
        events = []
        for _ in range(samples):
            times = generator.uniform(0.0, 0.5 * t_end, units.size)
            order = np.argsort(times)
            events.append(list(zip(times[order], units[order], strict=True)))
        spikes[name] = Spikes.from_events(events)
    return spikes


def network_around(
    neuron: Neuron, t_end: float, scale: float, generator: np.random.Generator
) -> Network:
    """Build a small network around a neuron: three inputs into two neurons, through every port.

    Parameters
    ----------
    neuron : Neuron
        The model.
    t_end : float
        Length of the run, in s.
    scale : float
        Size of the weights.
    generator : numpy.random.Generator
        Draws the weights and the delays.

    Returns
    -------
    Network
        Input ``"in"`` and population ``"out"``; every state's integral and some samples are
        observed, so that what does not reach the spikes has gradients too.
    """
    from saltation.runtime.network import Network

    net = Network()
    net.add_input("in", _INPUTS)
    net.add_population("out", neuron, _NEURONS)
    for port in neuron.ports:
        net.connect(
            "in",
            "out",
            weight=scale * generator.uniform(0.5, 1.0, (_INPUTS, _NEURONS)),
            delay=generator.uniform(0.0, 1e-3, (_INPUTS, _NEURONS)),
            port=port,
            name=f"in_to_out_{port}" if len(neuron.ports) > 1 else None,
        )
    for state in neuron.initial:
        net.observe(f"{state}_integral", "out", state, kind="integral")
        net.observe(f"{state}_samples", "out", state, kind="sample", at=[0.55 * t_end, t_end])
    return net


def _networks(
    target: str, t_end: float, samples: int, generator: np.random.Generator
) -> dict[str, Network]:
    """Find the networks a target means, or build one around each neuron it defines."""
    from saltation.runtime.network import Network
    from saltation.symbolic.neuron import Neuron

    found = Target(target).find((Network, Neuron), "sal.Network or sal.Neuron")
    networks = {name: value for name, value in found.items() if isinstance(value, Network)}
    if networks:
        return networks
    if not found:
        raise click.BadParameter(
            f"{target} defines no sal.Network and no sal.Neuron", param_hint="FILE"
        )
    return {
        name: _spiking_network(neuron, t_end, samples, generator) for name, neuron in found.items()
    }


def _spiking_network(
    neuron: Any, t_end: float, samples: int, generator: np.random.Generator
) -> Network:
    """Double the weights until every neuron spikes twice, or once where it never does twice."""
    from saltation.runtime.simulate import compile

    seed = int(generator.integers(2**32))
    size = _first_size(neuron)
    net = network_around(neuron, t_end, size, np.random.default_rng(seed))
    if not any(event.spike for mode in neuron.system.modes for event in mode.events):
        return net
    spikes = random_spikes(net, t_end, samples, np.random.default_rng(seed))
    sim = compile(net, t_end=t_end)
    spiking = None
    for doubling in range(_DOUBLINGS):
        net = network_around(neuron, t_end, size * 2.0**doubling, np.random.default_rng(seed))
        fewest = sim.run(spikes, net.values()).spikes["out"].counts(_NEURONS).min()
        if fewest >= 2:
            return net
        if fewest >= 1 and spiking is None:
            spiking = net
    if spiking is not None:
        return spiking
    raise click.ClickException(
        f"neuron {neuron.name!r} does not spike within {t_end:g} s, with weights up to "
        f"{size * 2.0 ** (_DOUBLINGS - 1):.0e}: try a longer --t-end, or declare a network"
    )


def _first_size(neuron: Neuron) -> float:
    """Return the size of weights to start from: with units, a fraction of the model's example."""
    from saltation.symbolic.own_drive import own_drive

    if neuron.units.get("w", "1") == "1":
        return 1.0
    drive = own_drive(neuron)
    if drive is None:
        return _SMALL
    return 0.25 * min(max(abs(w) for _, w in arrivals) for arrivals in drive.arrivals.values())
