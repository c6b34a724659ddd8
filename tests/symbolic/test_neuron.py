"""Neurons: the normal form, and how the objects behave."""

from __future__ import annotations

import copy
import pickle
import warnings
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from sympy import Float, Integer, Symbol, exp, symbols

from saltation.symbolic.errors import ModelError, ModelTypeError, ModelWarning
from saltation.symbolic.neuron import Event, Mode, Neuron
from saltation.symbolic.system import TIME, WEIGHT

V, I, U, THETA, V_R, TAU_M, TAU_S = symbols("v i u theta v_r tau_m tau_s", real=True)  # noqa: E741

LIF: dict[str, Any] = {
    "name": "lif",
    "dynamics": {"v": "(i - v) / tau_m", "i": "-i / tau_s"},
    "threshold": "v - theta",
    "reset": {"v": "v_r"},
    "receive": {"i": "i + w"},
    "parameters": {"tau_m": 20e-3, "tau_s": 5e-3, "theta": 1.0, "v_r": 0.0},
    "initial": {"v": 0.0},
}


def lif(**changes: Any) -> Neuron:
    return Neuron(**{**LIF, **changes})


def two_modes(**changes: Any) -> Neuron:
    on = Mode({"v": "-v/tau", "c": "0"}, [Event("v - 1", {"v": "0"}, to="off")])
    off = Mode({"v": "0", "c": "1"}, [Event("c - 2", {"c": "0"}, to="on", spike=False)])
    return Neuron(
        "m",
        **{
            "modes": {"on": on, "off": off},
            "receive": {"v": "v + w"},
            "parameters": {"tau": 1.0},
            **changes,
        },
    )


def test_the_short_form_becomes_one_mode_with_one_spiking_event() -> None:
    system = lif().system
    assert system.states == (V, I)
    assert system.parameters == (TAU_M, TAU_S, THETA, V_R)
    (mode,) = system.modes
    assert mode.name == "default"
    assert mode.flow == ((I - V) / TAU_M, -I / TAU_S)
    (event,) = mode.events
    assert (event.guard, event.reset, event.target, event.spike) == (V - THETA, (V_R, I), 0, True)
    (port,) = system.ports
    assert (port.name, port.jump) == ("default", (V, I + WEIGHT))
    assert system.weight == WEIGHT
    assert system.time is None


def test_without_threshold_there_is_no_event() -> None:
    neuron = lif(threshold=None, reset=None, parameters={"tau_m": 1.0, "tau_s": 1.0})
    assert neuron.system.modes[0].events == ()


def test_modes_and_targets_are_indexed_in_order_of_declaration() -> None:
    system = two_modes().system
    assert [mode.name for mode in system.modes] == ["on", "off"]
    assert [mode.events[0].target for mode in system.modes] == [1, 0]
    assert [mode.events[0].spike for mode in system.modes] == [True, False]
    assert system.modes[1].flow == (Integer(0), Integer(1))


def test_several_ports_keep_their_names_and_order() -> None:
    neuron = lif(receive={"exc": {"i": "i + w"}, "inh": {"v": "v*(1 - w)"}})
    assert neuron.ports == ("exc", "inh")
    assert neuron.system.ports[1].jump == (V * (1 - WEIGHT), I)


def test_a_model_can_have_no_port() -> None:
    dynamics = {"v": "(2 - v)/tau_m", "i": "-i/tau_s + v"}
    assert lif(receive=None, dynamics=dynamics).ports == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"dynamics": {"v": "(i - v)/tau_m + sin(t)", "i": "-i/tau_s"}},
        {"threshold": "v - theta - exp(-t)"},
        {"reset": {"v": "v_r - t"}},
        {"receive": {"i": "i + w*exp(-t)"}},
    ],
)
def test_explicit_time_becomes_the_last_state(changes: dict[str, Any]) -> None:
    neuron = lif(**changes)
    system = neuron.system
    assert system.time == TIME
    assert system.states == (V, I, TIME)
    assert system.modes[0].flow[-1] == 1
    assert system.modes[0].events[0].reset[-1] == TIME
    assert system.ports[0].jump[-1] == TIME
    assert "t" not in neuron.initial


def test_resets_are_simultaneous_so_states_can_swap() -> None:
    dynamics = {"v": "(i - v)/tau_m", "i": "-i/tau_s"}
    neuron = lif(dynamics=dynamics, reset={"v": "i", "i": "v"}, parameters=_without("v_r"))
    assert neuron.system.modes[0].events[0].reset == (I, V)
    neuron = lif(receive={"i": "v + w", "v": "i"})
    assert neuron.system.ports[0].jump == (I, V + WEIGHT)


def test_a_reset_may_depend_on_time_parameters_and_the_state_before() -> None:
    neuron = lif(reset={"v": "v - theta*exp(-t) - v_r*i**2"})
    reset = neuron.system.modes[0].events[0].reset
    assert reset[0] == V - THETA * exp(-TIME) - V_R * I**2


def test_a_complex_pair_of_rates_is_accepted() -> None:
    neuron = Neuron(
        "resonator",
        dynamics={"v": "u", "u": "-omega**2*v - 2*damping*u"},
        threshold="v - 1",
        reset={"v": "0"},
        receive={"u": "u + w"},
        parameters={"omega": 300.0, "damping": 10.0},
    )
    assert neuron.system.states == (V, U)


@pytest.mark.parametrize("name", ["I", "E", "S", "N", "Q", "O", "beta", "gamma", "zeta", "Chi"])
def test_letters_that_sympy_claims_are_ordinary_names(name: str) -> None:
    neuron = Neuron(
        "m", dynamics={"v": f"-{name}*v"}, receive={"v": "v + w"}, parameters={name: 2.0}
    )
    assert neuron.system.modes[0].flow == (-Symbol(name, real=True) * V,)
    assert neuron.system.parameters == (Symbol(name, real=True),)


