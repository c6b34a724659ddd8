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
from saltation.symbolic.firing_patterns import ADEX, IZHIKEVICH, FiringPattern
from saltation.symbolic.neuron import Neuron
from saltation.symbolic.own_drive import Drive, own_drive

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


def test_each_model_has_an_example_input_for_each_port(model: Neuron) -> None:
    drive = own_drive(model)
    assert isinstance(drive, Drive)
    assert set(drive.arrivals) == set(model.ports)
    for arrivals in drive.arrivals.values():
        times = [time for time, _ in arrivals]
        assert times == sorted(times)
        assert 0.0 < times[0] <= times[-1] < drive.t_end
        assert all(weight != 0.0 for _, weight in arrivals)


def test_other_models_have_no_example_input() -> None:
    assert own_drive(Neuron("mine", dynamics={"v": "-v"})) is None
    assert own_drive(Neuron("lif", dynamics={"v": "-v"})) is None


@pytest.mark.parametrize("pattern", [*IZHIKEVICH, *ADEX], ids=lambda pattern: pattern.name)
def test_firing_patterns_name_only_what_their_model_has(pattern: FiringPattern) -> None:
    assert set(pattern.drive.parameters) <= set(pattern.neuron.parameters)
    assert set(pattern.drive.initial) <= set(pattern.neuron.initial)
    assert set(pattern.drive.arrivals) == set(pattern.neuron.ports)


def test_each_model_is_derived_in_words_and_equations(model: Neuron) -> None:
    text = model.derive().text()
    for name in (*model.initial, *model.parameters):
        assert name in text
    assert "Derivative" not in text
    assert "Subs(" not in text


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


def dynamics(name: str) -> dict[str, sympy.Expr]:
    """The flow of a model's first mode by state, as symbols without assumptions."""
    system = getattr(models, name).system
    pairs = zip(system.states, system.modes[0].flow, strict=True)
    return {state.name: plain(flow) for state, flow in pairs}


def plain(expression: sympy.Expr) -> sympy.Expr:
    return expression.xreplace({s: sympy.Symbol(s.name) for s in expression.free_symbols})


def same(left: sympy.Expr, right: str) -> bool:
    """Whether an expression is, at two points, what SymPy reads in a text of a paper."""
    difference = left - sympy.sympify(right, locals={"beta": sympy.Symbol("beta")})
    names = sorted(map(str, difference.free_symbols))
    for seed in (3, 7):
        point = {name: 0.3 + (seed * (k + 2) % 11) / 9 for k, name in enumerate(names)}
        if abs(difference.subs(point).evalf()) > 1e-12:
            return False
    return True


EQUATIONS = {
    "lif_adaptation_current": {"v": "(-v + i - a)/tau_m", "a": "-a/tau_a"},
    "lif_conductance": {
        "v": "-(g_l*(v - e_l) + g_exc*(v - e_exc) + g_inh*(v - e_inh))/c_m",
        "g_exc": "-g_exc/tau_exc",
        "g_inh": "-g_inh/tau_inh",
    },
    "lif_two_compartment": {
        "v": "-v/tau_m - (v - u)/tau_c",
        "u": "-u/tau_m - (u - v)/tau_c + i/tau_m",
    },
    "resonate_and_fire": {"x": "re((b + I*omega)*(x + I*y))", "y": "im((b + I*omega)*(x + I*y))"},
    "qif": {"v": "(v**2 + eta + i)/tau_m"},
    "theta_neuron": {"phi": "((1 - cos(phi)) + (1 + cos(phi))*(eta + i))/tau_m"},
    "eif": {"v": "(-g_l*(v - e_l) + g_l*delta_t*exp((v - v_t)/delta_t) + i + i_0)/c_m"},
    "adex": {
        "v": "(-g_l*(v - e_l) + g_l*delta_t*exp((v - v_t)/delta_t) - u + i + i_0)/c_m",
        "u": "(a*(v - e_l) - u)/tau_u",
    },
    "izhikevich": {"v": "k_2*v**2 + k_1*v + k_0 - u + i + i_0", "u": "a*(b*v - u)"},
    "egru": {
        "c": "1/(1 + exp(-a_u))*(tanh(a_z) - c)/tau_m",
        "a_u": "(b_u - a_u)/tau_s",
        "a_r": "(b_r - a_r)/tau_s",
        "a_z": "(b_z - a_z)/tau_s",
    },
    "hodgkin_huxley": {
        "v": "-(g_na*m**3*h*(v - e_na) + g_k*n**4*(v - e_k) + g_l*(v - e_l) - i - i_0)/c_m",
        "m": "q*(0.1*(25 - (v - v_0)/k)/(exp((25 - (v - v_0)/k)/10) - 1)*(1 - m)"
        " - 4*exp(-(v - v_0)/k/18)*m)",
        "h": "q*(0.07*exp(-(v - v_0)/k/20)*(1 - h) - h/(exp((30 - (v - v_0)/k)/10) + 1))",
        "n": "q*(0.01*(10 - (v - v_0)/k)/(exp((10 - (v - v_0)/k)/10) - 1)*(1 - n)"
        " - 0.125*exp(-(v - v_0)/k/80)*n)",
    },
}


