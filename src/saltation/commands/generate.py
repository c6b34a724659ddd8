"""``saltation generate``: the C of a model, or all of the committed C."""

from __future__ import annotations

from pathlib import Path

import click

from saltation.commands.loading import Target
from saltation.symbolic.words import counted

EXAMPLES = """\b
Examples:
  saltation generate lif --output c
  saltation generate my_models.py:adaptive --output c
  saltation generate --check
"""


@click.command(epilog=EXAMPLES)
@click.argument("target", metavar="[FILE[:NAME]]", required=False)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("generated"),
    show_default=True,
    help="Folder to write to.",
)
@click.option(
    "--check", is_flag=True, help="Without FILE: write nothing, and fail if a file would change."
)
def generate(target: str | None, output: Path, check: bool) -> None:
    """Write the generated C of a neuron.

    FILE is a Python file that defines one or more sal.Neuron, or the name of a shipped model; NAME
    picks one of several. Without FILE, writes what the folder generated/ of the repository holds:
    the C of every shipped model and of an example network.
    """
    if target is not None and check:
        raise click.UsageError("--check compares the whole folder: it takes no FILE")
    if not check:
        from saltation.runtime.destinations import check_folder

        check_folder(output, "generate", "--output")
    if target is not None:
        _write_models(target, output)
    elif check:
        _check_goldens(output)
    else:
        _write_goldens(output)


def _write_models(target: str, output: Path) -> None:
    """Write the C of the neurons that a target means."""
    from saltation.codegen.goldens import model_files
    from saltation.symbolic.neuron import Neuron

    neurons = Target(target).find(Neuron, "neuron")
    if not neurons:
        raise click.BadParameter(f"{target} defines no sal.Neuron", param_hint="FILE")
    output.mkdir(parents=True, exist_ok=True)
    for neuron in neurons.values():
        for name, text in model_files(neuron).items():
            (output / name).write_bytes(text.encode())
            click.echo(f"wrote {output / name}, {len(text.splitlines()):,} lines")


def _write_goldens(output: Path) -> None:
    """Write the committed C anew."""
    from saltation.codegen.goldens import regenerate

    changed = regenerate(output)
    for path in changed:
        click.echo(f"{'wrote' if path.is_file() else 'removed'} {path}")
    if not changed:
        click.echo(f"{output} is up to date")


def _check_goldens(output: Path) -> None:
    """Compare the committed C with what the generator makes."""
    from saltation.codegen.goldens import compare

    differences = compare(output)
    for difference in differences:
        click.echo(difference.diff, nl=False)
    if differences:
        raise click.ClickException(
            f"not up to date: {counted(len(differences), 'file')}; "
            f"to accept: saltation generate --output {output}"
        )
    click.echo(f"{output} is up to date")
