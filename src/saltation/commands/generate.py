"""``saltation generate``: the C of a model, or all of the committed C."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from saltation.commands.loading import Target

EXAMPLES = """\b
Examples:
  saltation generate lif --output c
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
@click.option("--check", is_flag=True, help="Write nothing; fail if a file would change.")
def generate(target: str | None, output: Path, check: bool) -> None:
    """Write the generated C of a neuron.

    FILE is a Python file that defines one or more sal.Neuron, or the name of a shipped model; NAME
    picks one of several. Without FILE, writes what the folder generated/ of the repository holds:
    the C of every shipped model and of an example network.
    """
    from saltation.codegen import goldens
    from saltation.symbolic.neuron import Neuron

    if target is None:
        files = goldens.expected()
    else:
        neurons = Target(target).find(Neuron, "neuron")
        if not neurons:
            raise click.BadParameter(f"{target} defines no sal.Neuron", param_hint="FILE")
        files = {
            path: text
            for neuron in neurons.values()
            for path, text in goldens.model_files(neuron).items()
        }
    changed = [name for name, text in files.items() if _differs(output / name, text)]
    if not check:
        _write(output, {name: files[name] for name in changed})
    _tell(output, changed, len(files), check)


def _differs(path: Path, text: str) -> bool:
    """Say whether a file is missing or holds something else."""
    return not path.is_file() or path.read_bytes() != text.encode()


def _write(output: Path, files: Mapping[str, str]) -> None:
    """Write files, byte for byte the same on every system."""
    for name, text in files.items():
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def _tell(output: Path, changed: list[str], total: int, check: bool) -> None:
    """Say what was done; a check that found changes fails."""
    for name in changed:
        click.echo(f"{'differs' if check else 'wrote'} {output / name}")
    click.echo(f"{total - len(changed)} of {total} files are unchanged")
    if check and changed:
        raise click.ClickException("the generated C is not up to date: run saltation generate")
