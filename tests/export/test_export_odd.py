"""Exported C of unusual networks compiles without a warning, and its self-test tests something."""

import re
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import scipy.sparse

import saltation as sal
from saltation.codegen.export_test import Train, Vectors, hash_numbers
from saltation.codegen.kernel_names import kernel_names
from saltation.codegen.options import Precision
from saltation.runtime.export import export
from saltation.symbolic.observation import ObservedSystem

STRICT = (
    "-std=c99",
    "-O1",
    "-ffp-contract=off",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Wdouble-promotion",
    "-Werror",
)


Compiles = Callable[..., str]


def chain(*models: sal.Neuron, weight: float = 9.0) -> sal.Network:
    """One input unit, then neurons that each hear the one before."""
    net = sal.Network()
    net.add_input("in", 1)
    before = "in"
    for k, model in enumerate(models):
        net.add_population(f"n{k}", model, 1)
        net.connect(before, f"n{k}", weight=[[weight]], port=model.ports[0])
        before = f"n{k}"
    return net


@pytest.fixture
def compiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Compiles:
    """Export without recorded runs, and compile; returns the header."""

    def blank(net: sal.Network, *_: Any, **__: Any) -> Vectors:
        runs = ((Train(times=(), units=()),) * len(net.populations),)
        learned = ((0,) * (2 * len(net.projections)),)
        return Vectors(
            inputs=((),),
            cuts=(0.05,),
            whole=runs,
            cut=runs,
            states=((0,),),
            learned=learned,
            events=(0,) * len(net.populations),
        )

    def compiled(net: sal.Network, **options: Any) -> str:
        monkeypatch.setattr("saltation.runtime.export.record", blank)
        silent = {name: sal.Spikes.silent(1) for name in net.inputs}
        export(net, tmp_path, 0.05, name="net", spikes=silent, **options)
        files = ("net.c", "net_test.c", "net_test_main.c")
        subprocess.run(["gcc", *STRICT, "-fsyntax-only", *files], cwd=tmp_path, check=True)
        return (tmp_path / "net.h").read_text()

    return compiled


def test_a_sparse_projection_without_any_synapse(compiles: Compiles) -> None:
    net = chain(sal.models.lif)
    net.connect("in", "n0", weight=scipy.sparse.csr_array((1, 1)), name="none")
    compiles(net, gradient=True)


def test_a_state_of_a_numerical_flow_that_stays_where_it_is(compiles: Compiles) -> None:
    held = sal.Neuron(
        "held",
        dynamics={"v": "(v**2 - v + c)/tau", "c": "0"},
        threshold="v - 1.5",
        reset={"v": "-1"},
        receive={"v": "v + w"},
        parameters={"tau": 0.01},
        initial={"c": 0.1},
    )
    compiles(chain(held), gradient=True)


def test_a_numerical_flow_that_has_a_closed_form_in_another_mode(compiles: Compiles) -> None:
    resting = sal.Neuron(
        "resting",
        modes={
            "on": sal.Mode(
                {"v": "(v**2 - v + i)/tau", "i": "-i/tau", "clock": "0"},
                [sal.Event("v - 1.5", reset={"v": "-1", "clock": "0"}, to="off")],
            ),
            "off": sal.Mode(
                {"v": "0", "i": "-i/tau", "clock": "1"},
                [sal.Event("clock - tau/5", to="on", spike=False)],
            ),
        },
        receive={"i": "i + w"},
        parameters={"tau": 0.01},
    )
    compiles(chain(resting), gradient=True)


def test_a_state_of_a_closed_form_that_stays_where_it_is(compiles: Compiles) -> None:
    held = sal.Neuron(
        "held",
        dynamics={"v": "0"},
        threshold="v - 1",
        reset={"v": "v - 1"},
        receive={"v": "v + w"},
    )
    compiles(chain(held), gradient=True)


@pytest.mark.parametrize("gradient", [True, False])
def test_a_population_that_feeds_only_itself_is_polled(compiles: Compiles, gradient: bool) -> None:
    net = chain(sal.models.lif)
    net.connect("n0", "n0", weight=[[0.5]], delay=1e-3)
    assert "NET_SOURCE_N0. */" in compiles(net, gradient=gradient)


def test_where_each_population_feeds_another_one_all_are_polled(
    compiles: Compiles,
) -> None:
    net = chain(sal.models.lif, sal.models.lif)
    net.connect("n1", "n0", weight=[[0.5]], delay=1e-3)
    assert "NET_SOURCE_N0, NET_SOURCE_N1. */" in compiles(net)


def test_no_inputs(compiles: Compiles) -> None:
    pace = sal.Neuron(
        "pace",
        dynamics={"v": "(2 - v)/tau"},
        threshold="v - 1",
        reset={"v": "0"},
        receive={"v": "v + w"},
        parameters={"tau": 0.01},
    )
    net = sal.Network()
    net.add_population("n0", pace, 1)
    net.add_population("n1", pace, 1)
    net.connect("n0", "n1", weight=[[0.1]])
    assert "NET_INPUTS 0U" in compiles(net, gradient=True)


