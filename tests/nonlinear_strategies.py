"""Hypothesis strategies for models that are nonlinear in every part, and bounded.

Rates damp each state and couple it to others by bounded functions; guards, resets, ports and
observations are nonlinear in all states, and may read the time.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from strategies import Equations, Flow, Parameters, magnitudes, signed, time_constants

from saltation.symbolic.errors import ModelWarning
from saltation.symbolic.neuron import Event, Mode, Neuron

COUPLINGS = (
    "{a}*{x}",
    "{a}*tanh(2*{x})",
    "{a}*exp(-{x}**2)",
    "{a}*{x}/(1 + {x}**2)",
    "{a}*sin({x} + {y})",
    "{a}*log(1 + {x}**2 + {y}**2)",
)
"""Of another state `x` and the state `y` itself: bounded, or of linear growth."""

DAMPING = ("-{y}", "-{y} - {y}**3/2", "-sinh({y})", "-{y}*sqrt(1 + {y}**2)", "-{y}*exp(tanh({y}))")
"""Rates that lead back to zero from everywhere."""


@st.composite
def nonlinear_flows(draw: st.DrawFn, max_states: int = 3, *, driven: bool = False) -> Flow:
    """Damped states, each coupled to the next and maybe to the others; `driven` reads the time."""
    count = draw(st.integers(2, max_states))
    dynamics: Equations = {}
    parameters: Parameters = {}
    for k, tau in enumerate(draw(time_constants(count))):
        parameters[f"tau_{k}"] = tau
        own = f"x_{k}"
        terms = [draw(st.sampled_from(DAMPING)).format(y=own)]
        for j in range(count):
            if j == k + 1 or (j != k and draw(st.integers(0, 3)) == 0):
                name = f"a_{k}{j}"
                parameters[name] = draw(magnitudes(0.8, 2.5) if j > k else signed(0.1, 0.5))
                coupling = draw(st.sampled_from(COUPLINGS))
                terms.append(coupling.format(a=name, x=f"x_{j}", y=own))
        if driven and k == 0:
            parameters["d"] = draw(magnitudes(0.2, 0.8))
            terms.append("d*sin(300*t)")
        dynamics[own] = f"({' + '.join(terms)})/tau_{k}"
    return Flow(dynamics=dynamics, parameters=parameters)


@st.composite
def nonlinear_guards(
    draw: st.DrawFn, states: Sequence[str], parameters: Parameters, *, driven: bool
) -> str:
    """The first state, bent and shifted by the last one, against a threshold that may move."""
    first, last = states[0], states[-1]
    parameters |= {"theta": draw(magnitudes(0.1, 0.4)), "g": draw(signed(0.05, 0.2))}
    left = draw(
        st.sampled_from(
            [
                f"{first} + g*tanh({last})",
                f"{first}*(1 + g*{last}**2/(1 + {last}**2))",
                f"{first}*exp(g*tanh({last}))",
                f"{first} + {first}**3/3",
                f"log(1 + exp(3*{first})) - log(2) + g*{first}",
            ]
        )
    )
    return f"{left} - theta*(1 + 0.2*sin(170*t))" if driven else f"{left} - theta"


@st.composite
def nonlinear_resets(
    draw: st.DrawFn, states: Sequence[str], parameters: Parameters, *, driven: bool
) -> Equations:
    """The first state goes below every threshold, all others may change by any state."""
    first, last = states[0], states[-1]
    parameters |= {"v_r": draw(magnitudes(-0.4, -0.1)), "b": draw(signed(0.02, 0.1))}
    reset = {
        first: draw(
            st.sampled_from(
                ["v_r", f"v_r + b*tanh({last})", f"v_r - {first}**2/4", f"v_r + b*{first}*{last}"]
            )
        )
    }
    if driven:
        reset[first] += " + b*cos(90*t)"
    for state in states[1:]:
        if draw(st.booleans()):
            reset[state] = draw(
                st.sampled_from(
                    [
                        f"0.7*{state} + b*{first}",
                        f"{state}/(1 + {first}**2) + b",
                        f"0.9*tanh({state}) + b*{first}*{last}",
                    ]
                )
            )
    return reset


@st.composite
def nonlinear_ports(
    draw: st.DrawFn, states: Sequence[str], parameters: Parameters, *, driven: bool
) -> dict[str, Equations]:
    """One or two ports, whose jump depends on the states, the weight and maybe the time."""
    first, last = states[0], states[-1]
    parameters["e"] = draw(magnitudes(1.5, 2.5))
    jumps = [
        {last: f"{last} + w"},
        {last: f"{last} + 0.4*w*(e - {first})"},
        {last: f"{last} + w*exp(-{last}**2/9)"},
        {last: f"{last} + w/(1 + {first}**2)", first: f"0.9*{first} + 0.02*w*{last}"},
        {first: f"tanh({first} + 0.1*w)", last: f"{last} + 0.2*w**2"},
        *([{last: f"{last} + w*cos(60*t)"}] if driven else []),
    ]
    names = ["exc", "inh"][: draw(st.integers(1, 2))]
    return {name: draw(st.sampled_from(jumps)) for name in names}


@st.composite
def nonlinear_neurons(
    draw: st.DrawFn,
    max_states: int = 3,
    *,
    driven: bool | None = None,
    refractory: bool | None = None,
) -> Neuron:
    """Spiking models that are nonlinear in flow, guard, reset and port.

    With `refractory` (None: either way) a spike leads to a second mode with a flow of its own,
    until a clock, which the last state shifts, ends it.
    """
    timed = draw(st.booleans()) if driven is None else driven
    flow = draw(nonlinear_flows(max_states, driven=timed))
    parameters = dict(flow.parameters)
    guard = draw(nonlinear_guards(flow.states, parameters, driven=timed))
    reset = draw(nonlinear_resets(flow.states, parameters, driven=timed))
    receive = draw(nonlinear_ports(flow.states, parameters, driven=timed))
    initial = {state: draw(magnitudes(-0.2, 0.05)) for state in flow.states}
    shape: dict[str, Any] = {"dynamics": flow.dynamics, "threshold": guard, "reset": reset}
    if draw(st.booleans()) if refractory is None else refractory:
        parameters["t_r"] = draw(magnitudes(0.5e-3, 5e-3))
        shape = {"modes": _two_modes(flow, guard, reset)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        return Neuron("drawn", **shape, receive=receive, parameters=parameters, initial=initial)


def _two_modes(flow: Flow, guard: str, reset: Equations) -> dict[str, Mode]:
    first, last = flow.states[0], flow.states[-1]
    rest = {**flow.dynamics, first: f"-{first}**3/tau_0", "clock": "1"}
    over = Event(
        f"clock - t_r*(1 + 0.2*tanh({last}))",
        reset={"clock": "0", first: f"0.5*{first} - 0.05*{last}**2/(1 + {last}**2)"},
        to="on",
        spike=False,
    )
    return {
        "on": Mode(
            {**flow.dynamics, "clock": "0"},
            [Event(guard, reset={**reset, "clock": "0"}, to="off")],
        ),
        "off": Mode(rest, [over]),
    }


WATCHED = ("{x}", "{x}**2", "{x}*{y}", "tanh({x} - {y})", "exp({x})/(1 + {y}**2)", "theta*{x}")


@st.composite
def nonlinear_expressions(draw: st.DrawFn, states: Sequence[str]) -> str:
    """What to observe: nonlinear in two states, sometimes with a parameter in it."""
    x, y = draw(st.sampled_from(list(states))), draw(st.sampled_from(list(states)))
    return draw(st.sampled_from(WATCHED)).format(x=x, y=y)
