"""Another program: how it is installed, and how its script is run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
TIMEOUT = 600
"""Seconds after which a script is given up."""


class PeerError(Exception):
    """A peer cannot be installed or run; the message says why, in a few words."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A program that does the same work.

    Attributes
    ----------
    name : str
        As its authors write it.
    package : str
        The name of its package.
    requirements : tuple of str
        What pip installs, one after the other.
    script : str
        The file beside this one that measures it.
    variants : tuple of str
        Further arguments of the script, one for each measurement.
    grid, limits, precision, gradient : str
        What it does differently; ``{}`` in `grid` stands for the variant.
    """

    name: str
    package: str
    requirements: tuple[str, ...]
    script: str
    variants: tuple[str, ...] = ("",)
    grid: str
    limits: str
    precision: str
    gradient: str

    def python(self, environments: Path) -> Path:
        """Return the interpreter of its virtual environment, which is made if there is none."""
        folder = environments / self.package
        python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        marker = folder / "installed.txt"
        wanted = "\n".join(self.requirements)
        if marker.exists() and marker.read_text() == wanted:
            return python
        shutil.rmtree(folder, ignore_errors=True)
        _call([sys.executable, "-m", "venv", str(folder)], "cannot make an environment")
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for requirement in self.requirements:
            _call([*pip, requirement], f"{requirement} does not install")
        marker.write_text(wanted)
        return python

    def version(self, python: Path) -> str:
        """Return the version that is installed."""
        command = f"from importlib.metadata import version; print(version({self.package!r}))"
        return _call([str(python), "-c", command], "does not tell its version").strip()

    def measure(self, python: Path, data: Mapping[str, Any], variant: str) -> dict[str, Any]:
        """Run the script with some arrays; return what it wrote."""
        with tempfile.TemporaryDirectory() as folder:
            given, made = Path(folder) / "given.npz", Path(folder) / "made.json"
            np.savez(given, **data)
            arguments = [variant] if variant else []
            _call(
                [str(python), str(HERE / self.script), str(given), str(made), *arguments],
                "fails",
                cwd=folder,
            )
            result: dict[str, Any] = json.loads(made.read_text())
            return result


def _call(command: list[str], trouble: str, cwd: str | None = None) -> str:
    """Run a command; return what it prints, or say what the trouble is."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=TIMEOUT, cwd=cwd
        )
    except subprocess.TimeoutExpired as error:
        raise PeerError(f"{trouble}: takes over {TIMEOUT} s") from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise PeerError(f"{trouble}: {lines[-1][:200] if lines else 'no message'}")
    return done.stdout
