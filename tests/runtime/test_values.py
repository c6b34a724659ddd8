"""The flat dict of a network's numbers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from bad_models.networks import PLAIN
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from saltation.runtime.network import Network
from saltation.symbolic.errors import (
    ArrayError,
    ArrayTypeError,
    ModelError,
    ModelWarning,
    UnknownNameError,
)
from saltation.symbolic.models import adex, lif, lif_conductance
from saltation.symbolic.neuron import Event, Mode, Neuron

# With explicit time, which is a state of the system but none of the values.
odd = Neuron(
    "odd",
    dynamics={"v": "(drive + sin(t) - v) / tau"},
    threshold="v - 1",
    reset={"v": "0"},
    receive={"v": "v + w"},
    parameters={"tau": 0.02, "drive": -1.0},
)


def make_network() -> Network:
    """Return a network with dense and sparse projections, shared and own parameters."""
    net = Network()
    net.add_population("out", odd, 3)
    net.add_input("in", 2)
    net.add_population("hidden", lif, 4, parameters={"theta": np.ones(4)})
    net.connect("in", "hidden", weight=np.arange(8.0).reshape(2, 4), delay=1e-3)
    net.connect(
        "hidden", "out", weight=sp.csr_array(np.eye(4, 3)), delay=sp.csr_array(np.eye(4, 3))
    )
    net.connect("in", "out", weight=np.ones((2, 3)), delay=np.zeros((2, 3)), name="direct")
    return net


NET = make_network()
SHAPES: dict[str, tuple[int, ...]] = {
    "in->hidden.weight": (2, 4),
    "in->hidden.delay": (),
    "hidden->out.weight": (3,),
    "hidden->out.delay": (3,),
    "direct.weight": (2, 3),
    "direct.delay": (2, 3),
    "out.tau": (),
    "out.drive": (),
    "out.initial.v": (),
    "hidden.tau_m": (),
    "hidden.tau_s": (),
    "hidden.theta": (4,),
    "hidden.v_r": (),
    "hidden.initial.v": (),
    "hidden.initial.i": (),
}


# Values with which the models can be right: time constants and thresholds above zero, the reset
# below the threshold.
LOWEST = {"hidden.tau_m": 1, "hidden.tau_s": 1, "hidden.theta": 1, "out.tau": 1}
HIGHEST = {"hidden.v_r": 0}


def test_keys_shapes_and_order_are_as_promised() -> None:
    assert [(key, array.shape) for key, array in NET.values().items()] == list(SHAPES.items())
    assert list(NET.checked_values()) == list(SHAPES)


def test_values_are_copies_to_be_changed() -> None:
    values = NET.values()
    for array in values.values():
        array[...] = 7.0
    assert NET.values()["hidden.theta"].tolist() == [1.0] * 4


def test_values_follow_later_additions() -> None:
    net = make_network()
    net.values()
    net.add_population("late", lif, 1)
    net.connect("out", "late", weight=np.ones((3, 1)))
    assert {"late.tau_m", "out->late.weight"} <= set(net.values())


def test_part_of_the_values_is_merged_over_the_rest() -> None:
    checked = NET.checked_values({"hidden.tau_m": 0.03, "direct.weight": np.zeros((2, 3))})
    assert list(checked) == list(SHAPES)
    assert checked["hidden.tau_m"] == 0.03
    assert checked["direct.weight"].max() == 0.0
    assert checked["in->hidden.weight"].tolist() == np.arange(8.0).reshape(2, 4).tolist()


def test_arrays_that_are_right_are_passed_on_without_a_copy() -> None:
    values = NET.values()
    checked = NET.checked_values(values)
    assert all(checked[key] is array for key, array in values.items())


@given(st.sampled_from(list(SHAPES)), st.data())
def test_every_real_array_becomes_float64_in_rows(key: str, data: st.DataObject) -> None:
    whole = st.integers(LOWEST.get(key, 0), HIGHEST.get(key, 100))
    dtype = data.draw(st.sampled_from(["<f8", ">f8", "<f4", "<i4", "u1"]))
    array = data.draw(hnp.arrays(dtype, SHAPES[key], elements=whole))
    given_array = data.draw(
        st.sampled_from([array, np.asfortranarray(array).reshape(array.shape), array.tolist()])
    )
    checked = NET.checked_values({key: given_array})[key]
    assert checked.dtype == np.float64
    assert checked.dtype.isnative
    assert checked.flags.c_contiguous
    np.testing.assert_array_equal(checked, array)


@given(st.sampled_from(list(SHAPES)), st.data())
def test_what_is_not_finite_or_too_low_is_refused_with_its_place(
    key: str, data: st.DataObject
) -> None:
    finite = st.floats(LOWEST.get(key), HIGHEST.get(key), allow_infinity=False, allow_nan=False)
    number = finite | st.sampled_from([np.nan, np.inf, -np.inf])
    array = data.draw(hnp.arrays(np.float64, SHAPES[key], elements=number))
    bad = ~np.isfinite(array)
    if key.endswith(".delay") and not bad.any():
        bad = array < 0.0
    if not bad.any():
        np.testing.assert_array_equal(NET.checked_values({key: array})[key], array)
        return
    with pytest.raises(ArrayError, match=key) as caught:
        NET.checked_values({key: array})
    assert caught.value.argument == key
    index = tuple(int(axis) for axis in np.argwhere(bad)[0])
    numbers = (
        [
            int(word)
            for word in str(caught.value).replace(",", "").split(" at ")[1].split()
            if word.isdigit()
        ]
        if index
        else []
    )
    assert tuple(numbers) == index


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (
            {"hidden.thetta": 1.0},
            UnknownNameError,
            r"values: there is no value 'hidden.thetta'; did you mean 'hidden.theta'\?",
        ),
        ({"out.initial.t": 1.0}, UnknownNameError, r"did you mean 'out.initial.v'\?"),
        ({3: 1.0}, UnknownNameError, r"no value int 3"),
        (
            {"hidden.theta": 1.0},
            ArrayError,
            r"hidden.theta must have shape \[n\] = \(4,\), got \(\)",
        ),
        ({"hidden.tau_m": [1.0]}, ArrayError, r"must have shape \(\) \(one number\), got \(1,\)"),
        (
            {"direct.weight": np.ones((3, 2))},
            ArrayError,
            r"direct.weight must have shape \[n_pre, n_post\] = \(2, 3\), got \(3, 2\)",
        ),
        ({"hidden->out.weight": np.eye(4, 3)}, ArrayError, r"\[nnz\] = \(3,\), got \(4, 3\)"),
        ({"direct.weight": np.ones((2, 3), dtype=object)}, ArrayTypeError, r"got Python objects"),
        ({"direct.weight": np.ones((2, 3), dtype=bool)}, ArrayTypeError, r"got booleans"),
        ({"hidden.tau_m": "0.02"}, ArrayTypeError, r"hidden.tau_m must hold real numbers"),
        ({"hidden.tau_m": 1j}, ArrayTypeError, r"got complex numbers"),
        ([1.0], ArrayTypeError, r"values must be a mapping such as net.values\(\), got list"),
    ],
)
def test_bad_values_are_refused(values: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        NET.checked_values(values)


def test_huge_numbers_are_finite() -> None:
    huge = np.full((2, 3), 1e200)
    assert NET.checked_values({"direct.weight": huge})["direct.weight"] is huge


def test_the_networks_own_values_are_not_to_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        NET.checked_values()["direct.weight"][0, 0] = 1.0


@pytest.mark.parametrize(
    ("key", "value", "code", "place"),
    [
        ("hidden.tau_m", 0.0, "S304", r"population 'hidden', neuron 0 \(tau_m = 0\)"),
        ("hidden.theta", [1.0, 1.0, -1.0, 1.0], "S409", r"neuron 2 \(theta = -1\)"),
        ("hidden.v_r", 1.0, "S501", r"neuron 0 \(v_r = 1\)"),
        ("out.tau", -0.0, "S304", r"population 'out' \(tau = -0\)"),
    ],
)
def test_values_with_which_a_model_cannot_be_right_have_the_code_of_its_declaration(
    key: str, value: Any, code: str, place: str
) -> None:
    with pytest.raises(ModelError, match=place) as caught:
        NET.checked_values({key: value})
    assert caught.value.code.startswith(code)


def test_one_neuron_of_many_is_found() -> None:
    net = Network()
    theta = np.linspace(1.0, 2.0, 1000)
    theta[617] = 0.25
    net.add_population("many", lif, 1000, parameters={"theta": np.ones(1000)})
    with pytest.raises(ModelError, match=r"neuron 617 \(theta = 0.25, v_r = 0.5\)"):
        net.checked_values({"many.theta": theta, "many.v_r": 0.5})


@pytest.mark.parametrize(
    ("parameters", "initial", "code"),
    [
        ({"tau_s": 0.0}, {}, "S304"),
        ({"tau_s": [5e-3, 0.0]}, {}, "S304"),
        ({"v_r": 1.0}, {}, "S501"),
        ({"v_r": [0.0, 1.0]}, {}, "S501"),
        ({}, {"v": 1.5}, "S406"),
        ({}, {"v": [0.0, 1.5]}, "S406"),
        ({"tau_m": -1.0}, {}, "S321"),
    ],
)
def test_a_populations_values_are_checked_as_the_defaults_are(
    parameters: dict[str, Any], initial: dict[str, Any], code: str
) -> None:
    net = Network()
    with (
        pytest.warns(ModelWarning) if code in ("S406", "S321") else pytest.raises(ModelError)
    ) as caught:
        net.add_population("out", lif, 2, parameters=parameters, initial=initial)
    remark = caught[0].message if isinstance(caught, pytest.WarningsRecorder) else caught.value
    assert isinstance(remark, ModelError | ModelWarning)
    assert remark.code.startswith(code)
    assert "population 'out'" in str(remark)


def test_values_that_the_defaults_allow_are_given_without_a_remark() -> None:
    net = Network()
    net.add_population("out", lif, 2, parameters={"tau_m": [1e-3, 1.0]}, initial={"v": 0.999})
    net.add_population("own", lif, 2)
    assert net.checked_values({"own.theta": 0.01})["own.theta"] == 0.01


def test_the_wrong_values_of_a_model_with_divisions_between_parameters_are_found() -> None:
    twice = Neuron(
        "twice",
        dynamics={"v": "-v/(tau_a - tau_b) + log(gain)*sqrt(gain - 0.5)"},
        threshold="v - 1",
        reset={"v": "0"},
        receive={"v": "v + w"},
        parameters={"tau_a": 0.02, "tau_b": 0.01, "gain": 1.0},
    )
    net = Network()
    net.add_population("out", twice, 3, parameters={"tau_b": [0.01, 0.005, 0.0]})
    for values, code in (
        ({"out.tau_a": 0.005}, "S304"),
        ({"out.gain": 0.0}, "S301"),
        ({"out.gain": 0.25}, "S301"),
    ):
        with pytest.raises(ModelError) as caught:
            net.checked_values(values)
        assert caught.value.code.startswith(code)


RESTED = Neuron(
    "rested",
    modes={
        "on": Mode(
            {"v": "(i - v)/tau", "i": "-i/tau", "c": "0"},
            [Event("v - theta", {"v": "v_r", "c": "0"}, to="off")],
        ),
        "off": Mode(
            {"v": "0", "i": "-i/tau", "c": "1"}, [Event("c - t_r", {}, to="on", spike=False)]
        ),
    },
    receive={"i": "i + w"},
    parameters={"tau": 0.01, "theta": 1.0, "v_r": 0.0, "t_r": 2e-3},
)
NOT_MEANT = [
    ({"t_r": -1e-3}, {}, "S503"),
    ({"t_r": [1e-3, -1e-3]}, {}, "S503"),
    ({"v_r": 1.5}, {}, "S505"),
    ({"v_r": [0.5, 1.5]}, {}, "S505"),
    ({"v_r": 1.0}, {}, "S505"),
    ({"theta": -0.5, "v_r": -1.0}, {}, "S406"),
    ({}, {"v": [0.5, 1.5]}, "S406"),
    ({"tau": -0.01}, {}, "S321"),
]


@pytest.mark.parametrize("value", [-1.0, [1.0, -1.0]])
@pytest.mark.parametrize(
    ("neuron", "name", "codes"),
    [
        (lif_conductance, "tau_exc", {"S321", "S327"}),
        (lif_conductance, "c_m", {"S321", "S327"}),
        (adex, "c_m", {"S327"}),
        (PLAIN, "c", {"S321"}),
    ],
)
def test_negative_values_of_a_nonlinear_model_are_warned_of(
    neuron: Neuron, name: str, codes: set[str], value: Any
) -> None:
    wrong = {name: np.multiply(value, neuron.parameters[name])}
    with pytest.warns(ModelWarning) as caught:
        Network().add_population("out", neuron, 2, parameters=wrong)
    assert {str(each.message)[1:5] for each in caught} == codes
    net = Network()
    net.add_population("out", neuron, 2, parameters={name: np.abs(wrong[name])})
    changed = {f"out.{name}": wrong[name]}
    values = net.checked_values(changed)
    with pytest.warns(ModelWarning) as again:
        net.screens.warn(values, changed)
    assert {str(each.message)[1:5] for each in again} == codes
    net.screens.warn(values, changed)


@pytest.mark.parametrize(("parameters", "initial", "code"), NOT_MEANT)
def test_what_a_population_is_warned_of_a_run_is_warned_of_once(
    parameters: dict[str, Any], initial: dict[str, Any], code: str
) -> None:
    with pytest.warns(ModelWarning) as caught:
        Network().add_population("out", RESTED, 2, parameters=parameters, initial=initial)
    assert code in {str(each.message)[1:5] for each in caught}
    net = Network()
    fitting = {name: np.shape(value) for name, value in {**parameters, **initial}.items()}
    own = {**RESTED.parameters, **RESTED.initial}
    usual = {name: np.full(shape, own[name]) for name, shape in fitting.items()}
    net.add_population(
        "out",
        RESTED,
        2,
        parameters={name: usual[name] for name in parameters},
        initial={name: usual[name] for name in initial},
    )
    changed = {f"out.{name}": value for name, value in parameters.items()}
    changed |= {f"out.initial.{name}": value for name, value in initial.items()}
    values = net.checked_values(changed)
    with pytest.warns(ModelWarning) as again:
        net.screens.warn(values, changed)
    assert code in {str(each.message)[1:5] for each in again}
    net.screens.warn(values, changed)


def test_a_refractory_time_of_zero_is_fine() -> None:
    net = Network()
    net.add_population("out", RESTED, 2, parameters={"t_r": [0.0, 1e-3]})
    changed = {"out.t_r": [1e-3, 0.0]}
    net.screens.warn(net.checked_values(changed), changed)


@pytest.mark.parametrize(
    ("key", "value", "advice"),
    [
        ("hidden.tau_m", np.full(4, 0.02), "add_population(..., parameters={name: array})"),
        ("in->hidden.delay", np.zeros((2, 4)), "connect(..., delay=array)"),
        ("hidden.theta", 1.0, "one value for all is numpy.full((4,), value) here"),
    ],
)
def test_one_value_for_many_or_many_for_one_is_explained(key: str, value: Any, advice: str) -> None:
    with pytest.raises(ArrayError, match=re.escape(advice)):
        NET.checked_values({key: value})
