"""The group of commands: errors become messages."""

from __future__ import annotations

from typing import Any

import click


class SaltationGroup(click.Group):
    """A group that prints Saltation's errors as one message and exits with code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in the order of the pipeline, in which they were added.

        Parameters
        ----------
        ctx : click.Context
            Of the group.

        Returns
        -------
        list of str
            Their names.
        """
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command.

        Parameters
        ----------
        ctx : click.Context
            Of the group.

        Returns
        -------
        object
            What the command returns.

        Raises
        ------
        click.ClickException
            In place of a ``SaltationError``.
        """
        from saltation.symbolic.errors import SaltationError

        try:
            return super().invoke(ctx)
        except SaltationError as error:
            raise click.ClickException(str(error)) from error