def test_sympy_expressions_and_numbers_declare_the_same_model() -> None:
    v, i, tau_m, tau_s, theta, w = symbols("v i tau_m tau_s theta w")
    by_sympy = lif(
        dynamics={"v": (i - v) / tau_m, "i": -i / tau_s},
        threshold=v - theta,
        reset={"v": 0},
        receive={"i": i + w},
        parameters=_without("v_r"),
    )
    by_text = lif(reset={"v": "0"}, parameters=_without("v_r"))
    assert by_sympy == by_text
    assert hash(by_sympy) == hash(by_text)


def _without(name: str) -> dict[str, float]:
    return {key: value for key, value in LIF["parameters"].items() if key != name}


@pytest.mark.parametrize(
    "value", [1, 1.0, np.float64(1), np.float32(1), np.int64(1), Float(1), Integer(1)]
)
def test_parameter_values_become_floats(value: Any) -> None:
    neuron = lif(parameters={**LIF["parameters"], "theta": value})
    assert neuron.parameters["theta"] == 1.0
    assert type(neuron.parameters["theta"]) is float


@pytest.mark.parametrize(
    ("given", "value"),
    [("-1/2", -0.5), ("-exp(1)", -2.718281828459045), (-2, -2.0), (Float(-0.5), -0.5)],
)
def test_initial_values_may_be_constant_expressions(given: Any, value: float) -> None:
    assert lif(initial={"v": given}).initial == {"v": value, "i": 0.0}


def test_the_declaration_is_copied_and_frozen() -> None:
    parameters = dict(LIF["parameters"])
    neuron = lif(parameters=parameters)
    parameters["theta"] = 5.0
    assert neuron.parameters["theta"] == 1.0
    assert isinstance(neuron.parameters, MappingProxyType)
    assert isinstance(neuron.initial, MappingProxyType)
    with pytest.raises(AttributeError, match="immutable"):
        neuron.name = "other"
    with pytest.raises(AttributeError, match="immutable"):
        neuron.extra = 1  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="immutable"):
        del neuron.system


def test_events_and_modes_are_copied_and_frozen() -> None:
    reset = {"v": "0"}
    event = Event("v", reset)
    reset["v"] = "1"
    assert event.reset == {"v": "0"}
    events = [event]
    mode = Mode({"v": "0"}, events)
    events.clear()
    assert mode.events == (event,)


@pytest.mark.parametrize(
    "thing",
    [
        Event("v - 1", {"v": "0"}, to="off", spike=False),
        Mode({"v": "-v"}, [Event("v - 1")]),
        lif(),
        two_modes(),
        lif(units={"v": "V", "i": "V"}, citation="someone"),
    ],
    ids=repr,
)
def test_declarations_copy_pickle_compare_and_hash(thing: Any) -> None:
    for other in (pickle.loads(pickle.dumps(thing)), copy.copy(thing), copy.deepcopy(thing)):
        assert other == thing
        assert hash(other) == hash(thing)
        assert repr(other) == repr(thing)
    assert thing != "something else"


def test_declarations_that_differ_are_not_equal() -> None:
    assert lif() != lif(name="lif2")
    assert lif() != lif(reset={"v": "v - theta + v_r"})
    assert lif() != lif(parameters={**LIF["parameters"], "theta": 1.5})
    assert lif() != lif(initial={"v": 0.5})


def test_unpickling_does_not_repeat_warnings() -> None:
    with pytest.warns(ModelWarning):
        neuron = lif(initial={"v": 2.0})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pickle.loads(pickle.dumps(neuron)) == neuron


def test_the_repr_shows_states_parameters_modes_and_ports() -> None:
    assert repr(lif()) == (
        "Neuron('lif', states=(v, i), parameters=(tau_m, tau_s, theta, v_r), ports=(default))"
    )
    assert "modes=(on, off)" in repr(two_modes())


def test_warnings_point_at_the_line_that_declares() -> None:
    with pytest.warns(ModelWarning) as first:
        Neuron("m", dynamics={"v": "-v"}, parameters={"unused": 1.0})
    with pytest.warns(ModelWarning) as second:
        Neuron("m", dynamics={"v": "-v"}, parameters={"unused": 1.0})
    assert first[0].filename == second[0].filename == __file__
    assert second[0].lineno - first[0].lineno == 2


def test_each_model_error_carries_its_data() -> None:
    with pytest.raises(ModelError) as caught:
        lif(reset={"theta": "1"})
    error = caught.value
    assert (error.model, error.equation, error.symbol) == ("lif", "reset", "theta")
    assert error.hint


def test_an_error_in_a_mode_names_mode_event_and_state() -> None:
    modes = {"on": Mode({"v": "-v"}, [Event("v - 1", {"v": "0"}), Event("v - 2", {"v": "q"})])}
    with pytest.raises(ModelError) as caught:
        two_modes(modes=modes)
    assert caught.value.equation == "mode 'on', event 2, reset of 'v'"


@pytest.mark.parametrize(
    "argument",
    ["dynamics", "reset", "receive", "parameters", "initial", "units", "modes", "citation"],
)
@pytest.mark.parametrize("value", [3, "v", [1], object()])
def test_arguments_of_a_wrong_type_are_named(argument: str, value: Any) -> None:
    changes: dict[str, Any] = {argument: value}
    if argument == "modes":
        changes |= {"dynamics": None, "threshold": None, "reset": None}
    if argument == "citation" and isinstance(value, str):
        return
    with pytest.raises(ModelTypeError) as caught:
        lif(**changes)
    assert argument in str(caught.value)
