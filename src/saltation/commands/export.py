"""``saltation export``: a network as C for a microcontroller."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from saltation.commands.loading import Target

if TYPE_CHECKING:
    from saltation.runtime.network import Network
    from saltation.symbolic.neuron import Neuron

EXAMPLES = """\b
Examples:
  saltation export lif --t-end 0.1
  saltation export my_net.py:net --t-end 0.06 --name classifier --output firmware/classifier
  saltation export my_net.py --t-end 0.06 --gradient --capacity hidden=64 --capacity out=8
  saltation export my_net.py --t-end 0.06 --checkpoint best.npz --without-observations
"""


@click.command(epilog=EXAMPLES)
@click.argument("target", metavar="FILE[:NAME]")
@click.option(
    "--t-end",
    type=click.FloatRange(min=0.0, min_open=True),
    required=True,
    help="Length of the self-test's runs, in s.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to; named after --name if not given.",
)
@click.option("--name", default="network", show_default=True, help="Prefix of files and names.")
@click.option(
    "--precision", type=click.Choice(["single", "double"]), default="single", show_default=True
)
@click.option("--gradient", is_flag=True, help="With the adjoint and a step of gradient descent.")
@click.option(
    "--capacity",
    multiple=True,
    metavar="[SOURCE=]COUNT",
    help="Spikes held of an input or population, or of each.",
)
@click.option(
    "--tape",
    type=click.IntRange(min=1),
    default=128,
    show_default=True,
    help="Taylor steps of a neuron that are held while the gradient goes back.",
)
@click.option("--poll", multiple=True, metavar="POPULATION", help="A population to be polled.")
@click.option(
    "--without-observations",
    is_flag=True,
    help="Leave out what is observed, such as the maxima of a training's loss.",
)
@click.option(
    "--checkpoint",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take the best values of a training: its checkpoint, or what "
    "np.savez(FILE, **result.best) wrote.",
)
def export(
    target: str,
    t_end: float,
    output: Path | None,
    name: str,
    precision: str,
    gradient: bool,
    capacity: tuple[str, ...],
    tape: int,
    poll: tuple[str, ...],
    without_observations: bool,
    checkpoint: Path | None,
) -> None:
    """Write a folder of C99 that simulates a network on a microcontroller.

    FILE is a Python file that defines a sal.Network or a sal.Neuron, or the name of a shipped
    model; NAME picks one of several. The C needs no heap and no libm, and brings its self-test,
    build files and a README.
    """
    from saltation.learning.checkpoint import load_best
    from saltation.runtime.destinations import check_folder
    from saltation.runtime.export import export as export_network

    folder = check_folder(output if output is not None else Path(name), "export", "--output")
    made = export_network(
        _network(target, observed=not without_observations),
        folder,
        t_end,
        name=name,
        precision=precision,
        gradient=gradient,
        capacity=_capacity(capacity),
        tape=tape,
        outputs=poll or None,
        values=None if checkpoint is None else load_best(checkpoint),
    )
    for file in made.files:
        click.echo(f"wrote {made.directory / file}")
    held = ", ".join(f"{source} {count}" for source, count in made.capacity.items())
    click.echo(f"RAM {made.context_bytes:,} bytes, constant tables {made.table_bytes:,} bytes")
    click.echo(f"spikes held: {held}")


def _network(target: str, *, observed: bool) -> Network | Neuron:
    """Find the one network, or else the one neuron, that a target means.

    A network is given without its observations unless they are `observed`.
    """
    from saltation.runtime.network import Network
    from saltation.symbolic.neuron import Neuron

    found = Target(target).find((Network, Neuron), "sal.Network or sal.Neuron")
    networks = {name: value for name, value in found.items() if isinstance(value, Network)}
    chosen: dict[str, Network | Neuron] = {**networks} if networks else {**found}
    if len(chosen) != 1:
        raise click.BadParameter(_not_one(target, list(networks), list(found)), param_hint="FILE")
    (one,) = chosen.values()
    return one.copy(observations=None if observed else ()) if isinstance(one, Network) else one


def _not_one(target: str, networks: list[str], found: list[str]) -> str:
    """Say what a file lacks, or has too much of, where it defines no one thing to export."""
    if networks:
        return (
            f"{target} defines several networks ({', '.join(networks)}): pick one, as {target}:NAME"
        )
    neurons = f"; its neurons are {', '.join(found)}" if found else ""
    alone = f", or take one neuron alone, as {target}:{found[0]}" if found else ""
    return (
        f"{target} defines no sal.Network at module level, which export wants{neurons}. Write "
        f"net = ... for the network at module level{alone}"
    )


def _capacity(words: tuple[str, ...]) -> int | dict[str, int] | None:
    """Read the capacities: one number for all sources, or one for each that is named."""
    named: dict[str, int] = {}
    for word in words:
        source, _, count = word.rpartition("=")
        if not count.isdecimal() or (not source and len(words) > 1):
            raise click.BadParameter(
                f"{word!r}: give one number for all sources, or SOURCE=COUNT for each",
                param_hint="--capacity",
            )
        if not source:
            return int(count)
        named[source] = int(count)
    return named or None
