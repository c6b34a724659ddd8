"""Export a network as C for a microcontroller: a folder that needs nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from saltation.codegen.export import generate_export
from saltation.codegen.export_folder import folder_files
from saltation.codegen.export_test import Vectors
from saltation.runtime.arguments import check_positive
from saltation.runtime.arrays import FloatArray, whole_number
from saltation.runtime.destinations import check_folder, writing
from saltation.runtime.drive import checked_drive
from saltation.runtime.export_neuron import network_of
from saltation.runtime.export_prefix import check_prefix
from saltation.runtime.export_support import check_delays, check_supported
from saltation.runtime.export_values import export_network
from saltation.runtime.export_vectors import Settings, drawn_spikes, record
from saltation.runtime.naming import check_known, chosen_names
from saltation.runtime.network import Network
from saltation.runtime.settings import chosen_precision, tolerances_of
from saltation.runtime.spikes import Spikes
from saltation.runtime.wanted import check_network
from saltation.symbolic.errors import ArrayError
from saltation.symbolic.neuron import Neuron


@dataclass(frozen=True, kw_only=True)
class Export:
    """What was exported.

    Attributes
    ----------
    directory : pathlib.Path
        The folder.
    files : tuple of str
        The names of its files.
    context_bytes, table_bytes : int
        What the context takes of RAM, and the constant tables of read-only memory.
    capacity : mapping of str to int
        How many spikes of each input and population the context holds.
    """

    directory: Path
    files: tuple[str, ...]
    context_bytes: int
    table_bytes: int
    capacity: Mapping[str, int]


def export(
    net: Network | Neuron,
    directory: str | os.PathLike[str],
    t_end: float,
    *,
    name: str = "network",
    precision: str = "single",
    gradient: bool = False,
    capacity: int | Mapping[str, int] | None = None,
    outputs: Iterable[str] | None = None,
    values: Mapping[str, Any] | None = None,
    spikes: Mapping[str, Spikes] | None = None,
    rtol: float = 1e-9,
    atol: float = 0.0,
    tape: int = 128,
) -> Export:
    """Write a self-contained folder of C99 that simulates a network on any machine.

    The C needs no heap, no libm and no globals; its results are the bits of :func:`compile`'s
    simulator in the same precision, of the network without observations and with the default
    solver: an observed maximum can change last bits of spike times, and ``solver="taylor"`` steps
    where the C has closed forms. See ``docs/export.md``.

    Parameters
    ----------
    net : Network or Neuron
        The network; of a neuron, one with an input for each port, of weights at which it spikes.
    directory : path-like
        The folder; made if there is none. Files of the same names are replaced.
    t_end : float, unit s
        The end of the runs that the self-test repeats. Exported C can run to any time.
    name : str, optional
        Of the files, and the prefix of every name in them.
    precision : {"single", "double"}, optional
        The floating-point type.
    gradient : bool, optional
        With the adjoint and a step of gradient descent, so that the device can learn its weights.
    capacity : int or mapping of str to int, optional
        How many spikes of each input and population the context holds at a time; a number serves
        all. What is not given is twice what the self-test needs, and 8 more.
    outputs : iterable of str, optional
        The populations whose spikes are polled; if not given, those that feed no other one, or all
        where each does.
    values : mapping of str to array_like, optional
        Any part of ``net.values()`` with other numbers, such as those of a training.
    spikes : mapping of str to Spikes, optional
        The input spikes of the self-test, as of ``Simulator.run``; drawn if not given. Each sample
        adds its spikes to the test's tables.
    rtol, atol : float, optional
        Tolerances of a Taylor step, as of ``compile``; closed forms ignore them.
    tape : int, optional
        How many Taylor steps of a neuron the context holds while `gradient` goes back through
        them. With fewer it takes them again more often: the same bits in less memory.

    Returns
    -------
    Export
        The folder, and the memory it needs.

    Raises
    ------
    UnsupportedModelError, UnsupportedNetworkError
        If the network holds what exported C cannot do, by name. Observations are such: export
        ``net.copy(observations=())``, which has the same weights and spikes.
    NetworkTypeError
        If `net` is neither a network nor a neuron.
    NetworkError
        If two parts of the network would have the same name in C, or `name` cannot be a prefix.
    ArrayError, ArrayTypeError, UnknownNameError
        If a value, a capacity or spikes do not fit.
    DestinationError
        If `directory` is a file, cannot be made or not be written to. It is an OSError.
    ToolchainError
        If there is no C compiler to record the self-test's runs with.

    Warns
    -----
    StructuralZeroWarning
        With `gradient`, of projections whose weights no time of a spike depends on, as those into a
        population that is read out by its voltage.

    Examples
    --------
    >>> import tempfile
    >>> from saltation.symbolic.models import lif
    >>> net = Network()
    >>> net.add_input("in", 1)
    >>> net.add_population("out", lif, 1)
    >>> net.connect("in", "out", weight=[[7.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = export(net, folder, 0.05, name="tiny")
    >>> made.files[:2]
    ('tiny.h', 'tiny.c')
    """
    chosen = chosen_precision(precision, "export")
    rtol, atol = tolerances = tolerances_of(rtol, atol, chosen)
    t_end = check_positive(t_end, "export: t_end", "t_end", "seconds")
    settings = Settings(t_end=t_end, precision=precision, rtol=rtol, atol=atol)
    check_prefix(name)
    folder = check_folder(directory, "export", "directory")
    whole = network_of(net, settings) if isinstance(net, Neuron) else net
    check_network(whole)
    polled = _outputs(whole, outputs)
    check_supported(whole, gradient=gradient)
    full = whole.checked_values(values)
    _check_range(full, precision)
    check_delays(whole, full, t_end)
    if spikes is None:
        spikes = drawn_spikes(whole, settings, full, polled)
    drive = _test_drive(whole, spikes)
    vectors = record(whole, settings, drive, full, gradient=gradient)
    held = _capacity(whole, capacity, vectors)
    seen = export_network(
        whole,
        full,
        name=name,
        precision=chosen,
        t_end=t_end,
        gradient=gradient,
        capacity=held,
        events=vectors.events,
        outputs=polled,
        tolerances=tolerances,
        tape=_count(tape, "tape"),
    )
    code = generate_export(seen)
    files = folder_files(seen, code, vectors)
    _write(folder, files)
    return Export(
        directory=folder,
        files=tuple(files),
        context_bytes=code.context_bytes,
        table_bytes=code.table_bytes,
        capacity=MappingProxyType(held),
    )


def _write(folder: Path, files: Mapping[str, str]) -> None:
    with writing(folder, "export"):
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (folder / file).write_bytes(text.encode())


def _test_drive(net: Network, spikes: Mapping[str, Spikes]) -> Mapping[str, Spikes]:
    drive, samples = checked_drive(net.inputs, spikes)
    if not samples:
        raise ArrayError("the self-test needs a sample, and spikes hold none", argument="spikes")
    return drive


def _check_range(values: Mapping[str, FloatArray], precision: str) -> None:
    """Refuse numbers that single precision does not hold."""
    for key, array in values.items():
        large = np.abs(array) > np.finfo(np.float32).max
        if precision == "single" and np.any(large):
            raise ArrayError(
                f"{key} holds {float(array[large][0])!r}, too large for single precision: export "
                "in double precision",
                argument=key,
            )


def _outputs(net: Network, outputs: Iterable[str] | None) -> list[str]:
    if outputs is None:
        feeding = {p.pre for p in net.projections.values() if p.pre != p.post}
        return [name for name in net.populations if name not in feeding] or list(net.populations)
    return chosen_names(outputs, net.populations, "population", "export, outputs")


def _capacity(
    net: Network, given: int | Mapping[str, int] | None, vectors: Vectors
) -> dict[str, int]:
    """Return how many spikes of each source the context holds; the self-test's must fit."""
    names = [*net.inputs, *net.populations]
    needed = _needed(net, vectors)
    if isinstance(given, Mapping):
        for name in given:
            check_known(name, names, "input or population", "export, capacity")
        asked: Mapping[str, Any] = given
    else:
        asked = {} if given is None else dict.fromkeys(names, given)
    held = {}
    for name in names:
        argument = f"capacity[{name!r}]" if isinstance(given, Mapping) else "capacity"
        count = _count(asked[name], argument) if name in asked else 2 * needed[name] + 8
        if count < needed[name]:
            raise ArrayError(
                f"{argument} is {count}, but a sample of the self-test has {needed[name]} spikes "
                f"of {name!r}: give more, or other spikes for the self-test",
                argument=argument,
            )
        held[name] = count
    return held


def _count(given: object, argument: str) -> int:
    """Return a number of things that the context is to hold."""
    count = whole_number(given)
    if count is None or not 1 <= count < 2**31:
        raise ArrayError(f"{argument} must be a positive integer, got {given!r}", argument=argument)
    return count


def _needed(net: Network, vectors: Vectors) -> dict[str, int]:
    """Return the largest number of spikes of each source in a sample."""
    needed = {}
    for index, name in enumerate(net.inputs):
        needed[name] = max(
            (sum(s == index for _, s, _ in sample) for sample in vectors.inputs), default=0
        )
    for index, name in enumerate(net.populations):
        runs = (*vectors.whole, *vectors.cut)
        needed[name] = max((len(sample[index].times) for sample in runs), default=0)
    return needed
