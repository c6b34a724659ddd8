"""Generate the self-test of exported C: runs recorded on the desktop, as bits."""

from __future__ import annotations

import struct
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from saltation.codegen.export import with_banner
from saltation.codegen.export_network import ExportNetwork
from saltation.codegen.export_tables import WIDTH, index_table
from saltation.codegen.export_views import TableView
from saltation.codegen.options import Precision
from saltation.codegen.render import render


@dataclass(frozen=True, slots=True, kw_only=True)
class Train:
    """The spikes of one population, or of all inputs, in one sample: times (s) and units."""

    times: tuple[float, ...]
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """Recorded runs.

    Attributes
    ----------
    inputs : tuple of tuple of (float, int, int)
        For each sample the input spikes: time (s), input, unit; by time.
    cuts : tuple of float, unit s
        Where the streamed run is cut, the end of the run last.
    whole, cut : tuple of tuple of Train
        For each sample and population its spikes, in a run as a whole and in one with the cuts.
    states : tuple of tuple of int
        For each sample and cut the hash of all states that have an initial value.
    learned : tuple of tuple of int
        For each sample the hashes of each projection's gradient and of its weights after a step of
        rate 1; empty without gradient.
    events : tuple of int
        For each population how many events, spikes and others, it has in a sample at most.
    """

    inputs: tuple[tuple[tuple[float, int, int], ...], ...]
    cuts: tuple[float, ...]
    whole: tuple[tuple[Train, ...], ...]
    cut: tuple[tuple[Train, ...], ...]
    states: tuple[tuple[int, ...], ...]
    learned: tuple[tuple[int, ...], ...]
    events: tuple[int, ...]


def bits(value: float, precision: Precision) -> int:
    """Return the bits of a number.

    Examples
    --------
    >>> hex(bits(1.0, Precision.SINGLE))
    '0x3f800000'
    """
    kinds = ("<f", "<I") if precision is Precision.SINGLE else ("<d", "<Q")
    return int(struct.unpack(kinds[1], struct.pack(kinds[0], value))[0])


def hash_numbers(values: Sequence[float], precision: Precision) -> int:
    """Return the FNV-1a hash of the bits of some numbers, bytes from the lowest on.

    Examples
    --------
    >>> hash_numbers([], Precision.DOUBLE)
    2166136261
    """
    found = 2166136261
    for value in values:
        kind = "<f" if precision is Precision.SINGLE else "<d"
        for byte in struct.pack(kind, value):
            found = (found ^ byte) * 16777619 % 2**32
    return found


def cotangent(spike: int) -> float:
    """Return the derivative that the self-test takes for the time of a spike, unit 1/s."""
    return 1.0 + (spike % 4) / 4.0


def generate_test(net: ExportNetwork, vectors: Vectors) -> dict[str, str]:
    """Return the files of the self-test by name."""
    populations = len(net.populations)
    polled = [k for k, source in enumerate(net.sources) if source.polled]
    tables = _tables(net, vectors, polled)
    whole, cut = (sum(len(t.times) for s in r for t in s) for r in (vectors.whole, vectors.cut))
    context = {
        "name": net.name,
        "samples": len(vectors.inputs),
        "span": populations,
        "results": whole + cut + sum(len(h) for h in (*vectors.states, *vectors.learned)),
        "max_states": max(len(p.initial) + 1 for p in net.populations),
        "cuts": vectors.cuts,
        "polled": polled,
        "tables": tables,
        "gradient": net.gradient,
    }
    return {
        f"{net.name}_test.h": with_banner(
            net,
            render("export_test.h.j2", net.precision, **context),
            "interface of the self-test of",
        ),
        f"{net.name}_test.c": with_banner(
            net, render("export_test.c.j2", net.precision, **context), "self-test of"
        ),
        f"{net.name}_test_main.c": with_banner(
            net, render("export_test_main.c.j2", net.precision, **context), "test program of"
        ),
    }


def _tables(net: ExportNetwork, vectors: Vectors, polled: list[int]) -> list[TableView]:
    inputs = [spike for sample in vectors.inputs for spike in sample]
    tables = [
        index_table(
            "sal_input_start",
            "Where the input spikes of each sample start.",
            "uint32_t",
            _starts([len(sample) for sample in vectors.inputs]),
        ),
        _bits_table("sal_input_time", "Their times.", [t for t, _, _ in inputs], net.precision),
        index_table(
            "sal_input_source", "Their inputs.", "uint16_t", [s for _, s, _ in inputs] or [0]
        ),
        index_table("sal_input_unit", "Their units.", "uint16_t", [u for _, _, u in inputs] or [0]),
        _bits_table("sal_cut", "Where the stream is cut.", vectors.cuts, net.precision),
        index_table("sal_polled", "The populations to be polled.", "uint32_t", polled or [0]),
    ]
    tables += _run_tables("whole", vectors.whole, net.precision)
    tables += _run_tables("cut", vectors.cut, net.precision)
    tables += [
        index_table(
            "sal_declared",
            "How many states of each population are compared.",
            "uint32_t",
            [len(p.initial) for p in net.populations],
        ),
        index_table(
            "sal_state_hash",
            "Hashes of all states at each cut.",
            "uint32_t",
            [h for sample in vectors.states for h in sample],
        ),
    ]
    if net.gradient:
        tables.append(
            index_table(
                "sal_learned",
                "Hashes of the gradient and of the weights after a step, by projection.",
                "uint32_t",
                [h for sample in vectors.learned for h in sample],
            )
        )
    return tables


def _run_tables(
    name: str, runs: Sequence[Sequence[Train]], precision: Precision
) -> list[TableView]:
    """Return the spikes of recorded runs, by sample and population."""
    trains = [train for sample in runs for train in sample]
    return [
        index_table(
            f"sal_{name}_start",
            "Where the spikes of each sample and population start.",
            "uint32_t",
            _starts([len(train.times) for train in trains]),
        ),
        _bits_table(
            f"sal_{name}_time",
            "Their times.",
            [t for train in trains for t in train.times],
            precision,
        ),
        index_table(
            f"sal_{name}_unit",
            "Their units.",
            "uint16_t",
            [u for train in trains for u in train.units] or [0],
        ),
    ]


def _starts(lengths: Sequence[int]) -> list[int]:
    starts = [0]
    for length in lengths:
        starts.append(starts[-1] + length)
    return starts


def _bits_table(
    name: str, comment: str, values: Sequence[float], precision: Precision
) -> TableView:
    digits = 8 if precision is Precision.SINGLE else 16
    suffix = "U" if precision is Precision.SINGLE else "ULL"
    items = [f"0x{bits(v, precision):0{digits}X}{suffix}" for v in values or [0.0]]
    return TableView(
        comment=comment,
        type="sal_bits",
        name=name,
        count=len(items),
        lines=tuple(textwrap.wrap(", ".join(items), WIDTH)),
        bytes=len(items) * digits // 2,
    )