def test_a_context_that_no_memory_holds(compiles: Compiles) -> None:
    with pytest.raises(sal.errors.ArrayError, match=r"context would take .* give less capacity"):
        compiles(chain(sal.models.lif), capacity=2**31 - 1)


def test_nothing_to_poll(compiles: Compiles) -> None:
    compiles(chain(sal.models.lif), outputs=[], gradient=True)


def test_a_voltage_read_out_says_once_what_cannot_learn_and_tests_what_can(tmp_path: Path) -> None:
    net = chain(sal.models.lif, sal.models.leaky_integrator)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        export(net, tmp_path, 0.05, name="net", gradient=True)
    (said,) = caught
    assert said.category is sal.errors.StructuralZeroWarning
    assert "losses of spike times only" in str(said.message)
    assert "'n0->n1.weight' is exactly zero" in str(said.message)
    assert "'in->n0.weight'" not in str(said.message)
    table = re.search(r"net_learned\[.*\{\n(.*)\n", (tmp_path / "net_test.c").read_text())
    assert table is not None
    zero = hash_numbers([0.0], Precision.SINGLE)
    learns, _, cannot, _ = (int(n) for n in re.findall(r"(\d+)U", table.group(1))[:4])
    assert cannot == zero
    assert learns != zero


def test_the_self_test_is_driven_no_harder_than_the_models_bear(tmp_path: Path) -> None:
    tired = sal.Neuron(
        "tired",
        dynamics={"n": "0"},
        threshold="n - 5.5",
        reset={"n": "n - 1e-3"},
        receive={"n": "n + w"},
    )
    made = export(chain(tired, weight=1.0), tmp_path, 0.05, name="net")
    assert made.capacity["in"] == 2 * 2 + 8


def test_a_function_that_is_exported_is_not_named_among_those_that_are_not(tmp_path: Path) -> None:
    gate = sal.Neuron(
        "gate",
        dynamics={"v": "-v/exprel(v) + tanh(v)"},
        threshold="v - 1",
        reset={"v": "0"},
        receive={"v": "v + w"},
    )
    match = "'gate', dynamics of 'v': it uses tanh of the C library, which"
    with pytest.raises(sal.errors.UnsupportedModelError, match=match):
        export(gate, tmp_path, 0.02)


def decaying(name: str, rate: int = 1) -> sal.Neuron:
    return sal.Neuron(name, dynamics={"v": f"-{rate}*v"}, receive={"v": "v + w"})


def test_names_of_models_meet_neither_each_other_nor_what_all_exports_have(
    compiles: Compiles,
) -> None:
    spiking = sal.Neuron(
        "first",
        modes={"o" * 64: sal.Mode({"v": "-v"}, [sal.Event("v - 1", reset={"v": "0"})])},
        receive={"v": "v + w"},
    )
    compiles(chain(spiking, decaying("a"), decaying("a", 2), decaying("a2"), decaying("n" * 64)))


def test_a_model_may_be_named_as_a_mode_of_another_one() -> None:
    resting = [ObservedSystem(sal.models.lif_refractory.system)]
    mode = resting[0].system.modes[1].name
    other = ObservedSystem(decaying(f"lif_refractory_{mode}").system)
    for kernels in ([*resting, other], [other, *resting]):
        first, second = kernel_names(kernels)
        assert first == kernels[0].system.name
        assert second == f"{kernels[1].system.name}2"


def test_samples_of_the_self_test_have_names_of_their_own(tmp_path: Path) -> None:
    one = sal.Neuron("one", dynamics={"b_c": "-b_c"}, receive={"b_c": "b_c + w"})
    two = sal.Neuron("two", dynamics={"c": "-c"}, receive={"c": "c + w"})
    net = sal.Network()
    net.add_input("in", 1)
    for name, model in (("a", one), ("a_b", two)):
        net.add_population(name, model, 1)
        net.connect("in", name, weight=[[1.0]])
    export(net, tmp_path, 0.05, name="net")


def test_events_that_are_no_spikes_have_room_for_the_way_back(tmp_path: Path) -> None:
    ticking = sal.Neuron(
        "ticking",
        modes={
            "on": sal.Mode(
                {"v": "-v/tau", "k": "1"},
                [
                    sal.Event("k - 1e-3", reset={"k": "0"}, to="off", spike=False),
                    sal.Event("v - 1", reset={"v": "0"}),
                ],
            ),
            "off": sal.Mode(
                {"v": "-v/tau", "k": "1"},
                [sal.Event("k - 1e-3", reset={"k": "0"}, to="on", spike=False)],
            ),
        },
        receive={"v": "v + w"},
        parameters={"tau": 0.01},
    )
    export(chain(ticking), tmp_path, 0.05, name="net", gradient=True)
    room = re.search(r"record_time\[(\d+)\]", (tmp_path / "net.h").read_text())
    assert room is not None
    assert int(room.group(1)) > 50
