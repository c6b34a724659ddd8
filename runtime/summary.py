"""What a network holds, as tables for people to read."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import TypeAlias

from saltation.runtime.arrays import FloatArray
from saltation.runtime.observation import Observation
from saltation.runtime.population import Input, Population
from saltation.runtime.projection import Projection
from saltation.runtime.tables import Table, as_html, as_text
from saltation.symbolic.words import counted

Parts: TypeAlias = tuple[
    Mapping[str, Input],
    Mapping[str, Population],
    Mapping[str, Projection],
    Mapping[str, Observation],
]
"""A network's parts by name."""


def summary(*parts: *Parts) -> str:
    """Return a line and tables of a network's parts as text."""
    return "\n\n".join(filter(None, (headline(*parts), as_text(network_tables(*parts)))))


def html_summary(*parts: *Parts) -> str:
    """Return the same as HTML."""
    return f"<p>{headline(*parts)}</p>{as_html(network_tables(*parts))}"


def network_tables(
    inputs: Mapping[str, Input],
    populations: Mapping[str, Population],
    projections: Mapping[str, Projection],
    observations: Mapping[str, Observation],
) -> list[Table]:
    """Return a table for each kind of part."""
    return [
        Table(
            heading=("input", "size"),
            rows=tuple((one.name, str(one.size)) for one in inputs.values()),
        ),
        Table(
            heading=("population", "size", "model", "own parameters", "own initial"),
            rows=tuple(
                (
                    one.name,
                    str(one.size),
                    one.neuron.name,
                    _own(one.parameters, one.neuron.parameters),
                    _own(one.initial, one.neuron.initial),
                )
                for one in populations.values()
            ),
        ),
        Table(
            heading=("projection", "from", "to", "port", "synapses", "weights", "delay (s)"),
            rows=tuple(
                (
                    one.name,
                    one.pre,
                    one.post,
                    populations[one.post].neuron.ports[one.port],
                    _synapses(one),
                    _span(one.weight),
                    _span(one.delay),
                )
                for one in projections.values()
            ),
        ),
        Table(
            heading=("observation", "of", "kind", "expression", "at (s)"),
            rows=tuple(
                (
                    one.name,
                    one.population,
                    one.kind,
                    str(one.expression),
                    "" if one.at is None else f"{counted(one.at.size, 'time')}, {_span(one.at)}",
                )
                for one in observations.values()
            ),
        ),
    ]


def headline(inputs: Sized, populations: Sized, projections: Sized, observations: Sized) -> str:
    """Count the parts in one line.

    Examples
    --------
    >>> headline("a", "bc", "", "")
    'Network: 1 input, 2 populations, 0 projections, 0 observations'
    """
    kinds = ("input", "population", "projection", "observation")
    counts = zip(kinds, map(len, (inputs, populations, projections, observations)), strict=True)
    words = [counted(count, kind) for kind, count in counts]
    return f"Network: {', '.join(words)}"


def _own(values: Mapping[str, FloatArray], model: Mapping[str, float]) -> str:
    """Show the values that are not those of the model."""
    return ", ".join(
        f"{name}={_span(array)}" for name, array in values.items() if (array != model[name]).any()
    )


def _span(array: FloatArray) -> str:
    """Show one number, or the range of several."""
    if not array.size:
        return "none"
    low, high = float(array.min()), float(array.max())
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def _synapses(projection: Projection) -> str:
    dense = f"{projection.pre_size} x {projection.post_size}"
    return dense if projection.pattern is None else f"{projection.weight.size} of {dense}"
