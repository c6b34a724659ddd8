"""What exported C cannot do is refused by name, and nothing is written."""

import re
from pathlib import Path
from typing import Any

import pytest
from exported import device, small_network

import saltation as sal
from saltation.runtime.export import export

T_END = 0.06


def refused(tmp_path: Path, error: type[Exception], match: str, net: Any, **options: Any) -> None:
    folder = tmp_path / "folder"
    with pytest.raises(error, match=match):
        export(net, folder, T_END, **options)
    assert not folder.exists()


def around(neuron: sal.Neuron) -> sal.Network:
    net = sal.Network()
    net.add_input("in", 1)
    net.add_population("out", neuron, 1)
    net.connect("in", "out", weight=[[5.0]])
    return net


def test_observations(tmp_path: Path) -> None:
    net = small_network()
    net.observe("v_max", "out", "v", kind="max")
    refused(tmp_path, sal.errors.UnsupportedNetworkError, r"'v_max' \(max\)", net)
    advice = r"Export net\.copy\(observations=\(\)\).*--without-observations"
    refused(tmp_path, sal.errors.UnsupportedNetworkError, advice, net)


def test_a_network_without_projections(tmp_path: Path) -> None:
    net = sal.Network()
    net.add_population("out", sal.models.lif, 1)
    refused(tmp_path, sal.errors.UnsupportedNetworkError, "no projection", net)


def test_functions_of_the_c_library(tmp_path: Path) -> None:
    neuron = sal.Neuron(
        "squashing",
        dynamics={"v": "-v/tau"},
        threshold="v - 1",
        reset={"v": "0"},
        receive={"v": "v + tanh(w)"},
        parameters={"tau": 0.02},
    )
    match = r"^model 'squashing', receive of 'v': it uses tanh of the C library, which"
    refused(tmp_path, sal.errors.UnsupportedModelError, match, around(neuron))


def morris_lecar(tanh: str, cosh: str) -> sal.Neuron:
    """The Morris-Lecar model, dimensionless and with any spelling of its functions of x."""

    def of(function: str, argument: str) -> str:
        return "(" + re.sub(r"\bx\b", f"({argument})", function) + ")"

    flow = {
        "v": f"(i_0 - 2*(v + 0.5) - 4.4*(1 + {of(tanh, '(v + 0.01)/0.15')})/2*(v - 1) "
        "- 8*n*(v + 0.7) + i)/20",
        "n": f"0.04*{of(cosh, '(v - 0.1)/0.29')}*((1 + {of(tanh, '(v - 0.1)/0.145')})/2 - n)",
        "i": "-i/5",
    }
    return sal.Neuron(
        "morris_lecar",
        modes={
            "ready": sal.Mode(flow, [sal.Event("v - 0.1", to="fired")]),
            "fired": sal.Mode(flow, [sal.Event("-0.2 - v", to="ready", spike=False)]),
        },
        receive={"i": "i + w"},
        parameters={"i_0": 0.4},
        initial={"v": -0.5, "n": 0.01},
    )


def test_the_equations_that_use_the_c_library_are_named_each_once(tmp_path: Path) -> None:
    net = around(morris_lecar("tanh(x)", "cosh(x)"))
    with pytest.raises(sal.errors.UnsupportedModelError) as caught:
        export(net, tmp_path / "folder", 0.05)
    assert str(caught.value).splitlines() == [
        "model 'morris_lecar', mode 'ready', dynamics of 'v': it uses tanh of the C library, which "
        "exported C does without; mode 'ready', dynamics of 'n' uses cosh and tanh",
        "  Write cosh(x) as (exp(x) + exp(-x))/2, tanh(x) as 1 - 2/(1 + exp(2*x)). What is "
        "exported may use +, -, *, /, powers up to eight, exp, expm1, exprel and sqrt; what "
        "depends on parameters only can be computed beforehand and be a parameter.",
    ]


def test_the_advice_can_be_exported(tmp_path: Path) -> None:
    neuron = morris_lecar("1 - 2/(1 + exp(2*x))", "(exp(x) + exp(-x))/2")
    drive = {"in": sal.Spikes.from_events([[(1.0, 0), (12.0, 0)]])}
    known = morris_lecar("tanh(x)", "cosh(x)")
    expected = sal.compile(around(known), 60.0, rtol=1e-6).run(drive).spikes["out"].times
    assert expected.size
    exported = device(around(neuron), tmp_path, 60.0, rtol=1e-6, precision="double", spikes=drive)
    for time, unit in [(1.0, 0), (12.0, 0)]:
        assert exported.push("in", unit, time) == 0
    assert exported.advance(60.0) == 0
    times = [time for time, _ in exported.spikes("out")]
    assert times == pytest.approx(expected.tolist(), rel=1e-4)


def test_what_the_advice_allows_can_be_exported(tmp_path: Path) -> None:
    neuron = sal.Neuron(
        "allowed",
        dynamics={
            "v": "-v/tau + exp(-v) - expm1(v) + exprel(v) + sqrt(1 + v**4) - v**3/(1 + v**2)",
        },
        threshold="v - 1",
        reset={"v": "0"},
        receive={"v": "v + w"},
        parameters={"tau": 0.02},
    )
    export(around(neuron), tmp_path / "folder", 0.05, gradient=True)


