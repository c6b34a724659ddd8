"""The committed C in ``generated/``: what it should be, and how it is made again.

Changes of the generator show in these files, where a reviewer can read them, and a test compares
them byte for byte. There is one file per shipped model, a single population fed by one input, and
the example network in both precisions.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from saltation.codegen.export import generate_export
from saltation.codegen.export_network import (
    ExportNetwork,
    ExportPopulation,
    ExportProjection,
    ExportSource,
)
from saltation.codegen.network import generate_network
from saltation.codegen.options import Precision
from saltation.codegen.structure import LayerStructure, NetworkStructure, WireStructure
from saltation.symbolic import models
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.observation import ObservedSystem
from saltation.symbolic.words import counted

FOLDER = Path("generated")
"""Where the committed C is, from the root of the repository."""

ACCEPT = "make generate"
"""The command that accepts what the generator now makes."""

_DIFF_LINES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A file of a folder that is not what the generator makes.

    Attributes
    ----------
    name : str
        The file's name in the folder.
    diff : str
        What differs, as a unified diff from the file to what the generator makes; for a missing or
        a stray file one sentence.
    """

    name: str
    diff: str


def model_structure(neuron: Neuron) -> NetworkStructure:
    """Return the structure of one population, fed by one input through each of its ports."""
    return NetworkStructure(
        inputs=1,
        layers=(LayerStructure(observed=ObservedSystem(neuron.system)),),
        wires=tuple(
            WireStructure(source=-1, target=0, port=port) for port in range(len(neuron.ports))
        ),
        order=(0,),
        observations=0,
    )


def model_files(neuron: Neuron) -> dict[str, str]:
    """Return the C of one model by file name: a population fed by one input, not observed.

    Parameters
    ----------
    neuron : Neuron
        The model. The input reaches each of its ports.

    Returns
    -------
    dict of str to str
        One file, named after the model, in double precision.

    Raises
    ------
    UnsupportedModelError
        If a flow of the model has no closed form.
    """
    return {f"{neuron.name}.c": generate_network(model_structure(neuron), Precision.DOUBLE).source}


def example_network() -> NetworkStructure:
    """Return the structure of the example network: an input and two layers of LIF neurons.

    Sizes are arguments of the C, so this is the 5-200-3 network of the Yin-Yang task as well as any
    other of two layers.

    Returns
    -------
    NetworkStructure
        The network, not observed.
    """
    layer = LayerStructure(observed=ObservedSystem(models.lif.system))
    return NetworkStructure(
        inputs=1,
        layers=(layer, layer),
        wires=(
            WireStructure(source=-1, target=0, port=0),
            WireStructure(source=0, target=1, port=0),
        ),
        order=(0, 1),
        observations=0,
    )


def expected() -> dict[str, str]:
    """Return all files that ``generated/`` should hold.

    Returns
    -------
    dict of str to str
        The text of each file by its name, in the order of the names.
    """
    return dict(_files())


def exported_files() -> dict[str, str]:
    """Return the C of an exported network: LIF, 2-2, single precision, with gradient.

    Returns
    -------
    dict of str to str
        Its header and its source; the self-test is recorded when a network is exported.
    """
    network = ExportNetwork(
        name="exported_lif",
        structure=model_structure(models.lif),
        sources=(
            ExportSource(name="in", size=2, capacity=8, polled=False),
            ExportSource(name="out", size=2, capacity=8, polled=True),
        ),
        populations=(
            ExportPopulation(
                parameters={name: (x,) for name, x in models.lif.parameters.items()},
                initial={name: (x,) for name, x in models.lif.initial.items()},
                events=0,
            ),
        ),
        projections=(
            ExportProjection(
                name="in->out",
                pre_size=2,
                post_size=2,
                weight=(6.0, 5.0, 3.0, 7.0),
                delay=(1e-3,),
            ),
        ),
        precision=Precision.SINGLE,
        t_end=0.06,
        gradient=True,
        grazing=1e-3,
        rtol=1e-6,
        atol=0.0,
        tape=1,
    )
    code = generate_export(network)
    return {"exported_lif.h": code.header, "exported_lif.c": code.source}


@cache
def _files() -> Mapping[str, str]:
    files: dict[str, str] = {}
    for name in models.__all__:
        files |= model_files(getattr(models, name))
    for precision in Precision:
        name = f"example_network_{precision.name.lower()}.c"
        files[name] = generate_network(example_network(), precision).source
    files |= exported_files()
    return MappingProxyType(dict(sorted(files.items())))


def regenerate(folder: Path = FOLDER) -> list[Path]:
    """Write all files anew, and remove C files that no longer belong to them.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where to write; made if it does not exist.

    Returns
    -------
    list of pathlib.Path
        The files that changed, written or removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = expected()
    changed = []
    for path in sorted(folder.glob("*.c")):
        if path.name not in files:
            path.unlink()
            changed.append(path)
    for name, text in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != text.encode():
            path.write_bytes(text.encode())
            changed.append(path)
    return changed


def compare(folder: Path = FOLDER) -> list[Difference]:
    """Compare a folder with what the generator makes, byte for byte.

    Parameters
    ----------
    folder : pathlib.Path, optional
        The folder; every file in it counts, hidden ones too.

    Returns
    -------
    list of Difference
        Files that differ, are missing or do not belong there; empty if all is as it should be.
    """
    files = expected()
    present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    found = [
        Difference(name=name, diff=f"{folder / name} is not made by the generator\n")
        for name in sorted(present - files.keys())
    ]
    for name, text in files.items():
        if name not in present:
            found.append(Difference(name=name, diff=f"{folder / name} is missing\n"))
        elif (folder / name).read_bytes() != text.encode():
            found.append(Difference(name=name, diff=_diff(folder / name, text)))
    return found


def _diff(path: Path, text: str) -> str:
    """Return the start of a unified diff from a file to a text, with bytes shown that differ."""
    before = path.read_bytes().decode("utf-8", errors="backslashreplace")
    lines = list(
        difflib.unified_diff(
            before.splitlines(keepends=True),
            text.splitlines(keepends=True),
            fromfile=str(path),
            tofile="generated now",
            n=2,
        )
    )
    if len(lines) > _DIFF_LINES:
        lines = [*lines[:_DIFF_LINES], f"({counted(len(lines) - _DIFF_LINES, 'more line')})\n"]
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m saltation.codegen.goldens [--check]`` in the root of the repository.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line, that of the process if not given.

    Returns
    -------
    int
        The exit status: 0, or with ``--check`` 1 if a file differs.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words not in ([], ["--check"]):
        print("usage: python -m saltation.codegen.goldens [--check]", file=sys.stderr)
        return 2
    if words:
        differences = compare()
        for difference in differences:
            print(difference.diff, end="")
        if differences:
            print(f"not up to date: {counted(len(differences), 'file')}; to accept: {ACCEPT}")
        return 1 if differences else 0
    changed = regenerate()
    for path in changed:
        print(f"{'wrote' if path.is_file() else 'removed'} {path}")
    if not changed:
        print(f"{FOLDER} is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
