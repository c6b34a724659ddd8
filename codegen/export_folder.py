"""The files of an export: C, its self-test, build files and a README."""

from __future__ import annotations

import re
from dataclasses import dataclass

from saltation.codegen.export import ExportedCode
from saltation.codegen.export_network import ExportNetwork
from saltation.codegen.export_test import Vectors, generate_test
from saltation.codegen.render import render
from saltation.symbolic.derivation import derive_observed
from saltation.symbolic.derivation_text import derivation_text
from saltation.symbolic.words import counted

_PURPOSES = {
    "state": "states of the neurons",
    "spike_time": "spike buffers",
    "spike_unit": "spike buffers",
    "spike_record": "spike buffers",
    "spike_generation": "spike buffers",
    "constants": "what depends on parameters only",
    "side": "guards and modes of the neurons",
    "mode": "guards and modes of the neurons",
    "weight": "weights",
    "gradient": "gradient",
    "record_time": "events and adjoints of a sample",
    "record_unit": "events and adjoints of a sample",
    "record_interval": "events and adjoints of a sample",
    "record_event": "events and adjoints of a sample",
    "record_given": "events and adjoints of a sample",
    "cotangent": "events and adjoints of a sample",
    "kept": "events and adjoints of a sample",
    "adjoint": "events and adjoints of a sample",
    "adjoint_mode": "events and adjoints of a sample",
    "record_window": "events and adjoints of a sample",
    "record_length": "events and adjoints of a sample",
    "record_steps": "events and adjoints of a sample",
    "arrival_sum": "events and adjoints of a sample",
    "tape_state": "steps of a neuron, while it goes back",
    "tape_length": "steps of a neuron, while it goes back",
    "tape_kind": "steps of a neuron, while it goes back",
    "arrival_spike": "events and adjoints of a sample",
    "arrival_projection": "events and adjoints of a sample",
}
_OTHER = "clock, counters, result"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryView:
    """A line of the memory table."""

    what: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """A model as the README shows it."""

    name: str
    populations: str
    states: str
    equations: tuple[str, ...]


def folder_files(net: ExportNetwork, code: ExportedCode, vectors: Vectors) -> dict[str, str]:
    """Return the texts of an export's files by their names, in the order in which to read them."""
    files = {f"{net.name}.h": code.header, f"{net.name}.c": code.source}
    files |= generate_test(net, vectors)
    for name, template in (
        ("CMakeLists.txt", "export_cmake.j2"),
        ("Makefile", "export_make.j2"),
        ("README.md", "export_readme.md.j2"),
    ):
        text = render(template, net.precision, **_readme(net, code, vectors))
        files[name] = re.sub(
            r"\bsal_", f"{net.name}_", re.sub(r"\bSAL_", f"{net.name.upper()}_", text)
        )
    return files


def _readme(net: ExportNetwork, code: ExportedCode, vectors: Vectors) -> dict[str, object]:
    polled = [source for source in code.sources if source.polled]
    return {
        "name": net.name,
        "precision_name": net.precision.name.lower(),
        "sources": code.sources,
        "inputs": net.inputs,
        "projections": code.projections,
        "gradient": net.gradient,
        "numerical": any(layer.kernel.numerical for layer in code.layers),
        "recurrent": bool(net.structure.cycles),
        "memory": memory(net, code),
        "context_bytes": code.context_bytes,
        "table_bytes": code.table_bytes,
        "models": _models(net),
        "recorded": counted(len(vectors.inputs), "recorded sample"),
        "first_input": code.sources[0],
        "output": polled[0] if polled else code.sources[-1],
        "t_end": net.t_end,
    }


def memory(net: ExportNetwork, code: ExportedCode) -> tuple[MemoryView, ...]:
    """Return what the context's bytes are for."""
    real = 8 if net.precision.value == "double" else 4
    totals: dict[str, int] = {}
    for field in code.fields:
        purpose = _PURPOSES.get(field.purpose, _OTHER)
        totals[purpose] = totals.get(purpose, 0) + field.bytes
    totals[_OTHER] = totals.get(_OTHER, 0) + 2 * real
    return tuple(MemoryView(what=what, bytes=count) for what, count in totals.items())


def _models(net: ExportNetwork) -> tuple[ModelView, ...]:
    found: dict[object, list[str]] = {}
    for layer, source in zip(net.structure.layers, net.sources[net.inputs :], strict=True):
        found.setdefault(layer.observed, []).append(source.name)
    views = []
    for layer in net.structure.layers:
        names = found.pop(layer.observed, None)
        if names is None:
            continue
        derivation = derive_observed(layer.observed)
        lines = derivation_text(derivation, gradient=net.gradient).splitlines()
        views.append(
            ModelView(
                name=layer.observed.system.name,
                populations=", ".join(names),
                states=", ".join(s.name for s in layer.observed.system.states),
                equations=tuple(lines[2:]),
            )
        )
    return tuple(views)
