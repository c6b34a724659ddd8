"""Hypothesis strategies for models, networks and inputs that the whole pipeline must handle.

Every number that a gradient can be asked for is a named parameter. Times are drawn so that no two
arrivals meet; tests that need ties make them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
from hypothesis import strategies as st

from saltation.runtime.network import Network
from saltation.runtime.spikes import Spikes
from saltation.symbolic.errors import ModelWarning
from saltation.symbolic.neuron import Event, Mode, Neuron

T_END = 0.05
"""Length of the runs that inputs and time constants are made for, unit s."""

Equations = dict[str, str]
Parameters = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The equations of a flow, with the values of the parameters in them."""

    dynamics: Equations
    parameters: Parameters

    @property
    def states(self) -> list[str]:
        return list(self.dynamics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A network with spikes for its inputs."""

    net: Network
    spikes: dict[str, Spikes]
    t_end: float = T_END


def magnitudes(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers between two bounds with a fine grid: no denormals, nothing almost equal."""
    return st.integers(0, 4096).map(lambda k: low + (high - low) * k / 4096)


def signed(low: float, high: float) -> st.SearchStrategy[float]:
    """Magnitudes with either sign."""
    return st.builds(lambda x, s: x * s, magnitudes(low, high), st.sampled_from([1.0, -1.0]))


@st.composite
def time_constants(draw: st.DrawFn, count: int) -> list[float]:
    """Time constants from 2 to 40 ms; some equal to the first, some nearly so."""
    taus = [draw(magnitudes(2e-3, 40e-3)) for _ in range(count)]
    for index in range(1, count):
        kind = draw(st.sampled_from(["free", "free", "equal", "nearly equal"]))
        if kind != "free":
            nearly = draw(st.sampled_from([1e-14, 1e-10, 1e-7, 1e-4, 1e-2]))
            taus[index] = taus[0] * (1.0 if kind == "equal" else 1.0 + nearly)
    return taus


@st.composite
def triangular_flows(draw: st.DrawFn, max_states: int = 4) -> Flow:
    """Chains ``x_k' = (sum of later states + drive - x_k) / tau_k``: stable, with real rates."""
    count = draw(st.integers(1, max_states))
    taus = draw(time_constants(count))
    dynamics: Equations = {}
    parameters: Parameters = {}
    for k, tau in enumerate(taus):
        parameters[f"tau_{k}"] = tau
        terms = []
        for j in range(k + 1, count):
            if j == k + 1 or draw(st.booleans()):
                parameters[f"a_{k}{j}"] = draw(signed(0.4, 1.5)) if k else draw(magnitudes(0.4, 2))
                terms.append(f"a_{k}{j}*x_{j}")
        if draw(st.integers(0, 3)) == 0:
            parameters[f"d_{k}"] = draw(signed(0.1, 0.8))
            terms.append(f"d_{k}")
        dynamics[f"x_{k}"] = f"({' + '.join([*terms, f'-x_{k}'])})/tau_{k}"
    return Flow(dynamics=dynamics, parameters=parameters)


@st.composite
def coupled_flows(draw: st.DrawFn) -> Flow:
    """A stable pair ``x_0' = -p x_0 + q x_1, x_1' = r x_0 - s x_1``, maybe driven by a third.

    With ``q r < 0`` mostly a complex pair of rates, otherwise two real ones.
    """
    p, s = draw(magnitudes(20.0, 200.0)), draw(magnitudes(20.0, 200.0))
    q = draw(magnitudes(60.0, 500.0))
    product = draw(st.one_of(magnitudes(-4.0, -0.1), magnitudes(0.1, 0.8)))
    parameters = {"p": p, "q": q, "r": product * p * s / q, "s": s}
    dynamics = {"x_0": "-p*x_0 + q*x_1", "x_1": "r*x_0 - s*x_1"}
    if draw(st.booleans()):
        parameters |= {"tau_2": draw(magnitudes(2e-3, 20e-3)), "b": draw(magnitudes(50.0, 200.0))}
        dynamics = {
            "x_0": dynamics["x_0"],
            "x_1": dynamics["x_1"] + " + b*x_2",
            "x_2": "-x_2/tau_2",
        }
    return Flow(dynamics=dynamics, parameters=parameters)


@st.composite
def guards(draw: st.DrawFn, states: Sequence[str], parameters: Parameters) -> str:
    """A linear guard: the first state, sometimes with parts of others, against ``theta``."""
    parameters["theta"] = draw(magnitudes(0.2, 0.8))
    text = states[0]
    for k, state in enumerate(states[1:], start=1):
        if draw(st.integers(0, 3)) == 0:
            parameters[f"g_{k}"] = draw(signed(0.1, 0.4))
            text += f" + g_{k}*{state}"
    return f"{text} - theta"


@st.composite
def resets(draw: st.DrawFn, states: Sequence[str], parameters: Parameters, guard: str) -> Equations:
    """A reset that takes the first state down, and may move and mix the others.

    The others contract: a reset that only adds could excite the neuron more with every spike,
    without bound. Those that the guard reads stay: a reset that takes the guard ever closer to a
    value above zero fires again until the arithmetic can no longer tell it from that value.
    """
    first = states[0]
    read = [state for state in states[1:] if f"*{state}" in guard]
    kind = draw(st.sampled_from(["value", "subtract", *([] if read else ["affine"])]))
    parameters["v_r"] = draw(magnitudes(-0.5, 0.1))
    reset = {
        first: {
            "value": "v_r",
            "subtract": f"{first} - (theta - v_r)",
            "affine": f"rho*{first} + v_r - rho*theta",
        }[kind]
    }
    if kind == "affine":
        parameters["rho"] = draw(signed(0.1, 0.5))
    for k, state in enumerate(states[1:], start=1):
        if state not in read and draw(st.integers(0, 2)) == 0:
            parameters[f"u_{k}"] = draw(signed(0.05, 0.5))
            other = draw(st.sampled_from(list(states)))
            reset[state] = draw(
                st.sampled_from(
                    [
                        f"0.8*{state} + u_{k}",
                        f"u_{k}*{state}",
                        f"0.5*{state} + u_{k}*{other}",
                    ]
                )
            )
    return reset


@st.composite
def ports(draw: st.DrawFn, states: Sequence[str], parameters: Parameters) -> dict[str, Equations]:
    """One or two ports; additive, or affine in the state with effects on several states."""
    last = states[-1]
    found: dict[str, Equations] = {}
    for name in ["exc", "inh"][: draw(st.integers(1, 2))]:
        target = draw(st.sampled_from(list(states)))
        kind = draw(st.sampled_from(["additive", "additive", "reversal", "gain", "two"]))
        parameters |= {"e": 2.0} if kind == "reversal" else {"m": 0.75} if kind == "gain" else {}
        found[name] = {
            "additive": {target: f"{target} + w"},
            "reversal": {target: f"{target} + 0.3*w*(e - {states[0]})"},
            "gain": {target: f"m*{target} + w"},
            "two": {states[0]: f"{states[0]} + 0.2*w", last: f"{last} + 0.5*w"},
        }[kind]
    return found


@st.composite
def neurons_of(
    draw: st.DrawFn, flows: st.SearchStrategy[Flow], *, refractory: bool | None = None
) -> Neuron:
    """Spiking models with these flows, a linear guard, affine resets and ports.

    With `refractory` (None: either way) a spike leads to a second mode in which the first state
    rests, until a clock ends it.
    """
    flow = draw(flows)
    parameters = dict(flow.parameters)
    guard = draw(guards(flow.states, parameters))
    reset = draw(resets(flow.states, parameters, guard))
    receive = draw(ports(flow.states, parameters))
    initial = {
        state: draw(magnitudes(-0.2, 0.2))
        for state in draw(st.sets(st.sampled_from(flow.states), max_size=2).map(sorted))
    }
    held = draw(st.booleans()) if refractory is None else refractory
    shape: dict[str, Any] = {"dynamics": flow.dynamics, "threshold": guard, "reset": reset}
    if held:
        parameters["t_r"] = draw(magnitudes(0.5e-3, 5e-3))
        shape = {"modes": _refractory(flow, guard, reset)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        return Neuron("drawn", **shape, receive=receive, parameters=parameters, initial=initial)


def _refractory(flow: Flow, guard: str, reset: Equations) -> dict[str, Mode]:
    first = flow.states[0]
    rest = {**flow.dynamics, first: "0", "clock": "1"}
    return {
        "on": Mode(
            {**flow.dynamics, "clock": "0"},
            [Event(guard, reset={**reset, "clock": "0"}, to="off")],
        ),
        "off": Mode(rest, [Event("clock - t_r", reset={"clock": "0"}, to="on", spike=False)]),
    }


def triangular_neurons(
    max_states: int = 4, *, refractory: bool | None = None
) -> st.SearchStrategy[Neuron]:
    """Spiking models with a triangular flow."""
    return neurons_of(triangular_flows(max_states), refractory=refractory)


def coupled_neurons(*, refractory: bool | None = None) -> st.SearchStrategy[Neuron]:
    """Spiking models with a coupled pair of states, complex rates included."""
    return neurons_of(coupled_flows(), refractory=refractory)


def linear_neurons() -> st.SearchStrategy[Neuron]:
    """Spiking models with any of the linear flows."""
    return st.one_of(triangular_neurons(), coupled_neurons())


@st.composite
def weights(draw: st.DrawFn, shape: tuple[int, int], *, sparse: bool | None = None) -> Any:
    """Mostly positive weights, as a dense array or a canonical sparse matrix."""
    signs = st.sampled_from([1.0, 1.0, 1.0, -1.0])
    entry = st.builds(lambda x, s: x * s, magnitudes(1.0, 6.0), signs)
    size = shape[0] * shape[1]
    dense = np.array(draw(st.lists(entry, min_size=size, max_size=size))).reshape(shape)
    if not (draw(st.booleans()) if sparse is None else sparse):
        return dense
    kept = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    return scipy.sparse.csr_matrix(np.where(np.reshape(kept, shape), dense, 0.0))


@st.composite
def delays(draw: st.DrawFn, weight: Any, kinds: Sequence[str] = ("none", "shared", "each")) -> Any:
    """No delay, one for all synapses, or one for each, shaped as the weights."""
    kind = draw(st.sampled_from(kinds))
    # An irrational grid: sums of delays and input times do not meet.
    one = st.integers(1, 400).map(lambda k: k * 1e-5 * np.sqrt(0.5))
    if kind == "none":
        return 0.0
    if kind == "shared":
        return draw(one)
    if scipy.sparse.issparse(weight):
        count = weight.nnz
        values = draw(st.lists(one, min_size=count, max_size=count))
        return scipy.sparse.csr_matrix(
            (np.array(values, float), weight.indices, weight.indptr), shape=weight.shape
        )
    size = weight.size
    return np.array(draw(st.lists(one, min_size=size, max_size=size))).reshape(weight.shape)


@st.composite
def population_values(draw: st.DrawFn, defaults: Mapping[str, float], size: int) -> dict[str, Any]:
    """Values for some names: one shared, or one for each neuron a few per cent apart."""
    chosen: dict[str, Any] = {}
    for name, value in defaults.items():
        kind = draw(st.sampled_from(["default", "default", "shared", "each"]))
        factors = st.integers(0, 64).map(lambda k: 0.95 + k / 640)
        if kind == "shared":
            chosen[name] = value * draw(factors)
        elif kind == "each":
            drawn = draw(st.lists(factors, min_size=size, max_size=size))
            chosen[name] = value * np.array(drawn)
    return chosen


OBSERVATIONS = ("max", "integral", "sample")

Expressions = Callable[[list[str]], st.SearchStrategy[str]]


@st.composite
def networks(
    draw: st.DrawFn,
    models: st.SearchStrategy[Neuron] | None = None,
    *,
    max_populations: int = 2,
    max_size: int = 3,
    sparse: bool | None = None,
    kinds: Sequence[str] = OBSERVATIONS,
    expressions: Expressions = st.sampled_from,
) -> Network:
    """Small acyclic networks: every population hears the one before it, some also the input.

    Observed are some `kinds` of `expressions`, which are drawn for a model's states.
    """
    net = Network()
    sizes = {"in": draw(st.integers(1, max_size + 1))}
    net.add_input("in", sizes["in"])
    sources = ["in"]
    for index in range(draw(st.integers(1, max_populations))):
        name = f"layer_{index}"
        model = draw(linear_neurons() if models is None else models)
        sizes[name] = draw(st.integers(1, max_size))
        net.add_population(
            name,
            model,
            sizes[name],
            parameters=draw(population_values(model.parameters, sizes[name])),
            initial=draw(population_values(model.initial, sizes[name])),
        )
        skip = len(sources) > 1 and draw(st.booleans())
        for pre in [sources[-1], *(["in"] if skip else [])]:
            weight = draw(weights((sizes[pre], sizes[name]), sparse=sparse))
            port = draw(st.sampled_from(model.ports))
            net.connect(pre, name, weight=weight, delay=draw(delays(weight)), port=port)
        sources.append(name)
        observe_some(draw, net, name, kinds, expressions)
    return net


def observe_some(
    draw: st.DrawFn,
    net: Network,
    population: str,
    kinds: Sequence[str] = OBSERVATIONS,
    expressions: Expressions = st.sampled_from,
) -> None:
    """Observe some kinds of expressions of a population's states."""
    system = net.populations[population].neuron.system
    states = [symbol.name for symbol in system.states]
    for kind in kinds:
        if draw(st.booleans()):
            at = [T_END * (0.2 * np.pi / 3), T_END * (0.5 * np.pi / 2)]
            net.observe(
                f"{population}_{kind}",
                population,
                draw(expressions(states)),
                kind=kind,
                at=at if kind == "sample" else None,
            )


@st.composite
def spike_trains(
    draw: st.DrawFn, units: int, *, batch: int = 1, max_spikes: int = 6, t_end: float = T_END
) -> Spikes:
    """Spikes of an input, no two of a sample at one time, all in the first two thirds."""
    samples = []
    for _ in range(batch):
        ticks = draw(st.lists(st.integers(1, 6000), unique=True, min_size=1, max_size=max_spikes))
        samples.append(
            [(t_end * tick / 9001.0, draw(st.integers(0, units - 1))) for tick in sorted(ticks)]
        )
    return Spikes.from_events(samples)


@st.composite
def cases(
    draw: st.DrawFn,
    nets: st.SearchStrategy[Network] | None = None,
    *,
    batch: int | None = None,
    max_spikes: int = 6,
) -> Case:
    """A network and spikes for its inputs."""
    net = draw(networks() if nets is None else nets)
    size = draw(st.integers(1, 2)) if batch is None else batch
    return Case(
        net=net,
        spikes={
            name: draw(spike_trains(inputs.size, batch=size, max_spikes=max_spikes))
            for name, inputs in net.inputs.items()
        },
    )
