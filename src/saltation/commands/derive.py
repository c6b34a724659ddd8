"""``saltation derive``: the mathematics of a declared neuron."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saltation.commands.loading import Target

EXAMPLES = """\b
Examples:
  saltation derive lif
  saltation derive my_models.py:adaptive --format latex --output adaptive.tex
"""


@click.command(epilog=EXAMPLES)
@click.argument("target", metavar="FILE[:NAME]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "latex", "markdown"]),
    default="text",
    show_default=True,
    help="How to write the equations.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead of the screen.",
)
def derive(target: str, form: str, output: Path | None) -> None:
    """Print the equations derived from a neuron.

    Flow maps, threshold crossings, the adjoint equations, and their jumps at spikes and arrivals,
    with the numbers that recur in the generated C.

    FILE is a Python file that defines one or more sal.Neuron, or the name of a shipped model; NAME
    picks one of several.
    """
    from saltation.symbolic.neuron import Neuron

    neurons = Target(target).find(Neuron, "neuron")
    if not neurons:
        raise click.BadParameter(f"{target} defines no sal.Neuron", param_hint="FILE")
    text = "\n\n".join(_written(neuron.derive(), form) for neuron in neurons.values())
    if output is None:
        click.echo(text)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text + "\n", encoding="utf-8")
    click.echo(f"wrote {output}")


def _written(derivation: Any, form: str) -> str:
    """Write a derivation in one of the forms that it knows."""
    return str(getattr(derivation, form)())
