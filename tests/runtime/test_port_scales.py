"""Weights at which arrivals begin to matter: closed forms, any unit, any function."""

import numpy as np
import pytest

from saltation.runtime.drive_search import time_scale
from saltation.runtime.port_scales import port_scales
from saltation.symbolic.models import hodgkin_huxley, leaky_integrator, lif_delta
from saltation.symbolic.neuron import Neuron


def synapse(unit=1.0, sign="+"):
    return Neuron(
        "synapse",
        dynamics={"v": "(e_l - v)/tau_m + i/c_m", "i": "-i/tau_s"},
        threshold="v - theta",
        reset={"v": "e_l"},
        receive={"exc": {"i": "i + w"}, "inh": {"i": f"i {sign} 2*w"}},
        parameters={"tau_m": 0.02, "tau_s": 5e-3, "c_m": unit, "e_l": -0.07, "theta": -0.05},
        initial={"v": -0.07},
    )


@pytest.mark.parametrize("unit", [1.0, 2e-10])
def test_the_weight_is_that_whose_response_peaks_at_the_threshold(unit):
    tau_m, tau_s = 0.02, 5e-3
    peak = np.log(tau_m / tau_s) / (1 / tau_s - 1 / tau_m)
    response = (np.exp(-peak / tau_m) - np.exp(-peak / tau_s)) / (1 / tau_s - 1 / tau_m) / unit
    found = port_scales(synapse(unit, "-"), 0.08)
    assert found["exc"] == pytest.approx(0.02 / response, rel=0.03)
    assert found["inh"] == pytest.approx(-0.5 * found["exc"], rel=1e-12)


def test_a_jump_of_the_guard_itself_counts_at_once():
    assert port_scales(lif_delta, 0.08) == {"default": pytest.approx(1.0, rel=1e-12)}


def test_what_does_not_move_a_guard_has_no_scale():
    assert port_scales(leaky_integrator, 0.08) == {"default": 0.0}
    shunt = Neuron(
        "shunt",
        dynamics={"v": "(g*(0 - v) - v)/tau", "g": "-g/tau"},
        threshold="v - 1",
        reset={"v": "0"},
        receive={"g": "g + w"},
        parameters={"tau": 0.02},
    )
    assert port_scales(shunt, 0.08) == {"default": 0.0}


def test_functions_of_models_and_their_derivatives_are_evaluated():
    assert 0.05 < port_scales(hodgkin_huxley, 0.02)["default"] < 5.0
    assert 1e-4 < time_scale(hodgkin_huxley) < 1e-1


@pytest.mark.filterwarnings("ignore:.*S310-non-finite-start")
def test_a_start_where_the_flow_has_no_derivative_gives_no_scale():
    odd = Neuron(
        "odd",
        dynamics={"v": "i - v/tau", "i": "-i/tau - sqrt(v)"},
        threshold="v - 1",
        reset={"v": "0"},
        receive={"i": "i + w"},
        parameters={"tau": 0.02},
    )
    assert port_scales(odd, 0.08) == {"default": 0.0}
