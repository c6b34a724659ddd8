"""The shipped models: sound, cited, with consistent units, and the equations of their sources."""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from pathlib import Path

import pytest
import sympy
from sympy import symbols

from saltation.symbolic import models
from saltation.symbolic.errors import ModelError
from saltation.symbolic.neuron import Neuron

NAMES = sorted(models.__all__)
V, I, A, C, W = symbols("v i a c w", real=True)  # noqa: E741
TAU_M, TAU_S, TAU_A, THETA, V_R, BETA, T_R = symbols(
    "tau_m tau_s tau_a theta v_r beta t_r", real=True
)


@pytest.fixture(params=NAMES)
def model(request: pytest.FixtureRequest) -> Neuron:
    neuron = getattr(models, request.param)
    assert isinstance(neuron, Neuron)
    return neuron


def test_each_file_holds_the_model_of_its_name() -> None:
    files = sorted(module.name for module in pkgutil.iter_modules(models.__path__))
    assert files == NAMES
    assert [getattr(models, name).name for name in NAMES] == NAMES


def test_declaring_a_shipped_model_gives_no_warning(model: Neuron) -> None:
    module = importlib.import_module(f"saltation.symbolic.models.{model.name}")
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(source, str(module.__file__), "exec"), {"__name__": module.__name__})


def test_each_model_cites_a_source_with_a_year(model: Neuron) -> None:
    assert any(str(year) in model.citation for year in range(1900, 2100))


def test_each_model_gives_every_unit(model: Neuron) -> None:
    system = model.system
    wanted = {str(symbol) for symbol in (*system.states, *system.parameters)}
    assert set(model.units) == wanted | ({"w"} if model.ports else set())


def test_each_model_explains_itself(model: Neuron) -> None:
    module = importlib.import_module(f"saltation.symbolic.models.{model.name}")
    text = Path(str(module.__file__)).read_text(encoding="utf-8")
    assert module.__doc__
    assert ".. math::" in text
    assert len(text.splitlines()) < 80


def test_lif_is_the_neuron_of_the_eventprop_paper() -> None:
    system = models.lif.system
    assert system.modes[0].flow == ((I - V) / TAU_M, -I / TAU_S)
    assert system.modes[0].events[0].guard == V - THETA
    assert system.modes[0].events[0].reset == (V_R, I)
    assert system.ports[0].jump == (V, I + W)
    assert dict(models.lif.parameters) == {"tau_m": 20e-3, "tau_s": 5e-3, "theta": 1.0, "v_r": 0.0}


def test_the_leaky_integrator_is_lif_without_an_event() -> None:
    system = models.leaky_integrator.system
    assert system.modes[0].flow == models.lif.system.modes[0].flow
    assert system.modes[0].events == ()


def test_lif_delta_jumps_by_the_weight() -> None:
    system = models.lif_delta.system
    assert system.states == (V,)
    assert system.ports[0].jump == (V + W,)


def test_adaptive_lif_raises_its_threshold_at_each_spike() -> None:
    (event,) = models.adaptive_lif.system.modes[0].events
    assert event.guard == V - THETA - A
    assert event.reset == (V_R, I, A + BETA)
    assert models.adaptive_lif.system.modes[0].flow[2] == -A / TAU_A


def test_lif_refractory_holds_the_membrane_until_its_clock_runs_out() -> None:
    on, off = models.lif_refractory.system.modes
    assert (on.events[0].target, off.events[0].target) == (1, 0)
    assert (on.events[0].spike, off.events[0].spike) == (True, False)
    assert off.flow == (sympy.Integer(0), -I / TAU_S, sympy.Integer(1))
    assert off.events[0].guard == C - T_R
    assert off.events[0].reset[2] == 0


def test_the_units_of_lif_are_really_checked() -> None:
    wrong = {**models.lif.units, "tau_s": "V"}
    with pytest.raises(ModelError, match="S602-unit-mismatch"):
        Neuron(
            "lif",
            dynamics={"v": "(i - v)/tau_m", "i": "-i/tau_s"},
            receive={"i": "i + w"},
            parameters={"tau_m": 20e-3, "tau_s": 5e-3},
            units={key: wrong[key] for key in ("v", "i", "w", "tau_m", "tau_s")},
        )
