"""The generated C cites the derivation: the same numbers, the same equations."""

from __future__ import annotations

import re

import pytest

from saltation.codegen.kernel import build_kernel
from saltation.codegen.options import Precision
from saltation.codegen.workshop import WIDTH
from saltation.symbolic.derivation import derive_observed
from saltation.symbolic.models import adaptive_lif, lif, lif_delta, lif_refractory
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.observation import ObservedSystem

from .derived_models import RESONATOR

WITHOUT_EQUATIONS = ("set_constants", "set_any_constants")
"""Routines that fill structures with what depends on parameters only."""


def comments(observed: ObservedSystem) -> dict[str, tuple[str, ...]]:
    view = build_kernel(observed, "", Precision.DOUBLE)
    return {routine.name: routine.doc for routine in view.routines}


def observed_lif() -> ObservedSystem:
    v, i = lif.system.states
    return ObservedSystem(lif.system, maxima=(v,), integrals=(v - i,), samples=(i * v,))


OBSERVED = [
    *(ObservedSystem(n.system) for n in (lif, lif_delta, lif_refractory, adaptive_lif, RESONATOR)),
    observed_lif(),
]


@pytest.mark.parametrize("observed", OBSERVED, ids=lambda o: o.system.name)
def test_every_routine_cites_its_equations_as_they_are_shown(observed: ObservedSystem) -> None:
    derivation = derive_observed(observed)
    shown = {line for e in derivation.equations for line in derivation.cite(*e.key, width=WIDTH)}
    for name, doc in comments(observed).items():
        cited = [line for line in doc if re.match(r"\(\d+\) ", line)]
        tags = re.findall(r"\((\d+)\)", " ".join(doc))
        assert tags or name in WITHOUT_EQUATIONS or name.endswith("candidate"), name
        assert set(cited) <= shown
        assert all(len(line) <= WIDTH and line.isascii() and "*/" not in line for line in doc)


@pytest.mark.parametrize(
    ("routine", "keys"),
    [
        ("default_flow", [("flow",)]),
        ("default_flow_adjoint", [("adjoint_map",)]),
        ("default_flow_gradient", [("gradient",)]),
        ("event0_reset", [("reset",)]),
        (
            "event0_adjoint",
            [("surface",), ("slope",), ("sensitivity",), ("before",), ("event_gradient",)],
        ),
        ("port_default_jump", [("jump",)]),
        ("port_default_default_adjoint", [("arrival",), ("weight",), ("time",)]),
    ],
)
def test_a_routine_cites_all_that_it_computes(routine: str, keys: list[tuple[str]]) -> None:
    doc = comments(ObservedSystem(lif.system))[routine]
    derivation = lif.derive()
    for key in keys:
        for equation in derivation.find(*key):
            assert any(line.startswith(f"{equation.tag} ") for line in doc), equation.key


@pytest.mark.parametrize("neuron", [lif, adaptive_lif], ids=lambda n: n.name)
def test_the_numbers_are_those_that_the_user_reads(neuron: Neuron) -> None:
    text = re.sub(r"\s+", " ", str(neuron.derive()))
    for doc in comments(ObservedSystem(neuron.system)).values():
        for line in doc:
            if re.match(r"\(\d+\) ", line):
                assert line.split(" ")[0] + " " + line.split(" ")[1] in text
