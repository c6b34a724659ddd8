"""``saltation check``: gradients against finite differences, for a user's model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from click.core import ParameterSource

from saltation.commands.loading import Target
from saltation.commands.proof import write_proof
from saltation.commands.trial import SPIKES, spiking_network
from saltation.symbolic.words import counted

if TYPE_CHECKING:
    from saltation.runtime.network import Network

EXAMPLES = """\b
Examples:
  saltation check lif
  saltation check my_models.py:adaptive --t-end 0.2
  saltation check my_net.py:net --keys "in->hidden.weight" --keys hidden.tau_m --entries 2
  saltation check --all --markdown proof.md
"""

ALONE = ("t_end", "samples", "seed", "keys", "entries")
"""Parameters of the check of one target."""

TOGETHER = ("jobs",)
"""Parameters of --all besides its file."""


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
@click.option(
    "--keys",
    multiple=True,
    metavar="KEY",
    help='A gradient to check, such as "in->hidden.weight"; all if none is given.',
)
@click.option(
    "--entries",
    metavar="N",
    default=8,
    show_default=True,
    type=click.IntRange(min=1),
    help="Entries of each gradient at most, drawn at random.",
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
    keys: tuple[str, ...],
    entries: int,
) -> None:
    """Compare exact gradients with high-precision finite differences.

    FILE is a Python file that defines a sal.Network or a sal.Neuron, or the name of a shipped
    model; NAME picks one of several. A network is checked as it is declared, with random input
    spikes: four of each input unit in the first half of the run. Around a neuron a small network is
    built, with weights that are raised until it spikes; where that does not suit the model, define
    a sal.Network in the same file, and it is checked in place of the neuron.

    A check of a large network takes minutes: --keys and --entries choose what it compares.

    Prints the worst relative error of each kind of gradient. Exits with code 1 if one is above the
    tolerance.

    With --all, every shipped model runs under its own example input, and the errors of all of them
    are written as Markdown (--markdown); of the other options it takes --jobs and --tolerance.
    """
    if every == (target is not None) or every == (markdown is None):
        raise click.UsageError("give either FILE[:NAME], or --all with --markdown FILE")
    _refuse_without_effect(every)
    if markdown is not None:
        passed = write_proof(markdown, jobs, tolerance)
    else:
        compared = {"keys": keys or None, "entries": entries, "tolerance": tolerance}
        passed = _check_target(str(target), t_end, samples, seed, compared)
    if not passed:
        raise click.ClickException(f"a gradient differs by more than {tolerance:.1e}")


def _refuse_without_effect(every: bool) -> None:
    """Refuse options that were given and belong to the other kind of check."""
    context = click.get_current_context()
    others = ALONE if every else TOGETHER
    given = [
        option.opts[0]
        for option in context.command.params
        if option.name in others
        and context.get_parameter_source(option.name) is not ParameterSource.DEFAULT
    ]
    if given and every:
        raise click.UsageError(
            f"{', '.join(given)}: no effect with --all, which checks every gradient of every "
            "shipped model under its own input; leave it out, or give FILE[:NAME] instead of --all"
        )
    if given:
        raise click.UsageError(f"{', '.join(given)}: no effect without --all; leave it out")


def _check_target(
    target: str, t_end: float, samples: int, seed: int, compared: Mapping[str, Any]
) -> bool:
    from saltation.runtime.check import check_gradient
    from saltation.runtime.random_spikes import random_spikes

    passed = True
    generator = np.random.default_rng(seed)
    for name, net in _networks(target, t_end, samples, generator).items():
        click.echo(f"{name}, {t_end:g} s, {counted(samples, 'sample')}, seed {seed}")
        spikes = random_spikes(net, t_end, samples, SPIKES, generator)
        report = check_gradient(net, spikes, t_end=t_end, seed=seed, **compared)
        click.echo(f"{report}\n")
        passed = passed and report.passed
    return passed


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
        name: spiking_network(neuron, t_end, samples, generator) for name, neuron in found.items()
    }
