"""The command ``saltation``, also ``python -m saltation``."""

from __future__ import annotations

import click

from saltation.commands.check import check
from saltation.commands.demo import demo
from saltation.commands.derive import derive
from saltation.commands.export import export
from saltation.commands.generate import generate
from saltation.commands.group import SaltationGroup


@click.group(cls=SaltationGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="saltation", message="saltation %(version)s")
def main() -> None:
    """Declare any spiking neuron model; get a compiled simulator with exact gradients."""


for _command in (derive, generate, check, export, demo):
    main.add_command(_command)

if __name__ == "__main__":
    main(prog_name="saltation")
