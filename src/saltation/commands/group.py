"""The group of commands: errors become messages, and stages of the work lines."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click


class StageLines(logging.Handler):
    """Prints each stage of a long computation as a line on the standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record.

        Parameters
        ----------
        record : logging.LogRecord
            What is being done.
        """
        click.echo(record.getMessage(), err=True)


@contextmanager
def stage_lines() -> Iterator[None]:
    """Print what the package logs while a command runs."""
    logger, lines = logging.getLogger("saltation"), StageLines()
    level = logger.level
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(lines)
        logger.setLevel(level)


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
            In place of a ``SaltationError``, and of an error of the system about a file.
        """
        from saltation.symbolic.errors import SaltationError

        try:
            with stage_lines():
                return super().invoke(ctx)
        except SaltationError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            # Such as a closed pipe, which click knows how to take.
            if error.filename is None:
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error
