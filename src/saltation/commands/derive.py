"""``saltation derive``: the mathematics of a declared neuron."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saltation.commands.loading import Target

if TYPE_CHECKING:
    from saltation.symbolic.neuron import Neuron

_LOG = logging.getLogger(__name__)

EXAMPLES = """\b
Examples:
  saltation derive lif
  saltation derive my_models.py:adaptive --format latex --output adaptive.tex
  saltation derive my_models.py:adaptive --html adaptive.html
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
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with the equations, and the states and adjoints of an example run.",
)
@click.option(
    "--t-end",
    metavar="SECONDS",
    type=click.FloatRange(min=0.0, min_open=True),
    help="Length of the page's example run, in s.  [default: some time constants]",
)
def derive(
    target: str, form: str, output: Path | None, page: Path | None, t_end: float | None
) -> None:
    """Print the equations derived from a neuron, or write a page about it.

    Flow maps, threshold crossings, the adjoint equations, and their jumps at spikes and arrivals,
    with the numbers that recur in the generated C.

    FILE is a Python file that defines one or more sal.Neuron, or the name of a shipped model; NAME
    picks one of several.
    """
    from saltation.runtime.destinations import check_file
    from saltation.symbolic.neuron import Neuron

    for option, path in (("--output", output), ("--html", page)):
        if path is not None:
            check_file(path, "derive", option)
    neurons = Target(target).find(Neuron, "neuron")
    if not neurons:
        raise click.BadParameter(f"{target} defines no sal.Neuron", param_hint="FILE")
    if page is not None:
        if len(neurons) > 1:
            raise click.UsageError(
                f"{target} defines several neurons: name one, as in {target}:{next(iter(neurons))}"
            )
        _write_page(next(iter(neurons.values())), page, t_end)
        if output is None:
            return
    text = "\n\n".join(_written(neuron.derive(), form) for neuron in neurons.values())
    if output is None:
        click.echo(text)
        return
    _write(output, text + "\n")


def _write_page(neuron: Neuron, path: Path, t_end: float | None) -> None:
    """Write a page with an example run, or say on it why there is none."""
    from saltation.runtime.example_figures import example_figures
    from saltation.symbolic.errors import SimulationError, ToolchainError, UnsupportedModelError

    _LOG.info("%s: deriving the equations", neuron.name)
    derivation = neuron.derive()
    try:
        page = derivation.html(example_figures(neuron, t_end))
    except (SimulationError, ToolchainError, UnsupportedModelError) as error:
        click.echo(f"no example run on the page: {error}", err=True)
        page = derivation.html(remark=f"There is none here: {error}")
    _write(path, page)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    click.echo(f"wrote {path}")


def _written(derivation: Any, form: str) -> str:
    """Write a derivation in one of the forms that it knows."""
    return str(getattr(derivation, form)())
