"""Neurons and networks from a user's Python file, or from the shipped models."""

from __future__ import annotations

import runpy
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Target:
    """What a command is to work on: ``FILE``, ``FILE:NAME`` or a shipped model's name.

    Parameters
    ----------
    text : str
        As typed.
    """

    text: str

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self._parts[0])

    @property
    def name(self) -> str | None:
        """The name behind the colon, if there is one."""
        return self._parts[1]

    def find(self, kind: type | tuple[type, ...], noun: str) -> dict[str, Any]:
        """Find the objects of a kind that the target means.

        Parameters
        ----------
        kind : type or tuple of type
            What is looked for.
        noun : str
            What to call it in messages.

        Returns
        -------
        dict
            By the name they have in the file; empty if the file defines none and no name is asked
            for.

        Raises
        ------
        click.ClickException
            If the file raises an error.
        click.BadParameter
            If there is no such file or name.
        """
        namespace = self._namespace()
        found: dict[str, Any] = {}
        for name, value in namespace.items():
            if isinstance(value, kind) and not any(value is other for other in found.values()):
                found[name] = value
        if self.name is None:
            return found
        if isinstance(namespace.get(self.name), kind):
            return {self.name: namespace[self.name]}
        for name, value in found.items():
            if getattr(value, "name", None) == self.name:
                return {name: value}
        raise click.BadParameter(
            f"{self.path} defines no {noun} {self.name!r}; it defines {', '.join(found) or 'none'}",
            param_hint="FILE",
        )

    @property
    def _parts(self) -> tuple[str, str | None]:
        """Split at the last colon, unless it belongs to a path such as ``C:model.py``."""
        path, colon, name = self.text.rpartition(":")
        if colon and path and name.isidentifier() and not Path(self.text).exists():
            return path, name
        return self.text, None

    def _namespace(self) -> dict[str, Any]:
        """Run the file and give what it defines."""
        if self.path.is_file():
            return _run(self.path)
        from saltation.symbolic import models

        if self.text in models.__all__:
            return {self.text: getattr(models, self.text)}
        path, name = self._parts
        if path in models.__all__:
            raise click.BadParameter(
                f"{path} is a shipped model, a single neuron: write it without :{name}",
                param_hint="FILE",
            )
        raise click.BadParameter(
            f"there is no file {path!r}, nor a shipped model of that name "
            f"({', '.join(models.__all__)})",
            param_hint="FILE",
        )


def _run(path: Path) -> dict[str, Any]:
    """Run a user's file; what goes wrong in it is told with its line, without a traceback."""
    try:
        with _importable(path.parent):
            return runpy.run_path(str(path))
    except SyntaxError as error:
        raise click.ClickException(f"{path}, line {error.lineno}: {error.msg}") from error
    except SystemExit as error:
        raise click.ClickException(f"{path} exits when it is run") from error
    except Exception as error:
        from saltation.symbolic.errors import SaltationError

        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == str(path)
        ]
        where = f"{path}, line {lines[-1]}" if lines else str(path)
        kind = "" if isinstance(error, SaltationError) else f"{type(error).__name__}: "
        raise click.ClickException(f"{where}: {kind}{error}") from error


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let the file import its neighbours, as when it is run by itself."""
    sys.path.insert(0, str(folder.resolve()))
    try:
        yield
    finally:
        sys.path.remove(str(folder.resolve()))