@pytest.mark.parametrize(("name", "state"), [(n, x) for n, e in EQUATIONS.items() for x in e])
def test_the_flow_is_that_of_the_source(name: str, state: str) -> None:
    assert same(dynamics(name)[state], EQUATIONS[name][state])


EVENTS = {
    "lif_adaptation_current": ("v - theta", {"v": "v_r", "a": "a + beta"}),
    "lif_conductance": ("v - theta", {"v": "v_r"}),
    "lif_two_compartment": ("v - theta", {"v": "v_r"}),
    "resonate_and_fire": ("y - theta", {"x": "x_r"}),
    "qif": ("v - theta", {"v": "v_r"}),
    "theta_neuron": ("phi - pi", {"phi": "phi - 2*pi"}),
    "eif": ("v - theta", {"v": "v_r"}),
    "adex": ("v - theta", {"v": "v_r", "u": "u + b"}),
    "izhikevich": ("v - theta", {"v": "c", "u": "u + d"}),
    "egru": ("c - theta", {"c": "0"}),
    "hodgkin_huxley": ("v - theta", {}),
}


@pytest.mark.parametrize("name", EVENTS)
def test_the_spike_and_its_reset_are_those_of_the_source(name: str) -> None:
    system = getattr(models, name).system
    (event,) = system.modes[0].events
    guard, reset = EVENTS[name]
    assert event.spike
    assert same(plain(event.guard), guard)
    for state, after in zip(system.states, event.reset, strict=True):
        assert same(plain(after), reset.get(state.name, state.name))


def test_every_shipped_model_with_a_plain_event_is_compared_with_its_source() -> None:
    older = {"lif", "lif_delta", "leaky_integrator", "adaptive_lif", "lif_refractory"}
    assert set(EVENTS) == set(EQUATIONS) == set(NAMES) - older


def test_spikes_reach_the_gates_of_the_event_based_gru_by_its_ports() -> None:
    c, a_u, a_r, a_z = models.egru.system.states
    jumps = {port.name: port.jump for port in models.egru.system.ports}
    assert jumps["update"] == (c, a_u + W, a_r, a_z)
    assert jumps["reset"] == (c, a_u, a_r + W, a_z)
    assert jumps["input"] == (c, a_u, a_r, a_z + W)
    assert same(plain(jumps["recurrent"][3]), "a_z + w/(1 + exp(-a_r))")


PUBLISHED = {
    "adex": {"c_m": 281e-12, "g_l": 30e-9, "e_l": -70.6e-3, "v_t": -50.4e-3, "delta_t": 2e-3}
    | {"tau_u": 144e-3, "a": 4e-9, "b": 0.0805e-9, "v_r": -70.6e-3},
    "eif": {"delta_t": 3.48e-3, "v_t": -59.9e-3, "e_l": -65e-3, "v_r": -68e-3, "theta": -30e-3},
    "izhikevich": {"a": 0.02e3, "b": 0.2e3, "c": -65e-3, "d": 8.0, "theta": 30e-3},
    "hodgkin_huxley": {"g_na": 1200.0, "g_k": 360.0, "g_l": 3.0, "c_m": 0.01},
    "lif_conductance": {"c_m": 200e-12, "g_l": 10e-9, "e_exc": 0.0, "e_inh": -80e-3},
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_values_are_the_published_ones(name: str) -> None:
    parameters = getattr(models, name).parameters
    for parameter, value in PUBLISHED[name].items():
        assert parameters[parameter] == pytest.approx(value, rel=1e-12), parameter


@pytest.mark.parametrize("name", ["izhikevich", "hodgkin_huxley", "qif", "theta_neuron"])
def test_the_neuron_starts_at_rest(name: str) -> None:
    neuron = getattr(models, name)
    values = {**neuron.parameters, **neuron.initial}
    for state, rate in dynamics(name).items():
        slow = abs(float(rate.subs(values))) * 1e-3
        assert slow < 1e-4 * max(abs(neuron.initial[state]), 1e-3), state


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
