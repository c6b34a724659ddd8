"""What exported C cannot do is refused by name, and nothing is written."""

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
    refused(tmp_path, sal.errors.UnsupportedModelError, "'tanhf' of the C library", around(neuron))


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


@pytest.mark.parametrize("name", ["", "Net", "2net", "my-net", "a b", "for"])
def test_names_that_are_no_prefix(tmp_path: Path, name: str) -> None:
    refused(tmp_path, sal.errors.NetworkError, "prefix", small_network(), name=name)


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