def test_derivatives_of_powers_can_be_exported(tmp_path: Path) -> None:
    neuron = sal.Neuron(
        "gated",
        dynamics={
            "v": "(-v*sqrt(1 + v**2) + a*u**4/(k**4 + u**4))/tau",
            "u": "(-u + b*v**8/(k**8 + v**8))/tau",
        },
        threshold="v**8 - k",
        reset={"v": "v - v**8/(1 + v**8)"},
        receive={"u": "u + w"},
        parameters={"tau": 0.02, "k": 0.3, "a": 2.0, "b": 0.5},
    )
    drive = {"in": sal.Spikes.silent(1)}
    assert export(around(neuron), tmp_path / "folder", 0.05, gradient=True, spikes=drive).files


def test_gradients_whose_arrivals_read_the_state(tmp_path: Path) -> None:
    neuron = sal.Neuron(
        "driven",
        dynamics={"v": "-v/tau"},
        threshold="v - 1",
        reset={"v": "0"},
        receive={"v": "v + w*(2 - v)"},
        parameters={"tau": 0.02},
    )
    refused(
        tmp_path,
        sal.errors.UnsupportedModelError,
        "adjoint of an arrival reads the state",
        around(neuron),
        gradient=True,
    )
    assert export(around(neuron), tmp_path / "inference", T_END).files


def test_names_that_are_the_same_in_c(tmp_path: Path) -> None:
    net = small_network()
    net.add_population("OUT", sal.models.lif, 1)
    net.connect("in", "OUT", weight=[[1.0]] * 4)
    refused(tmp_path, sal.errors.NetworkError, "'out' and 'OUT' would have the same name", net)


@pytest.mark.parametrize(
    "name", ["", "Net", "2net", "my-net", "a b", "for", "test", "math", "x" * 65]
)
def test_names_that_are_no_prefix(tmp_path: Path, name: str) -> None:
    refused(tmp_path, sal.errors.NetworkError, "prefix", small_network(), name=name)


def test_a_self_test_without_a_sample(tmp_path: Path) -> None:
    drive = {"in": sal.Spikes.from_events([])}
    match = "the self-test needs a sample"
    refused(tmp_path, sal.errors.ArrayError, match, small_network(), spikes=drive)


def test_weights_too_large_for_single_precision(tmp_path: Path) -> None:
    values = small_network().values()
    values["in->hidden.weight"][2, 3] = 1e39
    drive = {"in": sal.Spikes.silent(1)}
    refused(
        tmp_path,
        sal.errors.ArrayError,
        "in->hidden.weight holds 1e[+]39, too large",
        small_network(),
        values=values,
        spikes=drive,
    )


def test_capacities_that_are_too_small_for_the_self_test(tmp_path: Path) -> None:
    drive = {"in": sal.Spikes.from_events([[(0.001, 0), (0.002, 1), (0.003, 2)]])}
    refused(
        tmp_path,
        sal.errors.ArrayError,
        r"capacity\['in'\] is 2, but a sample of the self-test has 3 spikes of 'in'",
        small_network(),
        capacity={"in": 2},
        spikes=drive,
    )


@pytest.mark.parametrize("argument", ["capacity", "tape"])
@pytest.mark.parametrize("count", [0, -1, 1.5, True])
def test_memory_that_is_no_number_of_things(tmp_path: Path, argument: str, count: Any) -> None:
    refused(
        tmp_path,
        sal.errors.ArrayError,
        f"{argument} must be a positive integer",
        small_network(),
        spikes={"in": sal.Spikes.silent(1)},
        **{argument: count},
    )


def test_unknown_names_name_the_nearest(tmp_path: Path) -> None:
    unknown = sal.errors.UnknownNameError
    drive = {"in": sal.Spikes.silent(1)}
    net = small_network()
    refused(tmp_path, unknown, "did you mean 'hidden'", net, capacity={"hiden": 9}, spikes=drive)
    refused(tmp_path, unknown, "did you mean 'out'", net, outputs=["oout"])
    refused(tmp_path, unknown, "did you mean 'single'", net, precision="singel")


def test_gradients_of_cycles_without_closed_form(tmp_path: Path) -> None:
    net = around(sal.models.qif)
    net.connect("out", "out", weight=[[0.1]], delay=1e-3)
    error, match = sal.errors.UnsupportedNetworkError, "recurrent .*'out' has no closed form"
    refused(tmp_path, error, match, net, gradient=True)


def test_trained_values_replace_the_networks_own(tmp_path: Path) -> None:
    net = small_network()
    values = net.values()
    values["in->hidden.weight"] *= 0.5
    exported = device(net, tmp_path, T_END, gradient=True, precision="double", values=values)
    assert (
        exported.weights("in->hidden")[0].tolist() == values["in->hidden.weight"].ravel().tolist()
    )
